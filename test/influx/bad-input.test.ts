// Everything that may be handed in wrongly, and what is said of it.
import { describe, expect, it } from 'vitest'
import {
  encodeColumns,
  encodePoints,
  ident,
  InfluxDB,
  influxql,
  int,
  pointSchema,
  raw,
  uint,
  type Columns,
} from 'node-pvxs/influx'
import { rejection, thrown } from '../unit/fixtures.js'
import { gateway } from './gateway.js'

const ARGUMENT = 'ERR_INFLUX_ARGUMENT'
const url = 'http://127.0.0.1:1'

describe('options', () => {
  it.each<[unknown, RegExp]>([
    [undefined, /url/],
    [null, /options/],
    ['http://x', /options/],
    [{}, /"url" is missing/],
    [{ url: 'localhost' }, /"url"/],
    [{ url: 'ftp://x' }, /"url"/],
    [{ url: 5 }, /"url"/],
    [{ url: 'http://x?db=y' }, /"url"/],
    [{ url, database: '' }, /"database"/],
    [{ url, database: 'a\nb' }, /"database"/],
    [{ url, database: 5 }, /"database"/],
    [{ url, retentionPolicy: 5 }, /"retentionPolicy"/],
    [{ url, org: {} }, /"org"/],
    [{ url, api: 'v4' }, /"api"/],
    [{ url, auth: 'token' }, /"auth"/],
    [{ url, auth: { token: 'a b' } }, /"auth\.token"/],
    [{ url, auth: { token: 5 } }, /"auth\.token"/],
    [{ url, auth: { token: 't', scheme: 'Basic' } }, /"auth\.scheme"/],
    [{ url, auth: { username: 'u' } }, /"auth\.password"/],
    [{ url, auth: { username: 'u:v', password: 'p' } }, /colon/],
    [{ url, auth: { username: 'u', password: 'p', via: 'cookie' } }, /"auth\.via"/],
    [{ url, auth: { user: 'u' } }, /"auth"/],
    [{ url, timeout: 0 }, /"timeout"/],
    [{ url, timeout: '5s' }, /"timeout"/],
    [{ url, precision: 'u' }, /"precision"/],
    [{ url, gzip: 1 }, /"gzip"/],
    [{ url, socketPath: '' }, /"socketPath"/],
    [{ url, tls: true }, /"tls"/],
    [{ url, headers: { 'a b': 'x' } }, /"headers"/],
    [{ url, headers: { a: 'x\r\ny: z' } }, /"headers\.a"/],
    [{ url, connections: 0 }, /"connections"/],
    [{ url, dispatcher: {} }, /"dispatcher"/],
    [{ url, dataBase: 'x' }, /"dataBase"/],
  ])('%o', (options, complaint) => {
    expect(thrown(() => new InfluxDB(options as never))).toMatchObject({
      code: ARGUMENT,
      message: expect.stringMatching(complaint) as string,
    })
  })
})

