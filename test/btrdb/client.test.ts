// The client's own calls: metadata, lookups, SQL, CSV, sets, plots, live points, what is not published.
import { describe, expect, it } from 'vitest'
import { MAXIMUM_TIME, MINIMUM_TIME, pvUuid, type StreamSet } from 'node-pvxs/btrdb'
import { collected, failure, lab, uuid, until } from './device.js'

const ALL = { from: MINIMUM_TIME, to: MAXIMUM_TIME }

describe('annotations', () => {
  it('come back as they were, of every kind', async () => {
    const { db } = await lab()
    const annotations = {
      number: 5,
      text_of_number: '5',
      word: 'true',
      flag: true,
      nothing: null,
      quote: 'a"b',
      json: '{"a":1}',
      object: { a: [1, 'x', { b: null }] },
      empty: '',
      space: ' 5 ',
      nan: 'NaN',
      long: 9007199254740993n,
      within: { n: 18446744073709551615n },
      umlaut: 'żółć 🚀',
      lines: 'a\nb',
      minus: -0,
    }
    const stream = await db.create(uuid(), 'a', { name: 'x' }, annotations)
    const read = await db.stream(stream.uuid)
    expect(read.annotations).toEqual(annotations)
    const found = await db.streamsetFromUuids([stream.uuid, stream.uuid])
    expect(found.at(1)?.annotations).toEqual(annotations)
  })

  it.each([NaN, Infinity, () => 1, Symbol('x'), '\ud800', { a: NaN }])(
    'such as %s are refused',
    async (bad) => {
      const { db } = await lab()
      expect((await failure(db.create(uuid(), 'a', {}, { bad }))).code).toBe('ERR_BTRDB_ARGUMENT')
    },
  )
})

describe('update', () => {
  it('changes what is named, and removes what is null', async () => {
    const { db } = await lab()
    const stream = await db.create(uuid(), 'a', { name: 'x', unit: 'V' }, { one: 1, two: 2, three: 3 })
    const version = await stream.update({ tags: { unit: 'A' }, annotations: { one: '1', two: null } })
    expect(stream).toMatchObject({
      collection: 'a',
      name: 'x',
      unit: 'A',
      annotations: { one: '1', three: 3 },
    })
    const again = await db.stream(stream.uuid)
    expect(again).toMatchObject({ tags: { name: 'x', unit: 'A' }, propertyVersion: version })
    expect(again.annotations).toEqual({ one: '1', three: 3 })
    await stream.update({ collection: 'b', annotations: { four: 4 }, replace: true })
    const moved = await db.stream('b/x')
    expect(moved.annotations).toEqual({ four: 4 })
    expect(moved.unit).toBe('A')
    await stream.update({ tags: { unit: null } })
    expect((await db.stream(stream.uuid)).unit ?? '').toBe('')
  })

  it('goes on when somebody else was faster, unless a version is asked for', async () => {
    const { fake, db } = await lab()
    const stream = await db.create(uuid(), 'a', { name: 'x' })
    const other = await db.stream(stream.uuid)
    await stream.refreshMetadata()
    const seen = stream.propertyVersion
    await other.update({ annotations: { other: 1 } })
    await stream.update({ annotations: { mine: 1 } })
    expect(stream.annotations).toEqual({ other: 1, mine: 1 })
    const late = await failure(other.update({ annotations: { x: 1 } }, { ifVersion: seen ?? 0n }))
    expect(late.code).toBe('ERR_BTRDB_PROPERTY_VERSION')
    fake.fail('SetStreamAnnotations', { code: 423, times: 4 })
    await stream.update({ annotations: { mine: 2 } })
    fake.fail('SetStreamAnnotations', { code: 430, times: 5 })
    expect((await failure(stream.update({ annotations: { mine: 3 } }))).code).toBe(
      'ERR_BTRDB_PROPERTY_VERSION',
    )
  })

  it('asks for the version also where nothing has to change', async () => {
    const { db } = await lab()
    const stream = await db.create(uuid(), 'a', { name: 'x' })
    await stream.refreshMetadata()
    const seen = stream.propertyVersion ?? 0n
    const nothing = { annotations: { absent: null } }
    expect(await stream.update(nothing, { ifVersion: seen })).toBe(seen)
    await (await db.stream(stream.uuid)).update({ annotations: { other: 1 } })
    for (const handle of [stream, await db.stream(stream.uuid), db.streamFromUuid(stream.uuid)])
      expect(await failure(handle.update(nothing, { ifVersion: seen }))).toMatchObject({
        code: 'ERR_BTRDB_PROPERTY_VERSION',
        op: 'update',
        uuid: stream.uuid,
      })
    expect(await failure(stream.update({ replace: true }, { ifVersion: seen }))).toMatchObject({
      code: 'ERR_BTRDB_PROPERTY_VERSION',
    })
    expect((await db.stream(stream.uuid)).annotations).toEqual({ other: 1 })
  })

  it('removes what somebody else has added since it was seen', async () => {
    const { db } = await lab()
    const stream = await db.create(uuid(), 'a', { name: 'x' })
    await stream.refreshMetadata()
    await (await db.stream(stream.uuid)).update({ annotations: { other: 1 } })
    await stream.update({ annotations: { other: null } })
    expect((await db.stream(stream.uuid)).annotations).toEqual({})
    await (await db.stream(stream.uuid)).update({ annotations: { more: 1 } })
    await stream.update({ replace: true })
    expect((await db.stream(stream.uuid)).annotations).toEqual({})
  })

  it.each([{}, 5, { tag: {} }, { tags: { unit: 5 } }, { collection: 5 }, { replace: 1 }, { tags: {} }])(
    'to %j is refused',
    async (change) => {
      const { db } = await lab()
      expect((await failure(db.streamFromUuid(uuid()).update(change as never))).code).toBe(
        'ERR_BTRDB_ARGUMENT',
      )
    },
  )
})

