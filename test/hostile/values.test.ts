// Bad input as values: numbers (D), text (E), arrays (F). Each case with what the server then
// has, or with the class and the path of the refusal. Over the network: client, native core and server all meet it.
import { describe, expect, it } from 'vitest'
import { NTScalar, SharedPV, TypeDef, union, type TypeCode } from 'node-pvxs'
import { leavesNothing, loopback, rejection, thrown, until } from '../unit/fixtures.js'

leavesNothing()

const CONVERSION = 'ERR_PVA_CONVERSION'

interface Refused {
  readonly code: string
  readonly path?: string
}
const refused = (code: string, path = 'value'): Refused => ({ code, path })

type Case = readonly [label: string, code: TypeCode, given: unknown, expected: unknown]

const I32 = 2 ** 31
const numbers: readonly Case[] = [
  ['NaN', 'int32', NaN, refused(CONVERSION)],
  ['Infinity', 'int32', Infinity, refused(CONVERSION)],
  ['-Infinity', 'int64', -Infinity, refused(CONVERSION)],
  ['0.5', 'int32', 0.5, refused(CONVERSION)],
  ['2^31-1', 'int32', I32 - 1, I32 - 1],
  ['2^31', 'int32', I32, refused(CONVERSION)],
  ['-2^31-1', 'int32', -I32 - 1, refused(CONVERSION)],
  ['2^32-1', 'uint32', 2 ** 32 - 1, 2 ** 32 - 1],
  ['2^32', 'uint32', 2 ** 32, refused(CONVERSION)],
  ['2^53', 'int64', 2 ** 53, refused(CONVERSION)],
  ['-2^53-1', 'int64', -(2 ** 53) - 1, refused(CONVERSION)],
  ['2^53-1', 'int64', 2 ** 53 - 1, 2n ** 53n - 1n],
  ['2^63 as a number', 'int64', 2 ** 63, refused(CONVERSION)],
  ['2n^63', 'int64', 2n ** 63n, refused(CONVERSION)],
  ['-2n^63', 'int64', -(2n ** 63n), -(2n ** 63n)],
  ['-2n^63-1', 'int64', -(2n ** 63n) - 1n, refused(CONVERSION)],
  ['2n^64-1', 'uint64', 2n ** 64n - 1n, 2n ** 64n - 1n],
  ['2n^64', 'uint64', 2n ** 64n, refused(CONVERSION)],
  ['-1n', 'uint64', -1n, refused(CONVERSION)],
  ['-1', 'uint8', -1, refused(CONVERSION)],
  ['256', 'uint8', 256, refused(CONVERSION)],
  ['128', 'int8', 128, refused(CONVERSION)],
  ['65536', 'uint16', 65_536, refused(CONVERSION)],
  ['-32769', 'int16', -32_769, refused(CONVERSION)],
  ['-0', 'int32', -0, 0],
  ['1e308', 'float64', 1e308, 1e308],
  ['1e308', 'float32', 1e308, refused(CONVERSION)],
  ['5e-324', 'float64', 5e-324, 5e-324],
  ['5e-324', 'float32', 5e-324, 0],
  ['Infinity', 'float32', Infinity, Infinity],
  ['NaN', 'float32', NaN, NaN],
  ['2n^64', 'float64', 2n ** 64n, 2 ** 64],
  ['-Infinity', 'int32', -Infinity, refused(CONVERSION)],
  ['NaN', 'uint64', NaN, refused(CONVERSION)],
  ['-1n', 'uint32', -1n, refused(CONVERSION)],
  ['2n^63', 'uint64', 2n ** 63n, 2n ** 63n],
  ['2n^64+1n', 'float64', 2n ** 64n + 1n, refused(CONVERSION)],
  ['Date', 'float64', new Date(5), refused(CONVERSION)],
  ['"12"', 'int32', '12', 12],
  ['" 12 "', 'int32', ' 12 ', 12],
  ['"0x10"', 'int32', '0x10', 16],
  ['"1e3"', 'float64', '1e3', 1_000],
  ['"1e3"', 'int32', '1e3', refused(CONVERSION)],
  ['"12.0"', 'int32', '12.0', refused(CONVERSION)],
  ['"0b1"', 'int32', '0b1', refused(CONVERSION)],
  ['"1_000"', 'int32', '1_000', refused(CONVERSION)],
  ['"5n"', 'int32', '5n', refused(CONVERSION)],
  ['Arabic digit', 'int32', '٣', refused(CONVERSION)],
  ['"+5"', 'int32', '+5', 5],
  ['"abc"', 'float64', 'abc', refused(CONVERSION)],
  ['""', 'int32', '', refused(CONVERSION)],
  ['""', 'float64', '', refused(CONVERSION)],
  ['"abc"', 'int32', 'abc', refused(CONVERSION)],
  ['"12abc"', 'float64', '12abc', refused(CONVERSION)],
  ['true', 'int32', true, 1],
  ['null field', 'float64', null, refused(CONVERSION)],
  ['null field', 'int32', null, refused(CONVERSION)],
  ['Number object', 'int32', new Number(5), refused(CONVERSION)],
  ['function', 'int32', () => 5, refused(CONVERSION)],
  ['symbol', 'int32', Symbol('5'), refused(CONVERSION)],
  ['2', 'bool', 2, refused(CONVERSION)],
  ['"yes"', 'bool', 'yes', refused(CONVERSION)],
  ['"true"', 'bool', 'true', true],
]