describe('points', () => {
  it.each<[unknown, string | undefined]>([
    [null, undefined],
    [5, undefined],
    [[1], undefined],
    [{ measurement: 'm' }, 'fields'],
    [{ measurement: 'm', fields: {} }, 'fields'],
    [{ measurement: 'm', fields: [] }, 'fields'],
    [{ fields: { v: 1 } }, 'measurement'],
    [{ measurement: '', fields: { v: 1 } }, 'measurement'],
    [{ measurement: '#m', fields: { v: 1 } }, 'measurement'],
    [{ measurement: 'm\\', fields: { v: 1 } }, 'measurement'],
    [{ measurement: 'm\\,n', fields: { v: 1 } }, 'measurement'],
    [{ measurement: 'm\\=n', fields: { v: 1 } }, 'measurement'],
    [{ measurement: 'm\n', fields: { v: 1 } }, 'measurement'],
    [{ measurement: '\ud800', fields: { v: 1 } }, 'measurement'],
    [{ measurement: 'm', tags: 5, fields: { v: 1 } }, 'tags'],
    [{ measurement: 'm', tags: { t: 'x\\' }, fields: { v: 1 } }, 'tags.t'],
    [{ measurement: 'm', tags: { t: 'x\0' }, fields: { v: 1 } }, 'tags.t'],
    [{ measurement: 'm', tags: { t: {} }, fields: { v: 1 } }, 'tags.t'],
    [{ measurement: 'm', tags: { time: 'x' }, fields: { v: 1 } }, 'tags.time'],
    [{ measurement: 'm', tags: { '': 'x' }, fields: { v: 1 } }, 'tags.'],
    [{ measurement: 'm', tags: { v: 'x' }, fields: { v: 1 } }, 'fields.v'],
    [{ measurement: 'm', fields: { time: 1 } }, 'fields.time'],
    [{ measurement: 'm', fields: { '': 1 } }, 'fields.'],
    [{ measurement: 'm', fields: { 'v\\ w': 1 } }, 'fields.v\\ w'],
    [{ measurement: 'm', fields: { v: 2n ** 63n } }, 'fields.v'],
    [{ measurement: 'm', fields: { v: -(2n ** 63n) - 1n } }, 'fields.v'],
    [{ measurement: 'm', fields: { v: {} } }, 'fields.v'],
    [{ measurement: 'm', fields: { v: () => 1 } }, 'fields.v'],
    [{ measurement: 'm', fields: { v: '\udc00' } }, 'fields.v'],
    [{ measurement: 'm', fields: { v: 1 }, time: 1_700_000_000_000 }, 'time'],
    [{ measurement: 'm', fields: { v: 1 }, time: new Date('x') }, 'time'],
    [{ measurement: 'm', fields: { v: 1 }, time: 'yesterday' }, 'time'],
    [{ measurement: 'm', fields: { v: 1 }, time: '2023-02-30' }, 'time'],
    [{ measurement: 'm', fields: { v: 1 }, time: 2n ** 63n - 1n }, 'time'],
    [{ measurement: 'm', fields: { v: 1 }, time: {} }, 'time'],
    [{ measurement: 'm', fields: { v: 1 }, time: null }, 'time'],
  ])('%o is refused, and nothing of its batch is sent', async (point, path) => {
    const good = { measurement: 'good', fields: { v: 1 } }
    expect(thrown(() => encodePoints([good, point as never]))).toMatchObject({
      code: ARGUMENT,
      index: 1,
      ...(path === undefined ? {} : { path }),
    })
    await using server = await gateway((response) => response.writeHead(204).end())
    await using db = new InfluxDB({ url: server.url, database: 'x' })
    const error = await rejection(db.write([good, point as never]))
    expect(error).toMatchObject({ code: ARGUMENT, index: 1, ...(path === undefined ? {} : { path }) })
    expect(server.requests).toEqual([])
    const report = await db.write([good, point as never, good], { onInvalid: 'skip' })
    expect(report).toMatchObject({ points: 2, skipped: [{ index: 1 }] })
    expect(String(server.requests[0]?.body)).toBe('good v=1\ngood v=1\n')
  })

  it('leaves out what has no value, and counts it', async () => {
    await using server = await gateway((response) => response.writeHead(204).end())
    await using db = new InfluxDB({ url: server.url, database: 'x' })
    const report = await db.write([
      {
        measurement: 'm',
        tags: { a: '', b: null, c: undefined, d: 5, e: true, f: 7n },
        fields: { n: null, u: undefined, x: NaN, y: Infinity, z: -0 },
      },
      { measurement: 'm', fields: { x: NaN } },
    ])
    expect(String(server.requests[0]?.body)).toBe('m,d=5,e=true,f=7 z=-0\n')
    expect(report).toMatchObject({ points: 1, fieldsSkipped: 5, skipped: [{ index: 1 }] })
    expect((await db.write([])).requests).toBe(0)
    expect((await db.write('')).requests).toBe(0)
  })

  it('adds tags and a measurement, and the point’s own win', () => {
    const text = Buffer.from(
      encodePoints([{ tags: { a: 'own' }, fields: { v: 1 } }], {
        measurement: 'm',
        tags: { z: '1', a: 'all' },
      }),
    ).toString()
    expect(text).toBe('m,a=own,z=1 v=1\n')
  })

  it.each<[unknown, RegExp]>([
    [null, /data/],
    [5, /data/],
    [undefined, /data/],
  ])('data that is %o', async (data, complaint) => {
    await using db = new InfluxDB({ url, database: 'x' })
    expect(await rejection(db.write(data as never))).toMatchObject({
      code: ARGUMENT,
      message: expect.stringMatching(complaint) as string,
    })
  })

  it('needs a database, and options that exist', async () => {
    await using db = new InfluxDB({ url })
    expect(await rejection(db.write('m v=1'))).toMatchObject({ code: ARGUMENT })
    for (const options of [
      { batchSize: 0 },
      { maxBytes: 0 },
      { onInvalid: 'ignore' },
      { tags: { a: 5 } },
      { tags: { time: 'x' } },
      { measurement: '#' },
      { precision: 'h' },
      { retry: 1 },
      { batchsize: 5 },
      { signal: 5 },
    ])
      expect(await rejection(db.write('m v=1', { database: 'x', ...options } as never))).toMatchObject({
        code: ARGUMENT,
      })
  })
})

