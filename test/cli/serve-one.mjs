// Serves the PV `one` on every interface with the usual ports, runs a command, and ends with it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { NTScalar, Server, SharedPV, setLogger } from '../../dist/index.js'

setLogger(() => undefined)
const server = await Server.start({
  useEnv: false,
  pvs: { one: SharedPV.mailbox(new NTScalar('int32'), { value: 1 }) },
})
const [command, ...args] = process.argv.slice(2)
const child = spawn(command, args, { stdio: 'inherit' })
const [code] = await once(child, 'close')
await server.close()
process.exit(code)
