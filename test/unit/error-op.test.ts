// An error says by `op` what was refused: calls and PVs do, and so does every builder and every operation on a value.
import { describe, expect, it } from 'vitest'
import {
  alarm,
  any,
  Member,
  NTEnum,
  NTMultiChannel,
  NTNDArray,
  NTScalar,
  NTTable,
  NTUnion,
  NTURI,
  PvRequest,
  SharedPV,
  timeStamp,
  TypeDef,
  union,
} from 'node-pvxs'
import { Int32, int32, leavesNothing, loopback, rejection, thrown } from './fixtures.js'

leavesNothing()

const bad = 'no such' as never
const Pair = new TypeDef('struct', { a: 'int32', t: 'string' })
const Rows = new NTTable({ a: 'int32' })
const m = Int32.create({ value: 1 })
const frozen = m.$freeze()

const refused: Record<string, (() => unknown)[]> = {
  TypeDef: [
    () => new TypeDef(bad),
    () => new TypeDef('struct', { a: bad }),
    () => new TypeDef('struct', bad),
  ],
  Member: [() => new Member(bad, 'a'), () => new Member('int32', 'a b')],
  'TypeDef.from': [() => TypeDef.from(bad)],
  'TypeDef.fromJSON': [() => TypeDef.fromJSON({ code: 'nope' })],
  extend: [() => new TypeDef('int32').extend({ a: 'int32' }), () => Pair.extend({ a: bad })],
  as: [() => Pair.as('a b'), () => Pair.as('int32', 'b')],
  equals: [() => Pair.equals(Pair, { nope: true } as never)],
  create: [
    () => Pair.create({ a: 'x' as never }),
    () => Pair.create({ b: 1 } as never),
    () => new TypeDef('int32').create(),
    () => Int32.create({ value: bad }),
    () => Rows.create({ value: bad }),
    () => new NTEnum().create({ value: bad }),
    () => new NTNDArray().create({ value: { select: bad, value: bad } }),
  ],
  $assign: [() => m.$assign({ value: bad }), () => m.$assign({ nope: 1 } as never), () => m.$assign(bad)],
  set: [
    () => (m.value = bad),
    () => ((m as unknown as Record<string, unknown>)['a.b'] = 1),
    () => ((m as unknown as Record<symbol, unknown>)[Symbol('s')] = 1),
  ],
  delete: [() => delete (m as { value?: number }).value],
  $mark: [() => m.$mark('nope'), () => m.$mark(5 as never)],
  $unmark: [() => m.$unmark('nope'), () => m.$unmark(5 as never)],
  $get: [() => frozen.$get('nope'), () => frozen.$get(5 as never)],
  $has: [() => frozen.$has(5 as never)],
  $isChanged: [() => frozen.$isChanged(5 as never)],
  $toObject: [() => frozen.$toObject({ arrays: bad })],
  freeze: [() => Object.freeze(m)],
  any: [() => any(bad, 1), () => any('int32', 'x')],
  union: [() => union(5 as never, 1)],
  alarm: [() => alarm(bad), () => alarm(0, bad), () => alarm(0, 0, 5 as never)],
  timeStamp: [() => timeStamp(NaN), () => timeStamp(2n ** 100n)],
  NTScalar: [() => new NTScalar(bad), () => new NTScalar('int32', { display: bad })],
  NTEnum: [() => new NTEnum({ nope: 1 } as never)],
  'NTEnum.label': [() => NTEnum.label(bad)],
  'NTEnum.index': [() => NTEnum.index(bad, 'a')],
  NTTable: [
    () => new NTTable({ a: bad }),
    () => new NTTable({ 'a b': 'int32' }),
    () => new NTTable(bad),
    () => new NTTable([bad]),
    () => new NTTable({ a: 'int32' }, { labels: [] }),
  ],
  'NTTable.from': [() => NTTable.from(bad), () => NTTable.from(frozen)],
  'NTTable.rows': [() => Rows.rows(bad)],
  fromRows: [() => Rows.fromRows(bad), () => Rows.fromRows([{ a: bad }]), () => Rows.fromRows([{} as never])],
  'NTNDArray.wrap': [() => NTNDArray.wrap(bad), () => NTNDArray.wrap(new Uint8Array(4), { shape: [3] })],
  'NTNDArray.unwrap': [() => NTNDArray.unwrap(bad), () => NTNDArray.unwrap(frozen)],
  NTURI: [() => new NTURI({ a: bad })],
  'NTURI.call': [() => new NTURI({ a: 'int32' }).call({ a: bad })],
  NTUnion: [() => new NTUnion({ a: bad }), () => new NTUnion(bad)],
  'NTMultiChannel.channels': [() => NTMultiChannel.channels(bad)],
  'PvRequest.parse': [() => PvRequest.parse('field('), () => PvRequest.parse(5 as never)],
  'PvRequest.field': [() => new PvRequest().field('a b')],
  'PvRequest.record': [
    () => new PvRequest().record('a b', 1),
    () => new PvRequest().record('a', null as never),
  ],
}

describe('what is refused says', () => {
  it.each(Object.entries(refused))('op %s', (op, ways) => {
    for (const way of ways) {
      const error = thrown(way)
      expect(error, error.message).toMatchObject({ op })
    }
  })

  it('the op of what it is a part of, where that is the user’s', async () => {
    expect(thrown(() => SharedPV.mailbox(Int32, { value: bad }))).toMatchObject({ op: 'mailbox' })
    expect(thrown(() => new SharedPV({ type: Int32, initial: { value: bad } }))).toMatchObject({
      op: 'SharedPV',
    })
    expect(thrown(() => new SharedPV({ type: Int32 }).open({ value: bad }))).toMatchObject({ op: 'open' })
    expect(thrown(() => int32().post({ value: bad }))).toMatchObject({ op: 'post' })
    await using it = await loopback({ x: int32() })
    const put = { op: 'put', pv: 'x' }
    expect(await rejection(it.ctx.put('x', { value: bad }, { type: Int32 }))).toMatchObject(put)
    expect(await rejection(it.ctx.put('x', () => ({ value: 'no' })))).toMatchObject(put)
    expect(await rejection(it.ctx.put('x', (c) => void c.$assign({ value: 'no' })))).toMatchObject(put)
    expect(await rejection(it.ctx.rpc('x', { a: Symbol('s') }))).toMatchObject({ op: 'rpc', pv: 'x' })
    expect(await rejection(it.ctx.get('x', { fields: ['a b'] }))).toMatchObject({ op: 'get', pv: 'x' })
  })
})
