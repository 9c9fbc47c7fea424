import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NTScalar, SharedPV } from 'node-pvxs'
import { InfluxDB, type InfluxOptions } from 'node-pvxs/influx'
import { Batcher, type Sample, type Series } from 'node-pvxs/telemetry'
import { drain, loopback, rejection, thrown, until } from '../unit/fixtures.js'
import { gateway } from './gateway.js'
import { debianNeed, influxd, type TestServer } from './servers.js'

const T0 = 1_700_000_000_000_000_000n
const EVER = { from: 0n, to: 4_000_000_000_000_000_000n }
const float = (id: string, more: Partial<Series> = {}): Series => ({ id, type: 'float64', ...more })
const at = (series: Series, i: number, value: Sample['value'] = i): Sample => ({
  series,
  time: T0 + BigInt(i),
  value,
  severity: 0,
})

describe.skipIf(debianNeed.missing)(debianNeed.named('the sink'), () => {
  let server: TestServer
  let db: InfluxDB
  beforeAll(async () => {
    server = await influxd()
    db = new InfluxDB({ url: server.url, database: 'lab' })
    await db.createDatabase()
  })
  afterAll(async () => {
    await db.close()
    await server[Symbol.asyncDispose]()
  })
  const requests = async (work: () => Promise<unknown>): Promise<number> => {
    const before = db.stats.requests
    await work()
    return db.stats.requests - before
  }

  it('writes the layout that the table of the documentation says', async () => {
    await db.sink({ tags: { site: 'north' } }).write([
      {
        ...at(float('lab:f', { units: 'C', labels: { hall: 'B 2', site: 'own' } }), 1, 1.5),
        severity: 2,
        status: 3,
        message: 'HIHI',
      },
      at({ id: 'lab:i', type: 'int32' }, 1, 7),
      at({ id: 'lab:e', type: 'enum', choices: ['Off', 'On'] }, 1, 1),
      at({ id: 'lab:e', type: 'enum', choices: ['Off', 'On'] }, 2, 5),
    ])
    const rows = async (q: string) => (await drain(db.rows(q))).map(({ time: _, ...row }) => row)
    expect(await rows('SELECT * FROM pv')).toEqual([
      { pv: 'lab:f', hall: 'B 2', site: 'own', value: 1.5, severity: 2, status: 3, message: 'HIHI' },
    ])
    expect(await rows('SELECT * FROM pv_int')).toEqual([
      { pv: 'lab:i', site: 'north', value: 7, severity: 0 },
    ])
    expect(await rows('SELECT * FROM pv_enum')).toEqual([
      { pv: 'lab:e', site: 'north', value: 1, label: 'On', severity: 0 },
      { pv: 'lab:e', site: 'north', value: 5, label: null, severity: 0 },
    ])
    expect(await rows(`SELECT * FROM pv_meta WHERE pv = 'lab:e'`)).toEqual([
      { pv: 'lab:e', site: 'north', hall: null, type: 'enum', choices: '["Off","On"]', units: null },
    ])
  })

  it('writes metadata once, and again when it changes', async () => {
    const sink = db.sink({ prefix: 'once' })
    const s = float('x', { units: 'C' })
    for (let i = 0; i < 3; i++) await sink.write([at(s, i), at({ ...s }, i + 10)])
    await sink.write([at({ ...s, units: 'K' }, 20)])
    expect(await drain(db.rows('SELECT units FROM once_meta'))).toMatchObject([
      { units: 'C' },
      { units: 'K' },
    ])
    await db.sink({ prefix: 'none', metadata: false }).write([at(s, 1)])
    expect(await db.showMeasurements()).not.toContain('none_meta')
  })

  it('refuses the tag pv, arrays, and uint64 above 2^63-1, each with what to do', async () => {
    expect(thrown(() => db.sink({ tags: { pv: 'x' } }))).toMatchObject({ code: 'ERR_INFLUX_ARGUMENT' })
    const wave: Series = { id: 'w', type: 'float64[]' }
    const big: Series = { id: 'big', type: 'uint64' }
    const { rejected } = await db
      .sink()
      .write([
        { ...at(wave, 1), value: Float64Array.of(1) },
        at(big, 1, 2n ** 63n),
        at(big, 2, 2n ** 63n - 1n),
        at(float('x', { labels: { pv: 'y' } }), 1),
        at(float('ends with \\'), 1),
      ])
    expect(rejected.map(({ index }) => index)).toEqual([0, 1, 3, 4])
    expect(rejected[0]?.reason).toMatch(/stats/)
    expect(rejected[1]?.reason).toMatch(/uint/)
    expect(rejected[2]?.reason).toMatch(/pv/)
    expect(rejected[3]?.reason).toMatch(/back-slash/)
  })

  it.each([1, 3, 7])('pins a refusal to its %d of 500 samples, within the bound of requests', async (k) => {
    const prefix = `pin${k}`
    // Somebody has made the severity of these a text: their samples clash, wherever they are.
    const day = 86_400_000_000_000n
    await db.write(
      Array.from({ length: k }, (_, i) => ({
        measurement: prefix,
        fields: { severity: 'text' },
        time: T0 + BigInt(i * 30 + 30) * day,
      })),
    )
    const s = float('x')
    const bad = new Set(Array.from({ length: k }, (_, i) => (i * 131 + 17) % 500))
    let clash = 0
    const batch = Array.from({ length: 500 }, (_, i): Sample => ({
      ...at(s, i),
      time: bad.has(i) ? T0 + BigInt(clash++ * 30 + 30) * day + 1n : T0 + BigInt(i),
    }))
    let result
    const n = await requests(async () => (result = await db.sink({ prefix }).write(batch)))
    expect(result).toMatchObject({ written: 500 - k })
    expect(
      (result as unknown as { rejected: { index: number }[] }).rejected.map(({ index }) => index),
    ).toEqual([...bad].sort((a, b) => a - b))
    expect(n).toBeLessThanOrEqual(4 * k * Math.log2(501) + 4)
  })

  it('takes up a PV that changes its type, and its history is one', async () => {
    const sink = db.sink({ prefix: 'chg' })
    await sink.write([
      at(float('x'), 1, 1.5),
      at({ id: 'x', type: 'int64' }, 2, 2n ** 53n + 1n),
      at({ id: 'x', type: 'string' }, 3, 'three'),
      at(float('x'), 4, 4),
    ])
    const [batch] = await drain(db.history({ prefix: 'chg' }).read('x', EVER))
    expect(batch?.map(({ value, series }) => [series.type, value])).toEqual([
      ['float64', 1.5],
      ['int64', 2n ** 53n + 1n],
      ['string', 'three'],
      ['float64', 4],
    ])
  })

  it('knows thousands of ids by a few requests', async () => {
    const count = 5000
    const all = Array.from({ length: count }, (_, i) => at(float(`many:${i}`), i))
    await db.sink({ prefix: 'many' }).write(all)
    const ids = all.map(({ series }) => series.id).reverse()
    let found: (Sample | null)[] = []
    const n = await requests(async () => (found = await db.history({ prefix: 'many' }).at(ids, T0 + 10_000n)))
    expect(found.map((sample) => sample?.value)).toEqual(
      Array.from({ length: count }, (_, i) => count - 1 - i),
    )
    expect(n).toBeLessThanOrEqual(10)
  })

  it('gives typed columns', async () => {
    await db
      .sink({ prefix: 'col' })
      .write([at(float('f'), 1, 1.5), at(float('f'), 2, null), at({ id: 'i', type: 'int64' }, 1, 2n ** 60n)])
    const history = db.history({ prefix: 'col' })
    expect(await history.columns('f', EVER)).toEqual({
      series: float('f'),
      time: BigInt64Array.of(T0 + 1n, T0 + 2n),
      value: Float64Array.of(1.5, NaN),
      severity: Uint8Array.of(0, 0),
    })
    expect((await history.columns('i', EVER)).value).toEqual(BigInt64Array.of(2n ** 60n))
    expect((await history.columns('nobody', EVER)).time).toEqual(new BigInt64Array(0))
  })

  it('refuses windows over texts, and merges kinds', async () => {
    const sink = db.sink({ prefix: 'win' })
    await sink.write([
      at({ id: 's', type: 'string' }, 1, 'x'),
      at({ id: 'b', type: 'bool' }, 1, true),
      at(float('m'), 1, 1),
      at(float('m'), 2, 3),
      at({ id: 'm', type: 'int32' }, 3, 8),
    ])
    const windows = (id: string, width = 10n ** 9n) =>
      drain(db.history({ prefix: 'win' }).windows(id, EVER, width))
    for (const id of ['s', 'b'])
      expect(await rejection(windows(id))).toMatchObject({ code: 'ERR_INFLUX_ARGUMENT' })
    expect(await rejection(windows('m', 999_999n))).toMatchObject({ code: 'ERR_INFLUX_ARGUMENT' })
    expect(await windows('m')).toEqual([[{ time: T0, width: 10n ** 9n, min: 1, mean: 4, max: 8, count: 3 }]])
  })

  it('reads what others wrote in the same layout, by the types of their fields', async () => {
    await db.write(
      'oth,pv=a value=1.5 5\noth_int,pv=b value=3i,severity=1i 5\noth_enum,pv=c value=1i,label="On" 5',
    )
    const history = db.history({ prefix: 'oth' })
    expect((await drain(history.find('*'))).map(({ id, type }) => [id, type])).toEqual([
      ['a', 'float64'],
      ['b', 'int64'],
      ['c', 'enum'],
    ])
    expect((await drain(history.read('b', EVER))).flat()).toMatchObject([
      { value: 3n, severity: 1, series: { type: 'int64' } },
    ])
  })

  it('record fails at once while nothing was ever written', async () => {
    async function* never(): AsyncGenerator<never> {
      await new Promise(() => undefined)
    }
    expect(await rejection(db.with({ database: 'absent' }).record(never()))).toMatchObject({
      code: 'ERR_INFLUX_NOT_FOUND',
      hint: 'createDatabase("absent") makes it',
    })
    await using nobody = new InfluxDB({ url: 'http://127.0.0.1:1', database: 'x' })
    expect(await rejection(nobody.record(never()))).toMatchObject({ code: 'ERR_INFLUX_CONNECTION' })
    async function* some() {
      yield [at(float('x'), 1)]
      await new Promise(() => undefined)
    }
    const failing = db.record(some(), { retentionPolicy: 'absent', linger: 0 })
    expect(await rejection(failing)).toMatchObject({ code: 'ERR_INFLUX_NOT_FOUND' })
    expect(await rejection(db.record(some(), { lingers: 1 } as never))).toMatchObject({
      code: 'ERR_INFLUX_ARGUMENT',
    })
    expect(await rejection(db.record(5 as never))).toMatchObject({ code: 'ERR_INFLUX_ARGUMENT' })
  })

  it('record flushes at an abort', async () => {
    async function* some() {
      yield [at(float('aborted'), 1)]
      await new Promise(() => undefined)
      yield []
    }
    const stop = new AbortController()
    const recording = db.record(some(), { linger: 60_000, signal: stop.signal })
    setTimeout(() => stop.abort(new Error('enough')), 100)
    expect((await rejection(recording)).message).toBe('enough')
    expect((await drain(db.history().read('aborted', EVER))).flat()).toHaveLength(1)
  })
})

