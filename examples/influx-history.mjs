// @ts-check
// What InfluxDB knows of PVs: node examples/influx-history.mjs [URL of InfluxDB [database [pattern]]]
// Without arguments it writes an hour of a sine first.
import { InfluxDB } from 'node-pvxs/influx'

const [url = process.env['INFLUX_URL'] ?? 'http://localhost:8086', database = 'demo', pattern = 'demo:*'] =
  process.argv.slice(2)
const db = new InfluxDB({ url, database })
const now = BigInt(Date.now()) * 1_000_000n
const second = 1_000_000_000n
if (process.argv.length <= 3) {
  await db.createDatabase()
  /** @type {import('node-pvxs/telemetry').Series} */
  const series = { id: 'demo:sine', type: 'float64', units: 'V' }
  const sine = Array.from({ length: 3600 }, (_, i) => Math.sin(i / 100))
  await db
    .sink()
    .write(sine.map((value, i) => ({ series, time: now - BigInt(3600 - i) * second, value, severity: 0 })))
}

const history = db.history()
for await (const { id, type, units = '' } of history.find(pattern)) {
  const [newest] = await history.at([id], now)
  console.log(`${id} ${type} ${units}: ${newest?.value ?? 'nothing'}`)
}
const range = { from: now - 3600n * second, to: now }
for await (const windows of history.windows('demo:sine', range, 900n * second))
  for (const { time, min, mean, max, count } of windows)
    console.log(
      new Date(Number(time / 1_000_000n)).toISOString(),
      count,
      min.toFixed(2),
      mean.toFixed(2),
      max.toFixed(2),
    )
await db.close()
