// Independent clients read what ours writes, and the other way round.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import Influx from 'influx'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { environment } from '../../scripts/tests/venv.mjs'
import { InfluxDB, type Point } from 'node-pvxs/influx'
import { debianNeed, influxd, type TestServer } from './servers.js'

const run = promisify(execFile)
const time = 1_700_000_000_123_456_789n
const text = `a "b" c\\d, e=f\ng żółć 🚀`
const points: Point[] = [
  {
    measurement: 'm, x',
    tags: { 'k =,': 'v =,x', u: 'żółć' },
    fields: { 'f =,': 1.5, i: 9_007_199_254_740_993n, s: text, b: true },
    time,
  },
  {
    measurement: 'm, x',
    tags: { u: 'z' },
    fields: { 'f =,': -0.1, i: -1n, s: '', b: false },
    time: time + 1n,
  },
]

describe.skipIf(debianNeed.missing)(debianNeed.named('peers'), () => {
  let server: TestServer
  let db: InfluxDB
  beforeAll(async () => {
    server = await influxd()
    db = new InfluxDB({ url: server.url, database: 'peers' })
    await db.createDatabase()
    await db.write(points)
  })
  afterAll(async () => {
    await db.close()
    await server[Symbol.asyncDispose]()
  })

  const python = async (code: string): Promise<unknown> => {
    const { stdout } = await run(await environment('influx'), ['-c', code, String(server.port)])
    return JSON.parse(stdout)
  }
  const expected = [
    { 'f =,': 1.5, i: 9_007_199_254_740_993n, s: text, b: true, 'k =,': 'v =,x', u: 'żółć' },
    { 'f =,': -0.1, i: -1n, s: '', b: false, 'k =,': '', u: 'z' },
  ]
  const exact = (rows: unknown): unknown =>
    (rows as Record<string, unknown>[]).map((row) => ({ ...row, i: BigInt(row['i'] as string) }))

  it('influxdb for Python reads what ours wrote', async () => {
    const rows = await python(`
import json, sys
from influxdb import InfluxDBClient
c = InfluxDBClient('127.0.0.1', int(sys.argv[1]), database='peers')
r = c.query('SELECT * FROM "m, x"', epoch='ns')
print(json.dumps([{k: str(v) if k == 'i' else (v or '' if k == 'k =,' else v) for k, v in p.items() if k != 'time'} for p in r.get_points()]))`)
    expect(exact(rows)).toEqual(expected)
  }, 300_000)

  it('aioinflux reads what ours wrote', async () => {
    const rows = await python(`
import asyncio, json, sys
from aioinflux import InfluxDBClient, iterpoints
async def main():
    async with InfluxDBClient(host='127.0.0.1', port=int(sys.argv[1]), db='peers') as c:
        r = await c.query('SELECT * FROM "m, x"', epoch='ns')
        columns = r['results'][0]['series'][0]['columns']
        points = [dict(zip(columns, p)) for p in iterpoints(r)]
        print(json.dumps([{k: str(v) if k == 'i' else (v or '' if k == 'k =,' else v) for k, v in p.items() if k != 'time'} for p in points]))
asyncio.run(main())`)
    expect(exact(rows)).toEqual(expected)
  }, 300_000)

  it('influx for Node reads what ours wrote, as far as it can', async () => {
    const peer = new Influx.InfluxDB({ host: '127.0.0.1', port: server.port, database: 'peers' })
    const rows = await peer.query<Record<string, unknown>>('SELECT * FROM "m, x"')
    expect(rows.map((row) => row['s'])).toEqual([text, ''])
    expect(rows.map((row) => row['u'])).toEqual(['żółć', 'z'])
    expect(rows.map((row) => row['f =,'])).toEqual([1.5, -0.1])
  })

  it('ours reads what influxdb for Python and influx for Node wrote', async () => {
    await python(`
import sys
from influxdb import InfluxDBClient
c = InfluxDBClient('127.0.0.1', int(sys.argv[1]), database='peers')
c.write_points([{'measurement': 'py', 'tags': {'t': 'a b,c'}, 'fields': {'f': 1.5, 'i': 9007199254740993, 's': 'x "y"', 'b': True}, 'time': ${time}}], time_precision='n')
print('{}')`)
    expect((await db.query('SELECT * FROM py')).statements[0]?.series[0]).toMatchObject({
      columns: ['time', 'b', 'f', 'i', 's', 't'],
      values: [[time, true, 1.5, 9_007_199_254_740_993n, 'x "y"', 'a b,c']],
    })
    const peer = new Influx.InfluxDB({ host: '127.0.0.1', port: server.port, database: 'peers' })
    await peer.writePoints(
      [{ measurement: 'js', tags: { t: 'a b' }, fields: { f: 2.5, s: 'x' }, timestamp: String(time) }],
      { precision: 'n' },
    )
    expect((await db.columns('SELECT f, s FROM js'))[0]).toMatchObject({
      time: BigInt64Array.of(time),
      fields: { f: Float64Array.of(2.5), s: ['x'] },
    })
  }, 300_000)
})
