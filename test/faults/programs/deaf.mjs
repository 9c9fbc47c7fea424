// A server that has no descriptor left for connections. Writes its TCP port; for each line read one of JSON: with `free` it
// gets descriptors again, with `said` it answers what it has logged about its interface, and the ms of CPU it has used.
import { closeSync, openSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { NTScalar, Server, setLogger, setLogLevel, SharedPV } from '../../../dist/index.js'

const said = []
setLogger(({ level, message }) => {
  if (/accept/.test(message)) said.push([level, message])
})
setLogLevel('pvxs.tcp.*', 'warning')
const server = await Server.start({ isolated: true, pvs: { x: SharedPV.mailbox(new NTScalar('int32'), 7) } })

const held = []
for (;;) {
  try {
    held.push(openSync('/dev/null'))
  } catch {
    break
  }
}
console.log(server.tcpPort)
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'free') for (const fd of held.splice(0)) closeSync(fd)
  console.log(JSON.stringify({ said, cpu: process.cpuUsage().user / 1_000 }))
}
