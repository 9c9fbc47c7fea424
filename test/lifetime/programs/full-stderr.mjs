// Its stderr is a pipe that is full and that nobody reads, and it is told errors to print.
import { constants, openSync, writeSync } from 'node:fs'
import { Context, Server, setLogger, SharedPV } from '../../../dist/index.js'

const pipe = openSync('/proc/self/fd/2', constants.O_WRONLY | constants.O_NONBLOCK)
try {
  for (;;) writeSync(pipe, 'x')
} catch (error) {
  if (error.code !== 'EAGAIN') throw error
}
const talker = new SharedPV({ onRpc: (op) => op.log('error', 'nobody reads this') })
const server = await Server.start({ isolated: true, pvs: { talker } })
const ctx = new Context(server.clientConfig())
for (let k = 0; k < 50; k++) await ctx.rpc('talker')
setLogger(() => undefined)
console.log('served')
process.exit(0)