describe('streams', () => {
  const plant = async () => {
    const { fake, db } = await lab()
    const a = await db.create(uuid(), 'lab/x', { name: 'a', unit: 'V' }, { kind: '5', site: 'north' })
    const b = await db.create(uuid(), 'lab/y', { name: 'b' }, { kind: 5 })
    const c = await db.create(uuid(), 'other', { name: 'a', unit: 'v' })
    return { fake, db, a, b, c }
  }

  it('are found by collection, tags and annotations', async () => {
    const { db, a, b } = await plant()
    const ids = (set: StreamSet): string[] => [...set].map((stream) => stream.uuid)
    expect(await db.listCollections()).toEqual(['lab/x', 'lab/y', 'other'])
    expect(await db.listCollections('lab')).toEqual(['lab/x', 'lab/y'])
    expect((await db.streamsInCollection()).length).toBe(3)
    expect(ids(await db.streamsInCollection('lab'))).toEqual([a.uuid, b.uuid])
    expect(ids(await db.streamsInCollection('lab', { isCollectionPrefix: false }))).toEqual([])
    expect(ids(await db.streamsInCollection('', { tags: { unit: 'V' } }))).toEqual([a.uuid])
    expect(ids(await db.streamsInCollection('', { annotations: { site: null } }))).toEqual([a.uuid])
    expect(ids(await db.streamsInCollection('', { annotations: { kind: '5' } }))).toEqual([a.uuid])
    expect(await db.metadataUsage('lab')).toMatchObject({ annotations: { kind: 2n, site: 1n } })
  })

  it('are found by place, uuid and name of a PV', async () => {
    const { db, a } = await plant()
    expect((await db.stream('lab/x/a')).uuid).toBe(a.uuid)
    for (const form of [
      a.uuid.toUpperCase(),
      `{${a.uuid}}`,
      `urn:uuid:${a.uuid}`,
      a.uuid.replaceAll('-', ''),
      a,
    ])
      expect(await db.stream(form)).toMatchObject({ uuid: a.uuid, name: 'a', unit: 'V' })
    expect((await db.stream(Buffer.from(a.uuid.replaceAll('-', ''), 'hex'))).uuid).toBe(a.uuid)
    expect(await failure(db.stream('lab/x/none'))).toMatchObject({ code: 'ERR_BTRDB_NOT_FOUND' })
    expect(await failure(db.stream(uuid()))).toMatchObject({ code: 'ERR_BTRDB_NOT_FOUND' })
    await db.create(uuid(), 'twice', { name: 'p', unit: '1' }, { pv: 'x:p' })
    await db.create(uuid(), 'twice', { name: 'q', unit: '2' }, { pv: 'x:p' })
    expect(await failure(db.stream('x:p'))).toMatchObject({ code: 'ERR_BTRDB_AMBIGUOUS' })
    expect((await failure(db.stream(''))).code).toBe('ERR_BTRDB_ARGUMENT')
  })

  it.each(['', 'x', '0'.repeat(31), '0'.repeat(33), `{${'0'.repeat(32)}`, 5, null, new Uint8Array(15)])(
    'of the uuid %j are refused',
    async (bad) => {
      const { db } = await lab()
      expect(() => db.streamFromUuid(bad as string)).toThrow(TypeError)
    },
  )

  it('of many uuids get their metadata in a few calls, and those that are missing are told', async () => {
    const { fake, db, a, b } = await plant()
    const before = fake.calls.length
    const set = await db.streamsetFromUuids([b.uuid, a.uuid])
    expect(set.streams.map(({ name, unit, annotations }) => [name, unit, annotations])).toEqual([
      ['b', undefined, { kind: 5 }],
      ['a', 'V', { kind: '5', site: 'north' }],
    ])
    expect(fake.calls.length - before).toBe(1)
    const [x, y] = [uuid(), uuid()]
    const error = await failure(db.streamsetFromUuids([x, a.uuid, y]))
    expect(error).toMatchObject({ code: 'ERR_BTRDB_NOT_FOUND', uuids: [x, y] })
    const blind = await db.streamsetFromUuids([x], { fetchMetadata: false })
    expect(() => blind.filter({ name: 'a' })).toThrow(/refreshMetadata/)
    fake.fail('SQLQuery', { code: 441, times: 1 })
    expect((await db.streamsetFromUuids([b.uuid, a.uuid])).at(1)?.name).toBe('a')
  })

  it('of a set are filtered', async () => {
    const { db, a, b, c } = await plant()
    const set = await db.streamsInCollection()
    const by = (filter: Parameters<StreamSet['filter']>[0]): string[] =>
      set.filter(filter).streams.map(({ uuid }) => uuid)
    expect(by({ unit: 'v' })).toEqual([a.uuid, c.uuid])
    expect(by({ unit: /v/i })).toEqual([a.uuid, c.uuid])
    expect(by({ unit: /V/g, collection: /^lab/ })).toEqual([a.uuid])
    expect(by({ name: 'A', collection: 'LAB/X' })).toEqual([a.uuid])
    expect(by({ collection: 'lab' })).toEqual([])
    expect(by({ tags: { unit: 'V' } })).toEqual([a.uuid])
    expect(by({ annotations: { kind: 5 } })).toEqual([b.uuid])
    expect(by(({ name }) => name === 'b')).toEqual([b.uuid])
    expect(() => set.filter({ nam: 'a' } as never)).toThrow(/nam/)
  })
})

