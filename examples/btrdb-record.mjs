// PVs into BTrDB, and back out as samples. With BTRDB_ENDPOINTS it goes to that server, else to one in this process.
//   node examples/btrdb-record.mjs
import { Context, NTEnum, NTScalar, Server, SharedPV } from 'node-pvxs'
import { BTrDB } from 'node-pvxs/btrdb'
import { btrdbFake } from 'node-pvxs/testing'

const store = process.env.BTRDB_ENDPOINTS ? undefined : await btrdbFake()
const db = await BTrDB.connect(store && { endpoint: store.endpoint })

const level = SharedPV.mailbox(new NTScalar('float64', { display: true }), { display: { units: 'mm' } })
const mode = SharedPV.mailbox(new NTEnum(), { value: { index: 1, choices: ['Off', 'On'] } })
const server = await Server.isolated({ pvs: { 'demo:level': level, 'demo:mode': mode } }).start()
const ctx = new Context(server.clientConfig())

let step = 0
const ticking = setInterval(() => level.post(step++ / 2), 50)
const updates = ctx.monitorAll(['demo:level', 'demo:mode'])
const { written, rejected } = await db.record(updates, { signal: AbortSignal.timeout(1_000) })
clearInterval(ticking)
console.log(`written ${written}, rejected ${rejected}`)

const history = db.history()
const hour = { from: new Date(Date.now() - 3_600_000), to: new Date() }
for await (const batch of history.read('demo:level', { ...hour, order: 'desc', limit: 3 }))
  for (const { time, value, series } of batch) console.log(time, value, series.units)
const [now] = await history.at(['demo:mode'], new Date())
console.log(`mode is ${now?.series.choices?.[Number(now.value)]}`)

await ctx.close()
await db.close()
await server.close()
await store?.close()
