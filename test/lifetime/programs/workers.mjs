// Workers one after another, each with a server, a monitor at a kilohertz and a get that nobody answers, each ended in
// another way; prints what the process has of threads, files and memory before and after.
// Arguments: how many; whether the main thread uses the package as well; how many at once.
import { readdirSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

const count = Number(process.argv[2])
const mainToo = process.argv[3] === 'main'
const width = Number(process.argv[4] ?? 1)
const ways = ['natural', 'exit', 'throw', 'terminate']
const file = new URL('./worker.mjs', import.meta.url)

async function one(n) {
  const way = ways[n % ways.length]
  const worker = new Worker(file, { workerData: { way, delay: n % 7 } })
  let thrown
  worker.on('error', (error) => (thrown = error))
  // not once(): it rejects with the worker's error
  const exit = new Promise((resolve) => worker.once('exit', resolve))
  const told = await Promise.race([
    new Promise((resolve) => worker.once('message', resolve)),
    exit.then((code) => `exit ${code}`),
  ])
  if (told !== 'running') throw new Error(`worker ${n} (${way}) ended early: ${told} ${thrown?.stack ?? ''}`)
  if (way === 'terminate') {
    await new Promise((resolve) => setTimeout(resolve, n % 5))
    await worker.terminate()
  }
  const code = await exit
  const expected = { natural: 0, exit: 5, throw: 1, terminate: 1 }[way]
  if (code !== expected) throw new Error(`worker ${n} (${way}) ended with ${code}: ${thrown?.stack ?? ''}`)
  if (way === 'throw' && thrown?.message !== 'meant') throw new Error(`worker ${n}: ${thrown?.stack}`)
}

async function many(from, to) {
  let next = from
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (next < to) await one(next++)
    }),
  )
}

let use = async () => {}
if (mainToo) {
  const { Context, NTScalar, Server, SharedPV } = await import('../../../dist/index.js')
  const server = await Server.start({ isolated: true, pvs: { x: SharedPV.mailbox(new NTScalar('int32')) } })
  const ctx = new Context(server.clientConfig())
  server.unref()
  use = () => ctx.get('x')
}

const linux = process.platform === 'linux'
function state() {
  return {
    rss: process.memoryUsage.rss(),
    threads: linux ? readdirSync('/proc/self/task').length : 0,
    fds: linux ? readdirSync('/proc/self/fd').length : 0,
  }
}

const warm = Math.min(20, count)
await many(0, warm)
await use()
const before = state()
const begin = performance.now()
const half = warm + Math.ceil(count / 2)
await many(warm, half)
const middle = state()
await many(half, warm + count)
await use()
// a worker's last threads may still be on their way out
for (let i = 0; i < 100 && (state().threads > before.threads || state().fds > before.fds); i++)
  await new Promise((resolve) => setTimeout(resolve, 50))
console.log(JSON.stringify({ count, before, middle, after: state(), ms: performance.now() - begin }))
