import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { TypeCode, TypeDef, type TypeBuilder } from '../../../lib-ts/data/index.js'
import { ConversionError } from '../../../lib-ts/errors.js'

/** Writes to a field `x` of that type, and reads it back. */
function written(code: TypeCode | TypeDef | TypeBuilder, x: unknown): unknown {
  return new TypeDef('struct', { x: code } as { x: 'any' }).create({ x }).$freeze().x
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
