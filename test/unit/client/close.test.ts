import { describe, expect, it } from 'vitest'
import { ClosedError, SharedPV } from 'node-pvxs'
import {
  alone,
  deferred,
  drain,
  Int32,
  int32,
  leavesNothing,
  loopback,
  rejection,
  thrown,
} from '../fixtures.js'

leavesNothing()

describe('close', () => {
  it('[21] rejects what is pending with ClosedError; an iteration ends', async () => {
    await using it = await loopback({ x: int32() })
    const { ctx } = it
    const pending = [
      ctx.get('nowhere', { timeout: Infinity }),
      ctx.put('nowhere', 1, { timeout: Infinity }),
      ctx.rpc('nowhere', {}, { timeout: Infinity }),
      ctx.info('nowhere', { timeout: Infinity }),
    ].map((promise) => rejection(promise as Promise<unknown>))
    const iteration = drain(ctx.monitor('nowhere'))
    await ctx.close()
    for (const error of await Promise.all(pending)) {
      expect(error).toBeInstanceOf(ClosedError)
      expect(error['pv']).toBe('nowhere')
    }
    expect(await iteration).toEqual([])
  })

  it('[120] gives the same promise each time', async () => {
    const ctx = alone()
    const first = ctx.close()
    expect(ctx.close()).toBe(first)
    await first
    expect(ctx.close()).toBe(first)
    expect(ctx.closed).toBe(true)
  })

  it('refuses everything afterwards', async () => {
    const ctx = alone()
    await ctx.close()
    for (const promise of [
      ctx.get('x'),
      ctx.put('x', 1),
      ctx.rpc('x'),
      ctx.info('x'),
      ctx.list('localhost'),
    ]) {
      expect(await rejection(promise as Promise<unknown>)).toBeInstanceOf(ClosedError)
    }
    for (const work of [
      () => ctx.monitor('x'),
      () => ctx.connect('x'),
      () => ctx.discover(),
      () => ctx.monitorAll(['x']),
    ]) {
      expect(thrown(work)).toBeInstanceOf(ClosedError)
    }
  })
})

describe('a get whose channel is closed under it', () => {
  it('[14] is done again when the PV is back', async () => {
    const asked = deferred()
    let gets = 0
    const pv = new SharedPV({
      type: Int32,
      initial: { value: 1 },
      onGet: () => {
        if (++gets > 1) return undefined
        asked.resolve()
        return new Promise<undefined>(() => undefined)
      },
    })
    await using it = await loopback({ x: pv })
    const connection = it.ctx.connect('x')
    const events = connection.events()[Symbol.asyncIterator]()
    for (let type = ''; type !== 'connected';) type = ((await events.next()).value as { type: string }).type
    const get = it.ctx.get('x', { timeout: 15_000 })
    await asked.promise
    pv.close()
    expect((await events.next()).value).toMatchObject({ type: 'disconnected' })
    pv.open({ value: 2 })
    expect((await get).value).toBe(2)
    expect(gets).toBe(2)
    await connection.close()
  })
})
