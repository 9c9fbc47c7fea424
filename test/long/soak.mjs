// M-09: servers that restart, monitors, and a mix of calls, for as long as it is told; then every counter is back, and
// memory has not grown. Argument: minutes.
import { readdirSync } from 'node:fs'
import { Context, debug, NTScalar, Server, setLogger, SharedPV } from '../../dist/index.js'

const minutes = Number(process.argv[2] ?? 1)
const SERVERS = 5
const MONITORS = 40
setLogger(() => {}) // restarts are logged

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const linux = process.platform === 'linux'
const state = () => {
  globalThis.gc?.()
  return {
    rss: process.memoryUsage.rss(),
    heap: process.memoryUsage().heapUsed,
    threads: linux ? readdirSync('/proc/self/task').length : 0,
    fds: linux ? readdirSync('/proc/self/fd').length : 0,
  }
}

const servers = []
for (let k = 0; k < SERVERS; k++) {
  const count = SharedPV.mailbox(new NTScalar('int32'), { value: 0 })
  const wave = SharedPV.mailbox(new NTScalar('float64[]'), { value: new Float64Array(1_000) })
  const f = new SharedPV({ onRpc: ({ args }) => ({ n: args.n }) })
  const pvs = { [`count${k}`]: count, [`wave${k}`]: wave, [`f${k}`]: f }
  servers.push({ server: await Server.start({ isolated: true, autoBeacon: true, pvs }), count, wave })
}
const ctx = new Context({
  useEnv: false,
  addressList: servers.map(({ server }) => `127.0.0.1:${server.udpPort}`),
  autoAddressList: false,
  interfaces: ['127.0.0.1'],
})
const seen = new Array(MONITORS).fill(0)
for (let k = 0; k < MONITORS; k++)
  ctx.monitor(`${k % 2 ? 'count' : 'wave'}${k % SERVERS}`, { onUpdate: () => void seen[k]++ })

const end = performance.now() + minutes * 60_000
let posts = 0
const poster = setInterval(() => {
  posts++
  for (const { count, wave } of servers) {
    count.post({ value: posts })
    wave.post({ value: new Float64Array(1_000).fill(posts) })
  }
}, 10)
const tally = { ok: 0, late: 0, stopped: 0, restarts: 0 }
async function caller(k) {
  for (let n = 0; performance.now() < end; n++) {
    const to = (k + n) % SERVERS
    const call = [
      () => ctx.get(`wave${to}`, { timeout: 20_000 }),
      () => ctx.put(`count${to}`, -n, { timeout: 20_000 }),
      () => ctx.rpc(`f${to}`, { n }, { timeout: 20_000 }),
    ][n % 3]
    await call().then(
      () => tally.ok++,
      (error) => {
        if (error.code === 'ERR_PVA_TIMEOUT') tally.late++
        else if (error.message === 'the server was stopped') tally.stopped++
        else throw error
      },
    )
  }
}
async function restarter() {
  while (performance.now() < end) {
    await sleep(Math.min(15_000, (minutes * 60_000) / 8))
    const { server } = servers[tally.restarts % SERVERS]
    await server.stop()
    await sleep(200)
    await server.start()
    tally.restarts++
  }
}

const samples = []
const sampler = setInterval(
  () => samples.push({ at: performance.now(), ...state() }),
  (minutes * 60_000) / 50,
)
await Promise.all([...Array.from({ length: 20 }, (_, k) => caller(k)), restarter()])
clearInterval(sampler)
const before = seen.slice()
await sleep(35_000) // the longest that a search may take
clearInterval(poster)
const stuck = seen.filter((count, k) => count === before[k]).length
await ctx.close()
for (const { server } of servers) await server.close()

const settled = samples.slice(10)
const first = settled[0]
const last = settled.at(-1)
const hours = (last.at - first.at) / 3_600_000
const slope = (last.rss - first.rss) / (1 << 20) / hours
const counts = Object.entries(debug.counts()).filter(([name, count]) => count > 0 && name !== 'SharedPV')
console.log(
  JSON.stringify({ minutes, ...tally, posts, stuck, counts, first, last, 'MiB per hour': Math.round(slope) }),
)
const faults = [
  stuck > 0 && `${stuck} monitors did not come back`,
  counts.length > 0 && `left: ${JSON.stringify(counts)}`,
  last.threads > first.threads + 2 && 'threads grew',
  last.fds > first.fds + SERVERS * 4 && 'files grew',
  // minutes tell too little of hours: growth is a fault when it is more than the allocator's slack
  last.rss - first.rss > (24 << 20) + 2 * hours * (1 << 20) && 'memory grew',
].filter(Boolean)
if (faults.length > 0) throw new Error(faults.join('; '))
