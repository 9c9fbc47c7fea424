// Bad input as values: numbers (D), text (E), arrays (F), structures (G), types (H). Each case with what the server then
// has, or with the class and the path of the refusal. Over the network: client, native core and server all meet it.
import { describe, expect, it } from 'vitest'
import { any, Member, NTEnum, NTScalar, NTTable, SharedPV, TypeDef, union, type TypeCode } from 'node-pvxs'
import { leavesNothing, loopback, rejection, thrown } from '../unit/fixtures.js'

leavesNothing()

const CONVERSION = 'ERR_PVA_CONVERSION'
const NO_FIELD = 'ERR_PVA_NO_FIELD'
const ARGUMENT = 'ERR_PVA_ARGUMENT'

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
  ['2n^64+1n', 'float64', 2n ** 64n + 1n, refused(CONVERSION)],
  ['Date', 'float64', new Date(5), refused(CONVERSION)],
  ['"12"', 'int32', '12', 12],
  ['" 12 "', 'int32', ' 12 ', 12],
  ['"0x10"', 'int32', '0x10', 16],
  ['"1e3"', 'float64', '1e3', 1_000],
  ['""', 'int32', '', refused(CONVERSION)],
  ['""', 'float64', '', refused(CONVERSION)],
  ['"abc"', 'int32', 'abc', refused(CONVERSION)],
  ['"12abc"', 'float64', '12abc', refused(CONVERSION)],
  ['true', 'int32', true, 1],
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
const strings: readonly Case[] = [
  ['empty', 'string', '', ''],
  ['1 MiB', 'string', 'x'.repeat(1 << 20), 'x'.repeat(1 << 20)],
  ['lone high surrogate', 'string', 'a\ud800', refused(CONVERSION)],
  ['lone low surrogate', 'string', '\udc00a', refused(CONVERSION)],
  ['all control characters', 'string', String.fromCharCode(...Array(32).keys()), String.fromCharCode(...Array(32).keys())], // prettier-ignore
  ['terminal escape', 'string', '\x1b[2J', '\x1b[2J'],
  ['degree sign', 'string', '20 °C', '20 °C'],
  ['CSV formula', 'string', '=1+1', '=1+1'],
  ['number', 'string', 5, '5'],
  ['bigint', 'string', 2n ** 64n, '18446744073709551616'],
  ['object', 'string', {}, refused(CONVERSION)],
  ['10^5 strings', 'string[]', Array<string>(100_000).fill('x'), Array<string>(100_000).fill('x')],
  ['lone surrogate in an array', 'string[]', ['a', '\ud800'], refused(CONVERSION, 'value[1]')],
]

