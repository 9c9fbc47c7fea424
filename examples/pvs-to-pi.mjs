// @ts-check
// PVs into PI and back: node examples/pvs-to-pi.mjs [URL of PI Web API]
// It makes a PV server of its own, and a simulated PI Web API when no URL is given.
import { setTimeout as sleep } from 'node:timers/promises'
import { Context, NTScalar, Server, SharedPV } from 'node-pvxs'
import { PiWebApi } from 'node-pvxs/pi'
import { ManagedStream, pvSource } from 'node-pvxs/stream'
import { Batcher, samples } from 'node-pvxs/telemetry'
import { piSimulator } from 'node-pvxs/testing'

const sim = process.argv[2] === undefined ? await piSimulator() : undefined
const url = process.argv[2] ?? sim?.url ?? ''

const names = Array.from({ length: 20 }, (_, i) => `demo:pump${i}:flow`)
const type = new NTScalar('float64', { display: true })
const pvs = names.map((_, i) => SharedPV.mailbox(type, { value: i, display: { units: 'm3/h' } }))
const server = Server.isolated()
for (const [i, pv] of pvs.entries()) server.addPV(names[i] ?? '', pv)
await server.start()

const ctx = new Context(server.clientConfig())
const pi = new PiWebApi(url)
const stream = new ManagedStream(pvSource(ctx), { handler: samples() })
const batcher = new Batcher(pi.sink({ create: true }), {
  linger: 200,
  onRejected: (rejected, reason) => console.error(`${rejected.length} rejected: ${reason}`),
})

// 50 values of each in five seconds: the first one, and 49 that are posted.
const from = new Date(Date.now() - 1000)
await stream.start(names)
const posting = (async () => {
  for (let k = 1; k < 50; k++) {
    await sleep(100)
    for (const [i, pv] of pvs.entries()) pv.post({ value: i + k / 10 })
  }
})()
for await (const batch of stream.batches()) {
  await batcher.push(batch) // back-pressure reaches the server of the PVs
  if (batcher.stats.pushed >= 50 * names.length) break
}
await posting
await stream.stop()
await batcher.close()

const history = pi.history()
let read = 0
for (const name of names)
  for await (const batch of history.read(name, { from, to: new Date(Date.now() + 1000) })) {
    // A point begins with the state "Pt Created", which is no value.
    read += batch.filter(({ value }) => value !== null).length
  }
console.log(`written ${batcher.stats.written}, read back ${read}`)

ctx.close()
await server.close()
await pi.close()
await sim?.close()
