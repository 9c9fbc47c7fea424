// 'counter', 500 times a second one more, beside 'other:0' to 'other:9'. Arguments: TCP and UDP port, 0 for any.
import { NTScalar, Server, SharedPV } from '../../../dist/index.js'

const [tcpPort = 0, udpPort = 0] = process.argv.slice(2).map(Number)
const counter = SharedPV.mailbox(new NTScalar('int32'))
const others = Array.from({ length: 10 }, (_, n) => [
  `other:${n}`,
  SharedPV.mailbox(new NTScalar('int32'), { value: n }),
])
const server = await Server.start({
  isolated: true,
  autoBeacon: true,
  beaconDestinations: ['127.0.0.1'],
  pvs: { counter, ...Object.fromEntries(others) },
  ...(tcpPort > 0 && { tcpPort, udpPort }),
})
console.log(`ready ${server.tcpPort} ${server.udpPort}`)
const began = performance.now()
let n = 0
// A timer of 2 ms that is late makes up for it.
setInterval(() => {
  const due = Math.floor((performance.now() - began) / 2)
  while (n < due) counter.post({ value: ++n })
}, 2)
