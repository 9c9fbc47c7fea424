import { describe, expectTypeOf, it } from 'vitest'
import {
  any,
  Member,
  TypeDef,
  union,
  type AnyValue,
  type MutableValue,
  type TypeBuilder,
  type UnionValue,
  type Value,
  type ValueOf,
} from '../../lib-ts/data/index.js'

const Limits = new TypeDef('struct', 'limits_t', { low: 'float64', high: 'float64' })
const Choice = new TypeDef('union', { text: 'string', count: 'int32' })
const Motor = new TypeDef('struct', 'lab:Motor', {
  position: 'float64',
  steps: 'int64',
  names: 'string[]',
  wave: 'int16[]',
  limits: { low: 'float64', high: 'float64' },
  soft: Limits,
  history: [{ at: 'uint64', ok: 'bool' }],
  choice: Choice,
  extra: 'any',
})

describe('what a type reads as', () => {
  const m = Motor.create()

  it('follows the codes', () => {
    expectTypeOf(m.position).toEqualTypeOf<number>()
    expectTypeOf(m.steps).toEqualTypeOf<bigint>()
    expectTypeOf(m.names).toEqualTypeOf<readonly string[]>()
    expectTypeOf(m.wave).toEqualTypeOf<Int16Array>()
    expectTypeOf(m.extra).toEqualTypeOf<AnyValue | null>()
  })

  it('follows nested shapes, types and struct arrays', () => {
    const v = m.$freeze()
    expectTypeOf(v.limits.low).toEqualTypeOf<number>()
    expectTypeOf(v.soft.high).toEqualTypeOf<number>()
    expectTypeOf(v.history[0]?.at).toEqualTypeOf<bigint | undefined>()
    expectTypeOf(v.history).toExtend<readonly (object | null)[]>()
  })

  it('tells the members of a union apart by select', () => {
    const { choice } = m.$freeze()
    expectTypeOf(choice).toEqualTypeOf<UnionValue<'text', string> | UnionValue<'count', number> | null>()
    if (choice?.select === 'count') expectTypeOf(choice.value).toEqualTypeOf<number>()
  })

  it('carries through Members, as() and extend()', () => {
    const T = new TypeDef('struct', [
      new Member('float64', 'a'),
      new Member('struct', 'b', [new Member('string', 'c')]),
      new Member('struct[]', 'd', 'd_t', { e: 'bool' }),
      Limits.as('f'),
      Limits.as('struct[]', 'g'),
    ])
    const v = T.create().$freeze()
    expectTypeOf(v.a).toEqualTypeOf<number>()
    expectTypeOf(v.b.c).toEqualTypeOf<string>()
    expectTypeOf(v.d[0]?.e).toEqualTypeOf<boolean | undefined>()
    expectTypeOf(v.f.low).toEqualTypeOf<number>()
    expectTypeOf(v.g[0]?.high).toEqualTypeOf<number | undefined>()
    const wider = Motor.extend({ speed: 'float32', limits: { margin: 'float64' } })
      .create()
      .$freeze()
    expectTypeOf(wider.speed).toEqualTypeOf<number>()
    expectTypeOf(wider.limits.margin).toEqualTypeOf<number>()
    expectTypeOf(wider.limits.low).toEqualTypeOf<number>()
    expectTypeOf(wider.steps).toEqualTypeOf<bigint>()
  })

  it('is named by ValueOf, for types and for builders', () => {
    expectTypeOf<ValueOf<typeof Limits>>().toEqualTypeOf<{ low: number; high: number }>()
    expectTypeOf<ValueOf<TypeDef>>().toBeAny()
    expectTypeOf<ValueOf<TypeBuilder<ValueOf<typeof Limits>>>['low']>().toEqualTypeOf<number>()
  })

  it('reads and writes by dotted path too', () => {
    expectTypeOf(m.$freeze()['limits.low']).toEqualTypeOf<number>()
    const Deep = new TypeDef('struct', { a: { b: { c: 'int64', d: Limits } } })
    expectTypeOf(Deep.create()['a.b.c']).toEqualTypeOf<bigint>()
    expectTypeOf(Deep.create()['a.b.d.low']).toEqualTypeOf<number>()
    Deep.create({ 'a.b.c': 5, 'a.b': { c: 4n } })
    m['limits.low'] = 4
    // @ts-expect-error -- no such path
    expectTypeOf(m['limits.nope']).toBeAny()
    // @ts-expect-error -- an array is not a number
    Deep.create({ 'a.b.c': [1] })
  })

  it('knows no fields that are not there', () => {
    // @ts-expect-error -- Motor has no such field
    expectTypeOf(m.nope).toBeAny()
    // @ts-expect-error -- nor has what is in it
    expectTypeOf(m.limits.nope).toBeAny()
    // @ts-expect-error -- a frozen value's fields are read-only
    m.$freeze().position = 1
  })
})

describe('a value of unknown type', () => {
  const v = {} as Value

  it('reads every name and path, while $-members keep their types', () => {
    expectTypeOf(v.alarm).toBeAny()
    expectTypeOf(v['timeStamp.secondsPastEpoch']).toBeAny()
    expectTypeOf(v.$time).toEqualTypeOf<Date | undefined>()
    expectTypeOf(v.$changed).toEqualTypeOf<ReadonlySet<string>>()
    expectTypeOf(v.$clone()).toExtend<MutableValue>()
  })

  it('takes any value, and any TypeDef is a TypeDef', () => {
    expectTypeOf(Motor.create().$freeze()).toExtend<Value>()
    expectTypeOf(Motor.create()).toExtend<MutableValue>()
    expectTypeOf(Motor).toExtend<TypeDef>()
    expectTypeOf(Choice).toExtend<TypeDef>()
    expectTypeOf(new TypeDef('int32')).toExtend<TypeDef>()
    const members: Member[] = [Limits.as('x'), new Member('any', 'y')]
    expectTypeOf(new TypeDef('struct', members).create().whatever).toBeAny()
  })
})

describe('what may be written', () => {
  it('takes parts, and what converts', () => {
    Motor.create({ position: '3.5', steps: 4, limits: { low: -1n } })
    Motor.create({ wave: [1, 2n, '3'], names: new Set(['a']), history: [{ at: 1 }, null] })
    Motor.create({ wave: new Float64Array(3), choice: union('text', 'x'), extra: any('uint8', 1) })
    Motor.create({ choice: 'text', extra: { type: 'int32', value: 5 } })
    Motor.create({ choice: null, limits: Limits.create({ low: 1 }) })
    Motor.create(Motor.create().$freeze())
    Motor.create().$assign({ soft: { high: 2 } })
    Motor.create().position = 4
  })

  it('takes nothing else', () => {
    // @ts-expect-error -- no such field
    Motor.create({ positon: 1 })
    // @ts-expect-error -- no such field further down
    Motor.create({ limits: { lo: 1 } })
    // @ts-expect-error -- an array to a number
    Motor.create({ position: [1] })
    // @ts-expect-error -- a Date is not a number
    Motor.create({ position: new Date() })
    // @ts-expect-error -- no such member of the union
    Motor.create({ choice: union('nope', true) })
    // @ts-expect-error -- null is not a structure
    Motor.create({ limits: null })
  })
})

describe('types themselves', () => {
  it('are checked', () => {
    // @ts-expect-error -- no such code
    new TypeDef('int33')
    // @ts-expect-error -- no such code in a shape
    new TypeDef('struct', { a: 'double' })
    // @ts-expect-error -- nor in a member
    new Member('float', 'a')
    // @ts-expect-error -- an array has one element
    new TypeDef('struct', { a: ['int32', 'int32'] })
  })
})
