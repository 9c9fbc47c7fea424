// The lines themselves, without a server: what is kept of points and numbers must never show.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeColumns, encodePoints, InfluxDB, type Point } from 'node-pvxs/influx'
import type { Sample, Series } from 'node-pvxs/telemetry'
import { thrown } from '../unit/fixtures.js'
import { gateway } from './gateway.js'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()
const line = (point: Omit<Point, 'measurement'>): string =>
  text(encodePoints([{ measurement: 'm', ...point }])).trimEnd()

describe('floats are written as JavaScript prints them', () => {
  const written = (x: number): string => (Object.is(x, -0) ? '-0' : String(x))
  const expectSame = (floats: readonly number[]): void => {
    const lines = text(encodePoints(floats.map((v) => ({ measurement: 'm', fields: { v } }))))
    expect(lines.trimEnd().split('\n')).toEqual(floats.map((x) => `m v=${written(x)}`))
  }

  it('whatever their bits', () => {
    const bits = fc.double({ noNaN: true, noDefaultInfinity: true })
    fc.assert(fc.property(fc.array(bits, { minLength: 100, maxLength: 100 }), expectSame), { numRuns: 200 })
  })

  it('of every size that is measured, and of few digits', () => {
    const measured = fc.double({ min: -1e7, max: 1e7, noNaN: true })
    const few = fc.tuple(fc.integer(), fc.integer({ min: 0, max: 12 })).map(([n, e]) => n / 10 ** e)
    const single = fc.float({ noNaN: true, noDefaultInfinity: true })
    fc.assert(fc.property(fc.array(fc.oneof(measured, few, single), { minLength: 100 }), expectSame))
  })

  it('at powers of two and ten, and beside them', () => {
    const bits = new BigInt64Array(1)
    const floats = new Float64Array(bits.buffer)
    const near: number[] = []
    for (let e = -1074; e < 1024; e++) {
      for (const power of [2 ** e, 10 ** (e % 309)]) {
        for (const step of [-2n, -1n, 0n, 1n, 2n]) {
          floats[0] = power
          bits[0] = (bits[0] as bigint) + step
          if (Number.isFinite(floats[0])) near.push(floats[0])
        }
      }
    }
    expectSame(near)
  })
})

it('the first times that there are do not follow the last ones', () => {
  const times = [2n ** 63n - 2n, -(2n ** 63n) + 2n, 2n ** 63n - 3n]
  const points = times.map((time) => ({ measurement: 'm', fields: { v: 1 }, time }))
  expect(text(encodePoints(points))).toBe(times.map((time) => `m v=1 ${time}\n`).join(''))
})

it('integers and times keep all digits, whichever came before', () => {
  const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  const time = fc.oneof(
    fc.bigInt({ min: -(2n ** 63n) + 2n, max: 2n ** 63n - 2n }),
    fc.bigInt({ min: -3_000_000_000n, max: 3_000_000_000n }),
    fc.bigInt({ min: 1_700_000_000_000_000_000n, max: 1_700_000_003_000_000_000n }),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(integer, time), { minLength: 20 }), (rows) => {
      const wanted = rows.map(([v, at]) => `m v=${v}i ${at}`)
      const points = rows.map(([v, at]) => ({ measurement: 'm', fields: { v }, time: at }))
      expect(text(encodePoints(points)).trimEnd().split('\n')).toEqual(wanted)
      const columns = {
        name: 'm',
        length: rows.length,
        time: BigInt64Array.from(rows, ([, at]) => at),
        tags: {},
        fields: { v: BigInt64Array.from(rows, ([v]) => v) },
      }
      expect(text(encodeColumns(columns)).trimEnd().split('\n')).toEqual(wanted)
    }),
  )
})

