// What is written comes back equal, or is refused by name; a bad point never harms its neighbours.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodePoints, ident, InfluxDB, influxql, int, points, type Point } from 'node-pvxs/influx'
import { thrown } from '../unit/fixtures.js'
import { debianNeed, influxd, type TestServer } from './servers.js'

// Characters that have a meaning somewhere, and some that have none.
const letters = fc.constantFrom(
  ...[
    'a',
    'B',
    '7',
    ' ',
    ',',
    '=',
    '"',
    "'",
    '\\',
    '#',
    '/',
    '{',
    '}',
    '$',
    ';',
    '-',
    '.',
    '*',
    '%',
    '&',
    '`',
    '|',
    ':',
    '(',
  ],
  ...['ż', '🚀', '\u2028', '\u00a0', 'İ', '中', '\t', '\n', '\r', '\0', '\u007f', '\ud800'],
)
const text = fc.array(letters, { minLength: 1, maxLength: 8 }).map((all) => all.join(''))
const number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(-0, 5e-324, 1.797_693_134_862_315_7e308, 1e21, 2 ** 53, NaN, Infinity),
)
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })

describe.skipIf(debianNeed.missing)(debianNeed.named('on influxd'), () => {
  let server: TestServer
  let db: InfluxDB
  beforeAll(async () => {
    server = await influxd()
    db = new InfluxDB({ url: server.url, database: 'exact' })
    await db.createDatabase()
  })
  afterAll(async () => {
    await db.close()
    await server[Symbol.asyncDispose]()
  })
  let made = 0

  /** Writes a point beside a good one. Refused: it must be by name. Taken: it must come back equal. */
  async function roundTrip(point: Point & { measurement: string }): Promise<'refused' | 'same'> {
    const time = BigInt(++made)
    const good: Point = { measurement: 'good', fields: { n: int(made) }, time }
    const report = await db.write([{ ...point, time }, good], { onInvalid: 'skip' })
    const { n } = (await db.columns(`SELECT n FROM good WHERE time = ${time}`))[0]?.fields ?? {}
    expect(n).toEqual(BigInt64Array.of(BigInt(made)))
    if (report.skipped.length > 0) {
      expect(report.skipped[0]?.reason.length).toBeGreaterThan(10)
      return 'refused'
    }
    const result = await db.query(
      influxql`SELECT * FROM ${ident(point.measurement)} WHERE time = ${time} GROUP BY *`,
    )
    const [series, ...others] = result.statements[0]?.series ?? []
    expect(others).toEqual([])
    expect(series?.name).toBe(point.measurement)
    // A tag that other points of the measurement have is there, empty.
    const tags = Object.entries(series?.tags ?? {}).filter(([, value]) => value !== '')
    expect(Object.fromEntries(tags)).toEqual(point.tags ?? {})
    const fields = series?.columns.map((column, i) => [column, series.values[0]?.[i]] as const) ?? []
    const present = fields.filter(([column, value]) => column !== 'time' && value !== null)
    const wanted = Object.entries(point.fields).filter(
      ([, value]) => typeof value !== 'number' || Number.isFinite(value),
    )
    expect(Object.fromEntries(present)).toEqual(
      Object.fromEntries(
        wanted.map(([key, value]) => [
          key,
          typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value,
        ]),
      ),
    )
    return 'same'
  }

  const counted = async (arbitrary: fc.Arbitrary<Point & { measurement: string }>): Promise<void> => {
    const seen = { refused: 0, same: 0 }
    await fc.assert(
      fc.asyncProperty(arbitrary, async (point) => {
        seen[await roundTrip(point)]++
      }),
      { numRuns: 150 },
    )
    expect(seen.same).toBeGreaterThan(20)
  }

  it('measurements', () => counted(text.map((measurement) => ({ measurement, fields: { v: 1.5 } }))))
  it('tag keys', () =>
    counted(text.map((key) => ({ measurement: `k${made}`, tags: { [key]: 'x' }, fields: { v: 1.5 } }))))
  it('tag values', () =>
    counted(text.map((value) => ({ measurement: 'tv', tags: { t: value }, fields: { v: 1.5 } }))))
  it('field keys', () => counted(text.map((key) => ({ measurement: `f${made}`, fields: { [key]: 1.5 } }))))
  it('text fields, which carry anything but lone surrogates', () =>
    counted(text.map((value) => ({ measurement: 's', fields: { v: value } }))))
  it('floats', () => counted(number.map((value) => ({ measurement: 'n', fields: { v: value, w: true } }))))
  it('integers', () => counted(int64.map((value) => ({ measurement: 'i', fields: { v: value } }))))

  it('times, to the ends of what the server holds', async () => {
    const last = 9_223_372_036_854_775_806n
    const times = [
      -last,
      -1_000_000_001n,
      -1n,
      0n,
      1n,
      999_999_999n,
      1_000_000_000n,
      1_700_000_000_123_456_789n,
      last,
    ]
    await db.write(
      times.map((time, i) => ({ measurement: 't', tags: { n: String(i) }, fields: { v: i }, time })),
    )
    const back = await db.columns('SELECT v FROM t GROUP BY n')
    expect(back.map(({ time }) => time[0])).toEqual(times)
    expect(
      thrown(() => encodePoints([{ measurement: 't', fields: { v: 1 }, time: last + 1n }])).message,
    ).toMatch(/64 bits/)
  })

  it('times of every kind', async () => {
    const at = 1_700_000_000_123_000_000n
    const kinds = [
      at,
      new Date(1_700_000_000_123),
      '2023-11-14T22:13:20.123Z',
      '2023-11-14T23:13:20.123+01:00',
      '2023-11-14 22:13:20.123',
    ]
    await db.write(
      kinds.map((time, i) => ({ measurement: 'kinds', tags: { n: String(i) }, fields: { v: i }, time })),
    )
    await db.write(
      { measurement: 'kinds', tags: { n: 'ms' }, fields: { v: 9 }, time: 1_700_000_000_123 },
      { precision: 'ms' },
    )
    await db.write(
      { measurement: 'kinds', tags: { n: 'us' }, fields: { v: 9 }, time: 1_700_000_000_123_000n },
      { precision: 'us' },
    )
    await db.write('kinds,n=line v=9 1700000000123000', { precision: 'us' })
    const back = await db.columns('SELECT v FROM kinds GROUP BY n')
    expect(back.map(({ time }) => time[0])).toEqual(new Array(8).fill(at))
    const nine = '2023-11-14T22:13:20.123456789Z'
    await db.write({ measurement: 'nine', fields: { v: 1 }, time: nine })
    expect([...points(await db.query('SELECT * FROM nine', { time: 'iso' }))]).toEqual([[nine, 1]])
  })

  it('lines in their precision beside points in ns, in order and losing nothing', async () => {
    const time = 1_700_000_000_123_456_789n
    const report = await db.write(
      [
        'mixed v=1 1700000001',
        { measurement: 'mixed', fields: { v: 2 }, time: '2023-11-14T22:13:20.123456789Z' },
        Buffer.from('mixed v=3 1700000003\nmixed v=4 1700000004'),
      ],
      { precision: 's' },
    )
    expect(report).toMatchObject({ points: 4, requests: 3 })
    const [columns] = await db.columns('SELECT v FROM mixed')
    expect(columns?.time).toEqual(
      BigInt64Array.of(
        time,
        1_700_000_001n * 10n ** 9n,
        1_700_000_003n * 10n ** 9n,
        1_700_000_004n * 10n ** 9n,
      ),
    )
  })

  it('injection: 200 texts as values and as names never leave their place', async () => {
    await db.write({ measurement: 'safe', tags: { t: 'x' }, fields: { v: 1, s: 'x' }, time: 1n })
    const parts = [
      "'",
      '"',
      '\\',
      ';',
      ' OR 1=1',
      '--',
      '/*',
      "' OR ''='",
      '"; DROP DATABASE exact; --',
      '\n',
      '$t',
      '/',
      "\\'",
      '\\"',
      '`',
      '%00',
      ')',
      ' GROUP BY *',
    ]
    const texts = Array.from(
      { length: 200 },
      (_, i) => `${parts[i % parts.length] ?? ''}${parts[(i * 7 + 3) % parts.length] ?? ''}${i}`,
    )
    for (const one of texts) {
      const answer = await db.query(
        influxql`SELECT v FROM safe WHERE t = ${one} AND s = ${one}; SELECT v FROM ${ident(one)} WHERE ${ident(one)} = ${one}`,
      )
      expect(answer.statements).toMatchObject([{ series: [] }, { series: [] }])
      const byParams = await db.query('SELECT v FROM safe WHERE t = $t', { params: { t: one } })
      expect(byParams.statements).toMatchObject([{ series: [] }])
    }
    expect(await db.showDatabases()).toContain('exact')
    expect(
      (await db.query(influxql`SELECT v FROM safe WHERE t =~ ${/^[/x]$/}`)).statements[0]?.series,
    ).toHaveLength(1)
  })

  it('literals: numbers, booleans, dates, lists and expressions mean what they are', async () => {
    await db.write(
      [1, 1e-7, 1e21, -2.5].map((v, i) => ({
        measurement: 'lit',
        fields: { v, b: i === 0, i: 2n ** 53n + 1n },
        time: BigInt(i + 1),
      })),
    )
    for (const v of [1, 1e-7, 1e21, -2.5])
      expect((await db.columns(influxql`SELECT v FROM lit WHERE v = ${v}`))[0]?.fields['v']).toEqual(
        Float64Array.of(v),
      )
    expect((await db.columns(influxql`SELECT v FROM lit WHERE b = ${true}`))[0]?.length).toBe(1)
    expect((await db.columns(influxql`SELECT v FROM lit WHERE i = ${2n ** 53n + 1n}`))[0]?.length).toBe(4)
    expect(
      (await db.columns('SELECT v FROM lit WHERE i = $i', { params: { i: 2n ** 53n + 1n } }))[0]?.length,
    ).toBe(4)
    expect(
      (await db.columns(influxql`SELECT ${[ident('v'), ident('i')]} FROM lit WHERE time < ${new Date(1)}`))[0]
        ?.fields,
    ).toHaveProperty('i')
  })

  it('the series of a table, copied in one line', async () => {
    const rows = Array.from({ length: 12_000 }, (_, i): Point => ({
      measurement: 'src',
      tags: { h: `h ${i % 3}` },
      time: BigInt(i) * 1_000n,
      fields: {
        f: i / 7,
        i: BigInt(i) * 1_000_000_007n,
        s: i % 2 ? `t"${i}` : null,
        b: i % 3 === 0 ? true : null,
      },
    }))
    await db.write(rows)
    const all = await db.columns('SELECT * FROM src GROUP BY h')
    expect(all.map(({ length }) => length)).toEqual([4000, 4000, 4000])
    const report = await db.writeColumns(all.map((one) => ({ ...one, name: 'copy' })))
    expect(report).toMatchObject({ points: 12_000, requests: 3, skipped: [] })
    const copies = await db.columns('SELECT * FROM copy GROUP BY h')
    expect(copies).toEqual(all.map((one) => ({ ...one, name: 'copy' })))
    let chunked = 0
    for await (const chunk of db.columnChunks('SELECT * FROM src GROUP BY h', { chunkSize: 1000 })) {
      expect(chunk.length).toBeLessThanOrEqual(1000)
      chunked += chunk.length
    }
    expect(chunked).toBe(12_000)
  })
})
