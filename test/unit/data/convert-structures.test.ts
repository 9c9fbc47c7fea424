import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import type { TypeCode } from '../../../lib-ts/data/index.js'
import { any, TypeDef, union, Value, type TypeBuilder } from '../../../lib-ts/data/index.js'
import { ConversionError, InvalidArgumentError } from '../../../lib-ts/errors.js'

/** Writes to a field `x` of that type, and reads it back. */
function written(code: TypeCode | TypeDef | TypeBuilder, x: unknown): unknown {
  return new TypeDef('struct', { x: code } as { x: 'any' }).create({ x }).$freeze().x
}

describe('structures', () => {
  const Inner = new TypeDef('struct', 'in_t', { a: 'int32', b: 'string' })
  const Outer = new TypeDef('struct', {
    s: Inner,
    list: [Inner],
    x: 'any',
    u: new TypeDef('union', { n: 'int32', s: Inner }),
  })

  it('takes only what is named, and marks that', () => {
    const m = Outer.create({ s: { a: 1 } })
    expect([...m.$changed]).toEqual(['s.a'])
    m.$assign({ s: { b: 'x' } })
    expect(m.s.$toObject()).toEqual({ a: 1, b: 'x' })
  })

  it('refuses what is neither an object nor a Value', () => {
    class Thing {
      a = 1
    }
    for (const x of [
      null,
      undefined,
      5,
      'text',
      [],
      new Map(),
      new Thing(),
      new Date(),
      () => 1,
      Int8Array.of(1),
    ]) {
      expect(() => written(Inner, x)).toThrow(
        expect.objectContaining({ code: 'ERR_PVA_CONVERSION', path: 'x' }),
      )
      if (x !== undefined) expect(() => Outer.create(x as never)).toThrow(ConversionError)
    }
  })

  it('names the fields that exist when one does not', () => {
    const expected = { code: 'ERR_PVA_NO_FIELD', path: 's.c', fields: ['a', 'b'] }
    expect(() => Outer.create({ s: { c: 1 } } as never)).toThrow(expect.objectContaining(expected))
    expect(() => Outer.create({ nope: 1 } as never)).toThrow(/no field "nope": there is s, list, x, u/)
    expect(() => Outer.create({ list: [{}, { c: 1 }] } as never)).toThrow(
      expect.objectContaining({ path: 'list[1].c', fields: ['a', 'b'] }),
    )
    expect(() => Outer.create({ [Symbol('k')]: 1 })).toThrow(InvalidArgumentError)
  })

  it('names the path of what does not fit, and changes nothing then', () => {
    const m = Outer.create({ s: { a: 1, b: 'old' } }).$unmark()
    expect(() => m.$assign({ s: { b: 'new', a: 'no number' as never } })).toThrow(
      expect.objectContaining({ path: 's.a' }),
    )
    expect(m.s.$toObject()).toEqual({ a: 1, b: 'old' })
    expect(m.$changed.size).toBe(0)
    expect(() => m.$assign({ list: [{ a: 1 }, { a: 1.5 }] })).toThrow(
      expect.objectContaining({ path: 'list[1].a' }),
    )
  })

  it('takes an object without prototype, one of another realm, a frozen one, and a Proxy', () => {
    for (const x of [
      Object.assign(Object.create(null) as object, { a: 1 }),
      runInNewContext('({ a: 1 })'),
      Object.freeze({ a: 1 }),
      new Proxy({ a: 1 }, {}),
    ]) {
      expect((written(Inner, x) as { a: number }).a).toBe(1)
    }
  })

  it('reads each property once, and hands on what a getter throws', () => {
    let reads = 0
    Outer.create({
      get x() {
        reads++
        return 1
      },
    })
    expect(reads).toBe(1)
    const cause = new Error('mine')
    const thrower = {
      get a(): never {
        throw cause
      },
    }
    for (const x of [{ s: thrower }, { list: [thrower] }, { x: thrower }, { u: thrower }]) {
      expect(() => Outer.create(x as never)).toThrow(
        expect.objectContaining({ code: 'ERR_PVA_ARGUMENT', cause }),
      )
    }
    const trap = new Proxy({}, { ownKeys: () => { throw cause } }) // prettier-ignore
    expect(() => Outer.create(trap)).toThrow(InvalidArgumentError)
    const { proxy, revoke } = Proxy.revocable([], {})
    revoke()
    expect(() => Outer.create({ list: proxy })).toThrow(InvalidArgumentError)
    const iterable = { [Symbol.iterator]: () => { throw cause } } // prettier-ignore
    expect(() => Outer.create({ list: iterable as never })).toThrow(expect.objectContaining({ cause }))
  })

  it('a getter that changes its siblings does no harm', () => {
    const x = { get a() { x.b = 'after'; return 1 }, b: 'before' } // prettier-ignore
    expect(written(Inner, x)).toMatchObject({ a: 1 })
  })

  it('[84] struct arrays take objects, Values and null; count and nulls stay', () => {
    const v = Outer.create({ list: [{ a: 1 }, null, Inner.create({ b: 'x' })] }).$freeze()
    expect(v.list.map((item) => item && item.$toObject())).toEqual([{ a: 1, b: '' }, null, { a: 0, b: 'x' }])
    expect(v.list[0]).toBeInstanceOf(Value)
    expect(v.list[0]?.$id).toBe('in_t')
    expect(() => Outer.create({ list: [undefined] } as never)).toThrow(ConversionError)
    expect(() => Outer.create({ list: {} } as never)).toThrow(ConversionError)
    expect(() => Outer.create({ s: [] } as never)).toThrow(ConversionError)
  })

  it('takes a Value of another type as far as it fits', () => {
    const Wide = new TypeDef('struct', { a: 'int64', b: 'string' })
    const m = Outer.create()
    m.$assign({ s: Wide.create({ a: 5 }) })
    expect(m.s.a).toBe(5)
    expect(() => m.$assign({ s: Wide.create({ a: 2n ** 40n }) })).toThrow(
      expect.objectContaining({ path: 's.a' }),
    )
    const Other = new TypeDef('struct', { a: 'int32', c: 'int32' })
    expect(() => Inner.create().$assign(Other.create({ a: 1, c: 2 }) as never)).toThrow(
      expect.objectContaining({ code: 'ERR_PVA_NO_FIELD', path: 'c' }),
    )
    const onlyA = Inner.create().$assign(Other.create({ a: 3 }))
    expect(onlyA.a).toBe(3)
  })
})