describe('errors of the sink', () => {
  it.each<[number, string, Record<string, string>, object]>([
    [
      503,
      '{"error":"busy"}',
      { 'retry-after': '2' },
      { code: 'ERR_INFLUX_BUSY', retryable: true, retryAfter: 2000, split: false },
    ],
    [401, '{"error":"no"}', {}, { code: 'ERR_INFLUX_AUTH', retryable: true }],
    [404, '{"error":"database not found"}', {}, { code: 'ERR_INFLUX_NOT_FOUND', retryable: true }],
    [413, '{"error":"large"}', {}, { code: 'ERR_INFLUX_TOO_LARGE', split: true, retryable: false }],
  ])('%d', async (status, body, headers, known) => {
    await using server = await gateway((response) =>
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body),
    )
    await using db = new InfluxDB({ url: server.url, database: 'x' })
    expect(await rejection(db.sink().write([at(float('x'), 1)]))).toMatchObject({
      name: 'SinkError',
      ...known,
    })
  })

  it('v3 names the lines: those are rejected, and no halves are written', async () => {
    const data = [{ line_number: 3, error_message: 'no good', original_line: 'x' }]
    await using server = await gateway((response, { body }) =>
      String(body).includes('value=1,')
        ? response
            .writeHead(400, { 'content-type': 'application/json' })
            .end(JSON.stringify({ error: 'partial write of line protocol occurred', data }))
        : response.writeHead(204).end(),
    )
    await using db = new InfluxDB({ url: server.url, database: 'x', api: 'v3' })
    const s = float('x')
    expect(await db.sink().write([at(s, 0), at(s, 1), at(s, 2)])).toEqual({
      written: 2,
      rejected: [{ index: 1, reason: 'no good' }],
    })
    expect(server.requests).toHaveLength(2)
  })
})

