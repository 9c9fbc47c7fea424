// Memory stays flat: an answer of any size, and samples whose server is away. NODE_PVXS_INFLUX_LONG=1 runs the long forms.
import { describe, expect, it } from 'vitest'
import { InfluxDB } from 'node-pvxs/influx'
import { Batcher, pipe, type BatcherStats, type Sample, type Series } from 'node-pvxs/telemetry'
import { gateway } from './gateway.js'
import { debianNeed, influxd } from './servers.js'

const long = process.env['NODE_PVXS_INFLUX_LONG'] === '1'
const collect = (globalThis as { gc?: () => void }).gc ?? (() => undefined)
const megabytes = (): number => {
  collect()
  return process.memoryUsage().rss / 1e6
}
/** What is alive, without what the allocator keeps for later. */
const living = (): number => {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 1e6
}

describe('memory', () => {
  const points = long ? 2_000_000 : 300_000
  it.skipIf(debianNeed.missing)(
    debianNeed.named(`of rows over ${points} points stays within 80 MB`),
    async () => {
      await using server = await influxd()
      await using db = new InfluxDB({ url: server.url, database: 'm' })
      await db.createDatabase()
      function* lines() {
        for (let i = 0; i < points; i += 5000)
          yield Array.from({ length: 5000 }, (_, k) => `m f=${i + k},s="text ${k}" ${i + k}`).join('\n')
      }
      await db.write(lines())
      // What the first rows compile and connect does not count.
      for await (const row of db.rows('SELECT * FROM m LIMIT 20000')) if (row['f'] === -1) break
      const before = megabytes()
      let most = 0
      let seen = 0
      for await (const row of db.rows('SELECT * FROM m')) {
        if (row['f'] !== seen) throw new Error(`row ${seen} is ${String(row['f'])}`)
        if (++seen % 50_000 === 0) most = Math.max(most, megabytes() - before)
      }
      expect(seen).toBe(points)
      expect(most).toBeLessThan(80)
    },
    300_000,
  )

  const samples = long ? 18_000_000 : 1_000_000 // an hour of 5000/s
  it(`of ${samples} samples whose server is away stays flat, and each is counted`, async () => {
    await using server = await gateway((response) => response.writeHead(503).end())
    await using db = new InfluxDB({ url: server.url, database: 'm' })
    const series: Series = { id: 'x', type: 'float64' }
    let time = 0n
    let before = 0
    let most = 0
    async function* updates() {
      for (let i = 0; i < samples; i += 1000) {
        yield Array.from({ length: 1000 }, (_, k): Sample => ({
          series,
          time: ++time,
          value: k,
          severity: 0,
        }))
        if (i % 50_000 === 0) await new Promise((resolve) => setImmediate(resolve))
        if (i === 200_000) before = living()
        else if (i > 200_000 && i % 100_000 === 0) most = Math.max(most, living() - before)
      }
      throw new Error('over')
    }
    const retry = { min: 5, max: 10, attempts: 1000 }
    let stats: BatcherStats | undefined
    const batcher = new Batcher(db.sink(), { overflow: 'drop-oldest', maxBuffered: 20_000, retry })
    const counting = {
      write: async (batch: readonly Sample[]) => {
        await batcher.push(batch)
        stats = batcher.stats
        return { written: batch.length, rejected: [] }
      },
      close: () => Promise.resolve(),
    }
    await pipe(updates(), counting, { maxItems: 1000 }).catch(() => undefined)
    expect(stats?.pushed).toBe(samples)
    expect(stats).toMatchObject({ written: 0, buffered: 20_000, dropped: samples - 20_000 })
    expect(most).toBeLessThan(30)
    batcher.abandon()
  }, 600_000)
})
