// @ts-check
// Typed arrays in and out: node examples/influx-columns.mjs [URL of InfluxDB]
import { InfluxDB, influxql } from 'node-pvxs/influx'

const [url = process.env['INFLUX_URL'] ?? 'http://localhost:8086'] = process.argv.slice(2)
const db = new InfluxDB({ url, database: 'demo' })
await db.createDatabase()

const length = 100_000
const start = 1_700_000_000_000_000_000n
const report = await db.writeColumns({
  name: 'scan',
  length,
  time: BigInt64Array.from({ length }, (_, i) => start + BigInt(i) * 1_000_000n),
  tags: { detector: 'north' },
  fields: {
    angle: Float64Array.from({ length }, (_, i) => i / 1000),
    counts: Int32Array.from({ length }, (_, i) => (i * 7919) % 1000),
  },
})
console.log(`${report.points} points in ${report.requests} requests`)

const detector = 'north'
const [scan] = await db.columns(influxql`SELECT angle, counts FROM scan WHERE detector = ${detector}`)
const { angle, counts } = scan?.fields ?? {}
console.log(angle?.constructor.name, counts?.constructor.name, scan?.length)
if (angle instanceof Float64Array)
  console.log(
    'largest angle',
    angle.reduce((a, b) => Math.max(a, b)),
  )

let seen = 0
for await (const chunk of db.columnChunks('SELECT angle FROM scan')) seen += chunk.length // bounded memory
console.log('in chunks', seen)
await db.close()
