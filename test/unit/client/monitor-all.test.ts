import { describe, expect, it } from 'vitest'
import { RemoteError, SharedPV, TypeDef, type MonitorEvent, type Value } from 'node-pvxs'
import { drain, int32, leavesNothing, loopback, rejection, turn } from '../fixtures.js'

leavesNothing()

const number = (v: Value): number => v.value as number

/** What an event says, in a word. */
function word(event: MonitorEvent): string | number {
  return event.type === 'update' ? number(event.value) : event.type
}

describe('monitorAll', () => {
  it('merges the updates of several PVs and names each', async () => {
    const pvs = { a: int32(1), b: int32(2), c: int32(3) }
    await using it = await loopback(pvs)
    const seen = new Map<string, number>()
    for await (const { name, value } of it.ctx.monitorAll(['a', 'b', 'c'])) {
      seen.set(name, number(value))
      if (seen.size === 3 && seen.get('b') === 2) pvs.b.post(5)
      if (seen.get('b') === 5) break
    }
    expect([...seen].sort()).toEqual([
      ['a', 1],
      ['b', 5],
      ['c', 3],
    ])
    expect(it.ctx.stats().open).toBe(0)
  })

  it('takes events: a logger sees one of its sources die, and come back', async () => {
    const b = int32(2)
    await using it = await loopback({ a: int32(1), b })
    const seen: string[] = []
    for await (const event of it.ctx.monitorAll(['a', 'b'], { events: true })) {
      seen.push(`${event.name} ${word(event)}`)
      if (seen.length === 4) b.close().open({ value: 3 })
      if (event.type === 'update' && event.value.value === 3) break
    }
    expect(seen.slice(4)).toEqual(['b disconnected', 'b connected', 'b 3'])
    expect(seen.slice(0, 4).sort()).toEqual(['a 1', 'a connected', 'b 2', 'b connected'])
  })

  it('throws the error of one PV, which it names', async () => {
    await using it = await loopback({
      a: int32(),
      b: new SharedPV({ type: new TypeDef('struct', { other: 'int32' }), initial: {} }),
    })
    const error = await rejection(drain(it.ctx.monitorAll(['a', 'b'], { fields: ['value'] })))
    expect(error).toBeInstanceOf(RemoteError)
    expect(error['pv']).toBe('b')
    expect(it.ctx.stats().open).toBe(0)
  })

  it('ends at once without names, and with the Context', async () => {
    await using it = await loopback({ a: int32() })
    expect(await drain(it.ctx.monitorAll([]))).toEqual([])
    const all = drain(it.ctx.monitorAll(['nowhere', 'neither']))
    await turn()
    await it.ctx.close()
    expect(await all).toEqual([])
  })
})