describe('SQL and CSV', () => {
  it('gives rows, with parameters', async () => {
    const { db } = await lab()
    await db.create(uuid(), 'lab', { name: 'a' })
    await db.create(uuid(), 'lab', { name: 'b' })
    expect(await db.sqlQuery('SELECT name FROM streams WHERE name = $1', ['b'])).toEqual([{ name: 'b' }])
    const names = await collected(db.sqlRows<{ name: string }>('SELECT name FROM streams ORDER BY name'))
    expect(names.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(await failure(db.sqlQuery('SELEKT'))).toMatchObject({ code: 'ERR_BTRDB_SQL', op: 'sqlQuery' })
    expect((await failure(db.sqlQuery('SELECT 1', [{}] as never))).code).toBe('ERR_BTRDB_ARGUMENT')
    expect((await failure(db.sqlQuery(''))).code).toBe('ERR_BTRDB_ARGUMENT')
  })

  it('gives rows of text, the header first', async () => {
    const { db } = await lab()
    const a = await db.create(uuid(), 'lab', { name: 'a' })
    const b = await db.create(uuid(), 'lab', { name: 'b' })
    await a.insert([
      [1n, 1.5],
      [2n, 2],
    ])
    await b.insert([[2n, 3]])
    const range = { from: 0n, to: 16n }
    expect(await collected(db.csv([a, b], range, { labels: ['x'] }))).toEqual([
      ['time', 'x', 'lab/b'],
      ['1', '1.5', ''],
      ['2', '2', '3'],
    ])
    const windows = await collected(db.csv([a], range, { kind: 'aligned', pointWidth: 2 }))
    expect(windows[1]?.slice(0, 4)).toEqual(['0', '1.5', '1.75', '2'])
    expect((await failure(collected(db.csv([a], range, { kind: 'windows' })))).code).toBe(
      'ERR_BTRDB_ARGUMENT',
    )
    expect(await collected(db.csv([], range))).toEqual([])
  })
})

describe('a set', () => {
  const three = async () => {
    const { fake, db } = await lab({ fake: { pageSize: 3 } })
    const streams = await Promise.all(['a', 'b', 'c'].map((name) => db.create(uuid(), 'lab', { name })))
    const set = await db.streamsetFromUuids(streams)
    return { fake, db, set, ids: streams.map((stream) => stream.uuid) as [string, string, string] }
  }

  it('writes and reads in its order', async () => {
    const { set, ids } = await three()
    const [a, b, c] = ids
    await set.insert({ [a]: [[1n, 1]], [c]: [[3n, 3]] })
    await set.insert(new Map([[b, { time: [2n], value: [2] }]]))
    expect((await set.rawValues(ALL)).map(({ value }) => [...value])).toEqual([[1], [2], [3]])
    expect(await set.count()).toEqual([1n, 1n, 1n])
    expect((await set.earliest()).map((point) => point?.time)).toEqual([1n, 2n, 3n])
    expect((await set.latest()).map((point) => point?.time)).toEqual([1n, 2n, 3n])
    expect((await set.current()).map((point) => point?.time)).toEqual([1n, 2n, 3n])
    expect((await set.alignedWindows({ from: 0n, to: 4n }, 2)).map(({ count }) => [...count])).toEqual([
      [1n],
      [1n],
      [1n],
    ])
    expect((await set.preciseWindows({ from: 0n, to: 3n }, 3)).map(({ count }) => [...count])).toEqual([
      [1n],
      [1n],
      [],
    ])
    expect([...(await set.flush()).keys()]).toEqual(ids)
    const error = await failure(set.insert({ [uuid()]: [[1n, 1]] }))
    expect(error.code).toBe('ERR_BTRDB_ARGUMENT')
    expect((await failure(set.insert({ [a]: [[5n, 5]], [b]: [[1n, NaN]] }))).uuid).toBe(b)
    expect(await set.count()).toEqual([1n, 1n, 1n])
  })

  it('writes once to a stream that it has twice', async () => {
    const { db, ids } = await three()
    const twice = await db.streamsetFromUuids([ids[0], ids[1], ids[0]])
    await twice.insert({ [ids[0]]: [[1n, 1]] }, { merge: 'never' })
    expect(await twice.count()).toEqual([1n, 0n, 1n])
  })

  it('that is pinned never sees later inserts', async () => {
    const { set, ids } = await three()
    await set.insert(Object.fromEntries(ids.map((id) => [id, [[1n, 1]]])) as never)
    await set.flush()
    const pinned = await set.pinVersions()
    expect(pinned.versions?.size).toBe(3)
    await set.insert(Object.fromEntries(ids.map((id) => [id, [[2n, 1]]])) as never)
    const after = await set.flush()
    expect((await pinned.rawValues(ALL)).map(({ length }) => length)).toEqual([1, 1, 1])
    expect(await pinned.count()).toEqual([1n, 1n, 1n])
    expect(await collected(pinned.rows(ALL))).toHaveLength(1)
    expect((await pinned.table(ALL)).length).toBe(1)
    expect((await pinned.latest()).map((point) => point?.time)).toEqual([1n, 1n, 1n])
    expect(pinned.filter({ name: 'a' }).versions?.size).toBe(1)
    const changes = await set.changes(pinned.versions ?? [], after)
    expect([...changes.keys()]).toEqual(ids)
    expect((await set.pinVersions([[ids[0], 1]])).at(0)?.pinned).toBe(1n)
    expect((await failure(set.pinVersions([[uuid(), 1]]))).code).toBe('ERR_BTRDB_ARGUMENT')
  })

  it('joins rows by time, with times before the epoch and several points of one time', async () => {
    const { set, ids } = await three()
    const [a, b] = ids
    await set.at(0)?.insert(
      [
        [-5n, 1],
        [0n, 2],
        [0n, 3],
        [7n, 4],
      ],
      { merge: 'never' },
    )
    await set.insert({
      [b]: [
        [0n, 5],
        [8n, 6],
      ],
    })
    const rows = await collected(set.rows(ALL))
    expect(rows.map(({ time, values }) => [time, ...values.slice(0, 2)])).toEqual([
      [-5n, 1, null],
      [0n, expect.anything(), 5],
      [0n, expect.anything(), null],
      [7n, 4, null],
      [8n, null, 6],
    ])
    const table = await set.table(ALL)
    expect([...table.time]).toEqual([-5n, 0n, 0n, 7n, 8n])
    expect([...(table.columns[1] ?? [])]).toEqual([NaN, 5, NaN, NaN, 6])
    const arrow = await table.toArrow()
    expect(arrow.schema.fields.map(({ name, nullable }) => [name, nullable])).toEqual([
      ['time', false],
      [a, true],
      [b, true],
      [ids[2], true],
    ])
    expect(arrow.getChild(b)?.nullCount).toBe(3)
  })

  it('snaps times to the nearest multiple, half upwards, the last point wins', async () => {
    const { set, ids } = await three()
    await set.insert({
      [ids[0]]: [
        [-15n, 1],
        [-5n, 2],
        [4n, 3],
        [5n, 4],
        [14n, 5],
      ],
      [ids[1]]: [[11n, 9]],
    })
    const table = await set.table(ALL, { snap: 10n })
    expect([...table.time]).toEqual([-10n, 0n, 10n])
    expect([...(table.columns[0] ?? [])]).toEqual([1, 3, 5])
    expect([...(table.columns[1] ?? [])]).toEqual([NaN, NaN, 9])
    expect((await failure(set.table(ALL, { snap: 0n }))).code).toBe('ERR_BTRDB_ARGUMENT')
  })

  it('fails with the first failure, which names its stream, and ends the others', async () => {
    const { fake, db, set } = await three()
    const missing = uuid()
    const wide = await db.streamsetFromUuids([...set, missing], { fetchMetadata: false })
    fake.fail('RawValues', { hang: true, times: 3 })
    const error = await failure(wide.rawValues(ALL))
    expect(error).toMatchObject({ code: 'ERR_BTRDB_NOT_FOUND', uuid: missing })
    await until(() => fake.running === 0)
  })

  it('may be empty', async () => {
    const { db } = await lab()
    const set = await db.streamsetFromUuids([])
    expect(await set.rawValues(ALL)).toEqual([])
    expect(await set.count()).toEqual([])
    expect(await collected(set.rows(ALL))).toEqual([])
    expect((await set.table(ALL)).length).toBe(0)
    expect((await set.pinVersions()).length).toBe(0)
    expect((await set.insert({})).size).toBe(0)
    expect(set.filter({ name: 'x' }).length).toBe(0)
  })
})

describe('a plot', () => {
  it('has windows up to the newest point, and points where there are few', async () => {
    const { fake, db } = await lab()
    const stream = await db.create(pvUuid('lab:t'), 'pva/lab', { name: 't', unit: 'C' })
    const time = Array.from({ length: 10_000 }, (_, i) => BigInt(i) * 1_000_003n)
    await stream.insert({ time, value: time.map((_, i) => Math.sin(i / 100)) })
    const to = (time.at(-1) as bigint) + 1n
    const before = fake.calls.length
    const plot = await db.plot('lab:t', { from: 0n, to }, 100)
    expect(fake.calls.length - before).toBeLessThanOrEqual(3)
    expect(plot).toMatchObject({ kind: 'windows', unit: 'C', width: 2n ** 27n, pointWidth: 27 })
    expect(plot.length).toBeLessThanOrEqual(102)
    expect(plot.count.reduce((a, b) => a + b, 0n)).toBe(10_000n)
    expect(plot.x[1]).toBe(2 ** 27 / 1e6)
    const few = await db.plot(stream, { from: 0n, to: 100_000_000n }, 100)
    expect(few).toMatchObject({ kind: 'points', length: 100 })
    expect(few.min).toEqual(few.max)
    expect(few.x[1]).toBe(1.000003)
    const more = await db.plot(stream, { from: 0n, to: 101_000_000n }, 100)
    expect(more.kind).toBe('windows')
    expect((await db.plot(stream, { from: 5n, to: 5n }, 100)).length).toBe(0)
    expect((await db.plot(stream, { from: -500n, to: -5n }, 100)).length).toBe(0)
    expect((await db.plot(stream, ALL, 5)).length).toBeGreaterThan(0)
  })

  it('refuses options that it does not know, and names those there are', async () => {
    const { fake, db } = await lab()
    fake.clear()
    const error = await failure(db.plot('x', ALL, 5, { verson: 1n } as never))
    expect(error).toMatchObject({ code: 'ERR_BTRDB_ARGUMENT', op: 'plot' })
    expect(error.message).toContain('did you mean "version"')
    expect((await failure(db.plot('x', ALL, 5, { version: -1 }))).code).toBe('ERR_BTRDB_ARGUMENT')
    expect(fake.calls).toEqual([])
  })

  it.each([0, -1, 1.5, Infinity, NaN, '5'])('of %s pixels is refused', async (pixels) => {
    const { db } = await lab()
    expect((await failure(db.plot('x', ALL, pixels as number))).code).toBe('ERR_BTRDB_ARGUMENT')
  })
})

describe('a subscription', () => {
  it('gives points as they are written, of streams that are added and not of those removed', async () => {
    const { fake, db } = await lab()
    const [a, b] = await Promise.all(['a', 'b'].map((name) => db.create(uuid(), 'lab', { name })))
    if (a === undefined || b === undefined) throw new Error('no streams')
    await using live = db.subscribe([a])
    await live.ready
    live.add(b)
    const items = live[Symbol.asyncIterator]()
    await until(() => fake.calls.filter(({ rpc }) => rpc === 'Subscribe').length > 0)
    const next = items.next()
    // The server has no word for when it follows a stream.
    const writes: Promise<bigint>[] = []
    const writing = setInterval(() => writes.push(b.insert([[5n, 7]])), 10)
    const { value } = await next
    clearInterval(writing)
    await Promise.all(writes) // those that are on their way would fail when the client is closed
    expect(value).toMatchObject({ uuid: b.uuid })
    if (value !== undefined) expect([...value.points.value]).toEqual([7])
    const ended = items.next().then(
      () => 'more',
      (error: unknown) => error,
    )
    await live.close()
    await until(() => fake.running === 0)
    await ended
  })

  it('ends with an error when the connection does', async () => {
    const { fake, db } = await lab()
    const a = await db.create(uuid(), 'lab', { name: 'a' })
    const live = a.subscribe()
    await live.ready
    const next = failure(live[Symbol.asyncIterator]().next())
    await until(() => fake.running > 0)
    fake.drop()
    expect(await next).toMatchObject({ code: 'ERR_BTRDB_UNAVAILABLE', op: 'subscribe' })
  })

  it('is refused by a server that is too old', async () => {
    const { db } = await lab({ fake: { version: [5, 29] } })
    expect(await failure(collected(db.subscribe([])))).toMatchObject({ code: 'ERR_BTRDB_NOT_SUPPORTED' })
  })
})

describe('what is not published', () => {
  it('goes by the open service', async () => {
    const { db } = await lab()
    const device = await db.createDevice({ name: 'pmu' })
    const id = device['id'] as number
    expect(await db.getDevice(id)).toEqual(device)
    expect(await db.updateDevice({ ...device, name: 'other' })).toMatchObject({ id, name: 'other' })
    expect(await db.listDevices()).toHaveLength(1)
    await db.deleteDevice(id)
    expect((await failure(db.getDevice(id))).code).toBe('ERR_BTRDB_NOT_FOUND')
    const unit = await db.createUnit({ symbol: 'V' })
    expect(await db.listUnits()).toEqual([unit])
    await db.setCollectionRetention('lab', { removeOlderThan: 1000 })
    expect(await db.getCollectionProperties('lab')).toEqual({ retention: { removeOlderThan: 1000 } })
    const stream = await db.create(uuid(), 'lab', { name: 'a' })
    await stream.setRetention({ removeOlderThan: 5 })
    expect(await stream.getRetention()).toEqual({ removeOlderThan: 5 })
    await stream.insert([[1n, 1]])
    expect(await stream.getVersionAtTime(new Date(Date.now() + 1000))).toBe(await stream.getLatestVersion())
  })

  it('goes by tables and by bindings of the user', async () => {
    const seen: unknown[] = []
    const { db } = await lab({
      platform: {
        tables: { device: 'devices' },
        methods: {
          getUnit: {
            path: '/v5api.BTrDB/Info',
            encode: (args) => (seen.push(args), new Uint8Array(0)),
            decode: (bytes) => ({ bytes: bytes.length }),
          },
        },
      },
    })
    const device = await db.createDevice({ name: 'pmu' })
    expect(await db.getDevice(device['id'] as number)).toEqual(device)
    expect(await db.listDevices()).toEqual([device])
    expect((await failure(db.getDevice(99))).code).toBe('ERR_BTRDB_NOT_FOUND')
    expect((await db.getUnit(5))['bytes']).toBeGreaterThan(3)
    expect(seen).toEqual([{ id: 5 }])
  })

  it('is an error that says what can be done, and nothing is guessed', async () => {
    const { fake, db } = await lab({ fake: { platform: false } })
    const error = await failure(db.listDevices())
    expect(error).toMatchObject({ code: 'ERR_BTRDB_NOT_SUPPORTED', method: 'listDevices' })
    expect(error.hint).toMatch(/platform\.methods\.listDevices.*platform\.tables/)
    expect(error.message).toContain('5.34.0')
    fake.clear()
    for (const id of [1.5, NaN, '5', 5n, undefined])
      for (const work of [
        db.getDevice(id as number),
        db.getUnit(id as number),
        db.deleteDevice(id as number),
        db.updateUnit({ id }),
      ])
        expect(await failure(work)).toMatchObject({ code: 'ERR_BTRDB_ARGUMENT' })
    for (const removeOlderThan of [0, -1, NaN, '5'])
      expect(
        (await failure(db.setCollectionRetention('a', { removeOlderThan: removeOlderThan as number }))).code,
      ).toBe('ERR_BTRDB_ARGUMENT')
    expect(fake.calls).toEqual([])
  })
})

it('makes the uuid of a PV as everybody does', () => {
  expect(pvUuid('lab:temperature')).toBe('d4e9c1b6-ffa7-5e6b-a24b-1f082efaa502')
  expect(() => pvUuid('')).toThrow(TypeError)
  expect(() => pvUuid('a', 'x')).toThrow(TypeError)
})
