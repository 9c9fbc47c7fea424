// What each of workers.mjs's workers does.
import { parentPort, workerData } from 'node:worker_threads'
import { Context, NTScalar, Server, SharedPV } from '../../../dist/index.js'

const { way, delay } = workerData
const x = SharedPV.mailbox(new NTScalar('int32'))
const server = await Server.start({ isolated: true, pvs: { x } })
const ctx = new Context(server.clientConfig())
const waiting = ctx.get('nobody', { timeout: Infinity }).catch(() => {})
const updated = new Promise((resolve) =>
  ctx.monitor('x', { onUpdate: (value) => value.value > 2 && resolve() }),
)
let n = 0
const posts = setInterval(() => x.post({ value: ++n }), 1)
await updated
ctx.stats() // and waits for the worker threads of PVXS
server.stats()
parentPort.postMessage('running')

if (way !== 'terminate')
  setTimeout(async () => {
    if (way === 'exit') process.exit(5)
    if (way === 'throw') throw new Error('meant')
    clearInterval(posts)
    await ctx.close()
    await server.close()
    await waiting
  }, delay)