describe.skipIf(debianNeed.missing)(debianNeed.named('a server that is killed'), () => {
  const kills = 10

  it('loses nothing while PVs change and it is killed ten times', async () => {
    await using server = await influxd()
    const options: InfluxOptions = { url: server.url, database: 'lab', timeout: 2000 }
    await using db = new InfluxDB(options)
    await db.createDatabase()
    const count = 20
    const pvs = Object.fromEntries(
      Array.from({ length: count }, (_, i) => [
        `k:${i}`,
        SharedPV.mailbox(new NTScalar('int64'), { value: 0n }),
      ]),
    )
    await using lab = await loopback(pvs)
    const stop = new AbortController()
    const failures: Error[] = []
    const seen = new Map<string, bigint[]>()
    async function* updates() {
      // What the monitor delivers is what must be stored: it may squash, we may not.
      for await (const update of lab.ctx.monitorAll(Object.keys(pvs), { queueSize: 1000 })) {
        const { name, value } = update
        seen.set(name, [...(seen.get(name) ?? []), value.value as bigint])
        yield update
        if (stop.signal.aborted && [...seen.values()].every((all) => all.at(-1) === posted)) return
      }
    }
    let posted = 0n
    const recording = db.record(updates(), {
      linger: 20,
      maxItems: 500,
      retry: { min: 20, max: 100 },
      onError: (e) => failures.push(e),
    })
    await until(() => db.stats.points > 0, 'a first write')
    const posting = setInterval(() => {
      if (stop.signal.aborted) return
      posted++
      for (const pv of Object.values(pvs)) pv.post({ value: posted })
    }, 4) // 5000 updates a second
    for (let i = 0; i < kills; i++) {
      const points = db.stats.points
      await until(() => db.stats.points > points + 200, 'some writes', 30_000)
      await server.kill('SIGKILL')
      const before = failures.length
      await until(() => failures.length > before, 'a failure', 30_000)
      await server.start()
    }
    stop.abort()
    clearInterval(posting)
    posted++
    for (const pv of Object.values(pvs)) pv.post({ value: posted })
    const stats = await recording
    expect(stats).toMatchObject({ rejected: 0, dropped: 0, buffered: 0, pushed: stats.written })
    for (const [name, values] of seen) {
      const back = (await drain(db.history().read(name, EVER))).flat().map(({ value }) => value)
      expect(back, name).toEqual(values)
    }
  }, 120_000)

  it('and a Batcher over the sink waits for it', async () => {
    await using server = await influxd()
    await using db = new InfluxDB({ url: server.url, database: 'lab' })
    await db.createDatabase()
    await server.kill()
    await using batcher = new Batcher(db.sink(), { linger: 0, retry: { min: 10, max: 50 } })
    await batcher.push([at(float('x'), 1)])
    await until(() => batcher.stats.retried > 0, 'a failure')
    await server.start()
    await batcher.flush()
    expect(batcher.stats).toMatchObject({ written: 1, buffered: 0 })
  })
})
