// One process, several copies of the package: each serves the others, and none knows another's objects.
// Argument: a folder that is a copy of the package, with `dist` there twice: two sets of modules over one addon.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as imported from '../../../dist/index.js'

const required = createRequire(import.meta.url)('../../../dist/index.js')
const of = (dist) => import(pathToFileURL(join(process.argv[2], dist, 'index.js')))
const copies = [imported, await of('dist'), await of('dist-again')]
const told = { sameWhenRequired: required.Context === imported.Context, read: [], foreign: [] }

for (const there of copies) {
  const pv = there.SharedPV.mailbox(new there.NTScalar('int32'), { value: 1 })
  const server = await there.Server.start({ isolated: true, pvs: { x: pv } })
  for (const here of copies) {
    const ctx = new here.Context(server.clientConfig())
    await ctx.put('x', copies.indexOf(here))
    const value = await ctx.get('x')
    told.read.push(value instanceof here.Value ? value.value : 'a foreign Value')
    for await (const update of ctx.monitor('x')) {
      told.read.push(update.value)
      break
    }
    if (here !== there) {
      try {
        new here.Server({ isolated: true, pvs: { y: pv } })
      } catch (error) {
        told.foreign.push(error instanceof here.InvalidArgumentError && error.message)
      }
    }
    await ctx.close()
  }
  await server.close()
}
told.left = copies.flatMap(({ debug }) => Object.values(debug.counts())).filter((count) => count !== 0)
console.log(JSON.stringify(told))
