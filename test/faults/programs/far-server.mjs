// A server on another host: 'p0', 'p1', …, 'count' ten times a second one more, 'wave' of 40 kB fourteen times a second.
// Arguments, as JSON: how many of the first kind; options of the server.
import { NTScalar, Server, setLogger, SharedPV } from '../../../dist/index.js'
import { act } from './actor.mjs'

const [many, options] = process.argv.slice(2).map((text) => JSON.parse(text))
setLogger(() => {}) // broken connections are logged
const int32 = new NTScalar('int32')
const count = SharedPV.mailbox(int32)
const wave = SharedPV.mailbox(new NTScalar('float64[]'), { value: new Float64Array(5_000) })
const pvs = { count, wave }
let puts = 0
for (let k = 0; k < many; k++) pvs[`p${k}`] = SharedPV.mailbox(int32, { value: k })
pvs.counted = new SharedPV({ type: int32, initial: {}, onPut: () => void puts++ })
const server = await Server.start({ useEnv: false, pvs, ...options })
let n = 0
setInterval(() => count.post({ value: ++n }), 100)
setInterval(() => wave.post({ value: new Float64Array(5_000).fill(n) }), 70)
act({
  ports: () => ({ tcp: server.tcpPort, udp: server.udpPort }),
  puts: () => puts,
  connections: () => server.stats().connections.length,
})
