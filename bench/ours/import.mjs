// How long the import of the package takes, and the first context.

const begin = performance.now()
const { Context } = await import('../../dist/index.js')
const imported = performance.now()
const ctx = new Context({
  useEnv: false,
  autoAddressList: false,
  nameServers: ['127.0.0.1:9'],
  broadcastPort: 59076,
})
console.log(JSON.stringify({ ms: imported - begin, contextMs: performance.now() - imported }))
await ctx.close()
process.exit(0)
