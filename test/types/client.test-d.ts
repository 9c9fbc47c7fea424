import { describe, expectTypeOf, it } from 'vitest'
import type { Subscription } from 'node-pvxs'
import {
  Context,
  DynamicSource,
  NTEnum,
  NTNDArray,
  NTScalar,
  NTUnion,
  Server,
  SharedPV,
  TypeDef,
  type AnyPV,
  type MonitorAllOptions,
  type MonitorEvent,
  type MonitorOptions,
  type NamedEvent,
  type NamedValue,
  type Value,
  type ValueOf,
} from 'node-pvxs'

declare const ctx: Context
const Motor = new TypeDef('struct', 'lab:Motor', {
  position: 'float64',
  names: 'string[]',
  limits: { low: 'int64' },
})
type Motor = ValueOf<typeof Motor>

describe('a client', () => {
  it('reads any field of what has no type', async () => {
    const v = await ctx.get('x')
    expectTypeOf(v.alarm.severity).toBeAny()
    expectTypeOf(v.$changed).toEqualTypeOf<ReadonlySet<string>>()
    expectTypeOf(v['timeStamp.secondsPastEpoch']).toBeAny()
  })

  it('carries the type asked for to the result', async () => {
    const v = await ctx.get('x', { type: Motor })
    expectTypeOf(v.position).toEqualTypeOf<number>()
    expectTypeOf(v.limits.low).toEqualTypeOf<bigint>()
    expectTypeOf(v).not.toHaveProperty('nosuch')
    const s = await ctx.get('x', { type: new NTScalar('string') })
    expectTypeOf(s.value).toEqualTypeOf<string>()
    const reply = await ctx.rpc('f', { a: 1 }, { type: Motor })
    expectTypeOf(reply.position).toEqualTypeOf<number>()
    expectTypeOf(await ctx.rpc('f')).toEqualTypeOf<Value | null>()
    expectTypeOf(await ctx.rpc<Motor>('f', {})).toEqualTypeOf<Value<Motor> | null>()
  })

  it('reads several PVs at once: a list that is written out gives as many values', async () => {
    const pair = await ctx.getAll(['a', 'b'], { type: Motor })
    expectTypeOf(pair).toEqualTypeOf<[Value<Motor>, Value<Motor>]>()
    const [, untyped] = await ctx.getAll(['a', 'b'])
    expectTypeOf(untyped.value).toBeAny()
    const names: string[] = []
    expectTypeOf(await ctx.getAll(names)).toEqualTypeOf<Value[]>()
    expectTypeOf(await ctx.getAll<Motor>(['a'])).toEqualTypeOf<Value<Motor>[]>()
    const [first, second] = await ctx.getAllSettled(['a', 'b'], { type: Motor })
    expectTypeOf(first).toEqualTypeOf<PromiseSettledResult<Value<Motor>>>()
    expectTypeOf(second).toEqualTypeOf<PromiseSettledResult<Value<Motor>>>()
  })

  it('types what is put, and the current value', () => {
    void ctx.put('x', { position: 1, limits: { low: '5' } }, { type: Motor })
    void ctx.put('x', 5)
    void ctx.put('x', [1, 2])
    void ctx.put('x', new Float64Array(2))
    void ctx.put(
      'x',
      (current) => {
        expectTypeOf(current.position).toEqualTypeOf<number>()
        current.position = 2
      },
      { type: Motor },
    )
    // @ts-expect-error -- a boolean array is no field of it
    void ctx.put('x', { nosuch: 1 }, { type: Motor })
  })

  it('yields values, or events when they are asked for', async () => {
    for await (const v of ctx.monitor('x', { type: Motor })) expectTypeOf(v.position).toEqualTypeOf<number>()
    for await (const e of ctx.monitor('x', { type: Motor, events: true })) {
      expectTypeOf(e).toEqualTypeOf<MonitorEvent<Motor>>()
      if (e.type === 'update') expectTypeOf(e.value.position).toEqualTypeOf<number>()
      if (e.type === 'connected') expectTypeOf(e.peer).toEqualTypeOf<string>()
    }
    for await (const { name, value } of ctx.monitorAll(['a'], { type: Motor })) {
      expectTypeOf(name).toEqualTypeOf<string>()
      expectTypeOf(value.position).toEqualTypeOf<number>()
    }
    ctx.monitor('x', { type: Motor, onUpdate: (v) => expectTypeOf(v.position).toEqualTypeOf<number>() })
  })

  it('takes options of a monitor that were made before', () => {
    const callbacks: MonitorOptions = { queueSize: 4, onUpdate: () => 1, onEvent: () => 1, onError: () => 1 }
    expectTypeOf(ctx.monitor('x', callbacks)).toEqualTypeOf<Subscription>()
    const typed: MonitorOptions<Motor> = {
      type: Motor,
      onUpdate: (v) => expectTypeOf(v.position).toEqualTypeOf<number>(),
    }
    expectTypeOf(ctx.monitor('x', typed)).toEqualTypeOf<Subscription<Value<Motor>>>()
    expectTypeOf(ctx.monitor('x', { ...typed, events: true })).toEqualTypeOf<
      Subscription<MonitorEvent<Motor>>
    >()
    expectTypeOf(ctx.monitor('x', { events: false })).toEqualTypeOf<Subscription>()
    const merged: MonitorAllOptions = { queueSize: 4 }
    expectTypeOf(ctx.monitorAll(['x'], merged)).toEqualTypeOf<AsyncIterable<NamedValue>>()
    expectTypeOf(ctx.monitorAll(['x'], { events: true, type: Motor })).toEqualTypeOf<
      AsyncIterable<NamedEvent<Motor>>
    >()
  })

  it('refuses unknown options', () => {
    // @ts-expect-error -- there is no such option
    void ctx.get('x', { priority: 5 })
    // @ts-expect-error -- it is a number
    void ctx.get('x', { timeout: '5' })
    // @ts-expect-error -- there is no such option
    new Context({ addresses: [] })
  })
})

