// What the calls of the fake BTrDB refuse, and answers whose exact form matters.
import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { btrdbFake, type BtrdbFake } from 'node-pvxs/testing'
import type { CallName, RequestOf } from '../../../lib-ts/btrdb/wire/schema.js'
import { raw, textOf, uuidOf, type Raw } from './raw.js'

const LEAST = -(16n << 56n)
const MOST = (48n << 56n) - 1n
const none = uuidOf(999)

let fake: BtrdbFake
let client: Raw
let next = 1
beforeAll(async () => {
  fake = await btrdbFake({ pageSize: 10, insertLimit: 100 })
  client = raw(fake)
})
afterAll(async () => {
  client[Symbol.dispose]()
  await fake.close()
})

const columns = (
  times: readonly bigint[],
  values?: readonly number[],
): { time: BigInt64Array; value: Float64Array } => ({
  time: BigInt64Array.from(times),
  value: Float64Array.from(values ?? times.map(Number)),
})

async function stream(times: readonly bigint[] = []): Promise<Buffer> {
  const uuid = uuidOf(next++)
  const name = `s${next}`
  expect(
    await client.code('Create', { uuid, collection: 'lab', tags: [{ key: 'name', val: { value: name } }] }),
  ).toBe(0)
  if (times.length > 0) expect(await client.code('Insert', { uuid, values: columns(times) })).toBe(0)
  return uuid
}

type Asked = { [C in CallName]: readonly [C, Omit<RequestOf<C>, 'uuid'>] }[CallName]

