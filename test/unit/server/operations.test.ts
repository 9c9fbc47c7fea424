import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Context } from 'node-pvxs'
import { NTScalar, RemoteError, setLogger, SharedPV, TimeoutError, type PutOperation } from 'node-pvxs'
import { deferred, Int32, int32, leavesNothing, loopback, rejection, turn, until } from '../fixtures.js'

leavesNothing()

describe('operations', () => {
  beforeAll(() => setLogger(() => undefined)) // what handlers throw is logged
  afterAll(() => setLogger(null))

  it('[67] the text of what a handler throws becomes the error of the client', async () => {
    class Odd {
      toString() {
        return 'odd one'
      }
    }
    const cases: [unknown, string][] = [
      [new Error('plain'), 'plain'],
      ['just text', 'just text'],
      [new Odd(), 'odd one'],
      [new Error(''), 'without a reason'],
      [undefined, 'the handler threw undefined'],
      [null, 'the handler threw null'],
      [{ a: 1 }, 'the handler threw an object'],
      [5, 'the handler threw 5'],
      [
        {
          toString: () => {
            throw new Error('x')
          },
        },
        'the handler threw an object',
      ],
    ]
    for (const [value, text] of cases) {
      for (const later of [false, true]) {
        const onPut = () => {
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- handlers throw what they like
          if (later) return Promise.reject(value)
          throw value
        }
        await using it = await loopback({
          x: new SharedPV({ type: Int32, initial: {}, onPut }),
        })
        const error = await rejection(it.ctx.put('x', 1))
        expect(error).toBeInstanceOf(RemoteError)
        expect(error.message).toContain(text)
      }
    }
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
  ])('a put whose handler returns %s is done, and nothing is posted', async (_, returned) => {
    const pv = new SharedPV({ type: Int32, initial: { value: 3 }, onPut: () => returned })
    await using it = await loopback({ x: pv })
    await it.ctx.put('x', 1)
    expect(pv.current().value).toBe(3)
  })

  it('[68] a handler that returns what does not fit is answered with the reason', async () => {
    const pv = new SharedPV({ type: Int32, initial: {}, onPut: () => 'many' as never })
    await using it = await loopback({ x: pv })
    const error = await rejection(it.ctx.put('x', 1))
    expect(error).toBeInstanceOf(RemoteError)
    expect(error.message).toContain('many')
  })

  it('gives a put handler what it needs', async () => {
    const seen = deferred<PutOperation>()
    const pv = new SharedPV({
      type: Int32,
      initial: { value: 7 },
      onPut: (op) => {
        seen.resolve(op)
        expect(op.fetchCurrent().value).toBe(7)
      },
    })
    await using it = await loopback({ x: pv })
    await it.ctx.put('x', 9)
    const op = await seen.promise
    expect([op.pvName, op.value.value, [...op.value.$changed]]).toEqual(['x', 9, ['value']])
    expect(op.account).not.toBe('')
    expect(op.interface).toContain('127.0.0.1')
    expect(op.signal.aborted).toBe(false)
    expect((await it.ctx.get('x')).value).toBe(7) // it posted nothing
  })

  it('onGet answers each get anew, upon the current value', async () => {
    let n = 0
    const pv = new SharedPV({
      type: new NTScalar('int32', { display: true }),
      initial: { value: 0, 'display.units': 'V' },
      onGet: () => (++n % 2 === 1 ? { value: n } : undefined),
    })
    await using it = await loopback({ x: pv })
    const values = [await it.ctx.get('x'), await it.ctx.get('x'), await it.ctx.get('x')]
    expect(values.map((v) => [v.value, v.display.units])).toEqual([
      [1, 'V'],
      [0, 'V'],
      [3, 'V'],
    ])
    expect(values[0]?.$timeNs).toBeGreaterThan(0n)
  })

  it('answers for a handler that takes longer than handlerTimeout, and drops what comes later', async () => {
    const aborted = deferred<unknown>()
    const finish = deferred<number>()
    const pv = new SharedPV({
      type: Int32,
      initial: { value: 1 },
      onPut: (op) => {
        op.signal.addEventListener('abort', () => aborted.resolve(op.signal.reason))
        return finish.promise
      },
    })
    await using it = await loopback({ x: pv }, { server: { handlerTimeout: 100 } })
    const error = await rejection(it.ctx.put('x', 5))
    expect(error).toBeInstanceOf(RemoteError)
    expect(error.message).toContain('100 ms')
    expect(await aborted.promise).toBeInstanceOf(TimeoutError)
    finish.resolve(9)
    await turn()
    expect(pv.current().value).toBe(1)
  })

  it('answers for a handler that never settles when the server stops', async () => {
    const running = deferred<PutOperation>()
    const pv = new SharedPV({
      type: Int32,
      initial: {},
      onPut: (op) => {
        running.resolve(op)
        return new Promise<undefined>(() => undefined)
      },
    })
    await using it = await loopback({ x: pv })
    const put = rejection(it.ctx.put('x', 5))
    const op = await running.promise
    await it.server.stop()
    expect(await put).toBeInstanceOf(RemoteError)
    await until(() => op.signal.aborted, "the handler's signal")
    expect(op.signal.reason).toMatchObject({ code: 'ERR_PVA_CLOSED', message: 'the server was stopped' })
  })

  it("aborts the handler's signal when the client leaves, also one asked for later", async () => {
    const running = deferred<PutOperation>()
    const pv = new SharedPV({
      type: Int32,
      initial: {},
      onPut: (op) => {
        running.resolve(op)
        return new Promise<undefined>(() => undefined)
      },
    })
    await using it = await loopback({ x: pv })
    const abort = new AbortController()
    const put = rejection(it.ctx.put('x', 5, { signal: abort.signal }))
    const op = await running.promise
    abort.abort()
    await put
    await until(() => op.signal.aborted, "the handler's signal")
    expect(op.signal.reason).toMatchObject({ code: 'ERR_PVA_DISCONNECTED' })
  })

  it('a handler may use a client of its own server', async () => {
    const late: { ctx?: Context } = {}
    const pv = new SharedPV({
      type: Int32,
      initial: {},
      onPut: async (op) => {
        const other = await late.ctx?.get('other')
        return op.value.value + Number(other?.value)
      },
    })
    await using it = await loopback({ x: pv, other: int32(100) })
    late.ctx = it.ctx
    await it.ctx.put('x', 5)
    expect((await it.ctx.get('x')).value).toBe(105)
  })
})
