import { describe, expect, it } from 'vitest'
import {
  any,
  ClosedError,
  Context,
  ConversionError,
  InvalidArgumentError,
  NoFieldError,
  NTEnum,
  NTScalar,
  NTTable,
  SharedPV,
  TypeDef,
  type Value,
} from 'node-pvxs'
import {
  collected,
  deferred,
  Int32,
  int32,
  leavesNothing,
  loopback,
  thrown,
  turn,
  until,
  openWhileUsed,
} from '../fixtures.js'

leavesNothing()

it('short forms that work: mailbox(T, 5), initial: 5, open(5), post(5) and a handler that returns 5', async () => {
  const handled = new SharedPV({ type: Int32, initial: 5, onPut: () => 5 })
  await using it = await loopback({ handled })
  await it.ctx.put('handled', 9)
  for (const pv of [
    SharedPV.mailbox(Int32, 5),
    SharedPV.readonly(Int32, 5),
    new SharedPV({ type: Int32, initial: 5 }),
    new SharedPV({ type: Int32 }).open(5),
    SharedPV.mailbox(Int32).post(5),
    handled,
  ])
    expect(pv.current().value).toBe(5)
})

describe('SharedPV', () => {
  it('is open at once as mailbox and readonly, with defaults where initial says nothing', () => {
    const pv = SharedPV.readonly(new NTScalar('int32', { display: true }), { 'display.units': 'mm' })
    expect(pv.isOpen).toBe(true)
    expect([pv.current().value, pv.current().display.units]).toEqual([0, 'mm'])
    expect(SharedPV.mailbox(new NTScalar('string')).current().value).toBe('')
  })

  it('starts from what the builder of its type makes: a table has its labels', () => {
    const table = new NTTable({ a: 'int32' }, { labels: ['Alpha'] })
    expect(SharedPV.mailbox(table).current().labels).toEqual(['Alpha'])
  })

  it('is closed until open() without initial', () => {
    const pv = new SharedPV({ type: Int32 })
    expect(pv.isOpen).toBe(false)
    expect(thrown(() => pv.current())).toBeInstanceOf(ClosedError)
    expect(thrown(() => pv.post({ value: 1 }))).toBeInstanceOf(ClosedError)
    expect(pv.open({ value: 2 }).current().value).toBe(2)
  })

  it('[70] refuses to be opened twice, or with something that is not a structure; closing twice is fine', () => {
    const pv = int32()
    expect(thrown(() => pv.open())).toBeInstanceOf(InvalidArgumentError)
    pv.close().close()
    expect(pv.isOpen).toBe(false)
    expect(thrown(() => new SharedPV().open())).toBeInstanceOf(InvalidArgumentError)
    expect(thrown(() => new SharedPV({ type: new TypeDef('int32') as never }))).toBeInstanceOf(
      InvalidArgumentError,
    )
    expect(thrown(() => SharedPV.mailbox('int32' as never))).toBeInstanceOf(InvalidArgumentError)
    for (const bare of [5, 'text', [1], new Float64Array(1)]) {
      expect(thrown(() => new SharedPV().open(bare as never))).toBeInstanceOf(InvalidArgumentError)
    }
  })

  it('errors of open and post say which of them it was', () => {
    expect(thrown(() => new SharedPV().open(5))).toMatchObject({ op: 'open' })
    expect(thrown(() => int32().post({ value: 'x' as never }))).toMatchObject({ op: 'post', path: 'value' })
    expect(thrown(() => int32().post({ nosuch: 1 } as never))).toMatchObject({ op: 'post' })
  })

  it('[69] posts fields, or a Value of another but compatible type', () => {
    const pv = int32()
    pv.post({ value: 5 })
    expect(pv.current().value).toBe(5)
    pv.post(new NTScalar('float64').create({ value: 6 }))
    expect(pv.current().value).toBe(6)
    pv.post('7')
    expect(pv.current().value).toBe(7)
    const error = thrown(() => pv.post({ value: 1.5 }))
    expect(error).toBeInstanceOf(ConversionError)
    expect(error['path']).toBe('value')
    expect(thrown(() => pv.post({ nosuch: 1 } as never))).toBeInstanceOf(NoFieldError)
    expect(pv.current().value).toBe(7)
  })

  it('[73] stamps what is posted without a time, unless told not to', () => {
    const pv = SharedPV.mailbox(Int32)
    expect(pv.current().$timeNs ?? 0n).toBe(0n)
    pv.post({ value: 2 }, { stamp: false })
    expect(pv.current().$timeNs ?? 0n).toBe(0n)
    pv.post({ value: 3 })
    const first = pv.current().$timeNs ?? 0n
    expect(Math.abs(Number(first / 1_000_000n) - Date.now())).toBeLessThan(5_000)
    pv.post({ value: 4, timeStamp: { secondsPastEpoch: 5 } })
    expect(pv.current()['timeStamp.secondsPastEpoch']).toBe(5n)
  })

  it('leaves a value without a time stamp alone', () => {
    const pv = SharedPV.mailbox(new TypeDef('struct', { value: 'int32' }), { value: 1 })
    pv.post(2)
    expect(pv.current().$toObject()).toEqual({ value: 2 })
  })

  // The fields of the types in a value were once counted without an end: after 65,536 nothing was taken any more.
  it('takes any number of values of type any, one after the other and at once', async () => {
    const pv = SharedPV.mailbox(new TypeDef('struct', { one: 'any', many: 'any[]' }))
    const scalar = new NTScalar('float64', { display: true, control: true, valueAlarm: true }).build()
    for (let n = 0; n < 4_000; n++) pv.post({ one: scalar.create({ value: n }) })
    pv.post({ many: Array.from({ length: 4_000 }, (_, n) => scalar.create({ value: n })) })
    await using it = await loopback({ x: pv })
    const v = await it.ctx.get('x')
    expect(v['one->value']).toBe(3_999)
    expect(v['many']).toHaveLength(4_000)
    expect(v['many[3999]->value']).toBe(3_999)
    await it.ctx.put('x', { many: v['many'] })
    expect(pv.current()['many']).toHaveLength(4_000)
  })

  it('whatever is a time by name alone is left alone', () => {
    const type = new TypeDef('struct', {
      value: 'int32',
      timeStamp: { secondsPastEpoch: 'string', nanoseconds: 'int32[]' },
    })
    expect(SharedPV.mailbox(type).post(2).current().$toObject()).toEqual({
      value: 2,
      timeStamp: { secondsPastEpoch: '', nanoseconds: new Int32Array(0) },
    })
  })

  // Subscribers are told in handfuls of what one stretch of code posts.
  it('posts of one turn are sent once each and in order, to subscribers that were there and to those that come in between', async () => {
    const pv = int32()
    await using it = await loopback({ x: pv })
    const early: number[] = []
    it.ctx.monitor<{ value: number }>('x', { queueSize: 500, onUpdate: (v) => early.push(v.value) })
    await until(() => early.length === 1, 'the first update')
    for (let n = 1; n <= 100; n++) pv.post(n)
    expect(pv.current().value).toBe(100)
    const late: number[] = []
    it.ctx.monitor<{ value: number }>('x', { queueSize: 500, onUpdate: (v) => late.push(v.value) })
    for (let n = 101; n <= 200; n++) {
      pv.post(n)
      if (n % 10 === 0) await turn()
    }
    await until(() => early.at(-1) === 200 && late.at(-1) === 200, 'the last updates')
    expect(early).toEqual(Array.from({ length: 201 }, (_, n) => n))
    expect(late).toEqual(Array.from({ length: late.length }, (_, n) => 201 - late.length + n))
  })

  // What a handler returns is posted in a handful with what else it posts.
  it('a client that has put hears of the change before it hears that it is done', async () => {
    const other = int32()
    const pv: SharedPV<{ value: number }> = new SharedPV({
      type: new NTScalar('int32'),
      initial: 0,
      onPut({ value: { value } }) {
        for (let n = 0; n < 8; n++) other.post(n)
        return { value }
      },
    })
    await using it = await loopback({ x: pv, other })
    const seen: number[] = []
    it.ctx.monitor<{ value: number }>('x', { onUpdate: (v) => seen.push(v.value) })
    it.ctx.monitor('other', { onUpdate: () => undefined })
    await until(() => seen.length === 1 && other.subscribers === 1, 'the first update')
    for (let n = 1; n <= 100; n++) {
      await it.ctx.put('x', n)
      expect(seen.at(-1)).toBe(n)
    }
  })

  it('[75] serves every kind of field', async () => {
    const type = new TypeDef('struct', {
      flags: 'bool[]',
      rows: [{ a: 'int32', b: 'string' }],
      choice: new TypeDef('union', { n: 'int32', s: 'string' }),
      choices: new TypeDef('union[]', { n: 'int32', s: 'string' }),
      what: 'any',
      whats: 'any[]',
      big: 'uint64',
    })
    const initial = {
      flags: [true, false],
      rows: [{ a: 1, b: 'x' }, null],
      choice: { select: 's' as const, value: 'text' },
      choices: [{ select: 'n' as const, value: 1 }, null],
      what: any('int16', 3),
      whats: [1, 'two', null],
      big: 2n ** 64n - 1n,
    }
    await using it = await loopback({ x: SharedPV.mailbox(type, initial), y: SharedPV.mailbox(type) })
    const v = await it.ctx.get('x')
    expect(v.toJSON()).toEqual(type.create(initial).toJSON())
    await it.ctx.put('y', v)
    expect((await it.ctx.get('y')).toJSON()).toEqual(v.toJSON())
  })

  it('counts its subscribers', async () => {
    const pv = int32()
    await using it = await loopback({ x: pv })
    expect(pv.subscribers).toBe(0)
    const subs = [it.ctx.monitor('x'), it.ctx.monitor('x')]
    await until(() => pv.subscribers === 2, 'both subscribers')
    await subs[0]?.close()
    await until(() => pv.subscribers === 1, 'one of them gone')
    await subs[1]?.close()
  })

  it('gives each subscriber a copy: a slow one does not change what a fast one receives', async () => {
    const pv = int32(0)
    await using it = await loopback({ x: pv })
    await using slowCtx = new Context(it.server.clientConfig())
    const slow = slowCtx.monitor('x', { queueSize: 2 })
    await slow.ready
    const fast = it.ctx.monitor('x', { queueSize: 100 })[Symbol.asyncIterator]()
    await fast.next()
    for (let k = 1; k <= 50; k++) pv.post({ value: k })
    for (let k = 1; k <= 50; k++) expect(((await fast.next()).value as Value).value).toBe(k)
    await fast.return?.()
    await slow.close()
  })

  it('takes labels for an NTEnum', () => {
    const pv = SharedPV.mailbox(new NTEnum(), { value: { choices: ['OFF', 'ON'], index: 0 } })
    pv.post('ON')
    expect(pv.current().value.index).toBe(1)
    expect(thrown(() => pv.post('nosuch'))).toBeInstanceOf(ConversionError)
  })

  it('[124] refuses unknown options and what is not a function', () => {
    expect(thrown(() => new SharedPV({ nosuch: 1 } as never)).message).toContain('nosuch')
    expect(thrown(() => new SharedPV({ onPut: 5 } as never)).message).toContain('onPut')
    expect(thrown(() => new SharedPV(null as never))).toBeInstanceOf(InvalidArgumentError)
    expect(thrown(() => int32().post(1, { stamp: 1 } as never)).message).toContain('stamp')
  })
})

