// @ts-check
// Records PVs into InfluxDB and reads them back: node examples/influx-record.mjs [URL of InfluxDB]
// It makes a PV server of its own, which nobody else can see.
import { Context, NTEnum, NTScalar, Server, SharedPV } from 'node-pvxs'
import { InfluxDB } from 'node-pvxs/influx'

const [url = process.env['INFLUX_URL'] ?? 'http://localhost:8086'] = process.argv.slice(2)
const temperature = SharedPV.mailbox(new NTScalar('float64', { display: true }), {
  value: 20,
  display: { units: 'C' },
})
const mode = SharedPV.mailbox(new NTEnum(), { value: { index: 0, choices: ['Off', 'On'] } })
const server = Server.isolated()
await server.addPV('demo:temperature', temperature).addPV('demo:mode', mode).start()

const ctx = new Context(server.clientConfig())
const db = new InfluxDB({ url, database: 'demo' })
await db.createDatabase() // harmless when it is there

const from = new Date()
const rising = setInterval(() => temperature.post({ value: temperature.current().value + 0.5 }), 20)
setTimeout(() => mode.post({ value: { index: 1 } }), 200)
setTimeout(() => ctx.close(), 500) // ends the recording; what it has is flushed
process.once('SIGINT', () => ctx.close())
const stats = await db.record(ctx.monitorAll(['demo:temperature', 'demo:mode']))
clearInterval(rising)
console.log(`written ${stats.written}, rejected ${stats.rejected}`)

const history = db.history()
const range = { from: new Date(from.getTime() - 1000), to: new Date(Date.now() + 1000) }
for await (const batch of history.read('demo:temperature', { ...range, limit: 3 }))
  for (const { time, value, series } of batch) console.log(time, value, series.units)
for await (const batch of history.read('demo:mode', { ...range, order: 'desc', limit: 1 }))
  for (const { value, series } of batch) console.log('mode is', series.choices?.[Number(value)])

await db.close()
await server.close()
