import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ConversionError, NoFieldError } from '../../../lib-ts/errors.js'
import { DecodePlan, MutableValue, Reader, TypeDef, Value, Writer } from '../../../lib-ts/data/index.js'
import { Layout } from '../../../lib-ts/data/types/layout.js'
import { generation } from '../../../lib-ts/data/values/generation.js'
import { storageOf } from '../../../lib-ts/data/values/storage.js'
import { makeFrozen } from '../../../lib-ts/data/values/value.js'
import { encodeFull } from '../../../lib-ts/data/wire/encode.js'
import { bytesOf } from '../../golden/golden.js'

const Motor = new TypeDef('struct', 'lab:Motor', {
  value: 'float64',
  alarm: new TypeDef('struct', 'alarm_t', { severity: 'int32', status: 'int32', message: 'string' }),
  timeStamp: new TypeDef('struct', 'time_t', {
    secondsPastEpoch: 'int64',
    nanoseconds: 'int32',
    userTag: 'int32',
  }),
  items: [{ name: 'string', list: 'int32[]' }],
  choice: new TypeDef('union', { a: 'int32', b: { deep: 'string' }, c: 'string[]' }),
  choices: new TypeDef('union[]', { a: 'int32', b: 'string' }),
  variant: 'any',
  labels: 'string[]',
  data: 'float64[]',
})

function motor(): Value {
  const m = Motor.create({
    value: 1.5,
    alarm: { severity: 2, message: 'hot' },
    timeStamp: { secondsPastEpoch: 1_700_000_000n, nanoseconds: 123_456_789 },
    items: [{ name: 'first', list: [1, 2, 3] }, null, { name: 'third' }],
    choice: { select: 'b', value: { deep: 'text' } },
    choices: [{ select: 'a', value: 1 }, null, { select: 'b', value: 'x' }],
    variant: Motor.create({ value: 7 }),
    labels: ['l0', 'l1'],
    data: [10, 20],
  })
  return m.$freeze()
}

/** A value of a type as the network may send it: `hex` is its description. */
function received(hex: string, full: string): Value {
  const type = Layout.of(DecodePlan.of(decoded(hex)).type).type
  return DecodePlan.of(type).full(new Reader(bytesOf(full)))
}

function decoded(hex: string): TypeDef {
  const any = new TypeDef('any') as unknown as TypeDef
  // An any holds a description: the shortest way to a type with names that new TypeDef refuses.
  return (DecodePlan.of(any).full(new Reader(bytesOf(hex + '00'.repeat(64)))) as unknown as { type: TypeDef })
    .type
}

function text(value: string): string {
  return Buffer.from(String.fromCharCode(value.length) + value).toString('hex')
}

