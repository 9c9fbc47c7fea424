// Calls that break, hang, or are given up.
import { describe, expect, it, vi } from 'vitest'
import { collected, failure, fakeOf, clientOf, lab, uuid, until } from './device.js'
import { relayTo } from './relay.js'

const ALL = { from: 0n, to: 1000n }

async function filled(options?: Parameters<typeof lab>[0], time: readonly bigint[] = fiftyTimes) {
  const { fake, db } = await lab({ ...options, fake: { pageSize: 5, ...options?.fake } })
  const stream = await db.create(uuid(), 'lab', { name: 'a' })
  await stream.insert({ time, value: time.map((_, i) => i) }, { merge: 'never' })
  return { fake, db, stream }
}

const fiftyTimes = Array.from({ length: 50 }, (_, i) => BigInt(i * 10))

describe('a read that breaks', () => {
  it.each([
    ['UNAVAILABLE', { grpc: 'UNAVAILABLE' }],
    ['405', { code: 405 }],
    ['419', { code: 419 }],
    ['426', { code: 426 }],
    ['459', { code: 459 }],
  ] as const)('by %s goes on without gap or repeat', async (_, fault) => {
    const { fake, db, stream } = await filled()
    for (const afterPages of [0, 1, 3]) fake.fail('RawValues', { ...fault, afterPages })
    const { time, value } = await stream.rawValues(ALL)
    expect([...time]).toEqual(fiftyTimes)
    expect([...value]).toEqual(fiftyTimes.map((_, i) => i))
    expect(db.stats.retried).toBe(3)
  })

  it('among points of one time goes on without gap or repeat', async () => {
    const times = [0n, 0n, 0n, ...Array.from({ length: 30 }, () => 5n), 6n, 6n, 7n]
    const { fake, stream } = await filled({ retry: { attempts: 10, min: 1, max: 2 } }, times)
    for (const afterPages of [1, 0, 2, 1, 3, 1]) fake.fail('RawValues', { grpc: 'UNAVAILABLE', afterPages })
    const { time, value } = await stream.rawValues(ALL)
    expect([...time]).toEqual(times)
    expect([...value].sort((a, b) => a - b)).toEqual(times.map((_, i) => i))
  })

  it('goes on in windows of both kinds', async () => {
    const { fake, stream } = await filled()
    for (const rpc of ['AlignedWindows', 'Windows']) fake.fail(rpc, { code: 426, afterPages: 1, times: 3 })
    expect([...(await stream.alignedWindows({ from: 0n, to: 512n }, 4)).time]).toEqual(
      Array.from({ length: 31 }, (_, i) => BigInt(i * 16)),
    )
    expect([...(await stream.preciseWindows({ from: 0n, to: 500n }, 10n)).time]).toEqual(fiftyTimes)
  })

  it('of metadata begins again, without a repeat, and not for ever', async () => {
    const { fake, db } = await lab({ fake: { pageSize: 2 } })
    const places = Array.from({ length: 7 }, (_, i) => `lab/${i}`)
    for (const place of places) await db.create(uuid(), place, { name: 'a' }, { kind: 1 })
    const ids = fake.streams.map((stream) => stream.uuid)
    const reads: [rpc: string, read: () => Promise<unknown>, expected: unknown][] = [
      ['ListCollections', () => db.listCollections(), places],
      [
        'LookupStreams',
        async () => (await db.streamsInCollection('lab')).streams.map(({ collection }) => collection),
        places,
      ],
      [
        'SQLQuery',
        async () => (await db.streamsetFromUuids(ids)).streams.map(({ collection }) => collection),
        places,
      ],
      [
        'SQLQuery',
        () => db.sqlQuery('SELECT collection FROM streams ORDER BY collection'),
        places.map((collection) => ({ collection })),
      ],
    ]
    for (const [rpc, read, expected] of reads) {
      for (const afterPages of [1, 3, 2]) fake.fail(rpc, { grpc: 'UNAVAILABLE', afterPages })
      expect(await read()).toEqual(expected)
      fake.fail(rpc, { code: 426, afterPages: 1, times: 5 })
      expect(await failure(read())).toMatchObject({ code: 'ERR_BTRDB_UNAVAILABLE', status: 426 })
      expect(await read()).toEqual(expected)
    }
  })

  it('of rows begins again, and passes over those that were given while they are the same', async () => {
    const { fake, db } = await lab({ fake: { pageSize: 2 } })
    const streams = await Promise.all(
      Array.from({ length: 7 }, (_, i) => db.create(uuid(), 'lab', { name: `${i}` })),
    )
    for (const stream of streams) await stream.insert([[5n, 1]])
    await streams[0]?.insert(Array.from({ length: 9 }, (_, i) => [BigInt(i), i] as const))
    const query = 'SELECT name FROM streams ORDER BY name'
    const reads = [
      ['SQLQuery', () => collected(db.sqlRows(query))],
      ['GenerateCSV', () => collected(db.csv(streams, ALL))],
    ] as const
    for (const [rpc, read] of reads) {
      const whole = await read()
      for (const afterPages of [1, 3, 2]) fake.fail(rpc, { grpc: 'UNAVAILABLE', afterPages })
      expect(await read()).toEqual(whole)
      fake.fail(rpc, { code: 426, afterPages: 1, times: 5 })
      expect(await failure(read())).toMatchObject({ code: 'ERR_BTRDB_UNAVAILABLE', status: 426 })
    }
    // Another row comes before those that were given, or some of them go.
    for (const change of [
      () => streams[3]?.update({ tags: { name: '00' } }),
      () => streams[0]?.update({ tags: { name: '9' } }),
      () => Promise.all(streams.map((stream) => stream.obliterate())),
    ]) {
      fake.fail('SQLQuery', { grpc: 'UNAVAILABLE', afterPages: 2 })
      const rows = db.sqlRows(query)
      for (let i = 0; i < 3; i++) await rows.next()
      await change()
      expect(await failure(collected(rows))).toMatchObject({
        code: 'ERR_BTRDB_UNAVAILABLE',
        rpc: 'SQLQuery',
        retryable: true,
      })
    }
  })

  it('of changes begins again, without a repeat, and not for ever', async () => {
    const { fake, stream } = await filled({ fake: { pageSize: 1 } })
    const first = await stream.getLatestVersion()
    await stream.insert([
      [-(2n ** 59n), 1],
      [2n ** 60n, 1],
      [2n ** 61n, 1],
    ])
    const expected = await stream.changes(first, 0n)
    expect(expected.length).toBeGreaterThan(2)
    for (const afterPages of [1, 2, 1]) fake.fail('Changes', { grpc: 'UNAVAILABLE', afterPages })
    expect(await stream.changes(first, 0n)).toEqual(expected)
    fake.fail('Changes', { code: 426, afterPages: 1, times: 5 })
    expect(await failure(stream.changes(first, 0n))).toMatchObject({ status: 426 })
  })

  it('too often fails, and says how often it was tried', async () => {
    const { fake, stream } = await filled()
    fake.fail('RawValues', { code: 419, times: Infinity })
    const error = await failure(stream.rawValues(ALL))
    expect(error).toMatchObject({
      code: 'ERR_BTRDB_UNAVAILABLE',
      status: 419,
      retryable: true,
      uuid: stream.uuid,
    })
    expect(error.message).toContain('tried 5 times')
    expect(fake.calls.filter(({ rpc }) => rpc === 'RawValues')).toHaveLength(5)
  })

  it('goes on over a new connection', async () => {
    const { fake, stream } = await filled()
    let pages = 0
    const seen: bigint[] = []
    for await (const { time } of stream.rawValuesIter(ALL)) {
      seen.push(...time)
      if (++pages === 2) fake.drop()
    }
    expect(seen).toEqual(fiftyTimes)
  })
})

