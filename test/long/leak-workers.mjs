// Workers that use the package and end, each in its way.
import { Worker } from 'node:worker_threads'

const file = new URL('../lifetime/programs/worker.mjs', import.meta.url)
for (const way of ['natural', 'exit', 'natural', 'exit', 'natural']) {
  const worker = new Worker(file, { workerData: { way, delay: 1 } })
  await new Promise((resolve) => worker.once('exit', resolve))
}
