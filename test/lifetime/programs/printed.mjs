// A client without a logger, and a server that has it told things.
import { Context, Server, SharedPV } from '../../../dist/index.js'

const talker = new SharedPV({
  onRpc: (op) => {
    op.log('info', 'not worth printing')
    op.log('error', 'title \u001b]0;gotcha\u0007 colour \u001b[31m csi \u009b2J end')
  },
})
const server = await Server.start({ isolated: true, pvs: { talker } })
const ctx = new Context(server.clientConfig())
await ctx.rpc('talker')
await ctx.close()
await server.close()
