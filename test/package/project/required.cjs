// The package from CommonJS: require() of an ES module, without a flag on every supported Node.
const assert = require('node:assert/strict')
const { NTScalar, SharedPV } = require('node-pvxs')
const { loopback } = require('node-pvxs/testing')

async function main() {
  const pv = SharedPV.mailbox(new NTScalar('string'), { value: 'hello' })
  const { ctx, close } = await loopback({ 'smoke:text': pv })
  assert.equal((await ctx.get('smoke:text')).value, 'hello')
  await close()
  console.log(`ok: require on Node ${process.version}`)
}
main()
