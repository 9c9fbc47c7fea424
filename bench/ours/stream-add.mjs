// Adds a member to a managed stream of so many idle PVs and takes it out again, a hundred times; the median of both
// together. The PV was there before, so that searching for it has no part.

import { Context } from '../../dist/index.js'
import { ManagedStream, pvSource } from '../../dist/stream/index.js'
import { args, line, only } from './shared.mjs'

const a = args({ server: '', pvs: 100, times: 100 })
const ctx = new Context(only(a.server))
const stream = new ManagedStream(pvSource(ctx), { handler: () => undefined })
const names = Array.from({ length: a.pvs }, (_, i) => `new:${i}`)
await stream.start(names, { timeout: 60_000 })
const kept = ctx.connect('new:more')
const spent = []
for (let i = 0; i < a.times; i++) {
  const start = performance.now()
  await stream.update({ add: ['new:more'] })
  await stream.update({ remove: ['new:more'] })
  spent.push(performance.now() - start)
}
spent.sort((x, y) => x - y)
line({ ms: spent[spent.length >> 1] })
await kept.close()
await stream.stop()
await ctx.close()
