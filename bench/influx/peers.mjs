// The other clients for Node, each on its best path: node peers.mjs PEER ROW URL COUNT. Prints { seconds, cpu } as JSON.
import { InfluxDB, Point } from '@influxdata/influxdb-client'
import Influx from 'influx'
import { batchesOf, pointsOf } from './data.mjs'

const [peer = '', row = '', url = '', text = '200000'] = process.argv.slice(2)
const count = Number(text)
const database = `bench_${peer.replace(/\W/g, '_')}`
const points = pointsOf(count)

const vendorPoint = ({ measurement, tags, fields, time }) =>
  new Point(measurement)
    .tag('host', tags.host)
    .tag('region', tags.region)
    .floatField('temperature', fields.temperature)
    .floatField('load', fields.load)
    .intField('count', Number(fields.count))
    .timestamp(String(time))

function deferred() {
  let resolve, reject
  const promise = new Promise((...ends) => ([resolve, reject] = ends))
  return { promise, resolve, reject }
}

const { hostname, port } = new URL(url)
const influx = new Influx.InfluxDB({ host: hostname, port: Number(port), database })
const work = {
  '@influxdata/influxdb-client': {
    encode: () => {
      for (const point of points) vendorPoint(point).toLineProtocol()
    },
    write: async () => {
      // Its close() resolves before all batches are through: what counts is what was answered.
      const answered = deferred()
      let left = count
      const api = new InfluxDB({ url, token: 'x' }).getWriteApi('', database, 'ns', {
        batchSize: 5000,
        flushInterval: 0,
        maxRetries: 0,
        writeSuccess: (lines) => (left -= lines.length) <= 0 && answered.resolve(),
        writeFailed: async (error) => answered.reject(error),
      })
      api.path = `/write?db=${database}&precision=ns` // 1.6 has no path of v2
      api.writePoints(points.map(vendorPoint))
      await api.close()
      await answered.promise
    },
  },
  influx: {
    write: async () => {
      for (const batch of batchesOf(points))
        await influx.writePoints(
          batch.map(({ measurement, tags, fields, time }) => ({
            measurement,
            tags,
            fields: { temperature: fields.temperature, load: fields.load, count: `${fields.count}i` },
            timestamp: String(time),
          })),
          { precision: 'n' },
        )
    },
    read: async () => {
      const rows = await influx.query('SELECT * FROM bench', { database: 'bench_read' })
      if (rows.length !== count) throw new Error(`${rows.length} rows`)
    },
  },
}[peer]?.[row]
if (work === undefined) throw new Error(`${peer} has no ${row}`)
if (row === 'write') await influx.createDatabase(database)
await work()
const cpu = process.cpuUsage()
const start = performance.now()
await work()
const { user, system } = process.cpuUsage(cpu)
console.log(
  JSON.stringify({ seconds: (performance.now() - start) / 1000, cpu: (user + system) / 1e6, count }),
)