describe('hooks', () => {
  it('[15] [61] open in the first and close in the last: works, and the PV is closed afterwards', async () => {
    const { pv, hooks } = openWhileUsed(3)
    await using it = await loopback({ x: pv })
    expect((await it.ctx.get('x')).value).toBe(3)
    it.ctx.clearCache('x', 'disconnect')
    await until(() => !pv.isOpen, 'the last disconnect')
    expect(hooks).toEqual(['first', 'last at 3'])
  })

  it('fire once for each period, however many channels there are', async () => {
    const calls: string[] = []
    const pv = new SharedPV({
      type: Int32,
      initial: {},
      onFirstConnect: () => void calls.push('first'),
      onLastDisconnect: () => void calls.push('last'),
    })
    await using it = await loopback({ a: pv, b: pv })
    await using other = new Context(it.server.clientConfig())
    await Promise.all([it.ctx.get('a'), it.ctx.get('b'), other.get('a')])
    await it.ctx.close()
    await other.close()
    await until(() => calls.length === 2, 'the hooks')
    expect(calls).toEqual(['first', 'last'])
  })

  it('[62] the last one runs when the server stops', async () => {
    const gone = deferred()
    const pv = new SharedPV({
      type: Int32,
      initial: {},
      onLastDisconnect: () => gone.resolve(),
    })
    await using it = await loopback({ x: pv })
    const sub = it.ctx.monitor('x')
    await sub.ready
    await it.server.stop()
    await gone.promise
    await sub.close()
  })

  it('[62] the last one runs when the PV is closed', async () => {
    const gone = deferred()
    const pv = new SharedPV({
      type: Int32,
      initial: {},
      onLastDisconnect: () => gone.resolve(),
    })
    await using it = await loopback({ x: pv })
    await it.ctx.get('x')
    pv.close()
    await gone.promise
  })
})

it('is held only while it is served or open', async () => {
  const ref = (() => new WeakRef(int32()))()
  await turn()
  await collected(() => ref.deref() === undefined, 'the PV')
})
