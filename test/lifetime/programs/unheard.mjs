// Monitors of names that nobody has, in a program without a logger; ends when the line is out.
import { Server, Context } from '../../../dist/index.js'

const server = await Server.start({ isolated: true })
const ctx = new Context(server.clientConfig())
const subs = ['lab:tempp1', 'lab:tempp2'].map((name) => ctx.monitor(name, { onUpdate: () => {} }))
const write = process.stderr.write.bind(process.stderr)
await new Promise((said) => {
  process.stderr.write = (...given) => {
    said()
    return write(...given)
  }
})
for (const sub of subs) await sub.close()
await ctx.close()
await server.close()
console.log('said')
