// Bad input as structures (G) and types (H). Each case with what becomes of it, or with the class and the path of the refusal.
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { any, Member, NTEnum, NTNDArray, NTScalar, NTTable, SharedPV, TypeDef, union } from 'node-pvxs'
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

describe('G. structures', () => {
  const inner = { a: 'int32', b: 'string' } as const
  const type = new TypeDef('struct', {
    s: inner,
    list: [inner],
    u: new TypeDef('union', { i: 'int32', t: 'string' }),
    uu: new TypeDef('union', { inner: new TypeDef('union', { a: 'int32', b: 'int32' }), t: 'string' }),
    x: 'any',
    xs: 'any[]',
    value: 'int32[]',
    toString: 'int32',
    __proto__x: 'int32',
  })
  let deep: object = {}
  for (let k = 0; k < 40; k++) deep = { s: deep }
  const self: Record<string, unknown> = {}
  self['x'] = self
  let nestedAny: unknown = 1
  for (let k = 0; k < 25; k++) nestedAny = { type: 'any', value: nestedAny }
  const throwing = { get s(): never { throw new Error('mine') } } // prettier-ignore

  const cases: readonly (readonly [string, unknown, { code: string; path?: string } | null])[] = [
    ['nothing', {}, null],
    ['unknown field', { nothing: 1 }, refused(NO_FIELD, 'nothing')],
    ['unknown field inside', { s: { c: 1 } }, refused(NO_FIELD, 's.c')],
    ['path a..b', { 's..a': 1 }, refused(NO_FIELD, 's..a')],
    ['path a.', { 's.': 1 }, refused(NO_FIELD, 's.')],
    ['empty path', { '': 1 }, refused(NO_FIELD, '')],
    ['list[-1]', { 'list[-1]': {} }, refused(NO_FIELD, 'list[-1]')],
    ['value[-1]', { 'value[-1]': 1 }, refused(NO_FIELD, 'value[-1]')],
    ['value[4294967296]', { 'value[4294967296]': 1 }, refused(NO_FIELD, 'value[4294967296]')],
    ['list[4294967296]', { 'list[4294967296]': {} }, refused(NO_FIELD, 'list[4294967296]')],
    ['a field named toString', { toString: 5 }, null],
    ['null for a struct', { s: null }, refused(CONVERSION, 's')],
    ['array for a struct', { s: [] }, refused(CONVERSION, 's')],
    ['deeper than the type', deep, refused(NO_FIELD, 's.s')],
    ['wrong member in struct[]', { list: [{ a: 1 }, { c: 1 }] }, refused(NO_FIELD, 'list[1].c')],
    ['number in struct[]', { list: [5] }, refused(CONVERSION, 'list[0]')],
    ['null in struct[]', { list: [null, { a: 1 }] }, null],
    ['object for struct[]', { list: { a: 1 } }, refused(CONVERSION, 'list')],
    ['union null', { u: null }, null],
    ['union by member', { u: union('t', 'x') }, null],
    ['union, no such member', { u: union('q', 'x') }, refused(NO_FIELD, 'u->q')],
    ['union, nothing that fits', { u: {} }, refused(CONVERSION, 'u')],
    ['union of union', { uu: union('inner', union('b', 5)) }, null],
    ['union of union, the inner one null', { uu: union('inner', null) }, null],
    [
      'union of union, no such member',
      { uu: union('inner', union('q', 5)) },
      refused(NO_FIELD, 'uu->inner->q'),
    ],
    ['any null', { x: null }, null],
    ['any of int8', { x: any('int8', 5) }, null],
    ['any[] mixed', { xs: [1, 'a', null, any('bool', true)] }, null],
    ['any holding itself', self, { code: CONVERSION }],
    ['any 25 deep', { x: nestedAny }, refused(CONVERSION, 'x')],
    ['any of nothing', { x: undefined }, refused(CONVERSION, 'x')],
    ['any of a Date', { x: new Date() }, refused(CONVERSION, 'x')],
    ['any[] with a hole', { xs: [1, , 2] }, refused(CONVERSION, 'xs[1]')],
    ['getter that throws', throwing, { code: ARGUMENT }],
    ['class instance', { s: new URL('http://x') }, refused(CONVERSION, 's')], // prettier-ignore
    ['Map', new Map([['s', {}]]), { code: ARGUMENT }],
    ['symbol key', { [Symbol('s')]: 1 }, { code: ARGUMENT }],
  ]

  it.each(cases)('%s', async (_, given, expected) => {
    const pv = SharedPV.mailbox(type)
    await using it = await loopback({ x: pv })
    const put = it.ctx.put('x', given as object)
    const post = (): unknown => pv.post(given as object)
    if (expected === null) {
      await put
      post()
    } else {
      expect(await rejection(put)).toMatchObject({ pv: 'x', op: 'put', ...expected })
      expect(thrown(post)).toMatchObject({ op: 'post', ...expected })
    }
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
    const path = Array<string>(20).fill('x').join('.')
    await using it = await loopback({ deep: SharedPV.mailbox(nested(20)) })
    await it.ctx.put('deep', { [path]: 5 })
    expect((await it.ctx.get('deep'))[path]).toBe(5)
    const deeper = thrown(() => nested(21))
    expect(deeper.code).toBe(ARGUMENT)
    expect(deeper.message).toMatch(/nest 20 deep/)
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
    ['id that is not text', () => new TypeDef('struct', 5 as never, []), ARGUMENT],
    ['union of one name twice', () => new TypeDef('union', [int32('a'), int32('a')]), ARGUMENT],
    ['NTScalar of a structure', () => new NTScalar('struct' as 'int32'), ARGUMENT],
    ['NTScalar of an unknown code', () => new NTScalar('int33' as 'int32'), ARGUMENT],
    ['table with a column of structures', () => new NTTable({ a: 'struct' as 'int32' }), ARGUMENT],
    ['image: too few data', () => NTNDArray.wrap(new Uint8Array(10), { shape: [3, 4] }), ARGUMENT],
    ['image: a negative size', () => NTNDArray.wrap(new Uint8Array(10), { shape: [-2, -5] }), ARGUMENT],
    ['image: a fraction', () => NTNDArray.wrap(new Uint8Array(10), { shape: [2.5, 4] }), ARGUMENT],
    ['image: a size as text', () => NTNDArray.wrap(new Uint8Array(10), { shape: ['10'] as never }), ARGUMENT],
  ]
  it.each(cases)('%s', (_, work, expected) => {
    expect(thrown(work).code).toBe(expected)
  })

  // PVXS and IOCs send such values: they are read as they are
  const odd: readonly (readonly [string, SharedPV, string, unknown])[] = [
    ['an enum index out of range', SharedPV.mailbox(new NTEnum(), { value: { index: 5, choices: ['a'] } }), 'value.index', 5], // prettier-ignore
    ['a table with unequal columns', SharedPV.mailbox(new TypeDef('struct', 'lab:Table', { value: new TypeDef('struct', { a: 'int32[]', b: 'int32[]' }) }), { value: { a: [1], b: [1, 2] } }), 'value.b', Int32Array.of(1, 2)], // prettier-ignore
    ['alarm severity 17', SharedPV.mailbox(new NTScalar('int32'), { alarm: { severity: 17 } }), 'alarm.severity', 17], // prettier-ignore
    ['an empty type id', SharedPV.mailbox(new TypeDef('struct', '', { a: 'int32' }), { a: 5 }), 'a', 5],
  ]
  it.each(odd)('%s is served as it is', async (_, pv, path, expected) => {
    await using it = await loopback({ x: pv })
    const got = await it.ctx.get('x')
    expect(got[path]).toEqual(expected)
    expect(inspect(got)).not.toBe('')
    expect(JSON.parse(JSON.stringify(got))).toBeDefined()
  })

  it('an enum index out of range has no label; post takes none that is not among the choices', () => {
    const pv = SharedPV.mailbox(new NTEnum(), { value: { index: 5, choices: ['a'] } })
    expect(NTEnum.label(pv.current())).toBeUndefined()
    expect(thrown(() => pv.post({ value: { index: 7 } }))).toMatchObject(refused(CONVERSION, 'value.index'))
    expect(pv.current().value.index).toBe(5)
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