const loop: unknown[] = []
loop.push(loop)
const controls = Array.from({ length: 160 }, (_, k) =>
  k < 32 || k > 126 ? String.fromCharCode(k) : '',
).join('')
const strings: readonly Case[] = [
  ['empty', 'string', '', ''],
  ['1 MiB', 'string', 'x'.repeat(1 << 20), 'x'.repeat(1 << 20)],
  ['lone high surrogate', 'string', 'a\ud800', refused(CONVERSION)],
  ['lone low surrogate', 'string', '\udc00a', refused(CONVERSION)],
  ['all control characters', 'string', controls, controls],
  ['terminal escape', 'string', '\x1b[2J', '\x1b[2J'],
  ['degree sign', 'string', '20 °C', '20 °C'],
  ['text to a bool', 'bool', 'on', refused(CONVERSION)],
  ['empty text to a bool', 'bool', '', refused(CONVERSION)],
  ['CSV formula', 'string', '=1+1', '=1+1'],
  ['number', 'string', 5, '5'],
  ['bigint', 'string', 2n ** 64n, '18446744073709551616'],
  ['object', 'string', {}, refused(CONVERSION)],
  ['lone surrogate in an array', 'string[]', ['a', '\ud800'], refused(CONVERSION, 'value[1]')],
]

const shared = new Int32Array(new SharedArrayBuffer(8))
shared.set([1, 2])
const detached = new Int32Array(4)
structuredClone(detached.buffer, { transfer: [detached.buffer] })
const manyTexts = Array<string>(100_000).fill('x')
const arrays: readonly Case[] = [
  ...(
    ['bool', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'float32', 'float64', 'string'] as const
  ).map((code): Case => [`empty ${code}`, `${code}[]`, [], []]),
  ['empty int64', 'int64[]', [], []],
  ['empty uint64', 'uint64[]', [], []],
  ['empty any', 'any[]', [], []],
  ['Buffer with an odd offset', 'float64[]', Buffer.from([9, 1, 2]).subarray(1), [1, 2]],
  [
    'Float64Array that begins in its buffer',
    'float64[]',
    new Float64Array(Float64Array.of(9, 1, 2).buffer, 8),
    [1, 2],
  ],
  ['Float64Array with NaN', 'int32[]', Float64Array.of(1, NaN), refused(CONVERSION, 'value[1]')],
  ['number beyond 2^53 among bigints', 'int64[]', [1n, 2 ** 60], refused(CONVERSION, 'value[1]')],
  ['bigint and a fraction', 'float64[]', [1n, 0.5], [1, 0.5]],
  ['null in an array', 'float64[]', [1, null], refused(CONVERSION, 'value[1]')],
  ['array in an array', 'int32[]', [[1]], refused(CONVERSION, 'value[0]')],
  ['10^5 strings of a byte', 'string[]', manyTexts, manyTexts],
  ['number and bigint', 'int64[]', [1, 2n], [1n, 2n]],
  ['Float64Array', 'int32[]', Float64Array.of(1, 2), [1, 2]],
  ['Float64Array with a fraction', 'int32[]', Float64Array.of(1, 2.5), refused(CONVERSION, 'value[1]')],
  ['Int8Array', 'uint8[]', Int8Array.of(1, -1), refused(CONVERSION, 'value[1]')],
  ['detached buffer', 'int32[]', detached, refused(CONVERSION)],
  ['SharedArrayBuffer', 'int32[]', shared, [1, 2]],
  ['Buffer with an odd offset', 'uint8[]', Buffer.from([9, 1, 2]).subarray(1), [1, 2]],
  ['DataView', 'uint8[]', new DataView(new ArrayBuffer(2)), refused(CONVERSION)],
  ['ArrayBuffer', 'uint8[]', new ArrayBuffer(2), refused(CONVERSION)],
  ['Set', 'int32[]', new Set([1, 2]), [1, 2]],
  ['Map', 'int32[]', new Map([[1, 2]]), refused(CONVERSION)],
  ['frozen', 'int32[]', Object.freeze([1, 2]), [1, 2]],
  ['hole', 'int32[]', [1, , 2], refused(CONVERSION, 'value[1]')],
  ['NaN', 'int32[]', [NaN], refused(CONVERSION, 'value[0]')],
  ['NaN', 'float64[]', [NaN], [NaN]],
  ['text', 'int32[]', '123', refused(CONVERSION)],
  ['scalar', 'int32[]', 5, refused(CONVERSION)],
  ['array for a scalar', 'int32', [5], refused(CONVERSION)],
  ['array of itself', 'int32[]', loop, refused(CONVERSION, 'value[0]')],
  ['array-like', 'int32[]', { length: 2, 0: 1, 1: 2 }, refused(CONVERSION)],
]

