import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { any, TypeCode, TypeDef, union, Value, type TypeBuilder } from '../../../lib-ts/data/index.js'
import { ConversionError, InvalidArgumentError } from '../../../lib-ts/errors.js'

/** Writes to a field `x` of that type, and reads it back. */
function written(code: TypeCode | TypeDef | TypeBuilder, x: unknown): unknown {
  return new TypeDef('struct', { x: code } as { x: 'any' }).create({ x } as never).$freeze().x
}

// ES2024's; the library is compiled for less.
type Resizable = ArrayBuffer & { resize(length: number): void }
function resizableBuffer(length: number, maxByteLength: number): Resizable {
  const Buffer = ArrayBuffer as unknown as new (
    length: number,
    options: { maxByteLength: number },
  ) => Resizable
  return new Buffer(length, { maxByteLength })
}

const max64 = 2n ** 63n - 1n
const min64 = -(2n ** 63n)
const max64u = 2n ** 64n - 1n

describe('numbers', () => {
  const accepted: [TypeCode, unknown, unknown][] = [
    ['int8', -128, -128],
    ['int8', '127', 127],
    ['uint8', 255n, 255],
    ['int16', -32768, -32768],
    ['uint16', '0xFFFF', 65535],
    ['int32', -(2 ** 31), -(2 ** 31)],
    ['int32', 2 ** 31 - 1, 2147483647],
    ['uint32', 2 ** 32 - 1, 4294967295],
    ['int32', ' 12 ', 12],
    ['int32', '+7', 7],
    ['int32', '-0x10', -16],
    ['int32', '000000000000000000000000000000000000005', 5],
    ['int32', true, 1],
    ['int32', false, 0],
    ['int32', -0, 0],
    ['int64', max64, max64],
    ['int64', min64, min64],
    ['int64', 5, 5n],
    ['int64', Number.MAX_SAFE_INTEGER, BigInt(Number.MAX_SAFE_INTEGER)],
    ['int64', '-9223372036854775808', min64],
    ['int64', true, 1n],
    ['uint64', max64u, max64u],
    ['uint64', '0xffffffffffffffff', max64u],
    ['float64', 1e308, 1e308],
    ['float64', 5e-324, 5e-324],
    ['float64', NaN, NaN],
    ['float64', -Infinity, -Infinity],
    ['float64', -0, -0],
    ['float64', 2n ** 64n, 18446744073709551616],
    ['float64', '1e3', 1000],
    ['float64', ' .5 ', 0.5],
    ['float64', 'NaN', NaN],
    ['float64', '-Infinity', -Infinity],
    ['float64', '-0', -0],
    ['float64', '0x10', 16],
    ['float64', true, 1],
    ['float32', 0.1, Math.fround(0.1)],
    ['float32', 5e-324, 0],
    ['float32', Infinity, Infinity],
    ['float32', 3.4028235677973362e38, 3.4028234663852886e38], // the largest that rounds down
    ['float32', 2n ** 24n, 16777216],
    ['bool', 1, true],
    ['bool', 0, false],
    ['bool', 'true', true],
    ['bool', ' false ', false],
    ['bool', false, false],
    ['string', 'é😀\0\u001b[31m', 'é😀\0\u001b[31m'],
    ['string', '', ''],
    ['string', ' kept as it is ', ' kept as it is '],
    ['string', 1.5, '1.5'],
    ['string', max64u, '18446744073709551615'],
    ['string', true, 'true'],
  ]
  it.each(accepted)('%s takes %o', (code, x, reads) => {
    expect(Object.is(written(code, x), reads)).toBe(true)
  })

  const refused: [TypeCode, unknown, string][] = [
    ...(['int8', 'int32', 'uint32', 'int64', 'uint64'] as const).flatMap(
      (code): [TypeCode, unknown, string][] => [
        [code, NaN, 'not an integer'],
        [code, Infinity, 'not an integer'],
        [code, -Infinity, 'not an integer'],
        [code, 0.5, 'not an integer'],
        [code, '', 'not an integer'],
        [code, 'abc', 'not an integer'],
        [code, '1e3', 'not an integer'],
        [code, '12.0', 'not an integer'],
        [code, '0x', 'not an integer'],
        [code, '1 2', 'not an integer'],
        [code, null, 'not a number'],
        [code, undefined, 'not a number'],
        [code, new Date(5), 'not a number'],
        [code, Object(5), 'not a number'],
        [code, [5], 'not a number'],
        [code, { valueOf: () => 5 }, 'not a number'],
        [code, '9'.repeat(1_000_000), 'too large'],
        [code, 2n ** 64n, 'out of range'],
        [code, min64 - 1n, 'out of range'],
      ],
    ),
    ['int8', 128, 'out of range (-128 to 127)'],
    ['int8', -129, 'out of range'],
    ['uint8', -1, 'out of range'],
    ['uint8', 256, 'out of range'],
    ['int16', 32768, 'out of range'],
    ['uint16', 65536, 'out of range'],
    ['int32', 2 ** 31, 'out of range'],
    ['int32', -(2 ** 31) - 1, 'out of range'],
    ['uint32', 2 ** 32, 'out of range'],
    ['uint32', -1n, 'out of range'],
    ['int64', max64 + 1n, 'out of range'],
    ['int64', 2 ** 53, 'beyond the integers'],
    ['int64', -(2 ** 53) - 1, 'beyond the integers'],
    ['int64', 2 ** 63, 'beyond the integers'],
    ['uint64', -1, 'out of range'],
    ['float64', 2n ** 64n + 1n, 'exactly'],
    ['float64', 10n ** 400n, 'too large'],
    ['float64', '1e999', 'too large'],
    ['float64', '', 'not a number'],
    ['float64', 'abc', 'not a number'],
    ['float64', '1,5', 'not a number'],
    ['float64', null, 'not a number'],
    ['float64', new Date(5), 'not a number'],
    ['float32', 1e308, 'too large'],
    ['float32', 3.4028235677973366e38, 'too large'],
    ['float32', 2n ** 24n + 1n, 'exactly'],
    ['bool', 2, 'neither a boolean'],
    ['bool', 'yes', 'neither a boolean'],
    ['bool', NaN, 'neither a boolean'],
    ['bool', null, 'neither a boolean'],
    ['string', '\ud800', 'lone surrogate'],
    ['string', 'a\udc00b', 'lone surrogate'],
    ['string', null, 'neither text'],
    ['string', Symbol('s'), 'neither text'],
    ['string', new String('a'), 'neither text'],
    ['string', ['a'], 'neither text'],
  ]
  it.each(refused)('%s refuses %o', (code, x, why) => {
    const write = (): unknown => written(code, x)
    expect(write).toThrow(ConversionError)
    expect(write).toThrow(
      expect.objectContaining({ path: 'x', message: expect.stringContaining(why) as string }),
    )
    expect(write).toThrow(`(${code})`)
  })

  it('cuts a huge text in the message', () => {
    expect(() => written('int32', 'z'.repeat(1 << 20))).toThrow(/^.{0,200}$/)
    expect(() => written('int32', 'z'.repeat(1 << 20))).toThrow(/1048576 characters/)
    expect(() => written('float32', 2n ** 1_000_000n)).toThrow(/^.{0,200}$/)
  })

  it('takes a text of a mebibyte', () => {
    const text = 'ü'.repeat(1 << 20)
    expect(written('string', text)).toBe(text)
  })
})

