import { describe, expect, it } from 'vitest'
import { type MonitorEvent, type Value } from 'node-pvxs'
import { int32, leavesNothing, loopback, take, until } from '../fixtures.js'

leavesNothing()

const number = (v: Value): number => v.value as number

/** What an event says, in a word. */
function word(event: MonitorEvent): string | number {
  return event.type === 'update' ? number(event.value) : event.type
}

describe('back-pressure', () => {
  it('[53] a pipelined stream arrives complete and in order, whatever the queue', async () => {
    const N = 500
    const pv = int32(0)
    await using it = await loopback({ x: pv })
    for (const options of [{ queueSize: 2 }, { queueSize: 3 }, { queueSize: 4, ackAny: '50%' }] as const) {
      pv.post(0)
      const seen: number[] = []
      for await (const v of it.ctx.monitor('x', { ...options, pipeline: true })) {
        seen.push(number(v))
        if (number(v) === N) break
        if (seen.length % 2 === 1) await it.ctx.put('x', number(v) + 1)
        else pv.post(number(v) + 1)
      }
      expect(seen).toEqual(Array.from({ length: N + 1 }, (_, k) => k))
    }
  })

  it('[118] bounds what waits for a sleeping consumer; the counters add up and the newest comes last', async () => {
    const N = 20_000
    const pv = int32(0)
    await using it = await loopback({ x: pv })
    const sub = it.ctx.monitor('x', { queueSize: 8 })
    const updates = sub[Symbol.asyncIterator]()
    await updates.next()
    for (let k = 1; k <= N; k++) {
      pv.post({ value: k })
      if (k % 500 === 0) await it.ctx.get('x')
    }
    await it.ctx.get('x')
    expect(sub.stats.queued).toBeLessThanOrEqual(16)
    expect(sub.stats.maxQueued).toBeLessThanOrEqual(16)
    let last = 0
    while (last < N) last = number((await updates.next()).value as Value)
    const { delivered, queued } = sub.stats
    expect(queued).toBe(0)
    expect(delivered).toBeLessThan(200)
    await updates.return?.()
    expect(sub.stats.delivered).toBe(delivered)
  })

  it('an idle iterator does not stop the others', async () => {
    const [x, y] = [int32(0), int32(0)]
    await using it = await loopback({ x, y })
    const idle = it.ctx.monitor('x')
    await idle.ready
    const busy = it.ctx.monitor('y')[Symbol.asyncIterator]()
    await busy.next()
    for (let k = 1; k <= 300; k++) {
      for (let i = 0; i < 50; i++) x.post({ value: k * 50 + i })
      y.post({ value: k })
      expect(number((await busy.next()).value as Value)).toBe(k)
    }
    await busy.return?.()
    await idle.close()
  })

  it('keeps up with a fast server by iterating', async () => {
    const N = 50_000
    const pv = int32(0)
    await using it = await loopback({ x: pv })
    const sub = it.ctx.monitor('x', { queueSize: 1_000 })
    let last = -1
    let k = 0
    for await (const v of sub) {
      expect(number(v)).toBeGreaterThan(last)
      last = number(v)
      if (last >= N) break
      if (k <= last + 500) for (let i = 0; i < 100; i++) pv.post({ value: ++k })
    }
    expect(sub.stats.delivered).toBeGreaterThan(1_000)
  })
})

describe('pause', () => {
  it('stops delivery, lets events through, and brings the newest value', async () => {
    const pv = int32(1)
    await using it = await loopback({ x: pv })
    const sub = it.ctx.monitor('x', { events: true })
    const events = sub[Symbol.asyncIterator]()
    const next = async () => word((await events.next()).value as MonitorEvent)
    expect([await next(), await next()]).toEqual(['connected', 1])
    sub.pause()
    for (let k = 2; k <= 20; k++) pv.post(k)
    await it.ctx.get('x')
    let delivered = false
    const pending = next().then((value) => {
      delivered = true
      return value
    })
    await it.ctx.get('x')
    expect(delivered).toBe(false)
    pv.close()
    expect(await pending).toBe('disconnected')
    pv.open({ value: 30 })
    expect(await next()).toBe('connected')
    sub.resume()
    let last = await next()
    while (last !== 30) last = await next()
    await sub.close()
  })

  it('goes on where it was when it is resumed at once', async () => {
    const pv = int32(1)
    await using it = await loopback({ x: pv })
    const sub = it.ctx.monitor('x')
    await until(() => sub.stats.queued === 1, 'the first value')
    sub.pause()
    sub.pause()
    sub.resume()
    pv.post(2)
    expect((await take(sub, 2)).map(number)).toEqual([1, 2])
  })
})