describe('unions', () => {
  const U = new TypeDef('union', { n: 'int32', f: 'float64', t: 'string', s: { a: 'int8' }, w: 'int16[]' })

  it('[81] take the tagged form, null, and union()', () => {
    expect(written(U, { select: 't', value: 5 })).toEqual({ select: 't', value: '5' })
    expect(written(U, union('f', 1))).toEqual({ select: 'f', value: 1 })
    expect(written(U, null)).toBeNull()
    expect(Object.isFrozen(written(U, union('f', 1)))).toBe(true)
    expect(() => written(U, union('nope', 1))).toThrow(
      expect.objectContaining({
        code: 'ERR_PVA_NO_FIELD',
        path: 'x->nope',
        fields: ['n', 'f', 't', 's', 'w'],
      }),
    )
    expect(() => written(U, union('n', 'abc'))).toThrow(expect.objectContaining({ path: 'x->n' }))
  })

  it('[81] give a plain value to the first member that takes it without loss', () => {
    const select = (x: unknown): string => (written(U, x) as { select: string }).select
    expect(select(5)).toBe('n')
    expect(select(5n)).toBe('n')
    expect(select(5.5)).toBe('f')
    expect(select(2 ** 40)).toBe('f')
    expect(select('12')).toBe('t')
    expect(select('hello')).toBe('t')
    expect(select([1, 2])).toBe('w')
    expect(select({ a: 1 })).toBe('s')
    expect(select({})).toBe('s')
    expect(written(U, Int16Array.of(1))).toEqual({ select: 'w', value: Int16Array.of(1) })
    const floats = new TypeDef('union', { f: 'float32', d: 'float64' })
    expect(written(floats, 0.1)).toEqual({ select: 'd', value: 0.1 })
    expect(written(floats, 0.5)).toEqual({ select: 'f', value: 0.5 })
    expect(written(new TypeDef('union', { f: 'float32' }), 0.1)).toEqual({
      select: 'f',
      value: Math.fround(0.1),
    })
    expect(written(new TypeDef('union', { n: 'int32' }), '12')).toEqual({ select: 'n', value: 12 })
  })

  it('[81] refuse what no member takes', () => {
    for (const x of [
      new Date(),
      Symbol('s'),
      undefined,
      { b: 1 },
      [1e9],
      new TypeDef('struct', { q: 'int8' }).create(),
    ]) {
      expect(() => written(U, x)).toThrow(expect.objectContaining({ code: 'ERR_PVA_CONVERSION', path: 'x' }))
    }
    expect(() => written(U, { select: 5, value: 1 })).toThrow(ConversionError)
  })

  it('[83] in arrays pick the first member that fits, anew for each element', () => {
    const type = new TypeDef('union[]', { n: 'int32', t: 'string' })
    expect(written(type as never, [1, 'a', null, union('t', 2), 3])).toEqual([
      { select: 'n', value: 1 },
      { select: 't', value: 'a' },
      null,
      { select: 't', value: '2' },
      { select: 'n', value: 3 },
    ])
  })

  it('nest in unions', () => {
    const type = new TypeDef('union', { inner: new TypeDef('union', { n: 'int32' }), t: 'string' })
    expect(written(type, union('inner', union('n', 1)))).toEqual({
      select: 'inner',
      value: { select: 'n', value: 1 },
    })
    expect(written(type, 4)).toEqual({ select: 'inner', value: { select: 'n', value: 4 } })
  })
})