describe.each([
  ['with generated code', true],
  ['without generated code', false],
])('%s', (_, allowed) => {
  beforeEach(() => {
    generation.allowed = allowed
  })
  afterEach(() => {
    generation.allowed = true
  })

  it('fields are own and enumerable, in declaration order', () => {
    const v = motor()
    const names = Motor.members.map(({ name }) => name)
    expect(Object.keys(v)).toEqual(names)
    expect(Object.entries(v).map(([name]) => name)).toEqual(names)
    expect({ ...(v.alarm as object) }).toEqual({ severity: 2, status: 0, message: 'hot' })
    const { value, labels } = v
    expect([value, labels]).toEqual([1.5, ['l0', 'l1']])
    const seen: string[] = []
    for (const name in v) seen.push(name)
    expect(seen).toEqual(names)
  })

  it('is a Value at every level, and so is a mutable one', () => {
    const v = motor()
    expect(v instanceof Value).toBe(true)
    expect(v.alarm instanceof Value).toBe(true)
    expect(v['items[0]'] instanceof Value).toBe(true)
    expect(Motor.create() instanceof Value).toBe(true)
    expect({} instanceof Value).toBe(false)
    expect(v instanceof Map).toBe(false)
  })

  it.each([
    ['value', 1.5],
    ['alarm.severity', 2],
    ['timeStamp.secondsPastEpoch', 1_700_000_000n],
    ['items[0].name', 'first'],
    ['items[0].list[2]', 3],
    ['items[1]', null],
    ['choice->b.deep', 'text'],
    ['choices[0]->a', 1],
    ['choices[2]->b', 'x'],
    ['variant->value', 7],
    ['variant->alarm.severity', 0],
    ['labels[1]', 'l1'],
    ['data[0]', 10],
  ])('%s reads as a property, and by $get and $has', (path, expected) => {
    const v = motor()
    expect(v[path]).toBe(expected)
    expect(v.$get(path)).toBe(expected)
    expect(v.$has(path)).toBe(true)
  })

  it.each([
    'nosuch',
    'alarm.nosuch',
    'nosuch.severity',
    'alarm.severity.more',
    'alarm..severity',
    'alarm.',
    '.alarm',
    '',
    'value[0]',
    'data[2]',
    'data[-1]',
    'data[]',
    'data[x]',
    'data[4294967296]',
    'data[0',
    'data[0]x',
    'data.length',
    'labels.length',
    'items.0.name',
    'items[1].name',
    'items[9]',
    'choice->a',
    'choice->nosuch',
    'choice.select',
    'choice.value',
    'choice->',
    'choices[1]->a',
    'choices->a',
    'variant->nosuch',
    'variant.value',
    'value->x',
    'alarm<',
    '$type',
    'toString',
    'alarm.toString',
    '__proto__',
    'alarm.__proto__',
    'constructor',
  ])('%j leads nowhere', (path) => {
    const v = motor()
    if (!(path in v)) expect(v[path]).toBe(undefined)
    expect(v.$has(path)).toBe(false)
    expect(v.$isChanged(path)).toBe(/^(choices?|variant|data|items|value)(\[|->)/.test(path))
    expect(() => v.$get(path)).toThrow(NoFieldError)
  })

  it('a path that leads nowhere says which fields there are', () => {
    const error = errorOf(() => motor().$get('alarm.nosuch')) as NoFieldError
    expect(error).toBeInstanceOf(NoFieldError)
    expect(error.path).toBe('alarm.nosuch')
    expect(error.fields).toEqual(['severity', 'status', 'message'])
    expect(error.message).toContain('"alarm"')
  })

  it('reading never changes what a union selects', () => {
    const v = motor()
    expect(v['choice->a']).toBe(undefined)
    expect(v.choice).toEqual({ select: 'b', value: expect.objectContaining({ deep: 'text' }) as unknown })
  })

  it('is frozen, and says so', () => {
    const v = motor() as unknown as Record<string, unknown> & {
      alarm: Record<string, unknown>
      labels: string[]
    }
    for (const part of [v, v.alarm, v['items'], v['choice'], v['choices'], v['variant'], v.labels]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
    expect(() => (v['value'] = 2)).toThrow(TypeError)
    expect(() => (v.alarm['severity'] = 2)).toThrow(TypeError)
    expect(() => (v['alarm.severity'] = 2)).toThrow(/immutable, alarm\.severity .*\$clone/)
    expect(() => (v['items[0].name'] = 'x')).toThrow(/immutable.*\$clone/)
    expect(() => (v['nosuch'] = 2)).toThrow(/immutable/)
    expect(() => delete v['value']).toThrow(TypeError)
    expect(() => v.labels.push('x')).toThrow(TypeError)
  })

  it('behaves like an object otherwise', async () => {
    const v = motor()
    expect(String(v)).toMatch(/^lab:Motor \{ .* \}$/)
    expect(Object.hasOwn(v, 'value')).toBe(true)
    expect('value' in v).toBe(true)
    expect('nosuch' in v).toBe(false)
    expect(await Promise.resolve(v)).toBe(v) // asks for `then`
  })

  it.each([
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'then',
    'prototype',
    'valueOf',
    'toJSON',
    'a-b',
    'a.b',
    '0',
    'with"quote',
    '',
  ])('a field named %j from the network is an ordinary own field', (name) => {
    const v = received('800002' + text('before') + '22' + text(name) + '60', '05000000' + text('mine'))
    expect(Object.keys(v).sort()).toEqual(['before', name].sort())
    expect(Object.getOwnPropertyDescriptor(v, name)?.value).toBe('mine')
    expect(v.$get(name)).toBe('mine')
    expect(v instanceof Value).toBe(true)
    expect(v.$id).toBe('')
    expect(Object.getPrototypeOf({})).toBe(Object.prototype)
    expect(Object.entries(v.$toObject()).sort()).toEqual(
      Object.entries({ before: 5, ...own(name, 'mine') }).sort(),
    )
    const w = new Writer()
    encodeFull(w, v)
    expect(Buffer.from(w.bytes()).toString('hex')).toBe('05000000' + text('mine'))
  })

  it('a name with code in it is a name', () => {
    const evil = `x"];globalThis.pwned=1;[" \u2028`
    const name = Buffer.from(evil)
    const hex = '800001' + Buffer.from([name.length]).toString('hex') + name.toString('hex') + '22'
    for (let i = 0; i < 8; i++) expect(received(hex, '07000000')[evil]).toBe(7)
    expect((globalThis as { pwned?: unknown }).pwned).toBe(undefined)
  })

  it('a structure of more fields than generated code takes reads like others', () => {
    const wide = new TypeDef(
      'struct',
      Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`f${i}`, 'int32'] as const)),
    )
    const v = wide.create({ f0: 1, f2999: 2 } as never).$freeze() as unknown as Value
    expect([v.f0, v.f2999, v.f1500, Object.keys(v).length]).toEqual([1, 2, 0, 3000])
    expect([...v.$changed]).toEqual(['f0', 'f2999'])
  })
})

