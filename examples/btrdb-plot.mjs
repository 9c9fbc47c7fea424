// Records a PV for a second into a BTrDB, and draws it. Everything runs in this process.
//   node examples/btrdb-plot.mjs
import { Context, NTScalar, Server, SharedPV } from 'node-pvxs'
import { BTrDB } from 'node-pvxs/btrdb'
import { btrdbFake } from 'node-pvxs/testing'

const store = await btrdbFake()
const db = await BTrDB.connect({ endpoint: store.endpoint })

const sine = SharedPV.readonly(new NTScalar('float64', { display: true }), { display: { units: 'V' } })
const server = await Server.isolated({ pvs: { 'demo:sine': sine } }).start()
const ctx = new Context(server.clientConfig())

let step = 0
const ticking = setInterval(() => sine.post(Math.sin(step++ / 8)), 10)
const { written } = await db.record(ctx.monitorAll(['demo:sine']), { signal: AbortSignal.timeout(1_000) })
clearInterval(ticking)

const now = Date.now()
const chart = await db.plot('demo:sine', { from: new Date(now - 1_500), to: new Date(now) }, 60)
console.log(`${written} samples, ${chart.length} ${chart.kind}, in ${chart.unit}`)
const rows = 8
for (let row = rows; row >= -rows; row -= 2) {
  const level = row / rows
  const line = Array.from(chart.x, (_, i) =>
    Number(chart.min[i]) <= level + 0.13 && Number(chart.max[i]) >= level - 0.13 ? '*' : ' ',
  )
  console.log(`${level.toFixed(2).padStart(5)} |${line.join('')}`)
}

await ctx.close()
await db.close()
await server.close()
await store.close()