describe('anys', () => {
  const code = (x: unknown): unknown => (written('any', x) as { type: TypeDef } | null)?.type.code

  it('[82] promote plain values', () => {
    expect(written('any', null)).toBeNull()
    expect(written('any', 5)).toMatchObject({ value: 5n })
    expect(code(5)).toBe('int64')
    expect(code(5.5)).toBe('float64')
    expect(Object.is((written('any', -0) as { value: unknown }).value, -0)).toBe(true)
    expect(code(2 ** 60)).toBe('float64')
    expect(code(5n)).toBe('int64')
    expect(code(2n ** 63n)).toBe('uint64')
    expect(code('text')).toBe('string')
    expect(code(true)).toBe('bool')
    expect(code(Int16Array.of(1))).toBe('int16[]')
    expect(code(Buffer.from('a'))).toBe('uint8[]')
    expect(code([1, 2])).toBe('int64[]')
    expect(code([1, 2n ** 63n])).toBe('uint64[]')
    expect(code([1, 2.5])).toBe('float64[]')
    expect(code(['a'])).toBe('string[]')
    expect(code([true])).toBe('bool[]')
    expect(code([])).toBe('any[]')
    expect(code([1, 'a', null])).toBe('any[]')
    expect(code([{ a: 1 }, null])).toBe('struct[]')
    expect(code([{ a: 1 }, { b: 1 }])).toBe('any[]')
    expect(code([null])).toBe('any[]')
    expect(code({ a: 1, b: [] })).toBe('struct')
    const value = new TypeDef('struct', 'in_t', { a: 'int8' }).create({ a: 3 })
    expect(written('any', value)).toMatchObject({ type: { id: 'in_t' }, value: { a: 3 } })
  })

  it('[82] keep explicit types', () => {
    expect(written('any', any('uint8', 5))).toMatchObject({ type: { code: 'uint8' }, value: 5 })
    expect(written('any', { type: 'int16[]', value: [1] })).toMatchObject({ value: Int16Array.of(1) })
    const type = new TypeDef('struct', { a: 'int8' })
    expect(written('any', { type, value: { a: '7' } })).toMatchObject({ value: { a: 7 } })
    expect(written('any', { type: type.toJSON(), value: { a: 7 } })).toMatchObject({ value: { a: 7 } })
    expect(written('any', { type: { build: () => type }, value: {} })).toMatchObject({ value: { a: 0 } })
    expect(() => written('any', { type: 'uint8', value: 256 })).toThrow(
      expect.objectContaining({ path: 'x' }),
    )
    expect(() => any('uint8', -1)).toThrow(ConversionError)
    expect(() => any('nope' as never, 1)).toThrow(InvalidArgumentError)
    expect(code({ type: 'a pump', value: 5 })).toBe('struct')
  })

  it('refuse what suggests no type', () => {
    class Thing {
      a = 1
    }
    for (const x of [
      undefined,
      () => 1,
      Symbol('s'),
      new Date(),
      new Map(),
      new Set(),
      new Thing(),
      Object(1),
      2n ** 64n,
      new ArrayBuffer(8),
    ]) {
      expect(() => written('any', x)).toThrow(ConversionError)
    }
    expect(() => written('any', { 'a b': 1 })).toThrow(InvalidArgumentError)
  })

  it('[82] refuse what holds itself', () => {
    const loop: Record<string, unknown> = {}
    loop['a'] = loop
    expect(() => written('any', loop)).toThrow(/^field "[^"]{1,9}" .*nests deeper than 20, or holds itself/)
    const list: unknown[] = []
    list.push(list)
    expect(() => written('any', list)).toThrow(/nests deeper/)
    const m = new TypeDef('struct', { x: 'any', y: { z: 'any' } }).create()
    for (const x of [m, { type: m.$type, value: m }, [m]]) {
      expect(() => m.$assign({ x })).toThrow(expect.objectContaining({ code: 'ERR_PVA_CONVERSION' }))
    }
    expect(() => m.$assign({ y: { z: m.y } })).toThrow(/part of itself/)
    m.$assign({ x: m.y })
    expect(m['x']).toMatchObject({ value: { z: null } })
  })

  it('nest to the depth that PVAccess allows and no further', () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : { type: 'any', value: nested(depth - 1) })
    expect(() => written('any', nested(15))).not.toThrow()
    expect(() => written('any', nested(25))).toThrow(/nests deeper/)
  })

  it('hold mixed arrays', () => {
    expect(written('any[]', [1, null, 'a', any('bool', 1)])).toMatchObject([
      { value: 1n },
      null,
      { value: 'a' },
      { type: { code: 'bool' }, value: true },
    ])
  })
})