const plain = (value: unknown): unknown =>
  ArrayBuffer.isView(value) ? Array.from(value as Int32Array) : value

describe.each([
  ['D. numbers', numbers],
  ['E. text', strings],
  ['F. arrays', arrays],
])('%s', (_, cases) => {
  it.each(cases.map(([label, code, given, expected]) => ({ label, code, given, expected })))(
    '$label to $code',
    async ({ code, given, expected }) => {
      const type = new TypeDef('struct', { value: code })
      const [put, posted] = [SharedPV.mailbox(type), SharedPV.mailbox(type)]
      await using it = await loopback({ put, posted })
      const post = (): unknown => posted.post({ value: given } as never)
      if (expected !== null && typeof expected === 'object' && 'code' in expected) {
        const before = put.current().value
        expect(await rejection(it.ctx.put('put', { value: given }))).toMatchObject(expected)
        expect(thrown(post)).toMatchObject(expected)
        expect(put.current().value).toEqual(before)
      } else {
        await it.ctx.put('put', { value: given })
        post()
        const [one, other] = await it.ctx.getAll<{ value: unknown }>(['put', 'posted'])
        expect(plain(one?.value)).toEqual(expected)
        expect(plain(other?.value)).toEqual(expected)
      }
    },
  )
})

it('F. the same array posted twice and then changed: each subscriber has what was posted', async () => {
  const samples = Float64Array.of(1, 2, 3)
  const pv = SharedPV.mailbox(new NTScalar('float64[]'))
  await using it = await loopback({ x: pv })
  const seen: number[][] = []
  const subscription = it.ctx.monitor<{ value: Float64Array }>('x', {
    onUpdate: ({ value }) => seen.push([...value]),
  })
  await until(() => seen.length === 1, 'the first value')
  pv.post({ value: samples })
  await until(() => seen.length === 2, 'the first post')
  pv.post({ value: samples })
  samples.fill(99)
  await until(() => seen.length === 3, 'the second post')
  expect(seen.slice(1)).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ])
  expect([...pv.current().value]).toEqual([1, 2, 3])
  await subscription.close()
})

it.each<[string, TypeDef<never>, unknown[]]>([
  ['struct[]', new TypeDef('struct', { value: [{ a: 'int32' }] }) as never, [{ a: 1 }]],
  [
    'union[]',
    new TypeDef('struct', { value: new TypeDef('union[]', { a: 'int32' }) }) as never,
    [union('a', 1)],
  ],
])('F. an empty %s takes the place of one that is not', async (_, type, one) => {
  await using it = await loopback({ x: SharedPV.mailbox(type) })
  for (const value of [one, []]) {
    await it.ctx.put('x', { value })
    expect((await it.ctx.get<{ value: unknown[] }>('x')).value).toHaveLength(value.length)
  }
})

