// Many servers in one process, which die and come back together: server s has the PVs 's:0', 's:1' and so on.
// Arguments: how many servers, how many PVs each, a TCP port that is not used, and the UDP port that they share, 0 for any.
import { NTScalar, Server, SharedPV } from '../../../dist/index.js'

const [servers = 1, pvsEach = 1, , port = 0] = process.argv.slice(2).map(Number)
let udpPort = port
for (let s = 0; s < servers; s++) {
  const pvs = Object.fromEntries(
    Array.from({ length: pvsEach }, (_, k) => [
      `${s}:${k}`,
      SharedPV.mailbox(new NTScalar('int32'), { value: process.pid }),
    ]),
  )
  const server = await Server.start({
    isolated: true,
    autoBeacon: true,
    beaconDestinations: ['127.0.0.1'],
    pvs,
    ...(udpPort > 0 && { udpPort }),
  })
  udpPort = server.udpPort
}
console.log(`ready 0 ${udpPort}`)