describe('points of one shape after another', () => {
  it('take nothing from the one before', () => {
    const points: Point[] = [
      { measurement: 'm', tags: { b: '1', a: '2' }, fields: { v: 1, w: 2 } },
      { measurement: 'm', tags: { b: '1' }, fields: { v: 1 } },
      { measurement: 'm', tags: { b: '1', a: '' }, fields: { w: 1, v: undefined } },
      { measurement: 'm', tags: { b: '1', a: null }, fields: { v: null, w: 1 } },
      { measurement: 'm', tags: { b: true }, fields: { v: true } },
      { measurement: 'm', tags: { b: 'true' }, fields: { v: 'true' } },
      { measurement: 'm', fields: { v: 1 } },
      { measurement: 'm', tags: {}, fields: { v: 2 } },
      { measurement: 'n', tags: { b: '1' }, fields: { v: 1 } },
    ]
    expect(text(encodePoints([...points, ...points.toReversed()])).split('\n')).toEqual([
      ...['m,a=2,b=1 v=1,w=2', 'm,b=1 v=1', 'm,b=1 w=1', 'm,b=1 w=1', 'm,b=true v=t', 'm,b=true v="true"'],
      ...['m v=1', 'm v=2', 'n,b=1 v=1', 'n,b=1 v=1', 'm v=2', 'm v=1', 'm,b=true v="true"', 'm,b=true v=t'],
      ...['m,b=1 w=1', 'm,b=1 w=1', 'm,b=1 v=1', 'm,a=2,b=1 v=1,w=2', ''],
    ])
  })

  it('keep 0 and -0, 1 and 1n as tags apart', () => {
    const tags = [0, -0, 1, 1n, '1', -0, 0]
    const lines = text(encodePoints(tags.map((n) => ({ measurement: 'm', tags: { n }, fields: { v: 1 } }))))
    expect(lines.match(/n=\S+/g)).toEqual(['n=0', 'n=-0', 'n=1', 'n=1', 'n=1', 'n=-0', 'n=0'])
  })

  it.each<[string, Partial<Point>]>([
    ['tags', { tags: { 'a\0b': 'x' } }],
    ['fields', { fields: { 'a\0b': 1 } }],
  ])('do not make a name that holds NUL valid: %s', (_, bad) => {
    const good = { measurement: 'm', tags: { a: 'x', b: 'x' }, fields: { a1: 1 } }
    const split = { measurement: 'm', tags: { a: 'x' }, fields: { a: 1, b: 1 } }
    const points = [good, { ...split, tags: {} }, { measurement: 'm', fields: { v: 1 }, ...bad }]
    expect(thrown(() => encodePoints(points as Point[]))).toMatchObject({ index: 2 })
  })

  it('read their own properties only', () => {
    const inherits = <T extends object>(own: T): T =>
      Object.assign(Object.create({ other: 'x' }) as object, own)
    expect(line({ tags: inherits({ a: 'x' }), fields: inherits({ v: 1 }) })).toBe('m,a=x v=1')
  })

  it('are checked for a key that is tag and field, each of them', () => {
    const fields = { k: 1 }
    const good = { measurement: 'm', tags: { k: '' }, fields }
    expect(thrown(() => encodePoints([good, good, { ...good, tags: { k: 'x' } }]))).toMatchObject({
      ...{ index: 2, path: 'fields.k' },
    })
  })

  it('that are refused leave nothing of themselves', async () => {
    await using server = await gateway((response) => response.writeHead(204).end())
    await using db = new InfluxDB({ url: server.url, database: 'd' })
    const bad = { measurement: 'm', tags: { a: 'x' }, fields: { v: 1, w: '\ud800' } }
    const good = { measurement: 'm', tags: { a: 'x' }, fields: { v: 1, w: 'ö"\\' }, time: 5n }
    await db.write([bad, good, { ...good, time: 'never' }, bad, good], { onInvalid: 'skip', batchSize: 2 })
    expect(server.requests.map(({ body }) => String(body))).toEqual([
      'm,a=x v=1,w="ö\\"\\\\" 5\nm,a=x v=1,w="ö\\"\\\\" 5\n',
    ])
  })
})

it.each<[string, Partial<Series>, Partial<Sample>]>([
  ['units', { units: '\ud800' }, {}],
  ['description', { description: 5 as never }, {}],
  ['choice', { type: 'enum', choices: ['a\ud800'] }, { value: 0 }],
])(
  'a sample whose series has a text that cannot be written is rejected: %s',
  async (what, series, sample) => {
    const db = new InfluxDB({ url: 'http://127.0.0.1:1', database: 'd' })
    const one = {
      series: { id: 'x', type: 'float64', ...series },
      time: 1n,
      value: 1,
      severity: 0,
      ...sample,
    }
    expect(await db.sink().write([one as Sample])).toEqual({
      written: 0,
      rejected: [{ index: 0, reason: expect.stringContaining(what) as string }],
    })
    await db.close()
  },
)