it.each([1.5, NaN, 2 ** 53, '1', null, 2n ** 64n])('int(%o) and uint(%o) are refused', (n) => {
  expect(thrown(() => int(n as number))).toMatchObject({ code: ARGUMENT })
  expect(thrown(() => uint(n as number))).toMatchObject({ code: ARGUMENT })
  expect(thrown(() => uint(-1))).toMatchObject({ code: ARGUMENT })
})

describe('columns', () => {
  const good: Columns = {
    name: 'm',
    length: 2,
    time: BigInt64Array.of(1n, 2n),
    tags: {},
    fields: { v: Float64Array.of(1, 2) },
  }
  it.each<[object, string | undefined]>([
    [{ length: 3 }, 'time'],
    [{ length: -1 }, 'length'],
    [{ time: [1n, 2n] }, 'time'],
    [{ time: BigInt64Array.of(1n, -(2n ** 63n)) }, 'time'],
    [{ fields: {} }, 'fields'],
    [{ fields: { v: Float64Array.of(1) } }, 'fields.v'],
    [{ fields: { v: 'ab' } }, 'fields.v'],
    [{ fields: { v: [1, {}] } }, 'fields.v'],
    [{ fields: { v: [1n, 2n ** 63n] } }, 'fields.v'],
    [{ fields: { time: [1, 2] } }, 'fields.time'],
    [{ tags: { t: ['a'] } }, 'tags.t'],
    [{ tags: { t: 5 } }, 'tags.t'],
    [{ tags: { v: 'x' } }, 'fields.v'],
    [{ nulls: { v: new Uint8Array(1) } }, 'nulls.v'],
    [{ nulls: { w: new Uint8Array(2) } }, 'nulls.w'],
    [{ name: '#' }, 'name'],
  ])('%o', async (wrong, path) => {
    expect(thrown(() => encodeColumns({ ...good, ...wrong }))).toMatchObject({
      code: ARGUMENT,
      path,
    })
    await using db = new InfluxDB({ url, database: 'x' })
    expect(await rejection(db.writeColumns({ ...good, ...wrong }))).toMatchObject({
      code: ARGUMENT,
      path,
    })
  })

  it('leave out what has no value', () => {
    const text = encodeColumns({
      ...good,
      length: 3,
      time: BigInt64Array.of(1n, 2n, 3n),
      tags: { a: 'x y', b: ['1', '', '3'] },
      fields: {
        f: Float32Array.of(1.5, NaN, NaN),
        i: Int32Array.of(1, 2, 3),
        u: BigUint64Array.of(1n, 2n, 3n),
        s: ['a', null, null],
      },
      nulls: { i: Uint8Array.of(0, 0, 1), u: Uint8Array.of(0, 1, 1) },
    })
    expect(Buffer.from(text).toString()).toBe('m,a=x\\ y,b=1 f=1.5,i=1i,u=1u,s="a" 1\nm,a=x\\ y i=2i 2\n')
  })
})

