// A server of PVs that change: COUNT numbers, HZ times a second each, and images of BYTES bytes. Prints its TCP port.
//
//   node pvs.mjs COUNT HZ [BYTES IMAGE_HZ]
import { NTScalar, Server, SharedPV } from '../../dist/index.js'

const [count, hz, bytes = 0, imageHz = 10] = process.argv.slice(2).map(Number)
const number = new NTScalar('float64', { display: true })
const numbers = Array.from({ length: count }, (_, i) => SharedPV.mailbox(number, { value: i }))
const image = SharedPV.mailbox(new NTScalar('uint8[]'), { value: new Uint8Array(bytes) })
const pvs = Object.fromEntries(numbers.map((pv, i) => [`n${i}`, pv]))
const server = await Server.start({ isolated: true, pvs: { ...pvs, image } })
process.on('message', () => undefined) // stays while its parent does
process.on('disconnect', () => process.exit(0))
process.send({ port: server.tcpPort })

// Spread over the period, as PVs of a laboratory are: a tenth of them at a time.
let turn = 0
let x = 0
if (hz > 0)
  setInterval(() => {
    turn = (turn + 1) % 10
    for (let i = turn; i < count; i += 10) numbers[i].post(++x / 7)
  }, 100 / hz)
let n = 0
if (bytes > 0) setInterval(() => image.post(new Uint8Array(bytes).fill(++n)), 1_000 / imageHz)