describe('what a value says of itself', () => {
  it('its type, its id and what changed', () => {
    const v = motor()
    expect(v.$type).toBe(Motor)
    expect(v.$id).toBe('lab:Motor')
    expect((v.alarm as Value).$id).toBe('alarm_t')
    expect([...v.$changed].slice(0, 3)).toEqual(['value', 'alarm.severity', 'alarm.message'])
    expect(v.$isChanged('items[0].name')).toBe(true)
    expect(v.$isChanged('alarm.status')).toBe(false)
    expect(v.$isChanged('alarm')).toBe(true)
  })

  it('$changed is a Set that nobody can change', () => {
    const changed = motor().$changed as Set<string>
    expect(changed).toEqual(new Set(changed))
    expect(() => changed.add('x')).toThrow(TypeError)
    expect(() => changed.delete('value')).toThrow(TypeError)
    expect(() => {
      changed.clear()
    }).toThrow(TypeError)
    expect(new Set(changed).add('x').has('x')).toBe(true)
  })

  it.each([
    [1_700_000_000n, 123_456_789, 1_700_000_000_123_456_789n, '2023-11-14T22:13:20.123Z'],
    [0n, 0, 0n, '1970-01-01T00:00:00.000Z'],
    [-1n, 1, -999_999_999n, '1969-12-31T23:59:59.000Z'],
    [-1n, 999_999_999, -1n, '1969-12-31T23:59:59.999Z'],
    [9_007_199_254_740_993n, 5, 9_007_199_254_740_993_000_000_005n, undefined],
  ])('$time and $timeNs of %d s and %d ns', (secondsPastEpoch, nanoseconds, ns, iso) => {
    const v = Motor.create({ timeStamp: { secondsPastEpoch, nanoseconds } }).$freeze()
    expect(v.$timeNs).toBe(ns)
    if (iso === undefined) expect(Number.isNaN(v.$time?.getTime())).toBe(true)
    else expect(v.$time?.toISOString()).toBe(iso)
  })

  it('no time where the type has none, or none that is a number', () => {
    expect(new TypeDef('struct', { value: 'int32' }).create().$time).toBe(undefined)
    expect(new TypeDef('struct', { timeStamp: 'int64' }).create().$timeNs).toBe(undefined)
    expect(new TypeDef('struct', { timeStamp: { secondsPastEpoch: 'string' } }).create().$timeNs).toBe(
      undefined,
    )
  })

  it('types that differ in codes and ids only share their class', () => {
    const a = new TypeDef('struct', 'a', { value: 'int32', sub: { x: 'int8' } }).create().$freeze()
    const b = new TypeDef('struct', 'b', { value: 'string', sub: { x: 'float64' } }).create().$freeze()
    expect(Object.getPrototypeOf(a)).toBe(Object.getPrototypeOf(b))
    expect([a.$id, b.$id]).toEqual(['a', 'b'])
  })
})