describe('a server', () => {
  it('types PVs by their builder', () => {
    const pv = SharedPV.mailbox(new NTScalar('float64'), { value: 1 })
    expectTypeOf(pv.current().value).toEqualTypeOf<number>()
    pv.post({ value: 2 })
    pv.post(3)
    // @ts-expect-error -- there is no such field
    pv.post({ valeu: 2 })
    // @ts-expect-error -- it is not a number
    pv.post({ value: 'abc' })
    // @ts-expect-error -- it is not a number
    SharedPV.mailbox(new NTScalar('float64'), { value: 'abc' })
    // @ts-expect-error -- it is not a number
    void ctx.put('x', { value: 'abc' }, { type: new NTScalar('float64') })
  })

  it('types the short forms by the value they are short for', () => {
    const N = new NTScalar('float64')
    const pv = SharedPV.mailbox(N, 1).post('5').post(2n).post(true)
    // @ts-expect-error -- it is not a number
    pv.post('x')
    // @ts-expect-error -- a list is not a number
    pv.post([1, 2])
    // @ts-expect-error -- an array is not a number
    pv.post(new Float64Array(2))
    // @ts-expect-error -- it is not a number
    pv.open('x')
    // @ts-expect-error -- it is not a number
    SharedPV.mailbox(N, 'abc')
    // @ts-expect-error -- it is not a number
    SharedPV.readonly(N, 'abc')
    // @ts-expect-error -- it is not a number
    new SharedPV({ type: N, initial: 'abc' })
    // @ts-expect-error -- it is not a number
    new SharedPV({ type: N, onPut: () => 'abc' })
    // @ts-expect-error -- it is not a number
    new SharedPV({ type: N, onPut: () => Promise.resolve('abc') })
    // @ts-expect-error -- it is not a number
    new SharedPV({ type: N, onGet: () => 'abc' })
    // @ts-expect-error -- it is not a number
    void ctx.put('a', 'x', { type: N })
    // @ts-expect-error -- it has no field value
    void ctx.put('a', 5, { type: Motor })
    void ctx.put('a', '7', { type: N })
    new SharedPV({ type: N, onPut: () => Promise.reject(new Error('no')), onGet: () => 5 })
    new SharedPV({ type: N, onPut: () => null })
    SharedPV.mailbox(new NTScalar('string'), 5).post('x')
    SharedPV.mailbox(new NTScalar('float64[]'), [1, '2'])
      .post(new Float64Array(2))
      .post(new Set([1]))
    SharedPV.mailbox(new NTScalar('string[]')).post(['a'])
    SharedPV.mailbox(new NTEnum()).post('On').post(1)
    SharedPV.mailbox(new NTNDArray()).post(new Uint16Array(6))
    SharedPV.mailbox(new NTUnion({ n: 'int32', text: 'string' })).post('x')
    new SharedPV().post('x').post([1])
    expectTypeOf(pv).toExtend<Pick<SharedPV<{ value: number }>, 'post' | 'current'>>()
    expectTypeOf(pv).toExtend<SharedPV<{ value: number }>>()
  })

  it('types handlers by the type', () => {
    new SharedPV({
      type: Motor,
      onPut: (op) => {
        expectTypeOf(op.value.position).toEqualTypeOf<number>()
        expectTypeOf(op.fetchCurrent().names).toEqualTypeOf<readonly string[]>()
        return { position: 1 }
      },
      onRpc: (op) => Promise.resolve({ sum: op.args['a'] }),
      onFirstConnect: (pv) => void pv.open({ position: 5 }),
    })
    new SharedPV({
      type: new NTScalar('int32'),
      initial: { value: 1 },
      onPut: (op) => Promise.resolve(op.value.value * 2),
    })
  })

  it('takes PVs of every type', () => {
    const pvs: Record<string, AnyPV> = {
      a: SharedPV.mailbox(new NTScalar('int32')),
      b: new SharedPV({ type: Motor }),
    }
    const server = new Server({ pvs })
    server.addPV('c', SharedPV.readonly(Motor))
    new DynamicSource({
      match: [/x/],
      create: () => Promise.resolve(SharedPV.mailbox(new NTScalar('string'))),
    })
    expectTypeOf(server.clientConfig()).toExtend<ConstructorParameters<typeof Context>[0]>()
  })
})
