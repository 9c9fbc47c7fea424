// One measurement of our client, in a process of its own: node ours.mjs ROW URL COUNT. Prints { seconds, cpu, … } as JSON.
import { Agent, request } from 'undici'
import { encodeColumns, encodePoints, InfluxDB } from 'node-pvxs/influx'
import { batchesOf, columnsOf, pointsOf, START } from './data.mjs'

const [row = '', url = '', text = '200000'] = process.argv.slice(2)
const count = Number(text)
const database = `bench_${row.replace(/\W/g, '_')}`
const db = new InfluxDB({ url, database })
const from = 'SELECT * FROM bench'

const agent = new Agent({ connections: 1 })
const post = (body) =>
  request(`${url}/write?db=${database}&precision=ns`, { method: 'POST', body, dispatcher: agent }).then(
    async (r) => {
      await r.body.dump()
      if (r.statusCode !== 204) throw new Error(`status ${r.statusCode}`)
    },
  )
async function rawRead() {
  const form = new URLSearchParams({
    q: from,
    db: 'bench_read',
    epoch: 'ns',
    chunked: 'true',
    chunk_size: '10000',
  })
  const headers = { accept: 'application/x-msgpack', 'content-type': 'application/x-www-form-urlencoded' }
  const r = await request(`${url}/query`, { method: 'POST', body: String(form), headers, dispatcher: agent })
  let bytes = 0
  for await (const part of r.body) bytes += part.length
  return bytes
}

const reading = () => db.with({ database: 'bench_read' })
const samples = () => {
  const series = Array.from({ length: 1000 }, (_, i) =>
    Object.freeze({ id: `bench:pv:${i}`, type: 'float64' }),
  )
  return Array.from({ length: count }, (_, i) => ({
    series: series[i % 1000],
    time: START + BigInt(i) * 1_000_000n,
    value: i / 7,
    severity: 0,
    status: 0,
  }))
}

/** What is prepared, and what is measured. */
const rows = {
  'encode points': () => {
    const points = pointsOf(count)
    return () => batchesOf(points).forEach((batch) => encodePoints(batch))
  },
  'encode columns': () => {
    const columns = columnsOf(count)
    return () => columns.forEach((one) => encodeColumns(one))
  },
  'write raw': () => {
    const bodies = batchesOf(pointsOf(count)).map((batch) => Buffer.from(encodePoints(batch)))
    return async () => {
      for (const body of bodies) await post(body)
    }
  },
  'write points': () => {
    const points = pointsOf(count)
    return () => db.write(points)
  },
  'write columns': () => {
    const columns = columnsOf(count)
    return () => db.writeColumns(columns)
  },
  'write samples': () => {
    const sink = db.sink({ metadata: false })
    const batches = batchesOf(samples())
    return async () => {
      for (const batch of batches) await sink.write(batch)
    }
  },
  'write samples as points': () => {
    const points = samples().map(({ series, time, value, severity, status }) => ({
      measurement: 'pv',
      tags: { pv: series.id },
      fields: { value, severity: BigInt(severity), status: BigInt(status) },
      time,
    }))
    return () => db.write(points)
  },
  'read raw': () => rawRead,
  rows: () => async () => {
    let seen = 0
    for await (const row of reading().rows(from)) if (row) seen++
    if (seen !== count) throw new Error(`${seen} rows`)
  },
  columns: () => async () => {
    const [columns] = await reading().columns(from)
    if (columns?.length !== count) throw new Error(`${columns?.length} rows`)
  },
  'memory of rows': () => async () => {
    let seen = 0
    for await (const row of reading().rows(from)) if (row) seen++
    if (seen < count) throw new Error(`${seen} rows`)
  },
}

if (!row.startsWith('encode')) await db.createDatabase()
const work = rows[row]()
// Everything is compiled and connected before the clock runs; writes of the same points do not add up.
await work()
globalThis.gc?.()
const memory = process.memoryUsage().rss
const cpu = process.cpuUsage()
const start = performance.now()
let most = memory
const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20)
await work()
clearInterval(watch)
const seconds = (performance.now() - start) / 1000
const { user, system } = process.cpuUsage(cpu)
console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6, megabytes: (most - memory) / 1e6, count }))
await db.close()
await agent.close()