describe('calls of the fake BTrDB', () => {
  it('refuse what is not there', async () => {
    const range = { start: 0n, end: 10n }
    const calls: Asked[] = [
      ['RawValues', range],
      ['ArrowRawValues', range],
      ['AlignedWindows', range],
      ['ArrowAlignedWindows', range],
      ['Windows', { ...range, width: 1n }],
      ['ArrowWindows', { ...range, width: 1n }],
      ['Nearest', {}],
      ['Changes', {}],
      ['Insert', { values: columns([1n]) }],
      ['ArrowInsert', {}],
      ['Delete', range],
      ['Flush', {}],
      ['Obliterate', {}],
      ['StreamInfo', {}],
      ['SetStreamTags', {}],
      ['SetStreamAnnotations', {}],
    ]
    for (const [rpc, request] of calls)
      expect([rpc, await client.code(rpc, { ...request, uuid: none })]).toEqual([rpc, 404])
  })

  it('refuse illegal ranges, widths and versions', async () => {
    const uuid = await stream([1n, 2n, 3n])
    const bad: [number, Asked][] = [
      [413, ['RawValues', { start: 5n, end: 5n }]],
      [413, ['RawValues', { start: 6n, end: 5n }]],
      [413, ['RawValues', { start: LEAST - 1n, end: 5n }]],
      [413, ['RawValues', { start: 0n, end: MOST + 1n }]],
      [413, ['AlignedWindows', { start: 0n, end: 7n, pointWidth: 3 }]],
      [415, ['AlignedWindows', { start: 0n, end: 7n, pointWidth: 64 }]],
      [413, ['Windows', { start: 0n, end: 7n, width: 8n }]],
      [438, ['Windows', { start: 0n, end: 7n, width: 0n }]],
      [413, ['Nearest', { time: LEAST - 1n }]],
      [401, ['Nearest', { time: 4n }]],
      [401, ['Nearest', { time: 1n, backward: true }]],
      [413, ['Delete', { start: 3n, end: 3n }]],
      [450, ['RawValues', { start: 0n, end: 9n, versionMajor: 12n }]],
      [450, ['RawValues', { start: 0n, end: 9n, versionMajor: 3n }]],
      [450, ['Nearest', { versionMajor: 12n }]],
      [427, ['Changes', { fromMajor: 11n, toMajor: 10n }]],
      [427, ['Changes', { fromMajor: 10n, toMajor: 12n }]],
      [415, ['Changes', { resolution: 64 }]],
      [421, ['Insert', { values: columns([1n]), mergePolicy: 4 }]],
      [414, ['Insert', { values: columns(Array.from({ length: 101 }, (_, i) => BigInt(i))) }]],
      [421, ['ArrowInsert', { arrowBytes: new Uint8Array(9) }]],
    ]
    for (const [code, [rpc, request]] of bad)
      expect([rpc, request, await client.code(rpc, { ...request, uuid })]).toEqual([rpc, request, code])
    expect(await client.code('RawValues', { uuid, start: LEAST, end: MOST })).toBe(0)
    expect(await client.code('AlignedWindows', { uuid, start: LEAST, end: MOST, pointWidth: 61 })).toBe(0)
  })

  it('refuse metadata that does not fit', async () => {
    const create = (more: RequestOf<'Create'>): Promise<number> =>
      client.code('Create', { uuid: uuidOf(next++), collection: 'meta', ...more })
    const tag = (key: string, value: string): RequestOf<'Create'> => ({ tags: [{ key, val: { value } }] })
    const note = (key: string, value: string): RequestOf<'Create'> => ({
      annotations: [{ key, val: { value } }],
    })
    expect(await create({ collection: '' })).toBe(407)
    expect(await create({ collection: 'ż'.repeat(128) })).toBe(407)
    expect(await create(tag('colour', 'x'))).toBe(408)
    expect(await create(tag('name', 'ż'.repeat(128)))).toBe(409)
    expect(await create(note('Owner', 'x'))).toBe(408)
    expect(await create(note('o'.repeat(64), 'x'))).toBe(408)
    expect(await create(note('owner', 'x'.repeat((1 << 20) + 1)))).toBe(422)
    expect(await create({ uuid: Buffer.from([1, 2]) })).toBe(421)
    expect(await create({ ...tag('name', 'a'), ...note('o', '') })).toBe(0)
    expect(await create(tag('name', 'a'))).toBe(418)
    expect(
      await create({
        tags: [
          { key: 'name', val: { value: 'a' } },
          { key: 'unit', val: { value: 'V' } },
        ],
      }),
    ).toBe(0)
    expect(await client.code('LookupStreams', tag('colour', 'x'))).toBe(408)
  })

  it('change metadata of the version that was seen, all of it or nothing', async () => {
    const [uuid, other] = [uuidOf(next++), uuidOf(next++)]
    const name = (value: string): RequestOf<'Create'>['tags'] => [{ key: 'name', val: { value } }]
    await client.call('Create', { uuid, collection: 'change', tags: name('a') })
    await client.call('Create', { uuid: other, collection: 'change', tags: name('b') })
    const set = (more: RequestOf<'SetStreamTags'>): Promise<number> =>
      client.code('SetStreamTags', { uuid, expectedPropertyVersion: 1n, collection: 'change', ...more })
    expect(await set({ expectedPropertyVersion: 0n, tags: name('c') })).toBe(423)
    expect(await set({ tags: name('b') })).toBe(418)
    expect(await set({ tags: name('c'), collection: '' })).toBe(407)
    expect(fake.streams.find((s) => s.collection === 'change')).toMatchObject({
      name: 'a',
      propertyVersion: 1n,
    })
    expect(await set({ tags: [...(name('c') ?? []), { key: 'unit', val: { value: 'V' } }] })).toBe(0)
    expect(await set({ expectedPropertyVersion: 2n, remove: ['unit'] })).toBe(0)
    const { descriptor } = await client.call('StreamInfo', { uuid })
    expect(descriptor).toMatchObject({
      collection: 'change',
      propertyVersion: 3n,
      tags: [{ key: 'name', val: { value: 'c' } }],
    })
  })

  it('let an obliterated uuid never come back', async () => {
    const uuid = await stream([1n])
    expect(await client.code('Obliterate', { uuid })).toBe(0)
    expect(await client.code('StreamInfo', { uuid })).toBe(404)
    expect(await client.code('Create', { uuid, collection: 'lab' })).toBe(429)
  })

  it('answer in pages, with a version, and once where there is nothing', async () => {
    const uuid = await stream(Array.from({ length: 25 }, (_, i) => BigInt(i)))
    const pages = await client.pages('RawValues', { uuid, start: 0n, end: 100n })
    expect(pages.map(({ values, versionMajor }) => [values.time.length, versionMajor])).toEqual([
      [10, 11n],
      [10, 11n],
      [5, 11n],
    ])
    const empty = await client.pages('RawValues', { uuid, start: 50n, end: 100n })
    expect(empty.map(({ values, versionMajor }) => [values.time.length, versionMajor])).toEqual([[0, 11n]])
    expect((await client.pages('AlignedWindows', { uuid, start: 0n, end: 24n, pointWidth: 0 })).length).toBe(
      3,
    )
    expect(
      (await client.pages('AlignedWindows', { uuid, start: 64n, end: 128n, pointWidth: 2 })).length,
    ).toBe(1)
    expect((await client.pages('Windows', { uuid, start: 64n, end: 128n, width: 4n })).length).toBe(1)
  })

  it('leave out what has its default, as proto3 does, but not −0', async () => {
    const uuid = await stream()
    await client.call('Insert', { uuid, values: columns([0n, 1n, 2n], [0, -0, 0]) })
    const [page] = await client.pages('RawValues', { uuid, start: 0n, end: 10n })
    expect([...(page?.values.value ?? [])].map((v) => Object.is(v, -0))).toEqual([false, true, false])
    let bytes = 0
    for await (const message of client.stream('RawValues', { uuid, start: 0n, end: 10n }))
      bytes += (message as Buffer).length
    // Status and version 4 bytes; the points 2, 20 and 11: a time and a value have nine each.
    expect(bytes).toBe(2 + 2 + 2 + 20 + 11)
  })

  it('give Arrow pages of the same numbers, renamed and retyped as asked', async () => {
    const uuid = await stream([-5n, 0n, 7n])
    const [page] = await client.pages('ArrowRawValues', { uuid, start: -10n, end: 10n })
    const table = tableFromIPC(page?.arrowBytes ?? new Uint8Array())
    expect(table.schema.fields.map(({ name, nullable }) => [name, nullable])).toEqual([
      ['time', false],
      ['value', false],
    ])
    expect([...(table.getChildAt(0)?.data[0]?.values as BigInt64Array)]).toEqual([-5n, 0n, 7n])
    const bad = await client.code('ArrowRawValues', { uuid, start: 0n, end: 1n, template: new Uint8Array(3) })
    expect(bad).toBe(421)
    const windows = await client.pages('ArrowAlignedWindows', { uuid, start: -8n, end: 8n, pointWidth: 3 })
    const w = tableFromIPC(windows[0]?.arrowBytes ?? new Uint8Array())
    expect(w.schema.names).toEqual(['time', 'min', 'mean', 'max', 'count', 'stddev'])
    expect([...(w.getChild('count')?.data[0]?.values as BigUint64Array)]).toEqual([1n, 2n])
  })

  it('round values to fewer bits where that is asked for', async () => {
    const uuid = await stream()
    await client.call('Insert', { uuid, values: columns([1n], [1 + 2 ** -52]), rounding: { bits: 4 } })
    expect(fake.streams.find((s) => s.uuid === textOf(next - 1))?.points().value[0]).toBe(1)
  })
})

