// @ts-check
// Points of every kind: node examples/influx-points.mjs [URL of InfluxDB]
import { InfluxDB, InfluxError, int, pointSchema } from 'node-pvxs/influx'

const [url = process.env['INFLUX_URL'] ?? 'http://localhost:8086'] = process.argv.slice(2)
const db = new InfluxDB({ url, database: 'demo' })
const { version } = await db.ping()
console.log('InfluxDB', version)
await db.createDatabase()

await db.write([
  { measurement: 'shift', tags: { crew: 'B' }, fields: { note: 'beam off', dose: 1.5, count: 3n } },
  { measurement: 'shift', tags: { crew: 'A' }, fields: { dose: 2, count: int(4) }, time: new Date(0) },
  'shift,crew=C dose=0.5', // line protocol
])

try {
  await db.write({ measurement: '#shift', fields: { dose: 1 } }) // a server would take it for a comment
} catch (e) {
  if (e instanceof InfluxError) console.log(e.code, e.index, e.path)
}

const State = /** @type {const} */ ({ off: 0, on: 1 })
const pumps = pointSchema('pump', { at: 'time', name: 'tag', state: { tag: State }, pressure: 'float' })
await db.write([{ at: 1n, name: 'north', state: State.on, pressure: 1e-7 }].map(pumps.point))
for (const { name, state, pressure } of pumps.rows(await db.query('SELECT * FROM pump')))
  console.log(name, state === State.on ? 'on' : 'off', pressure)
for await (const row of db.rows('SELECT dose, count FROM shift GROUP BY crew'))
  console.log(row['crew'], row['dose'])
await db.close()