describe('a call that is not harmless', () => {
  it('is not repeated once sent', async () => {
    const { fake, db, stream } = await filled()
    fake.clear()
    for (const rpc of ['Insert', 'Create', 'Obliterate']) fake.fail(rpc, { grpc: 'UNAVAILABLE' })
    expect((await failure(stream.insert([[5n, 1]], { merge: 'never' }))).code).toBe('ERR_BTRDB_UNAVAILABLE')
    expect((await failure(db.create(uuid(), 'x'))).code).toBe('ERR_BTRDB_UNAVAILABLE')
    expect((await failure(stream.obliterate())).code).toBe('ERR_BTRDB_UNAVAILABLE')
    expect(fake.calls.map(({ rpc }) => rpc)).toEqual(['Insert', 'Create', 'Obliterate'])
  })

  it('but merges is repeated', async () => {
    const { fake, stream } = await filled()
    fake.fail('Insert', { grpc: 'UNAVAILABLE' })
    await stream.insert([[5n, 1]])
    expect(await stream.count()).toBe(51n)
  })
})

describe('a call that is given up', () => {
  it('by its signal rejects with its reason, and is cancelled on the server', async () => {
    const { fake, db, stream } = await filled()
    for (const rpc of ['RawValues', 'Nearest', 'Insert']) fake.fail(rpc, { hang: true })
    const stop = new AbortController()
    const reason = new Error('enough')
    const { signal } = stop
    const work = [
      stream.rawValues(ALL, { signal }),
      stream.nearest(5n, { signal }),
      stream.insert([[1n, 1]], { signal }),
    ]
    await until(() => fake.running === 3)
    stop.abort(reason)
    for (const one of work) await expect(one).rejects.toBe(reason)
    await until(() => fake.running === 0)
    await expect(stream.latest({ signal })).rejects.toBe(reason)
    expect(db.stats).toMatchObject({ running: 0, waiting: 0 })
  })

  it('by its time limit rejects, and is cancelled on the server', async () => {
    const { fake, stream } = await filled()
    fake.fail('Nearest', { hang: true })
    fake.fail('RawValues', { hang: true, afterPages: 2 })
    expect(await failure(stream.nearest(5n, { timeout: 30 }))).toMatchObject({ code: 'ERR_BTRDB_TIMEOUT' })
    const error = await failure(stream.rawValues(ALL, { timeout: 200 }))
    expect(error).toMatchObject({ code: 'ERR_BTRDB_TIMEOUT', op: 'rawValues', uuid: stream.uuid })
    await until(() => fake.running === 0)
  })

  it('by leaving its iteration is cancelled on the server', async () => {
    const { fake, stream } = await filled({ fake: { pageSize: 1 } })
    for await (const page of stream.rawValuesIter(ALL)) {
      expect(page.length).toBe(1)
      break
    }
    await until(() => fake.running === 0)
  })

  it('by closing the client rejects, also when it waits', async () => {
    const { fake, db, stream } = await filled({ concurrencyLimit: 1 })
    fake.fail('Nearest', { hang: true })
    const work = [failure(stream.nearest(5n)), failure(db.info())]
    await until(() => fake.running === 1)
    await db.close()
    await db.close()
    for (const one of work) expect(await one).toMatchObject({ code: 'ERR_BTRDB_CLOSED' })
    expect(await failure(stream.count())).toMatchObject({ code: 'ERR_BTRDB_CLOSED', op: 'count' })
    expect(db.closed).toBe(true)
    await until(() => fake.running === 0)
  })

  it('by closing the client while its connection is away leaves none when the server is back', async () => {
    const fake = await fakeOf()
    const [relay, clock] = await Promise.all([relayTo(fake), relayTo(fake)])
    const retry = { attempts: 1000, min: 100, max: 150 }
    const [db, other] = await Promise.all([clientOf(relay, { retry }), clientOf(clock, { retry })])
    for (const one of [relay, clock]) {
      one.refuse = true
      one.cut()
    }
    const [ended, later] = [failure(db.info()), other.info()]
    await until(() => relay.refused > 0)
    await db.close()
    expect(await ended).toMatchObject({ code: 'ERR_BTRDB_CLOSED' })
    relay.refuse = false
    // The third attempt of the other client comes after the second that this one would make.
    await until(() => clock.refused > 2)
    clock.refuse = false
    expect(await later).toMatchObject({ majorVersion: 5 })
    expect({ open: relay.open, accepted: relay.accepted }).toEqual({ open: 0, accepted: 1 })
  })

  it('while its iteration stands still ends at the next step', async () => {
    const { db, stream } = await filled()
    const pages = stream.rawValuesIter(ALL)
    await pages.next()
    await db.close()
    expect(await failure(pages.next())).toMatchObject({ code: 'ERR_BTRDB_CLOSED' })
  })
})

