// Our server: 'count', ten times a second one more, until it is ended. Arguments: TCP and UDP port, 0 for any.
import { NTScalar, Server, SharedPV } from '../../../dist/index.js'

const [tcpPort = 0, udpPort = 0] = process.argv.slice(2).map(Number)
const count = SharedPV.mailbox(new NTScalar('int32'))
const server = await Server.start({
  isolated: true,
  autoBeacon: true,
  beaconDestinations: ['127.0.0.1'],
  pvs: { count },
  ...(tcpPort > 0 && { tcpPort, udpPort }),
})
console.log(`ready ${server.tcpPort} ${server.udpPort}`)
let n = 0
setInterval(() => count.post({ value: ++n }), 100)
