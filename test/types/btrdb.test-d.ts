import { expectTypeOf, it } from 'vitest'
import type { Context } from 'node-pvxs'
import {
  BTrDB,
  btrdbStore,
  pointWidth,
  pvUuid,
  type BTrDBArgumentError,
  type BTrDBCode,
  type BTrDBError,
  type ChangedRange,
  type ConnectOptions,
  type JoinedRow,
  type LivePoints,
  type Plot,
  type PlatformMethod,
  type Point,
  type Points,
  type Row,
  type StatWindow,
  type Stream,
  type StreamSet,
  type Windows,
} from 'node-pvxs/btrdb'
import type { BatcherStats, History, Sink } from 'node-pvxs/telemetry'

declare const db: BTrDB
declare const stream: Stream
declare const set: StreamSet
declare const ctx: Context
const range = { from: '2026-11-01', to: new Date() }

it('a client is made by connect alone', () => {
  expectTypeOf(BTrDB.connect()).resolves.toEqualTypeOf<BTrDB>()
  expectTypeOf<ConnectOptions>().toExtend<Parameters<(typeof BTrDB)['connect']>[0]>()
  expectTypeOf(db).toExtend<AsyncDisposable>()
  void BTrDB.connect({
    endpoint: ['a:1', 'b:2'],
    apiKey: () => Promise.resolve('k'),
    tls: { ca: '' },
    retry: false,
  })
  // @ts-expect-error its constructor is not for users
  new BTrDB({})
  // @ts-expect-error the option is apiKey
  void BTrDB.connect({ apikey: 'k' })
  // @ts-expect-error no such transport
  void BTrDB.connect({ transport: 'Arrow' })
  const binding = { path: '/a.B/C', encode: () => new Uint8Array(0), decode: () => 1 }
  void BTrDB.connect({ platform: { methods: { getUnit: binding }, tables: { unit: 'units' } } })
  // @ts-expect-error no such method of the platform
  void BTrDB.connect({ platform: { methods: { getAll: binding } } })
})

it('reads are columns', () => {
  expectTypeOf(stream.rawValues(range)).resolves.toEqualTypeOf<Points>()
  expectTypeOf(stream.rawValuesIter(range)).toExtend<AsyncIterable<Points>>()
  expectTypeOf(stream.alignedWindows(range, 30)).resolves.toEqualTypeOf<Windows>()
  expectTypeOf(stream.preciseWindows(range, 5n, { empty: true })).resolves.toEqualTypeOf<Windows>()
  expectTypeOf(stream.nearest(0n, { backward: true })).resolves.toEqualTypeOf<Point | null>()
  expectTypeOf(stream.count()).resolves.toEqualTypeOf<bigint>()
  expectTypeOf(stream.changes(0, 5n)).resolves.toEqualTypeOf<ChangedRange[]>()
  expectTypeOf<Points>().toExtend<Iterable<Point>>()
  expectTypeOf<Windows>().toExtend<Iterable<StatWindow>>()
  expectTypeOf<Points['time']>().toExtend<BigInt64Array>()
  expectTypeOf<Windows['count']>().toExtend<BigUint64Array>()
  expectTypeOf(stream.pin(5)).toEqualTypeOf<Stream>()
  expectTypeOf<Stream['unit']>().toEqualTypeOf<string | undefined>()
  // @ts-expect-error a plain number is not a time
  void stream.rawValues({ from: 0, to: 5n })
  // @ts-expect-error a width is not text
  void stream.preciseWindows(range, '5')
  // @ts-expect-error depth belongs to precise windows
  void stream.alignedWindows(range, 30, { depth: 1 })
})

it('points are taken in five forms', () => {
  expectTypeOf(stream.insert([[0n, 1]])).resolves.toEqualTypeOf<bigint>()
  void stream.insert([{ time: new Date(), value: 1 }])
  void stream.insert(new Map([['2026-11-01', 1]]))
  void stream.insert({ time: new BigInt64Array(1), value: new Float64Array(1) })
  void stream.insert({ time: [0n], value: [1] }, { merge: 'never', roundBits: 5, sync: true })
  void stream.rawValues(range).then((points) => stream.insert(points))
  // @ts-expect-error a value is a number
  void stream.insert([[0n, '1']])
  // @ts-expect-error no such policy
  void stream.insert([[0n, 1]], { merge: 'REPLACE' })
})