describe('errors of the server', () => {
  it.each([
    [403, 'ERR_BTRDB_SERVER'],
    [404, 'ERR_BTRDB_NOT_FOUND'],
    [406, 'ERR_BTRDB_EXISTS'],
    [407, 'ERR_BTRDB_METADATA'],
    [412, 'ERR_BTRDB_AMBIGUOUS'],
    [413, 'ERR_BTRDB_TIME_RANGE'],
    [415, 'ERR_BTRDB_POINT_WIDTH'],
    [423, 'ERR_BTRDB_PROPERTY_VERSION'],
    [425, 'ERR_BTRDB_VALUE'],
    [427, 'ERR_BTRDB_VERSION'],
    [429, 'ERR_BTRDB_UUID_REUSED'],
    [437, 'ERR_BTRDB_AUTH'],
    [441, 'ERR_BTRDB_SQL'],
    [500, 'ERR_BTRDB_SERVER'],
    [501, 'ERR_BTRDB_NOT_SUPPORTED'],
  ])('%d is %s, although gRPC says OK', async (code, expected) => {
    const { fake, stream } = await filled()
    fake.fail('Flush', { code, message: 'that is why\u001b[31m' })
    const error = await failure(stream.flush())
    expect(error).toMatchObject({
      code: expected,
      status: code,
      rpc: 'Flush',
      op: 'flush',
      endpoint: fake.endpoint,
    })
    expect(error.message).toContain('that is why\\x1b')
  })

  it.each([
    ['UNAUTHENTICATED', 'ERR_BTRDB_AUTH'],
    ['PERMISSION_DENIED', 'ERR_BTRDB_AUTH'],
    ['UNIMPLEMENTED', 'ERR_BTRDB_NOT_SUPPORTED'],
    ['INTERNAL', 'ERR_BTRDB_SERVER'],
    ['UNKNOWN', 'ERR_BTRDB_SERVER'],
  ] as const)('%s of gRPC is %s', async (grpc, expected) => {
    const { fake, stream } = await filled()
    fake.fail('Flush', { grpc, message: 'ä%' })
    const error = await failure(stream.flush())
    expect(error).toMatchObject({ code: expected, grpc })
    expect(error.message).toContain('ä%')
  })

  it('that repeat the key do not show it', async () => {
    const fake = await fakeOf()
    const db = await clientOf(fake, { apiKey: 'SECRET1' })
    fake.fail('Info', { code: 403, message: 'key SECRET1 is odd' })
    expect((await failure(db.info())).message).not.toContain('SECRET1')
  })
})

it('many calls at once do not warn of listeners', async () => {
  const warned = vi.fn()
  process.on('warning', warned)
  try {
    const { stream } = await filled()
    const { signal } = new AbortController()
    const points = await Promise.all(Array.from({ length: 50 }, () => stream.nearest(5n, { signal })))
    expect(points).toHaveLength(50)
    expect(await collected(stream.changesIter(0, 0))).toBeDefined()
    await new Promise((resolve) => setImmediate(resolve))
    expect(warned).not.toHaveBeenCalled()
  } finally {
    process.off('warning', warned)
  }
})
