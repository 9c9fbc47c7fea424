// A server as users bundle it: no await at the top level, which CommonJS does not have.
import { Context, NTScalar, Server, SharedPV, version } from 'node-pvxs'

async function main() {
  const pvs = { 'bundled:x': SharedPV.mailbox(new NTScalar('int32'), { value: 1 }) }
  const server = await Server.start({ isolated: true, pvs })
  const ctx = new Context(server.clientConfig())
  await ctx.put('bundled:x', 42)
  const { value } = await ctx.get('bundled:x')
  await ctx.close()
  await server.close()
  console.log(`ok: ${value}, node-pvxs ${version().package}`)
}
void main()
