// Pushes samples into a spool whose sink never answers, and says the number of each once it is on disk.
import { Batcher, Spool } from 'node-pvxs/telemetry'

const spool = await Spool.open(process.argv[2])
const sink = { write: () => new Promise(() => undefined), close: async () => undefined }
const batcher = new Batcher(sink, { spool, linger: 0 })
const series = { id: 'x', type: 'int64' }
for (let i = 0n; ; i++) {
  await batcher.push([{ series, time: i, value: i, severity: 0 }])
  process.stdout.write(`${i}\n`)
}
