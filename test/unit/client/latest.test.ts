import { describe, expect, it } from 'vitest'
import { InvalidArgumentError, NTScalar, SharedPV, type Subscription, type Value } from 'node-pvxs'
import {
  deferred,
  drain,
  int32,
  leavesNothing,
  loopback,
  rejection,
  take,
  thrown,
  until,
} from '../fixtures.js'

leavesNothing()

/** Waits until so many updates have come for it, whatever became of them. */
async function arrived(sub: Subscription<unknown>, updates: number): Promise<void> {
  const come = (): number => {
    const { delivered, queued, squashedByClient, squashedByServer } = sub.stats
    return delivered + queued + squashedByClient + squashedByServer
  }
  await until(() => come() >= updates, `${updates} updates`)
}

/** Posts one number after the other, each when the one before has come: no server merges any. The first value was 0. */
async function postEach(
  pv: SharedPV<{ value: number }>,
  sub: Subscription<unknown>,
  first: number,
  last: number,
): Promise<void> {
  for (let k = first; k <= last; k++) {
    pv.post({ value: k })
    await arrived(sub, k + 1)
  }
}

describe('a slow consumer gets old values, unless it asks for the latest: latest', () => {
  it('gives what is newest when the loop asks, and nothing of what came while it worked', async () => {
    const pv = int32(0)
    await using it = await loopback({ x: pv })
    const seen: number[] = []
    const sub = it.ctx.monitor<{ value: number }>('x', { latest: true })
    for await (const { value } of sub) {
      seen.push(value)
      if (seen.length === 4) break
      await postEach(pv, sub, value + 1, value + 20)
    }
    expect(seen).toEqual([0, 20, 40, 60])
  })

  it('gives in batches, also with events, what was newest before the turn', async () => {
    const pv = int32(0)
    await using it = await loopback({ x: pv })
    // Whether the connection and the first value come in one batch is chance.
    for (let run = 0; run < 20; run++) {
      pv.post({ value: 0 })
      const sub = it.ctx.monitor<{ value: number }>('x', { latest: true, events: true })
      const seen: number[][] = []
      for await (const batch of sub.batches()) {
        const values = batch.flatMap((event) => (event.type === 'update' ? [event.value.value] : []))
        if (values.length === 0) continue
        seen.push(values)
        if (seen.length === 4) break
        const newest = values.at(-1) as number
        await postEach(pv, sub, newest + 1, newest + 5)
      }
      expect(seen).toEqual([[0], [5], [10], [15]])
    }
  })

  it('merges the marks of what it replaces', async () => {
    const pv = SharedPV.mailbox(new NTScalar('int32'), { value: 1 })
    await using it = await loopback({ x: pv })
    const sub = it.ctx.monitor('x', { latest: true })
    const updates = sub[Symbol.asyncIterator]()
    await updates.next()
    pv.post({ alarm: { severity: 2 } }, { stamp: false })
    await arrived(sub, 2)
    pv.post({ value: 5 }, { stamp: false })
    await arrived(sub, 3)
    const { value } = (await updates.next()) as { value: Value }
    expect([...value.$changed].sort()).toEqual(['alarm.severity', 'value'])
    expect(value).toMatchObject({ value: 5, alarm: { severity: 2 } })
    await updates.return?.()
  })

  it('holds one update, and asks the server for the shortest queue', async () => {
    const pv = int32(0)
    await using it = await loopback({ x: pv })
    const sub = it.ctx.monitor('x', { latest: true })
    await arrived(sub, 1)
    await postEach(pv, sub, 1, 50)
    expect(sub.stats).toMatchObject({ queued: 1, squashedByClient: 50, delivered: 0 })
    const [value] = await take(sub, 1)
    expect(value?.value).toBe(50)
  })

  it('calls a callback again when it has returned, and what it returned has settled', async () => {
    const pv = int32(0)
    await using it = await loopback({ x: pv })
    const seen: unknown[] = []
    const first = deferred()
    const called = deferred()
    const sub = it.ctx.monitor('x', {
      latest: true,
      onUpdate: (v) => {
        seen.push(v.value)
        called.resolve()
        return first.promise
      },
    })
    await called.promise
    await postEach(pv, sub, 1, 50)
    expect(seen).toEqual([0])
    first.resolve()
    await until(() => seen.length === 2, 'the next call')
    expect(seen).toEqual([0, 50])
    await sub.close()
  })

  it('gives the last value before a close of the server, and the first after it', async () => {
    const pv = int32(1)
    await using it = await loopback({ x: pv })
    const seen: unknown[] = []
    for await (const event of it.ctx.monitor('x', { latest: true, events: true })) {
      seen.push(event.type === 'update' ? event.value.value : event.type)
      if (seen.length === 2) {
        pv.close()
        pv.open({ value: 7 })
      }
      if (seen.length === 5) break
    }
    expect(seen).toEqual(['connected', 1, 'disconnected', 'connected', 7])
  })

  it('survives pause and resume', async () => {
    const pv = int32(1)
    await using it = await loopback({ x: pv })
    const sub = it.ctx.monitor('x', { latest: true })
    const updates = sub[Symbol.asyncIterator]()
    await updates.next()
    sub.pause()
    pv.post(2)
    const next = updates.next()
    pv.post(3)
    sub.resume()
    expect([2, 3]).toContain((await next).value.value)
    await sub.close()
  })

  it('works for several PVs, in batches, and ends with its signal', async () => {
    await using it = await loopback({ x: int32(1), y: int32(2) })
    const all = await take(it.ctx.monitorAll(['x', 'y'], { latest: true }), 2)
    expect(all.map(({ name }) => name).sort()).toEqual(['x', 'y'])
    const [batch] = await take(it.ctx.monitor('x', { latest: true }).batches(), 1)
    expect(batch?.map((v) => v.value)).toEqual([1])
    const abort = new AbortController()
    const ended = rejection(drain(it.ctx.monitor('x', { latest: true, signal: abort.signal })))
    abort.abort(new Error('enough'))
    expect((await ended).message).toBe('enough')
  })

  it.each(['queueSize', 'pipeline', 'ackAny'] as const)('refuses %s beside it', async (name) => {
    await using it = await loopback({})
    const error = thrown(() => it.ctx.monitor('x', { latest: true, [name]: name === 'pipeline' ? true : 4 }))
    expect(error).toBeInstanceOf(InvalidArgumentError)
    expect(error.message).toContain(`"latest" and "${name}"`)
  })
})