describe('the open platform service of the fake BTrDB', () => {
  const call = async (method: string, args: unknown = {}): Promise<unknown> => {
    const { stat, result } = await client.call('Platform', { method, args: JSON.stringify(args) })
    return (stat?.code ?? 0) === 0 ? (JSON.parse(result) as unknown) : (stat?.code ?? 0)
  }

  it.each(['Device', 'Unit'])('keeps rows: %s', async (what) => {
    expect(await call(`create${what}`, { name: 'a' })).toEqual({ id: 1, name: 'a' })
    expect(await call(`create${what}`, { name: 'b', of: [1, { c: null }] })).toEqual({
      id: 2,
      name: 'b',
      of: [1, { c: null }],
    })
    expect(await call(`update${what}`, { id: 1, name: 'c' })).toEqual({ id: 1, name: 'c' })
    expect(await call(`get${what}`, { id: 1 })).toEqual({ id: 1, name: 'c' })
    expect(await call(`list${what}s`)).toHaveLength(2)
    const rows = await client.pages('SQLQuery', {
      query: `SELECT name FROM "${what.toLowerCase()}s" ORDER BY id`,
    })
    expect(rows[0]?.rows.map((row) => Buffer.from(row).toString())).toEqual(['{"name":"c"}', '{"name":"b"}'])
    expect(await call(`delete${what}`, { id: 1 })).toBe(null)
    expect(await call(`get${what}`, { id: 1 })).toBe(404)
    expect(await call(`delete${what}`, { id: 1 })).toBe(404)
    expect(await call(`create${what}`, {})).toEqual({ id: 3 })
    expect(await call(`get${what}`, { id: '1' })).toBe(421)
  })

  it('keeps retention, of collections and of streams', async () => {
    const uuid = textOf(next)
    await stream()
    expect(await call('getCollectionProperties', { collection: 'lab' })).toEqual({ retention: {} })
    expect(await call('setCollectionRetention', { collection: 'lab', removeOlderThan: 1000 })).toBe(null)
    expect(await call('getRetention', { uuid })).toEqual({ removeOlderThan: 1000 })
    expect(await call('setRetention', { uuid, removeOlderThan: 5 })).toBe(null)
    expect(await call('getRetention', { uuid })).toEqual({ removeOlderThan: 5 })
    expect(await call('setCollectionRetention', { collection: 'lab', overridePerStream: true })).toBe(null)
    expect(await call('getRetention', { uuid })).toEqual({})
    expect(await call('setRetention', { uuid, removeOlderThan: 0 })).toBe(421)
    expect(await call('getRetention', { uuid: 'none' })).toBe(404)
  })

  it('knows which version was the latest one at a time', async () => {
    const uuid = textOf(next)
    await stream([1n])
    expect(await call('getVersionAtTime', { uuid, time: String(1n << 62n) })).toBe('11')
    expect(await call('getVersionAtTime', { uuid, time: '0' })).toBe(450)
    expect(await call('getVersionAtTime', { uuid, time: 'now' })).toBe(421)
  })

  it('refuses what it does not know', async () => {
    expect(await call('format')).toBe(501)
    expect(await call('toString')).toBe(501)
    const { stat } = await client.call('Platform', { method: 'listUnits', args: '[' })
    expect(stat?.code).toBe(421)
  })
})