describe('arrays', () => {
  const numeric = Object.values(TypeCode).filter((code) => /(int|float)\d+\[\]$/.test(code))

  it.each(numeric)('%s takes an empty array, its own kind, numbers, bigints and text', (code) => {
    expect(written(code, [])).toHaveLength(0)
    const made = written(code, [1, 2n, '3', true]) as Int8Array
    expect(Array.from(made, Number)).toEqual([1, 2, 3, 1])
    const again = written(code, made) as Int8Array
    expect(again).toEqual(made)
    expect(again).not.toBe(made)
    expect(again.constructor).toBe(made.constructor)
  })

  it('reads as the exact typed array', () => {
    expect(written('int64[]', [1])).toEqual(BigInt64Array.of(1n))
    expect(written('uint8[]', Buffer.from('abc'))).toEqual(Uint8Array.of(97, 98, 99))
    expect(written('uint8[]', Uint8ClampedArray.of(255))).toEqual(Uint8Array.of(255))
    expect(written('float32[]', [0.1])).toEqual(Float32Array.of(0.1))
    expect(written('bool[]', [true, 0, 'false'])).toEqual([true, false, false])
    expect(written('string[]', ['a', 1, 2n, false])).toEqual(['a', '1', '2', 'false'])
    expect(Object.isFrozen(written('string[]', ['a']))).toBe(true)
  })

  it('takes any iterable, and arrays of another realm', () => {
    expect(written('int32[]', new Set([1, 2]))).toEqual(Int32Array.of(1, 2))
    const generator = (function* () {
      yield 1
      yield 2n
    })()
    expect(written('int32[]', generator)).toEqual(Int32Array.of(1, 2))
    expect(written('int32[]', runInNewContext('[1, 2]'))).toEqual(Int32Array.of(1, 2))
    expect(written('int32[]', runInNewContext('new Int32Array([1, 2])'))).toEqual(Int32Array.of(1, 2))
    expect(written('int32[]', new Proxy([1, 2], {}))).toEqual(Int32Array.of(1, 2))
    expect(written('int32[]', Object.freeze([1, 2]))).toEqual(Int32Array.of(1, 2))
  })

  it('[87] widens exactly, and refuses what narrowing would change, naming the index', () => {
    expect(written('int64[]', Int8Array.of(-1))).toEqual(BigInt64Array.of(-1n))
    expect(written('float64[]', BigInt64Array.of(2n ** 53n))).toEqual(Float64Array.of(2 ** 53))
    expect(written('int32[]', Float64Array.of(1, -0))).toEqual(Int32Array.of(1, 0))
    expect(written('float32[]', Float64Array.of(0.1, NaN, Infinity))).toEqual(
      Float32Array.of(0.1, NaN, Infinity),
    )
    expect(written('int8[]', BigUint64Array.of(127n))).toEqual(Int8Array.of(127))
    expect(written('string[]', Float64Array.of(1.5))).toEqual(['1.5'])
    expect(written('string[]', [true, false])).toEqual(['true', 'false'])
    expect(written('float64[]', ['1.5', 'NaN'])).toEqual(Float64Array.of(1.5, NaN))
    const refused: [TypeCode, unknown, string][] = [
      ['int32[]', Float64Array.of(1, 0.5), 'x[1]'],
      ['int32[]', Float64Array.of(NaN), 'x[0]'],
      ['uint8[]', Int8Array.of(0, 0, -1), 'x[2]'],
      ['int8[]', Uint8Array.of(128), 'x[0]'],
      ['float32[]', Float64Array.of(1e308), 'x[0]'],
      ['float64[]', BigInt64Array.of(2n ** 53n + 1n), 'x[0]'],
      ['int64[]', Float64Array.of(2 ** 53), 'x[0]'],
      ['int64[]', BigUint64Array.of(2n ** 63n), 'x[0]'],
      ['uint64[]', BigInt64Array.of(-1n), 'x[0]'],
      ['int32[]', [1, null], 'x[1]'],
      ['int32[]', [1, , 3], 'x[1]'],
      ['string[]', ['a', undefined], 'x[1]'],
      ['bool[]', [true, 2], 'x[1]'],
    ]
    for (const [code, x, path] of refused) {
      expect(() => written(code, x)).toThrow(expect.objectContaining({ code: 'ERR_PVA_CONVERSION', path }))
    }
  })

  it('refuses what is not an array', () => {
    const detached = new Int32Array(4)
    structuredClone(detached.buffer, { transfer: [detached.buffer] })
    const resizable = resizableBuffer(16, 32)
    const out = new Int32Array(resizable, 8, 2)
    resizable.resize(4)
    for (const code of ['int32[]', 'string[]', 'bool[]'] as const) {
      for (const x of [
        '12',
        5,
        null,
        undefined,
        new Map(),
        {},
        new ArrayBuffer(8),
        new DataView(new ArrayBuffer(8)),
        detached,
        out,
        { length: 1, 0: 1 },
      ]) {
        expect(() => written(code, x)).toThrow(
          expect.objectContaining({ code: 'ERR_PVA_CONVERSION', path: 'x' }),
        )
      }
    }
    expect(() => written('int32', [1])).toThrow(ConversionError)
  })

  it('copies: the array posted and then changed stays as it was', () => {
    const array = Int32Array.of(1, 2)
    const first = written('int32[]', array)
    array[0] = 9
    expect(first).toEqual(Int32Array.of(1, 2))
    expect(written('int32[]', array)).toEqual(Int32Array.of(9, 2))
  })

  it('takes parts of buffers, shared memory, and buffers that grew', () => {
    const buffer = new ArrayBuffer(64)
    new Float64Array(buffer)[1] = 4.5
    expect(written('float64[]', new Float64Array(buffer, 8, 1))).toEqual(Float64Array.of(4.5))
    expect(written('uint8[]', Buffer.from('xabcx').subarray(1, 4))).toEqual(Uint8Array.of(97, 98, 99))
    const shared = new Int32Array(new SharedArrayBuffer(8))
    shared[1] = 3
    const made = written('int32[]', shared) as Int32Array
    expect(made).toEqual(Int32Array.of(0, 3))
    expect(made.buffer).toBeInstanceOf(ArrayBuffer)
  })

  it('keeps NaN as NaN, and many elements', () => {
    const nan = new Float64Array(new BigUint64Array([0x7ff8_0000_dead_beefn]).buffer)
    expect(written('float64[]', nan)).toEqual(Float64Array.of(NaN))
    expect(written('int32[]', new Int32Array(1 << 20).fill(7))).toHaveLength(1 << 20)
    expect(written('string[]', new Array(100_000).fill('a'))).toHaveLength(100_000)
  })
})

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
    expect(() => Outer.create({ [Symbol('k')]: 1 } as never)).toThrow(InvalidArgumentError)
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
    m.$assign({ s: Wide.create({ a: 5 }) } as never)
    expect(m.s.a).toBe(5)
    expect(() => m.$assign({ s: Wide.create({ a: 2n ** 40n }) } as never)).toThrow(
      expect.objectContaining({ path: 's.a' }),
    )
    const Other = new TypeDef('struct', { a: 'int32', c: 'int32' })
    expect(() => Inner.create().$assign(Other.create({ a: 1, c: 2 }) as never)).toThrow(
      expect.objectContaining({ code: 'ERR_PVA_NO_FIELD', path: 'c' }),
    )
    const onlyA = Inner.create().$assign(Other.create({ a: 3 }) as never)
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
      expect(() => m.$assign({ x } as never)).toThrow(expect.objectContaining({ code: 'ERR_PVA_CONVERSION' }))
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
