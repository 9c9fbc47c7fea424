// One stream: what is written comes back, bit for bit, and what cannot be is refused before anything is sent.
import { describe, expect, it } from 'vitest'
import { MAXIMUM_TIME, MINIMUM_TIME, pointWidth, type Stream } from 'node-pvxs/btrdb'
import { collected, failure, lab, uuid } from './device.js'

const T = 1_700_000_000_000_000_000n

async function made(options?: Parameters<typeof lab>[0]) {
  const { fake, db } = await lab(options)
  const stream = await db.create(uuid(), 'lab', { name: 'a', unit: 'V' })
  return { fake, db, stream }
}

const ALL = { from: MINIMUM_TIME, to: MAXIMUM_TIME }
const times = (...ns: (bigint | number)[]) => ns.map((n) => T + BigInt(n))

describe('points', () => {
  it('come back in order, bit for bit', async () => {
    const { stream } = await made()
    const value = [5e-324, -0, 0, 1.7976931348623157e308, 0.1]
    await stream.insert({ time: times(5, 1, 2, 3, 4), value })
    const read = await stream.rawValues({ from: T, to: T + 10n })
    expect(read.time).toEqual(BigInt64Array.from(times(1, 2, 3, 4, 5)))
    expect([...read.value].map((x) => (Object.is(x, -0) ? '-0' : x))).toEqual([
      '-0',
      ...value.slice(2),
      5e-324,
    ])
    expect(read.at(0)).toEqual({ time: T + 1n, value: -0, version: read.version })
    expect([...read]).toHaveLength(5)
  })

  it('are taken in every form', async () => {
    const { stream } = await made()
    await stream.insert({ time: BigInt64Array.from(times(1)), value: Float64Array.of(1) })
    await stream.insert([[T + 2n, 2]])
    await stream.insert([{ time: T + 3n, value: 3 }])
    await stream.insert(new Map([[T + 4n, 4]]))
    await stream.insert({
      time: ['2023-11-14T22:13:20.000000005Z', new Date(1_700_000_000_001)],
      value: [5, 6],
    })
    const points = await stream.rawValues(ALL)
    await stream.insert(points)
    await stream.insert(await points.toArrow())
    expect([...(await stream.rawValues(ALL)).value]).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('of one time are all kept with merge never, across pages', async () => {
    const { stream } = await made({ fake: { pageSize: 7 } })
    const value = Array.from({ length: 50 }, (_, i) => i)
    await stream.insert({ time: value.map(() => T), value }, { merge: 'never' })
    expect([...(await stream.rawValues(ALL)).value].sort((a, b) => a - b)).toEqual(value)
  })

  it('written again replace those that are there, or do not', async () => {
    const { stream } = await made()
    await stream.insert([[T, 1]])
    await stream.insert([[T, 2]])
    expect([...(await stream.rawValues(ALL)).value]).toEqual([2])
    await stream.insert([[T, 3]], { merge: 'retain' })
    expect([...(await stream.rawValues(ALL)).value]).toEqual([2])
    await stream.insert([[T, 2]], { merge: 'equal' })
    expect([...(await stream.rawValues(ALL)).value]).toEqual([2])
  })

  it('are sent in batches, and in halves where the server finds them too big', async () => {
    const { fake, stream } = await made({ insertBatch: 1000, fake: { insertLimit: 300 } })
    const value = Array.from({ length: 2500 }, (_, i) => i)
    await stream.insert({ time: value.map((i) => T + BigInt(i)), value })
    expect(await stream.count()).toBe(2500n)
    const sent = fake.calls.filter(({ rpc }) => rpc === 'Insert').length
    expect(sent).toBe(2 + 10) // 1000, 500, then 250 at once
  })

  it.each([
    ['NaN', [[T, NaN]], 'ERR_BTRDB_VALUE', 0],
    [
      'infinity',
      [
        [T, 1],
        [T, Infinity],
      ],
      'ERR_BTRDB_VALUE',
      1,
    ],
    ['text', [[T, '1']], 'ERR_BTRDB_VALUE', 0],
    ['null', [[T, null]], 'ERR_BTRDB_VALUE', 0],
    ['a bigint beyond 2^53', [[T, 2n ** 53n + 1n]], 'ERR_BTRDB_VALUE', 0],
    ['a time too early', [[MINIMUM_TIME - 1n, 1]], 'ERR_BTRDB_TIME_RANGE', 0],
    [
      'a time too late',
      [
        [T, 1],
        [MAXIMUM_TIME, 1],
      ],
      'ERR_BTRDB_TIME_RANGE',
      1,
    ],
    [
      'a time too late in columns',
      { time: BigInt64Array.of(T, MAXIMUM_TIME), value: [1, 2] },
      'ERR_BTRDB_TIME_RANGE',
      1,
    ],
    ['a time beyond 64 bits', [[2n ** 63n + T, 1]], 'ERR_BTRDB_TIME_RANGE', 0],
    ['a plain number for a time', [[5, 1]], 'ERR_BTRDB_ARGUMENT', 0],
    [
      'text that is no time',
      [
        [T, 1],
        ['yesterday', 1],
      ],
      'ERR_BTRDB_ARGUMENT',
      1,
    ],
    ['a point that is none', [5], 'ERR_BTRDB_ARGUMENT', 0],
    ['unequal columns', { time: [T], value: [] }, 'ERR_BTRDB_ARGUMENT', undefined],
    ['no points', 5, 'ERR_BTRDB_ARGUMENT', undefined],
    ['points that are null', null, 'ERR_BTRDB_ARGUMENT', undefined],
    ['text', 'points', 'ERR_BTRDB_ARGUMENT', undefined],
  ])('such as %s are refused before anything is sent', async (_, points, code, index) => {
    const { fake, stream } = await made()
    const error = await failure(stream.insert(points as never))
    expect(error).toMatchObject({ code, op: 'insert', uuid: stream.uuid })
    expect(error.index).toBe(index)
    expect(fake.calls.map(({ rpc }) => rpc)).not.toContain('Insert')
  })

  it.each([
    { merge: 'REPLACE' },
    { merge: 0 },
    { roundBits: -1 },
    { roundBits: 53 },
    { sync: 1 },
    { transport: 'grpc' },
    { timeout: 0 },
    { signal: {} },
    { version: 1 },
  ])('with the option %j are refused before anything is sent', async (options) => {
    const { fake, stream } = await made()
    const error = await failure(stream.insert([[T, 1]], options as never))
    expect(error).toMatchObject({ code: 'ERR_BTRDB_ARGUMENT', op: 'insert' })
    expect(error).toBeInstanceOf(TypeError)
    expect(fake.calls.map(({ rpc }) => rpc)).not.toContain('Insert')
  })

  it('at both ends of time are kept', async () => {
    const { stream } = await made()
    await stream.insert([
      [MINIMUM_TIME, 1],
      [MAXIMUM_TIME - 1n, 2],
    ])
    expect([...(await stream.rawValues(ALL)).time]).toEqual([MINIMUM_TIME, MAXIMUM_TIME - 1n])
    expect((await stream.earliest())?.value).toBe(1)
    expect((await stream.latest())?.value).toBe(2)
    expect((await stream.current())?.value).toBe(1)
    expect(await stream.count()).toBe(2n)
  })

  it('that are none give the version there is', async () => {
    const { fake, stream } = await made()
    expect(await stream.insert([])).toBe(await stream.getLatestVersion())
    expect(fake.calls.map(({ rpc }) => rpc)).not.toContain('Insert')
  })

  it('acknowledged before a failure are told', async () => {
    const { fake, stream } = await made({ insertBatch: 10, retry: false })
    const value = Array.from({ length: 35 }, (_, i) => i)
    fake.fail('Insert', { delay: 1, times: 2 })
    fake.fail('Insert', { code: 425 })
    const error = await failure(stream.insert({ time: value.map((i) => T + BigInt(i)), value }))
    expect(error).toMatchObject({ code: 'ERR_BTRDB_VALUE', status: 425 })
    expect(error.inserted).toBe(20)
    expect(await stream.count()).toBe(20n)
  })
})

describe('a read', () => {
  it('of an empty range asks nobody, and of a wrong one neither', async () => {
    const { fake, stream } = await made()
    fake.clear()
    expect((await stream.rawValues({ from: T, to: T })).length).toBe(0)
    expect((await stream.alignedWindows({ from: T, to: T }, 30)).length).toBe(0)
    expect(await stream.count({ from: T, to: T })).toBe(0n)
    const reads = (range: object): Promise<unknown>[] => [
      stream.rawValues(range as never),
      collected(stream.rawValuesIter(range as never)),
      stream.alignedWindows(range as never, 30),
      stream.preciseWindows(range as never, 5n),
      stream.count(range as never),
      stream.delete(range as never),
    ]
    for (const read of [
      ...reads({ from: T + 1n, to: T }),
      ...reads({ from: MINIMUM_TIME - 1n, to: T }),
      ...reads({ from: T, to: MAXIMUM_TIME + 1n }),
    ])
      expect(await failure(read)).toMatchObject({ code: 'ERR_BTRDB_TIME_RANGE' })
    for (const read of [
      ...reads({ from: 5, to: T }),
      ...reads({ from: T }),
      ...reads({ from: 'x', to: T }),
    ]) {
      const error = await failure(read)
      expect(error).toMatchObject({ code: 'ERR_BTRDB_ARGUMENT' })
      expect(error).toBeInstanceOf(TypeError)
    }
    expect(fake.calls).toEqual([])
  })

  it.each([-1, 64, 1.5, NaN, '30'])('of windows of 2^%s ns is refused', async (k) => {
    const { stream } = await made()
    const error = await failure(stream.alignedWindows({ from: T, to: T + 1n }, k as number))
    expect(error.code).toBe('ERR_BTRDB_POINT_WIDTH')
  })

  it.each([0, 0n, -1n, 1.5, 2n ** 63n + 1n, '5'])('of windows of %s ns is refused', async (width) => {
    const { stream } = await made()
    const error = await failure(stream.preciseWindows({ from: T, to: T + 1n }, width as number))
    expect(error.code).toBe('ERR_BTRDB_ARGUMENT')
  })

  it.each([-1, 1.5, -1n, 2n ** 64n, '1'])('of version %s is refused', async (version) => {
    const { stream } = await made()
    expect((await failure(stream.rawValues(ALL, { version: version as number }))).code).toBe(
      'ERR_BTRDB_ARGUMENT',
    )
  })

  it('of a version sees nothing later, pinned or asked for', async () => {
    const { stream } = await made()
    await stream.insert([[T, 1]])
    const version = await stream.flush()
    await stream.insert([[T + 1n, 2]])
    await stream.flush()
    const pinned = stream.pin(version)
    expect(pinned.pinned).toBe(version)
    expect([...(await pinned.rawValues(ALL)).value]).toEqual([1])
    expect([...(await stream.rawValues(ALL, { version: Number(version) })).value]).toEqual([1])
    expect(await pinned.count()).toBe(1n)
    expect((await pinned.latest())?.value).toBe(1)
    expect(await stream.count()).toBe(2n)
    expect((await stream.changes(version, 0n)).some(({ from, to }) => from <= T + 1n && T + 1n < to)).toBe(
      true,
    )
  })

  it('finds the nearest point on either side', async () => {
    const { stream } = await made()
    await stream.insert([
      [T, 1],
      [T + 10n, 2],
    ])
    expect(await stream.nearest(T)).toMatchObject({ time: T, value: 1 })
    expect(await stream.nearest(T, { backward: true })).toBe(null)
    expect(await stream.nearest(T + 1n)).toMatchObject({ value: 2 })
    expect(await stream.nearest(T + 10n, { backward: true })).toMatchObject({ value: 1 })
    expect(await stream.nearest(T + 11n)).toBe(null)
    expect((await failure(stream.nearest(5 as never))).code).toBe('ERR_BTRDB_ARGUMENT')
  })

  it('counts to the nanosecond, also after 2043', async () => {
    const { stream } = await made()
    await stream.insert([
      [-5n, 1],
      [0n, 2],
      [7n, 3],
      [2n ** 61n + 5n, 4],
    ])
    expect(await stream.count()).toBe(4n)
    expect(await stream.count({ from: -5n, to: 7n })).toBe(2n)
    expect(await stream.count({ from: -4n, to: 8n })).toBe(2n)
  })
})

describe('windows', () => {
  const filled = async (options?: Parameters<typeof made>[0]): Promise<Stream> => {
    const { stream } = await made(options)
    const time = Array.from({ length: 20 }, (_, i) => BigInt(i - 10))
    await stream.insert({ time, value: time.map(Number) })
    return stream
  }

  it('that are aligned stand on multiples, both ends rounded down', async () => {
    const stream = await filled()
    const windows = await stream.alignedWindows({ from: -7n, to: 7n }, 2)
    expect([...windows.time]).toEqual([-8n, -4n, 0n])
    expect([...windows.count]).toEqual([4n, 4n, 4n])
    expect(windows).toMatchObject({ width: 4n, pointWidth: 2, length: 3 })
    expect(windows.at(0)).toMatchObject({ time: -8n, min: -8, mean: -6.5, max: -5, count: 4n })
    expect((await stream.alignedWindows({ from: 1n, to: 3n }, 2)).length).toBe(0)
  })

  it('that are precise begin at the range, and what remains is left out', async () => {
    const stream = await filled({ fake: { pageSize: 2 } })
    const windows = await stream.preciseWindows({ from: -7n, to: 7n }, 3)
    expect([...windows.time]).toEqual([-7n, -4n, -1n, 2n])
    expect([...windows.count]).toEqual([3n, 3n, 3n, 3n])
  })

  it('may be as wide as a number can say', async () => {
    const stream = await filled()
    const range = { from: -(2n ** 60n), to: 2n ** 61n }
    expect([...(await stream.preciseWindows(range, 2 ** 60)).count]).toEqual([10n, 10n])
    expect((await stream.preciseWindows(range, 2 ** 63)).length).toBe(0)
    expect((await failure(stream.preciseWindows(range, 2 ** 64))).code).toBe('ERR_BTRDB_ARGUMENT')
  })

  it('without points are left out, or are all there', async () => {
    const stream = await filled({ fake: { pageSize: 2 } })
    const range = { from: -20n, to: 40n }
    expect([...(await stream.preciseWindows(range, 5n)).time]).toEqual([-10n, -5n, 0n, 5n])
    const all = await stream.preciseWindows(range, 5n, { empty: true })
    expect([...all.time]).toEqual(Array.from({ length: 12 }, (_, i) => BigInt(i * 5 - 20)))
    expect([...all.count]).toEqual([0n, 0n, 5n, 5n, 5n, 5n, 0n, 0n, 0n, 0n, 0n, 0n])
    expect([...all.mean]).toEqual([NaN, NaN, -8, -3, 2, 7, NaN, NaN, NaN, NaN, NaN, NaN])
  })

  it('become a table of Arrow with its types', async () => {
    const stream = await filled()
    const table = await (await stream.alignedWindows({ from: -8n, to: 8n }, 2)).toArrow()
    expect(table.schema.fields.map(({ name, type, nullable }) => [name, String(type), nullable])).toEqual([
      ['time', 'Timestamp<NANOSECOND, UTC>', false],
      ['min', 'Float64', false],
      ['mean', 'Float64', false],
      ['max', 'Float64', false],
      ['count', 'Uint64', false],
      ['stddev', 'Float64', false],
    ])
    expect([...(table.getChild('count') ?? [])]).toEqual([4n, 4n, 4n, 4n])
    expect((await (await stream.rawValues(ALL)).toArrow()).schema.fields.map(({ name }) => name)).toEqual([
      'time',
      'value',
    ])
  })

  it('of every width are legal', async () => {
    const stream = await filled()
    for (let k = 0; k < 64; k++) {
      const { count } = await stream.alignedWindows({ from: MINIMUM_TIME, to: MAXIMUM_TIME }, k)
      const sum = count.reduce((a, b) => a + b, 0n)
      expect(sum).toBe(k < 62 ? 20n : 10n)
    }
  })

  it('have a width that can be computed', () => {
    expect(pointWidth.fromNs(1n)).toBe(0)
    expect(pointWidth.fromNs(1023)).toBe(9)
    expect(pointWidth.fromNs(1024n)).toBe(10)
    expect(pointWidth.ns(63)).toBe(2n ** 63n)
    expect(pointWidth.align({ from: -7n, to: 7n }, 2)).toEqual({ from: -8n, to: 4n, windows: 3 })
    expect(() => pointWidth.fromNs(0)).toThrow(/whole number/)
    expect(() => pointWidth.ns(64)).toThrow(/0 to 63/)
  })
})

describe.each(['arrow', 'auto'] as const)('transport %s', (transport) => {
  it('gives the same, bit for bit', async () => {
    const { fake, stream } = await made({ transport, fake: { pageSize: 10 } })
    const time = Array.from({ length: 45 }, (_, i) => T + BigInt(i * 3))
    const value = time.map((_, i) => (i === 3 ? -0 : Math.sin(i)))
    await stream.insert({ time, value })
    const range = { from: T, to: T + 200n }
    const proto = { transport: 'proto' } as const
    expect(await stream.rawValues(range)).toEqual(await stream.rawValues(range, proto))
    expect(await stream.alignedWindows(range, 4)).toEqual(await stream.alignedWindows(range, 4, proto))
    expect(await stream.preciseWindows(range, 7)).toEqual(await stream.preciseWindows(range, 7, proto))
    expect(new Set(fake.calls.map(({ rpc }) => rpc))).toEqual(
      new Set([
        'Info',
        'Create',
        'ArrowInsert',
        'ArrowRawValues',
        'RawValues',
        'ArrowAlignedWindows',
        'AlignedWindows',
        'ArrowWindows',
        'Windows',
      ]),
    )
  })

  it('is refused by a server without it, or is not used', async () => {
    const { fake, stream } = await made({ transport, fake: { version: [5, 29] } })
    if (transport === 'auto') {
      await stream.insert([[T, 1]])
      expect(fake.calls.at(-1)?.rpc).toBe('Insert')
    } else {
      expect((await failure(stream.insert([[T, 1]]))).code).toBe('ERR_BTRDB_NOT_SUPPORTED')
    }
  })
})

it('knows that a server of version 6.0 speaks Arrow', async () => {
  const { db } = await lab({ fake: { version: [6, 0] } })
  expect(db.server).toMatchObject({ majorVersion: 6, minorVersion: 0, arrow: true })
})

describe('the life of a stream', () => {
  it('begins with create and ends with obliterate', async () => {
    const { db, stream } = await made()
    expect(await stream.exists()).toBe(true)
    expect((await failure(db.create(stream.uuid, 'b'))).code).toBe('ERR_BTRDB_EXISTS')
    expect((await failure(db.create(uuid(), 'lab', { name: 'a', unit: 'V' }))).code).toBe(
      'ERR_BTRDB_AMBIGUOUS',
    )
    await stream.obliterate()
    expect(await stream.exists()).toBe(false)
    expect((await failure(stream.rawValues(ALL))).code).toBe('ERR_BTRDB_NOT_FOUND')
    expect((await failure(db.create(stream.uuid, 'lab'))).code).toBe('ERR_BTRDB_UUID_REUSED')
  })

  it('loses what is deleted, but not in earlier versions', async () => {
    const { stream } = await made()
    await stream.insert([
      [T, 1],
      [T + 1n, 2],
      [T + 2n, 3],
    ])
    const before = await stream.flush()
    await stream.delete({ from: T + 1n, to: T + 2n })
    expect([...(await stream.rawValues(ALL)).value]).toEqual([1, 3])
    expect([...(await stream.pin(before).rawValues(ALL)).value]).toEqual([1, 2, 3])
  })

  it('is unknown to exists only when the server says so', async () => {
    const { fake, stream } = await made({ retry: false })
    fake.fail('StreamInfo', { code: 500 })
    expect((await failure(stream.exists())).code).toBe('ERR_BTRDB_SERVER')
  })
})
