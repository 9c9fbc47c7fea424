// @ts-check
// A set of PVs that changes while a counter runs, of which nothing may be missing: node examples/stream.mjs
// It makes a server of its own, which nobody else can see.
import { Context, NTScalar, Server, SharedPV } from 'node-pvxs'
import { ManagedStream, pvSource, StreamRollbackError } from 'node-pvxs/stream'

const COUNTS = 5_000
const counter = SharedPV.readonly(new NTScalar('int32'), { value: 0 })
const flow = SharedPV.readonly(new NTScalar('float64'), { value: 1.5 })
const server = Server.isolated({ pvs: { 'lab:counter': counter, 'lab:flow': flow } })
await server.start()
const ctx = new Context(server.clientConfig())

const stream = new ManagedStream(pvSource(ctx, { pipeline: true, queueSize: 1_000 }), {
  handler: ({ name, value }) => (name === 'lab:counter' ? Number(value.value) : undefined),
})
await stream.start(['lab:counter'])

let posted = 0
const timer = setInterval(() => {
  for (let n = 0; n < 5 && posted < COUNTS; n++) counter.post({ value: ++posted })
}, 2)
const changing = change()

let last = 0
let gaps = 0
for await (const count of stream) {
  if (count > last + 1) gaps++
  last = count
  if (last === COUNTS) break // the stream goes on; stop() ends it
}
clearInterval(timer)
console.log(`${await changing}, ${gaps} gaps in ${last} counts`)
await stream.stop()
await ctx.close()
await server.close()

async function change() {
  await stream.update({ add: ['lab:flow'] })
  try {
    await stream.update({ add: ['lab:missing'] }, { timeout: 500 })
  } catch (error) {
    if (!(error instanceof StreamRollbackError)) throw error
    return `added 1, refused ${error.failed.length} (${error.failed.map(({ id }) => id).join(', ')})`
  }
  return 'added 2'
}