describe('queries', () => {
  it.each(['', '  ', 5, null, 'SELECT \0', '\ud800'])('that are %o', async (q) => {
    await using db = new InfluxDB({ url, database: 'x' })
    expect(await rejection(db.query(q as string))).toMatchObject({ code: ARGUMENT })
  })

  it.each([
    { params: 5 },
    { params: { a: null } },
    { params: { a: NaN } },
    { integers: 'big' },
    { time: 'ns' },
    { types: { a: 'float' } },
    { epoch: 'ns' },
  ])('with %o', async (options) => {
    await using db = new InfluxDB({ url, database: 'x' })
    expect(await rejection(db.query('SELECT', options as never))).toMatchObject({ code: ARGUMENT })
  })

  it.each([
    null,
    undefined,
    {},
    NaN,
    Infinity,
    2n ** 63n,
    'a\0',
    '\ud800',
    /x/g,
    /x/m,
    new Date('x'),
    [],
    [null],
    Symbol('x'),
    () => 1,
  ])('literal %o', (value) => {
    expect(thrown(() => influxql`${value as never}`)).toMatchObject({ code: ARGUMENT })
  })

  it('names', () => {
    for (const name of ['', 'a\0', 5, '\ud800'])
      expect(thrown(() => ident(name as string))).toMatchObject({ code: ARGUMENT })
    expect(thrown(() => ident())).toMatchObject({ code: ARGUMENT })
    expect(thrown(() => raw(5 as never))).toMatchObject({ code: ARGUMENT })
    expect(
      influxql`${ident('a"b', 'c\\')} ${"it's"} ${1e-7} ${-1.5} ${1e21} ${12n} ${true} ${[1, 'x']} ${/a\/b/i} ${raw('x')}`
        .text,
    ).toBe(`"a\\"b"."c\\\\" 'it\\'s' 0.0000001 -1.5 1000000000000000000000.0 12 true 1, 'x' /(?i)a\\/b/ x`)
  })
})

describe('schemas', () => {
  it.each<[unknown, unknown]>([
    ['m', { t: 'tag' }],
    ['m', { a: 'time', b: 'time', v: 'float' }],
    ['m', { a: 'number' }],
    ['m', { a: { tag: 5 } }],
    ['m', 5],
    ['', { v: 'float' }],
  ])('%o %o', (measurement, shape) => {
    expect(thrown(() => pointSchema(measurement as string, shape as never))).toMatchObject({ code: ARGUMENT })
  })

  it('rows that do not fit', () => {
    const State = { off: 0, on: 1 } as const
    const schema = pointSchema('m', { at: 'time', t: 'tag?', f: 'float', i: 'int?', s: { string: State } })
    const good = { at: 1n, f: 1, s: State.on } as const
    expect(schema.point(good)).toEqual({ measurement: 'm', tags: {}, fields: { f: 1, s: 'on' }, time: 1n })
    for (const wrong of [{ f: '1' }, { f: undefined }, { i: 1.5 }, { i: 2n ** 63n }, { s: 7 }, { t: 5 }])
      expect(thrown(() => schema.point({ ...good, ...wrong } as never))).toMatchObject({ code: ARGUMENT })
    const back = schema.rows({
      statements: [
        {
          index: 0,
          messages: [],
          series: [
            {
              name: 'm',
              tags: { t: 'x' },
              columns: ['time', 'f', 's', 'i'],
              values: [[1n, 1, 'on', null]],
              partial: false,
            },
          ],
        },
      ],
    })
    expect(back).toEqual([{ at: 1n, t: 'x', f: 1, s: 1 }])
    expect(pointSchema('m', { t: 'tag' }, { placeholder: true }).point({ t: 'x' })).toEqual({
      measurement: 'm',
      tags: { t: 'x' },
      fields: { _: true },
    })
  })
})

it('history and sinks name what is wrong', async () => {
  await using db = new InfluxDB({ url, database: 'x' })
  expect(thrown(() => db.sink({ layout: 'table' as never }))).toMatchObject({ code: ARGUMENT })
  expect(thrown(() => db.history({ prefix: '#' }))).toMatchObject({ code: ARGUMENT })
  expect(thrown(() => new InfluxDB({ url }).sink())).toMatchObject({ code: ARGUMENT })
  const history = db.history()
  const first = (work: AsyncIterable<unknown>) =>
    rejection(
      (async () => {
        for await (const _ of work) return
      })(),
    )
  expect(await first(history.read(5 as never, { from: 0n, to: 1n }))).toMatchObject({ code: ARGUMENT })
  expect(await first(history.read('x', {} as never))).toMatchObject({ code: ARGUMENT })
  expect(await first(history.read('x', { from: 5 as never, to: 1n }))).toMatchObject({ code: ARGUMENT })
  expect(await first(history.read('x', { from: 0n, to: 1n, order: 'up' as never }))).toMatchObject({
    code: ARGUMENT,
  })
  expect(await first(history.windows('x', { from: 0n, to: 1n }, 5 as never))).toMatchObject({
    code: ARGUMENT,
  })
  expect(await first(history.find(5 as never))).toMatchObject({ code: ARGUMENT })
  expect(await rejection(history.at('x' as never, 1n))).toMatchObject({ code: ARGUMENT })
  expect(await rejection(db.sink().write(5 as never))).toMatchObject({ code: ARGUMENT })
})