it('metadata is typed', () => {
  expectTypeOf(
    db.create(new Uint8Array(16), 'a', { name: 'x' }, { any: { json: 1 } }),
  ).resolves.toEqualTypeOf<Stream>()
  expectTypeOf(
    stream.update({ tags: { unit: null }, replace: true }, { ifVersion: 5n }),
  ).resolves.toEqualTypeOf<bigint>()
  expectTypeOf(db.sqlQuery<{ n: number }>('SELECT 1', [1n, true])).resolves.toEqualTypeOf<{ n: number }[]>()
  expectTypeOf(db.sqlQuery('SELECT 1')).resolves.toEqualTypeOf<Row[]>()
  expectTypeOf(db.sqlRows<{ n: number }>('SELECT 1')).toExtend<AsyncIterable<{ n: number }>>()
  expectTypeOf(db.csv([stream], range)).toExtend<AsyncIterable<string[]>>()
  // @ts-expect-error a tag is text
  void db.create('', 'a', { name: 5 })
  // @ts-expect-error null is not a parameter of SQL
  void db.sqlQuery('SELECT $1', [null])
})

it('sets stand in their order', () => {
  expectTypeOf(db.streamsInCollection('a', { tags: { unit: null } })).resolves.toEqualTypeOf<StreamSet>()
  expectTypeOf(set.rawValues(range)).resolves.toEqualTypeOf<Points[]>()
  expectTypeOf(set.latest()).resolves.toEqualTypeOf<(Point | null)[]>()
  expectTypeOf(set.rows(range)).toExtend<AsyncIterable<JoinedRow>>()
  expectTypeOf(set.filter({ unit: /v/i })).toEqualTypeOf<StreamSet>()
  expectTypeOf(set.filter(({ name }) => name === 'a')).toEqualTypeOf<StreamSet>()
  expectTypeOf(set.pinVersions([[stream, 5]])).resolves.toEqualTypeOf<StreamSet>()
  expectTypeOf(set.insert({ [pvUuid('a')]: [[0n, 1]] })).resolves.toEqualTypeOf<Map<string, bigint>>()
  expectTypeOf(set.changes({}, new Map())).resolves.toEqualTypeOf<Map<string, ChangedRange[]>>()
  // @ts-expect-error no such field
  set.filter({ tag: {} })
  // @ts-expect-error ns are a bigint
  void set.table(range, { snap: 10 })
})

it('the ends of the pipeline fit its types', () => {
  expectTypeOf(db.sink({ root: 'x', severity: true })).toExtend<Sink>()
  expectTypeOf(db.history()).toExtend<History>()
  expectTypeOf(
    db.record(ctx.monitorAll(['a']), { linger: 5, root: 'x' }),
  ).resolves.toEqualTypeOf<BatcherStats>()
  expectTypeOf(db.plot('a', range, 1200)).resolves.toEqualTypeOf<Plot>()
  expectTypeOf(btrdbStore({ profile: 'lab', merge: 'retain' }))
    .resolves.toHaveProperty('sink')
    .toEqualTypeOf<Sink>()
  expectTypeOf(db.subscribe([stream])).toExtend<AsyncIterable<LivePoints> & AsyncDisposable>()
  expectTypeOf(pointWidth.align(range, 5)).toEqualTypeOf<{ from: bigint; to: bigint; windows: number }>()
  db.subscribe(['a']).add(stream, [new Uint8Array(16), 'b'])
  // @ts-expect-error a number is not a stream
  db.subscribe(['a']).add(5)
  // @ts-expect-error no such moment
  db.sink({ flush: 'always' })
})

it('errors are told apart by their code', () => {
  expectTypeOf<BTrDBError['code']>().toEqualTypeOf<BTrDBCode>()
  expectTypeOf<BTrDBArgumentError>().toExtend<TypeError>()
  expectTypeOf<BTrDBError['inserted']>().toEqualTypeOf<number | undefined>()
  expectTypeOf<'getVersionAtTime'>().toExtend<PlatformMethod>()
})