const shared = new Int32Array(new SharedArrayBuffer(8))
shared.set([1, 2])
const detached = new Int32Array(4)
structuredClone(detached.buffer, { transfer: [detached.buffer] })
const arrays: readonly Case[] = [
  ...(
    ['bool', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'float32', 'float64', 'string'] as const
  ).map((code): Case => [`empty ${code}`, `${code}[]`, [], []]),
  ['empty int64', 'int64[]', [], []],
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

describe('G. structures', () => {
  const inner = { a: 'int32', b: 'string' } as const
  const type = new TypeDef('struct', {
    s: inner,
    list: [inner],
    u: new TypeDef('union', { i: 'int32', t: 'string' }),
    x: 'any',
    xs: 'any[]',
    toString: 'int32',
    __proto__x: 'int32',
  })
  let deep: object = {}
  for (let k = 0; k < 40; k++) deep = { s: deep }
  const self: Record<string, unknown> = {}
  self['x'] = self
  const throwing = { get s(): never { throw new Error('mine') } } // prettier-ignore

  const cases: readonly (readonly [string, unknown, { code: string; path?: string } | null])[] = [
    ['nothing', {}, null],
    ['unknown field', { nothing: 1 }, refused(NO_FIELD, 'nothing')],
    ['unknown field inside', { s: { c: 1 } }, refused(NO_FIELD, 's.c')],
    ['path a..b', { 's..a': 1 }, { code: NO_FIELD }],
    ['path a.', { 's.': 1 }, { code: NO_FIELD }],
    ['empty path', { '': 1 }, { code: NO_FIELD }],
    ['list[-1]', { 'list[-1]': {} }, { code: NO_FIELD }],
    ['list[4294967296]', { 'list[4294967296]': {} }, { code: NO_FIELD }],
    ['a field named toString', { toString: 5 }, null],
    ['null for a struct', { s: null }, refused(CONVERSION, 's')],
    ['array for a struct', { s: [] }, refused(CONVERSION, 's')],
    ['deeper than the type', deep, { code: NO_FIELD }],
    ['wrong member in struct[]', { list: [{ a: 1 }, { c: 1 }] }, { code: NO_FIELD }],
    ['number in struct[]', { list: [5] }, refused(CONVERSION, 'list[0]')],
    ['null in struct[]', { list: [null, { a: 1 }] }, null],
    ['object for struct[]', { list: { a: 1 } }, refused(CONVERSION, 'list')],
    ['union null', { u: null }, null],
    ['union by member', { u: union('t', 'x') }, null],
    ['union, no such member', { u: union('q', 'x') }, { code: NO_FIELD }],
    ['union, nothing that fits', { u: {} }, { code: CONVERSION }],
    ['any null', { x: null }, null],
    ['any of int8', { x: any('int8', 5) }, null],
    ['any[] mixed', { xs: [1, 'a', null, any('bool', true)] }, null],
    ['any holding itself', self, { code: CONVERSION }],
    ['getter that throws', throwing, { code: ARGUMENT }],
    ['class instance', { s: new URL('http://x') }, refused(CONVERSION, 's')], // prettier-ignore
    ['Map', new Map([['s', {}]]), { code: ARGUMENT }],
    ['symbol key', { [Symbol('s')]: 1 }, { code: ARGUMENT }],
  ]

  it.each(cases)('%s', async (_, given, expected) => {
    const pv = SharedPV.mailbox(type)
    await using it = await loopback({ x: pv })
    const put = it.ctx.put('x', given as object)
    if (expected === null) await put
    else expect(await rejection(put)).toMatchObject(expected)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    await it.ctx.put('x', { s: { a: 3 } })
    expect((await it.ctx.get('x'))['s.a']).toBe(3)
  })

  it('a union of two members of one type keeps which is selected, and can be null again', async () => {
    const twins = new TypeDef('struct', { u: new TypeDef('union', { a: 'int32', b: 'int32' }) })
    const pv = SharedPV.mailbox(twins)
    await using it = await loopback({ x: pv })
    for (const u of [union('b', 5), union('a', 6), union('b', 7), null]) {
      await it.ctx.put('x', { u })
      expect((await it.ctx.get('x'))['u']).toEqual(u)
      expect(pv.current().u).toEqual(u)
    }
  })

  it('1,000 fields cross', async () => {
    const fields = Array.from({ length: 1_000 }, (__, k) => new Member('int32', `f${k}`))
    await using it = await loopback({ wide: SharedPV.mailbox(new TypeDef('struct', fields)) })
    await it.ctx.put('wide', { f999: 5 })
    expect((await it.ctx.get('wide'))['f999']).toBe(5)
  })

  it('a type that nests 20 deep crosses, one that nests deeper is refused when it is made', async () => {
    const nested = (depth: number): TypeDef => {
      let type: TypeDef = new TypeDef('struct', [new Member('int32', 'x')])
      for (let k = 1; k < depth; k++) type = new TypeDef('struct', [type.as('x')])
      return type
    }
    const path = Array<string>(19).fill('x').join('.')
    await using it = await loopback({ deep: SharedPV.mailbox(nested(19)) })
    await it.ctx.put('deep', { [path]: 5 })
    expect((await it.ctx.get('deep'))[path]).toBe(5)
    expect(thrown(() => nested(25)).code).toBe(ARGUMENT)
  })
})

describe('H. types', () => {
  const int32 = (name: string): Member => new Member('int32', name)
  const cases: readonly (readonly [string, () => unknown, string])[] = [
    ['twice the same name', () => new TypeDef('struct', [int32('a'), int32('a')]), ARGUMENT],
    ['dotted name', () => new TypeDef('struct', [int32('a.b')]), ARGUMENT],
    ['name with a space', () => new TypeDef('struct', [int32('a b')]), ARGUMENT],
    ['empty name', () => new TypeDef('struct', [int32('')]), ARGUMENT],
    ['name that begins with a digit', () => new TypeDef('struct', [int32('1a')]), ARGUMENT],
    ['$name', () => new TypeDef('struct', { $type: 'int32' }), ARGUMENT],
    ['unknown code', () => new TypeDef('int33' as 'int32'), ARGUMENT],
    ['null as a member', () => new TypeDef('struct', [null as unknown as Member]), ARGUMENT],
    ['scalar with members', () => new TypeDef('int32', [int32('a')] as never), ARGUMENT],
    ['extending a scalar', () => new TypeDef('int32').extend({ a: 'int32' } as never), ARGUMENT],
    ['any of int8 out of range', () => any('int8', 500), CONVERSION],
    ['enum index', () => new NTEnum().create({ value: { index: 5, choices: ['a'] } }), 'ok'],
    ['table of unequal columns', () => new NTTable({ a: 'int32', b: 'int32' }).create({ value: { a: [1], b: [1, 2] } } as never), 'ok'], // prettier-ignore
    ['alarm severity 17', () => new NTScalar('int32').create({ alarm: { severity: 17 } } as never), 'ok'],
  ]
  it.each(cases)('%s', (_, work, expected) => {
    if (expected === 'ok') work()
    else expect(thrown(work).code).toBe(expected)
  })

  it('an enum takes only what is among its choices', async () => {
    const pv = SharedPV.mailbox(new NTEnum(), { value: { index: 0, choices: ['off', 'on', ''] } })
    await using it = await loopback({ x: pv })
    await it.ctx.put('x', 'on')
    await it.ctx.put('x', '')
    expect((await it.ctx.get('x'))['value.index']).toBe(2)
    for (const wrong of ['maybe', '3', 3, -1, 1.5, NaN])
      expect((await rejection(it.ctx.put('x', wrong))).code).toBe(CONVERSION)
    expect((await it.ctx.get('x'))['value.index']).toBe(2)
  })
})
