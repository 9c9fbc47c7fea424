// The bridge, and for comparison a bare ws server that sends the same text as often: node bridge.mjs bridge PORT OPTIONS | bare TEXT SPAN
//
// The parent asks with "mark", and is told the CPU time since the last one, memory, and how late the event loop was.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Context } from '../../dist/index.js'
import { Bridge } from '../../dist/bridge/index.js'
import { WebSocketServer } from 'ws'

const [kind, first, second] = process.argv.slice(2)
const delay = monitorEventLoopDelay({ resolution: 10 })
delay.enable()
const { port, stats } = kind === 'bridge' ? await ours() : await bare()
let cpu = process.cpuUsage()
process.on('disconnect', () => process.exit(0))
process.on('message', () => {
  const { user, system } = process.cpuUsage(cpu)
  globalThis.gc?.()
  const { rss, heapUsed, external } = process.memoryUsage()
  const late = Math.max(0, delay.percentile(99) / 1e6 - 10)
  delay.reset()
  // What was collected for the reading is not the work that is measured.
  cpu = process.cpuUsage()
  process.send({ cpu: user + system, rss, heap: heapUsed + external, late, ...stats() })
})
process.send({ port })

async function ours() {
  const ctx = new Context({ useEnv: false, autoAddressList: false, nameServers: [`127.0.0.1:${first}`] })
  const bridge = await Bridge.start({ ctx, port: 0, ...JSON.parse(second ?? '{}') })
  return { port: bridge.port, stats: () => bridge.stats() }
}

/** Every socket gets a tenth of its messages at a time, as the PVs are posted; each is sent by itself. */
async function bare() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  await new Promise((resolve) => server.once('listening', resolve))
  let sent = 0
  server.on('connection', (socket) => socket.on('message', () => undefined))
  setInterval(() => {
    for (const socket of server.clients) {
      for (let i = 0; i < 10; i++) socket.send(first)
      sent += 10
    }
  }, Number(second))
  return { port: server.address().port, stats: () => ({ sent }) }
}
