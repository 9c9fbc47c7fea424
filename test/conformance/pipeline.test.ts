// Flow control, by what is on the wire.
import { describe, expect, it } from 'vitest'
import { NTScalar, SharedPV, type Value } from 'node-pvxs'
import { leavesNothing, loopback } from '../unit/fixtures.js'

leavesNothing()

const SIZE = 1_000 // float64 elements of an update
const QUEUE = 4

const first = (v: Value): number => Number(v['value[0]'])
const samples = (k: number): Float64Array => new Float64Array(SIZE).fill(k)

/** Bytes that come to a consumer that sleeps while `posts` updates are made, and what it finds when it wakes. */
async function asleep(pipeline: boolean, posts: number): Promise<{ received: number; seen: number[] }> {
  const pv = SharedPV.mailbox(new NTScalar('float64[]'), { value: samples(0) })
  await using it = await loopback({ x: pv, still: SharedPV.mailbox(new NTScalar('int32')) })
  const sub = it.ctx.monitor('x', { queueSize: QUEUE, pipeline })
  const updates = sub[Symbol.asyncIterator]()
  const seen = [first((await updates.next()).value as Value)]
  const before = it.ctx.stats().received
  for (let k = 1; k <= posts; k++) {
    pv.post({ value: samples(k) })
    await it.ctx.get('still') // on the same connection: what was sent before has come
  }
  const received = it.ctx.stats().received - before
  while (seen.at(-1) !== posts) seen.push(first((await updates.next()).value as Value))
  expect(sub.stats.queued).toBe(0)
  await updates.return?.()
  return { received, seen }
}

describe('a consumer that sleeps', () => {
  it('[119] with pipeline holds the server back: no more than its window comes', async () => {
    const posts = 300
    const { received, seen } = await asleep(true, posts)
    expect(received).toBeLessThan(4 * QUEUE * SIZE * 8)
    // in order, none twice; what the server had no room for became part of what came after
    for (const [at, k] of seen.entries()) if (at > 0) expect(k).toBeGreaterThan(seen[at - 1] ?? Infinity)
    // up to the window nothing is missing
    expect(seen.slice(0, QUEUE)).toEqual(Array.from({ length: QUEUE }, (_, k) => k))
    // without it nearly all of them come, and are merged here
    const free = await asleep(false, posts)
    expect(free.received).toBeGreaterThan(5 * received)
  })

  it('[119] with pipeline misses nothing of a server that keeps to the window', async () => {
    const { seen } = await asleep(true, QUEUE - 1)
    expect(seen).toEqual(Array.from({ length: QUEUE }, (_, k) => k))
  })
})
