import { describe, expect, it } from 'vitest'
import { RemoteError, type Value } from 'node-pvxs'
import { deferred, int32, leavesNothing, loopback, until } from '../fixtures.js'

leavesNothing()

const number = (v: Value): number => v.value as number

describe('callbacks', () => {
  it('get updates and events in order, and nothing after close', async () => {
    const pv = int32(1)
    await using it = await loopback({ x: pv })
    const seen: (string | number)[] = []
    const sub = it.ctx.monitor('x', {
      onUpdate: (v) => void seen.push(number(v)),
      onEvent: (e) => void seen.push(e.type),
    })
    await until(() => seen.length === 2, 'the first value')
    pv.post(2)
    await until(() => seen.length === 3, 'the update')
    await sub.close()
    pv.post(3)
    await it.ctx.get('x')
    expect(seen).toEqual(['connected', 1, 2])
    expect(sub.stats.delivered).toBe(2)
  })

  it('hear of a terminal error, which names the PV', async () => {
    await using it = await loopback({ x: int32() })
    const failed = deferred<Error>()
    it.ctx.monitor('x', { fields: ['nosuch'], onUpdate: () => undefined, onError: failed.resolve })
    const error = await failed.promise
    expect(error).toBeInstanceOf(RemoteError)
    expect((error as RemoteError).pv).toBe('x')
  })

  it('end without a word when the signal aborts', async () => {
    await using it = await loopback({ x: int32() })
    const abort = new AbortController()
    let errors = 0
    const sub = it.ctx.monitor('x', {
      signal: abort.signal,
      onUpdate: () => undefined,
      onError: () => (errors += 1),
    })
    await sub.ready
    abort.abort()
    await sub.close()
    expect(errors).toBe(0)
  })

  it('[117] that throw surface as uncaughtException and harm nothing else', async () => {
    const pv = int32(1)
    await using it = await loopback({ x: pv })
    const thrown: unknown[] = []
    const before = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', (error) => void thrown.push(error))
    try {
      const seen: number[] = []
      const sub = it.ctx.monitor('x', {
        onUpdate: (v) => {
          seen.push(number(v))
          throw new Error(`thrown at ${number(v)}`)
        },
      })
      await until(() => seen.length === 1, 'the first value')
      pv.post(2)
      await until(() => seen.length === 2, 'the update')
      expect(thrown.map((error) => (error as Error).message)).toEqual(['thrown at 1', 'thrown at 2'])
      await sub.close()
    } finally {
      process.removeAllListeners('uncaughtException')
      for (const listener of before) process.on('uncaughtException', listener)
    }
  })

  it('may close their own subscription', async () => {
    const pv = int32(1)
    await using it = await loopback({ x: pv })
    const closed = deferred()
    let updates = 0
    const sub = it.ctx.monitor('x', {
      onUpdate: () => {
        updates++
        void sub.close().then(closed.resolve)
      },
    })
    await closed.promise
    pv.post(2)
    await it.ctx.get('x')
    expect(updates).toBe(1)
  })
})
