import { describe, expect, it } from 'vitest'
import {
  ConversionError,
  InvalidArgumentError,
  NoFieldError,
  NTScalar,
  RemoteError,
  Server,
  SharedPV,
  TypeDef,
  Context,
  type Value,
} from 'node-pvxs'
import { alone, deferred, Int32, int32, leavesNothing, loopback, rejection, take, turn } from '../fixtures.js'

leavesNothing()

/** A PV that notes which fields each put changes. */
function noting(type = new NTScalar('int32', { display: true })) {
  const puts: string[][] = []
  const pv = new SharedPV({
    type,
    initial: { value: 1 },
    onPut: (op) => {
      puts.push([...op.value.$changed])
      return op.value
    },
  })
  return { pv, puts }
}

describe('put', () => {
  it('[25] hands the current value to a function', async () => {
    await using it = await loopback({ x: int32(5) })
    let seen: unknown
    await it.ctx.put('x', (current) => {
      seen = current.value
      current.value = 6
    })
    expect(seen).toBe(5)
    expect((await it.ctx.get('x')).value).toBe(6)
  })

  it('[25] sends only what is named, in either form', async () => {
    const { pv, puts } = noting()
    await using it = await loopback({ x: pv })
    await it.ctx.put('x', { value: 2 })
    await it.ctx.put('x', { value: 3 })
    await it.ctx.put('x', () => ({ 'display.units': 'mm' }))
    await it.ctx.put('x', async (current) => {
      await turn()
      current.value = 4
    })
    expect(puts).toEqual([['value'], ['value'], ['display.units'], ['value']])
  })

  it('[26] changes one field only', async () => {
    await using it = await loopback({
      x: SharedPV.mailbox(new NTScalar('int32', { display: true }), { value: 1, 'display.units': 'mm' }),
    })
    await it.ctx.put('x', { value: 2 })
    const v = await it.ctx.get('x')
    expect([v.value, v.display.units]).toEqual([2, 'mm'])
  })

  it('[27] converts text to the type of the server', async () => {
    await using it = await loopback({ x: int32() })
    await it.ctx.put('x', { value: '5' })
    expect((await it.ctx.get('x')).value).toBe(5)
  })

  it('[28] refuses a field the server does not have, and sends nothing', async () => {
    const { pv, puts } = noting()
    await using it = await loopback({ x: pv })
    const error = await rejection(it.ctx.put('x', { valeu: 1 }))
    expect(error).toBeInstanceOf(NoFieldError)
    expect(error['path']).toBe('valeu')
    expect(error['pv']).toBe('x')
    expect(await rejection(it.ctx.put('x', { alarm: 'bad' }))).toBeInstanceOf(ConversionError)
    expect(puts).toEqual([])
  })

  it('[29] is refused by a read-only PV', async () => {
    await using it = await loopback({ x: SharedPV.readonly(Int32) })
    const error = await rejection(it.ctx.put('x', 1))
    expect(error).toBeInstanceOf(RemoteError)
    expect(error.message).toContain('read-only')
    expect([error['op'], error['pv']]).toEqual(['put', 'x'])
  })

  it('[30] carries the text of the handler', async () => {
    const pv = new SharedPV({
      type: Int32,
      initial: {},
      onPut: () => {
        throw new Error('out of range today')
      },
    })
    await using it = await loopback({ x: pv })
    const error = await rejection(it.ctx.put('x', 1))
    expect(error).toBeInstanceOf(RemoteError)
    expect(error.message).toContain('out of range today')
  })

  it('[31] may be answered later', async () => {
    const later = deferred()
    const pv = new SharedPV({ type: Int32, initial: {}, onPut: () => later.promise })
    await using it = await loopback({ x: pv })
    let done = false
    const put = it.ctx.put('x', 1).then(() => (done = true))
    await it.ctx.get('x')
    expect(done).toBe(false)
    later.resolve()
    await put
  })

  it('[33] rejects text that is not a number, and does not touch the server', async () => {
    const { pv, puts } = noting()
    await using it = await loopback({ x: pv })
    const error = await rejection(it.ctx.put('x', { value: 'many' }))
    expect(error).toBeInstanceOf(ConversionError)
    expect(error.message).toContain('many')
    expect(puts).toEqual([])
  })

  it('[34] a handler that doubles: monitor and get see it', async () => {
    const pv = new SharedPV({
      type: Int32,
      initial: { value: 0 },
      onPut: (op) => op.value.value * 2,
    })
    await using it = await loopback({ x: pv })
    const updates = it.ctx.monitor('x')[Symbol.asyncIterator]()
    await updates.next()
    await it.ctx.put('x', 21)
    expect(((await updates.next()).value as Value).value).toBe(42)
    expect((await it.ctx.get('x')).value).toBe(42)
    await updates.return?.()
  })

  it('[35] a handler that throws leaves the old value', async () => {
    const pv = new SharedPV({
      type: Int32,
      initial: { value: 7 },
      onPut: () => Promise.reject(new Error('no')),
    })
    await using it = await loopback({ x: pv })
    await rejection(it.ctx.put('x', 1))
    expect((await it.ctx.get('x')).value).toBe(7)
  })

  it('[36] sets nested and dotted fields in one message', async () => {
    const { pv, puts } = noting()
    await using it = await loopback({ x: pv })
    await it.ctx.put('x', { value: 9, 'display.units': 'K', alarm: { severity: 1, message: 'high' } })
    expect(puts).toEqual([['value', 'alarm.severity', 'alarm.message', 'display.units']])
    const v = await it.ctx.get('x')
    expect([v.value, v.display.units, v.alarm.message]).toEqual([9, 'K', 'high'])
  })

  it('[37] resolves with nothing', async () => {
    await using it = await loopback({ x: int32() })
    const settled = await Promise.allSettled([it.ctx.put('x', 1)])
    expect(settled).toEqual([{ status: 'fulfilled', value: undefined }])
  })

  it('takes bare scalars, arrays and typed arrays for the value', async () => {
    await using it = await loopback({
      x: int32(),
      s: SharedPV.mailbox(new NTScalar('string')),
      a: SharedPV.mailbox(new NTScalar('float64[]')),
    })
    await it.ctx.put('x', 5n)
    await it.ctx.put('s', 'text')
    await it.ctx.put('a', [1, 2.5])
    expect((await it.ctx.get('a')).value).toEqual(Float64Array.of(1, 2.5))
    await it.ctx.put('a', new Int16Array([3]))
    expect((await it.ctx.get('a')).value).toEqual(Float64Array.of(3))
    expect([(await it.ctx.get('x')).value, (await it.ctx.get('s')).value]).toEqual([5, 'text'])
  })

  it('refuses null, undefined and a Map', async () => {
    await using ctx = alone()
    for (const value of [null, undefined, new Map()]) {
      expect(await rejection(ctx.put('x', value as never))).toBeInstanceOf(InvalidArgumentError)
    }
  })

  // the server's type is not known yet, and the value waits for it
  it.each<[string, Iterable<number>, (data: never) => unknown]>([
    ['an Int32Array', Int32Array.of(1, 2), (data: Int32Array) => (data[0] = 99)],
    ['a Buffer, whose slice() shares its memory', Buffer.of(1, 2), (data: Buffer) => data.fill(99)],
    ['an array', [1, 2], (data: number[]) => (data[0] = 99)],
    ['a Set', new Set([1, 2]), (data: Set<number>) => data.add(99)],
  ])('takes %s as it is at the call', async (_, data, change) => {
    await using it = await loopback({ a: SharedPV.mailbox(new NTScalar('int32[]')) })
    const put = it.ctx.put('a', data)
    change(data as never)
    await put
    expect((await it.ctx.get('a')).value).toEqual(Int32Array.of(1, 2))
  })

  it('names the PV when an array throws as it is read, before anything is sent', async () => {
    await using ctx = alone()
    const cause = new Error('mine')
    const getter = Object.defineProperty([1, 2], 0, { get: () => { throw cause } }) // prettier-ignore
    const iterable = Object.assign(new Set([1]), { [Symbol.iterator]: () => { throw cause } }) // prettier-ignore
    for (const value of [getter, iterable, new Proxy([1], { get: () => { throw cause } })]) // prettier-ignore
      expect(await rejection(ctx.put('x', { value }))).toMatchObject({ code: 'ERR_PVA_ARGUMENT', pv: 'x', op: 'put', cause }) // prettier-ignore
  })

  it('puts a Value of another PV as it is', async () => {
    await using it = await loopback({ a: int32(4), b: int32() })
    const v = await it.ctx.get('a')
    await it.ctx.put('b', v)
    expect((await it.ctx.get('b')).value).toBe(4)
  })

  it('rejects with what its function throws, and sends nothing', async () => {
    const { pv, puts } = noting()
    await using it = await loopback({ x: pv })
    const mine = new Error('mine')
    expect(
      await rejection(
        it.ctx.put('x', () => {
          throw mine
        }),
      ),
    ).toBe(mine)
    expect(await rejection(it.ctx.put('x', () => Promise.reject(mine)))).toBe(mine)
    expect(puts).toEqual([])
  })

  it('stamps what a client puts without a time, and keeps a time that it gives', async () => {
    await using it = await loopback({ x: int32() })
    await it.ctx.put('x', 1)
    const v = await it.ctx.get('x')
    expect(Math.abs((v.$time?.getTime() ?? 0) - Date.now())).toBeLessThan(5_000)
    await it.ctx.put('x', { value: 2, timeStamp: { secondsPastEpoch: 1_000, nanoseconds: 5 } })
    expect((await it.ctx.get('x')).$timeNs).toBe(1_000_000_000_005n)
  })

  it('is for the new type after the server came back with another', async () => {
    const server = await Server.start({ isolated: true, pvs: { x: int32(1) } })
    await using ctx = new Context(server.clientConfig())
    await ctx.put('x', 5)
    server.removePV('x').addPV('x', SharedPV.mailbox(new NTScalar('string')))
    await ctx.put('x', 6)
    expect((await ctx.get('x')).value).toBe('6')
    await server.close()
  })

  it('passes process and block on to the server', async () => {
    let request: Value | undefined
    const pv = new SharedPV({
      type: Int32,
      initial: {},
      onPut: (op) => void (request = op.request),
    })
    await using it = await loopback({ x: pv })
    await it.ctx.put('x', 1, { process: 'passive', block: true })
    expect(request?.['record._options.process']).toBe('passive')
    expect(request?.['record._options.block']).toBe('true')
  })

  it('sends puts that nobody awaits in the order in which they were made', async () => {
    const seen: number[] = []
    const pv = new SharedPV({
      type: Int32,
      initial: {},
      onPut: (op) => void seen.push(op.value.value),
    })
    await using it = await loopback({ x: pv })
    const numbers = Array.from({ length: 200 }, (_, k) => k)
    for (let round = 0; round < 3; round++) {
      seen.length = 0
      await Promise.all(numbers.map((k) => it.ctx.put('x', k)))
      expect(seen).toEqual(numbers)
    }
  })

  it('is held up by no put that is not answered yet', async () => {
    const open: (() => void)[] = []
    const all = deferred()
    const pv = new SharedPV({
      type: Int32,
      initial: {},
      onPut: () =>
        new Promise<void>((resolve) => {
          if (open.push(resolve) === 50) all.resolve()
        }),
    })
    await using it = await loopback({ x: pv })
    const puts = Array.from({ length: 50 }, (_, k) => it.ctx.put('x', k))
    await all.promise
    for (const resolve of open) resolve()
    await Promise.all(puts)
  })

  it('goes on after refusals and after puts that were given up', async () => {
    let asked = 0
    const pv = new SharedPV({
      type: Int32,
      initial: { value: 0 },
      onPut: (op) => {
        asked++
        if (op.value.value === 1) throw new Error('not one')
        if (op.value.value === 2) return new Promise<undefined>(() => undefined)
        return op.value
      },
    })
    await using it = await loopback({ x: pv })
    for (let round = 0; round < 3; round++) {
      asked = 0
      const refused = rejection(it.ctx.put('x', 1))
      const abort = new AbortController()
      const given = rejection(it.ctx.put('x', 2, { signal: abort.signal }))
      await it.ctx.put('x', 3)
      abort.abort(new Error('enough'))
      expect((await refused).message).toContain('not one')
      expect((await given).message).toBe('enough')
      await it.ctx.put('x', 4)
      expect(asked).toBe(4)
    }
    expect((await it.ctx.get('x')).value).toBe(4)
  })

  it('gives its function the value of now, each time', async () => {
    const pv = int32(0)
    await using it = await loopback({ x: pv })
    for (let k = 0; k < 5; k++) {
      await it.ctx.put('x', (current) => ({ value: (current.value as number) + 1 }))
      pv.post({ value: pv.current().value + 10 })
    }
    expect((await it.ctx.get('x')).value).toBe(55)
  })

  it('checks the type asked for before anything is sent', async () => {
    const { pv, puts } = noting()
    await using it = await loopback({ x: pv })
    const type = new TypeDef('struct', { value: 'string' })
    expect((await rejection(it.ctx.put('x', { value: 'a' }, { type })))['code']).toBe('ERR_PVA_TYPE')
    expect(puts).toEqual([])
  })
})

it('reads its own puts in order in a monitor', async () => {
  await using it = await loopback({ x: int32(0) })
  const seen = await take(it.ctx.monitor('x'), 1)
  expect(seen[0]?.value).toBe(0)
})