it('F. an array that is posted and then changed', async () => {
  const samples = Float64Array.of(1, 2, 3)
  const pv = SharedPV.mailbox(new NTScalar('float64[]'))
  await using it = await loopback({ x: pv })
  pv.post({ value: samples })
  samples[0] = 99
  expect([...(await it.ctx.get<{ value: Float64Array }>('x')).value]).toEqual([1, 2, 3])
  pv.post({ value: samples })
  expect([...(await it.ctx.get<{ value: Float64Array }>('x')).value]).toEqual([99, 2, 3])
})

it('F. 2^24 elements', { timeout: 60_000 }, async () => {
  await using it = await loopback({ x: SharedPV.mailbox(new NTScalar('uint8[]')) })
  const big = new Uint8Array(1 << 24).fill(7)
  await it.ctx.put('x', { value: big }, { timeout: 30_000 })
  const { value } = await it.ctx.get<{ value: Uint8Array }>('x', { timeout: 30_000 })
  expect(Buffer.compare(value, big)).toBe(0)
})

describe('as an argument and as the answer of an RPC', () => {
  class Thing {
    a = 1
  }
  const self: Record<string, unknown> = {}
  self['a'] = self
  // What the other end has, or the text of the refusal: the caller's as a ConversionError, the handler's as a RemoteError.
  // Where it differs, then the answer: integers of arguments are numbers, those of an answer are as PVAccess has them.
  const cases: readonly (readonly [string, unknown, unknown, unknown?])[] = [
    ['a number', 5, 5, 5n],
    ['NaN', NaN, NaN],
    ['-Infinity', -Infinity, -Infinity],
    ['2^53', 2 ** 53, 2 ** 53],
    ['2n^63', 2n ** 63n, 2n ** 63n],
    ['2n^64', 2n ** 64n, /"a".*out of range/],
    ['-2n^63-1', -(2n ** 63n) - 1n, /"a".*out of range/],
    ['null', null, null],
    ['empty text', '', ''],
    ['a lone surrogate', '\ud800', /"a".*lone surrogate/],
    ['a Date', new Date(), /"a".*suggests no type/],
    ['a Map', new Map(), /"a".*suggests no type/],
    ['a Set', new Set([1]), /"a".*suggests no type/],
    ['a class instance', new Thing(), /"a".*suggests no type/],
    ['a function', () => 1, /"a".*suggests no type/],
    ['a symbol', Symbol('a'), /"a".*suggests no type/],
    ['a detached buffer', detached, /"a".*detached/],
    ['a structure that holds itself', self['a'], /nests deeper than 20/],
    ['typed array', Int16Array.of(1, -2), Int16Array.of(1, -2)],
    ['mixed array', [1, 'x'], [{ value: 1 }, { value: 'x' }], [{ value: 1n }, { value: 'x' }]],
    ['a field named toString', { toString: 5 }, { toString: 5 }, { toString: 5n }],
  ]
  it.each(cases)('%s', async (_, a, expected, answer = expected) => {
    const seen: Record<string, unknown>[] = []
    const taker = new SharedPV({ onRpc: ({ args }) => void seen.push(args) })
    const giver = new SharedPV({ onRpc: () => ({ a }) })
    await using it = await loopback({ taker, giver })
    if (expected instanceof RegExp) {
      const [mine, theirs] = [
        await rejection(it.ctx.rpc('taker', { a })),
        await rejection(it.ctx.rpc('giver')),
      ]
      expect(mine).toMatchObject({ code: CONVERSION, pv: 'taker', op: 'rpc' })
      expect(theirs).toMatchObject({ code: 'ERR_PVA_REMOTE', pv: 'giver', op: 'rpc' })
      for (const { message } of [mine, theirs]) expect(message).toMatch(expected)
      expect(seen).toEqual([])
    } else {
      await it.ctx.rpc('taker', { a })
      const reply = (await it.ctx.rpc('giver'))?.$toObject() as { a: unknown }
      for (const [got, wanted] of [
        [seen[0]?.['a'], expected],
        [reply.a, answer],
      ]) {
        if (typeof wanted === 'object' && wanted !== null) expect(got).toMatchObject(wanted)
        else expect(got).toEqual(wanted)
      }
    }
  })
})
