// The package from CommonJS: require() of an ES module, without a flag on every supported Node.
const assert = require('node:assert/strict')
const { Context, NTScalar, Server, SharedPV } = require('node-pvxs')

async function main() {
  const pv = SharedPV.mailbox(new NTScalar('string'), { value: 'hello' })
  const server = await Server.start({ isolated: true, pvs: { 'smoke:text': pv } })
  const ctx = new Context(server.clientConfig())
  assert.equal((await ctx.get('smoke:text')).value, 'hello')
  await ctx.close()
  await server.close()
  console.log(`ok: require on Node ${process.version}`)
}
main()
