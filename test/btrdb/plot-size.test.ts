// A chart costs its pixels.
import { expect, it } from 'vitest'
import { lab, uuid } from './device.js'

it('plots a million points, whole or a tenth, at the price of 1,200 pixels', async () => {
  const { db } = await lab({ insertBatch: 50_000 })
  const stream = await db.create(uuid(), 'a', { name: 'a' })
  const time = BigInt64Array.from({ length: 1_000_000 }, (_, i) => BigInt(i) * 1_000n)
  await stream.insert({ time, value: new Float64Array(time.length) })
  for (const to of [1_000_000_000n, 100_000_000n]) {
    const before = db.stats.pointsOut
    const plot = await db.plot(stream, { from: 0n, to }, 1200)
    expect(plot.kind).toBe('windows')
    // 56 bytes each.
    expect((db.stats.pointsOut - before) * 56).toBeLessThan(150_000)
  }
})
