import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NTEnum, NTScalar, SharedPV } from 'node-pvxs'
import { InfluxDB } from 'node-pvxs/influx'
import type { Sample } from 'node-pvxs/telemetry'
import { loopback } from '../unit/fixtures.js'
import { influxd, type TestServer } from './servers.js'

let server: TestServer
let db: InfluxDB

beforeAll(async () => {
  server = await influxd()
  db = new InfluxDB({ url: server.url, database: 'lab' })
  await db.createDatabase()
})
afterAll(async () => {
  await db.close()
  await server[Symbol.asyncDispose]()
})

async function all(samples: AsyncIterable<Sample[]>): Promise<Sample[]> {
  const found: Sample[] = []
  for await (const batch of samples) found.push(...batch)
  return found
}

const EVER = { from: 0n, to: 4_000_000_000_000_000_000n }

describe('record', () => {
  it('writes PVs of a server, and history gives them back', async () => {
    const temperature = SharedPV.mailbox(new NTScalar('float64', { display: true }), {
      value: 0,
      display: { units: 'C' },
    })
    const count = SharedPV.mailbox(new NTScalar('int64'), { value: 9_007_199_254_740_993n })
    const mode = SharedPV.mailbox(new NTEnum(), { value: { index: 0, choices: ['Off', 'On'] } })
    await using lab = await loopback({ 'lab:temperature': temperature, 'lab:count': count, 'lab:mode': mode })
    const monitors = lab.ctx.monitorAll(['lab:temperature', 'lab:count', 'lab:mode'], { queueSize: 200 })
    let seen = 0
    async function* updates() {
      for await (const update of monitors) {
        yield update
        if (++seen === 3) {
          mode.post({ value: { index: 1 } })
          for (let i = 1; i <= 100; i++) temperature.post({ value: i })
        }
        if (seen === 104) break
      }
    }
    const stats = await db.record(updates(), { linger: 50 })
    expect(stats).toMatchObject({ pushed: stats.written, rejected: 0, dropped: 0, buffered: 0 })
    const read = await all(db.history().read('lab:temperature', EVER))
    expect(read.map(({ value }) => value)).toEqual(Array.from({ length: 101 }, (_, i) => i))
    expect(read[0]?.series).toEqual({ id: 'lab:temperature', type: 'float64', units: 'C' })
    expect((await all(db.history().read('lab:count', EVER)))[0]).toMatchObject({
      value: 9_007_199_254_740_993n,
      severity: 0,
      series: { type: 'int64' },
    })
    const modes = await all(db.history().read('lab:mode', EVER))
    expect(modes.map(({ value, series }) => [value, series.choices])).toEqual([
      [0, ['Off', 'On']],
      [1, ['Off', 'On']],
    ])
  })
})