describe('copies', () => {
  it('$toObject shares nothing and can be cloned', () => {
    const v = motor()
    const plain = v.$toObject()
    expect(structuredClone(plain)).toEqual(plain)
    expect(Object.getPrototypeOf(plain)).toBe(Object.prototype)
    expect(plain).toMatchObject({
      value: 1.5,
      alarm: { severity: 2, status: 0, message: 'hot' },
      items: [{ name: 'first', list: Int32Array.of(1, 2, 3) }, null, { name: 'third' }],
      choice: { select: 'b', value: { deep: 'text' } },
      choices: [{ select: 'a', value: 1 }, null, { select: 'b', value: 'x' }],
      labels: ['l0', 'l1'],
      data: Float64Array.of(10, 20),
    })
    const variant = plain['variant'] as { type: unknown; value: object }
    expect(TypeDef.fromJSON(variant.type).equals(Motor)).toBe(true)
    expect(variant.value instanceof Value).toBe(false)
    ;(plain['data'] as Float64Array)[0] = 99
    ;(plain['labels'] as string[]).push('more')
    expect([v['data[0]'], (v.labels as readonly string[]).length]).toEqual([10, 2])
  })

  it('$toObject makes plain arrays where asked', () => {
    const plain = motor().$toObject({ arrays: 'plain' })
    expect(plain['data']).toEqual([10, 20])
    expect((plain['items'] as { list: unknown }[])[0]?.list).toEqual([1, 2, 3])
  })

  it('$clone is mutable, has the same marks, and leaves the original alone', () => {
    const v = motor()
    const m = v.$clone()
    expect(m instanceof MutableValue).toBe(true)
    expect([...m.$changed]).toEqual([...v.$changed])
    m.value = 3
    m['items[0].name'] = 'changed'
    ;(m.data as Float64Array)[0] = 99
    expect([v.value, v['items[0].name'], v['data[0]']]).toEqual([1.5, 'first', 10])
    expect(() => (m.value = 'no number')).toThrow(ConversionError)
  })

  it('structuredClone takes the fields alone', () => {
    const v = Motor.create({ value: 2, alarm: { message: 'm' } }).$freeze()
    const clone: unknown = structuredClone(v)
    expect(clone instanceof Value).toBe(false)
    expect(clone).toEqual(v.$toObject())
  })

  it('storageOf and makeFrozen are inverse', () => {
    const v = motor()
    const { layout, cells, marks } = storageOf(v)
    const again = makeFrozen(layout, cells, marks)
    expect(again).not.toBe(v)
    expect(again.$toObject()).toEqual(v.$toObject())
    expect([...again.$changed]).toEqual([...v.$changed])
    marks.fill(1)
    expect([...again.$changed]).toEqual([...v.$changed])
  })
})

function own(name: string, value: unknown): object {
  return Object.defineProperty({}, name, { value, enumerable: true })
}

function errorOf(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}
