// Answers that no good server gives, and calls that are given up at every phase.
import { getEventListeners, once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import {
  InfluxDB,
  InfluxError,
  InfluxQueryError,
  InfluxWriteError,
  type InfluxOptions,
} from 'node-pvxs/influx'
import { drain, rejection, thrown, until } from '../unit/fixtures.js'
import { gateway } from './gateway.js'

const client = (url: string, more: Partial<InfluxOptions> = {}): InfluxDB =>
  new InfluxDB({ url, database: 'lab', ...more })
const JSON_TYPE = { 'content-type': 'application/json' }
const MSGPACK = { 'content-type': 'application/x-msgpack' }
const long = process.env['NODE_PVXS_INFLUX_LONG'] === '1' ? 10_000 : 1_000

/** MessagePack of a value, as influxd writes it: times as int64, floats as doubles. */
function pack(x: unknown): Buffer {
  if (x === null) return Buffer.of(0xc0)
  if (typeof x === 'boolean') return Buffer.of(x ? 0xc3 : 0xc2)
  if (typeof x === 'bigint') {
    const b = Buffer.alloc(9, 0xd3)
    b.writeBigInt64BE(x, 1)
    return b
  }
  if (typeof x === 'number') {
    const b = Buffer.alloc(9, 0xcb)
    b.writeDoubleBE(x, 1)
    return b
  }
  if (typeof x === 'string') {
    const text = Buffer.from(x)
    const head = Buffer.alloc(5, 0xdb)
    head.writeUInt32BE(text.length, 1)
    return Buffer.concat([head, text])
  }
  if (Array.isArray(x)) {
    const head = Buffer.alloc(5, 0xdd)
    head.writeUInt32BE(x.length, 1)
    return Buffer.concat([head, ...x.map(pack)])
  }
  const entries = Object.entries(x as object)
  return Buffer.concat([Buffer.of(0x80 | entries.length), ...entries.flatMap(([k, v]) => [pack(k), pack(v)])])
}
const document = (values: unknown[], more: object = {}, result: object = {}): Record<string, unknown> => ({
  results: [
    {
      statement_id: 0n,
      series: [{ name: 'm', tags: { t: 'żółć' }, columns: ['time', 'v', 's'], values, ...more }],
      ...result,
    },
  ],
})
const rows = Array.from({ length: 50 }, (_, i) => [BigInt(i), i / 3, i % 5 === 0 ? null : `żółć ${i}`])

describe('an answer of /query', () => {
  const body = pack(document(rows))
  it.each([1, 2, 3, 7, 64])('may be cut anywhere: in parts of %d bytes', async (size) => {
    await using server = await gateway(async (response) => {
      response.writeHead(200, MSGPACK)
      for (let at = 0; at < body.length; at += size) {
        response.write(body.subarray(at, at + size))
        if (at % (size * 64) === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      response.end()
    })
    await using db = client(server.url)
    const result = await db.query('SELECT')
    expect(result.statements[0]?.series[0]).toMatchObject({ name: 'm', tags: { t: 'żółć' }, values: rows })
    const [columns] = await db.columns('SELECT')
    expect(columns?.fields).toEqual({
      v: Float64Array.from(rows, (row) => row[1] as number),
      s: rows.map((row) => row[2]),
    })
    expect(await drain(db.rows('SELECT'))).toEqual(rows.map(([time, v, s]) => ({ time, t: 'żółć', v, s })))
  })

  it('in JSON is read as exactly', async () => {
    const text = `{"results":[{"statement_id":0,"series":[{"name":"m","columns":["time","v","f"],"values":[[1700000000123456789,9007199254740993,0.5],[1700000000123456790,null,2]]}]}]}\n`
    await using server = await gateway((response) => response.writeHead(200, JSON_TYPE).end(text))
    await using db = client(server.url)
    expect((await db.query('SELECT')).statements[0]?.series[0]?.values).toEqual([
      [1_700_000_000_123_456_789n, 9_007_199_254_740_993n, 0.5],
      [1_700_000_000_123_456_790n, null, 2],
    ])
    expect((await db.columns('SELECT'))[0]).toMatchObject({
      fields: { v: BigInt64Array.of(9_007_199_254_740_993n, 0n), f: Float64Array.of(0.5, 2) },
      nulls: { v: Uint8Array.of(0, 1) },
    })
    expect(await rejection(db.query('SELECT', { integers: 'number' }))).toMatchObject({
      code: 'ERR_INFLUX_ARGUMENT',
    })
    expect(
      (await db.columns('SELECT', { types: { f: 'float64', v: 'int64' } }))[0]?.fields['v'],
    ).toBeInstanceOf(BigInt64Array)
  })

  it('keeps names such as __proto__ away from prototypes', async () => {
    const odd = pack({
      results: [
        {
          statement_id: 0n,
          series: [
            {
              name: 'm',
              tags: { ['__proto__']: 'x' },
              columns: ['time', 'constructor', '__proto__'],
              values: [[1n, 'c', 'p']],
            },
          ],
        },
      ],
    })
    await using server = await gateway((response) => response.writeHead(200, MSGPACK).end(odd))
    await using db = client(server.url)
    const [row] = await drain(db.rows('SELECT'))
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype)
    expect(Object.entries(row as object)).toEqual([
      ['time', 1n],
      ['__proto__', 'p'],
      ['constructor', 'c'],
    ])
    expect(({} as Record<string, unknown>)['x']).toBe(undefined)
  })

  it.each<[string, (r: ServerResponse) => unknown, string]>([
    [
      'a page of HTML',
      (r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<html>login</html>'),
      'ERR_INFLUX_CONNECTION',
    ],
    ['nothing at all', (r) => r.writeHead(200, MSGPACK).end(), 'ERR_INFLUX_CONNECTION'],
    ['empty JSON', (r) => r.writeHead(200, JSON_TYPE).end(''), 'ERR_INFLUX_CONNECTION'],
    [
      'half a document that ends cleanly',
      (r) => r.writeHead(200, MSGPACK).end(body.subarray(0, body.length >> 1)),
      'ERR_INFLUX_CONNECTION',
    ],
    [
      'half of JSON',
      (r) => r.writeHead(200, JSON_TYPE).end('{"results":[{"statement_id":0,"ser'),
      'ERR_INFLUX_CONNECTION',
    ],
    [
      'JSON that is another document',
      (r) => r.writeHead(200, JSON_TYPE).end('{"a":1}'),
      'ERR_INFLUX_CONNECTION',
    ],
    [
      'a whole document of which more should follow',
      (r) => r.writeHead(200, MSGPACK).end(pack(document(rows, { partial: true }, { partial: true }))),
      'ERR_INFLUX_CONNECTION',
    ],
    [
      'bytes that mean nothing',
      (r) => r.writeHead(200, MSGPACK).end(Buffer.of(0xc1, 1, 2)),
      'ERR_INFLUX_CONNECTION',
    ],
    [
      'a socket that breaks',
      (r) => {
        r.writeHead(200, MSGPACK)
        r.write(body.subarray(0, 100))
        setTimeout(() => r.destroy(), 20)
      },
      'ERR_INFLUX_CONNECTION',
    ],
    [
      'gzip that is none',
      (r) => r.writeHead(200, { ...MSGPACK, 'content-encoding': 'gzip' }).end('no gzip'),
      'ERR_INFLUX_CONNECTION',
    ],
    [
      'gzip that is cut',
      (r) => r.writeHead(200, { ...MSGPACK, 'content-encoding': 'gzip' }).end(gzipSync(body).subarray(0, 60)),
      'ERR_INFLUX_CONNECTION',
    ],
    ['a redirect', (r) => r.writeHead(302, { location: '/login' }).end(), 'ERR_INFLUX_QUERY'],
    ['401', (r) => r.writeHead(401, JSON_TYPE).end('{"error":"no"}'), 'ERR_INFLUX_AUTH'],
    ['500', (r) => r.writeHead(500, JSON_TYPE).end('{"error":"timeout"}'), 'ERR_INFLUX_BUSY'],
    [
      'a stall',
      (r) => {
        r.writeHead(200, MSGPACK)
        r.write(body.subarray(0, 100))
      },
      'ERR_INFLUX_TIMEOUT',
    ],
    ['no head', () => undefined, 'ERR_INFLUX_TIMEOUT'],
  ])('that is %s is an error', async (_, answer, code) => {
    await using server = await gateway((response) => answer(response))
    await using db = client(server.url, { timeout: 300 })
    for (const read of [
      () => db.query('SELECT'),
      () => db.columns('SELECT'),
      () => drain(db.rows('SELECT')),
      () => drain(db.queryChunks('SELECT')),
    ])
      expect(await rejection(read())).toMatchObject({ code })
  })

  it('is read from gzip', async () => {
    await using server = await gateway((response) =>
      response.writeHead(200, { ...MSGPACK, 'content-encoding': 'gzip' }).end(gzipSync(body)),
    )
    await using db = client(server.url, { gzip: true })
    expect((await db.query('SELECT')).statements[0]?.series[0]?.values).toHaveLength(50)
    expect(server.requests[0]?.headers['accept-encoding']).toBe('gzip')
  })

  it('that fails in the middle of a stream is thrown in its place', async () => {
    const failed = Buffer.concat([
      pack(document(rows.slice(0, 10), { partial: true }, { partial: true })),
      pack({ results: [{ error: 'the engine stopped' }] }),
    ])
    await using server = await gateway((response) => response.writeHead(200, MSGPACK).end(failed))
    await using db = client(server.url)
    const seen: unknown[] = []
    const error = await rejection(
      (async () => {
        for await (const row of db.rows('SELECT')) seen.push(row)
      })(),
    )
    expect(seen).toHaveLength(10)
    expect(error).toBeInstanceOf(InfluxQueryError)
    expect(error).toMatchObject({ code: 'ERR_INFLUX_QUERY', statement: 0 })
    expect(error.message).toContain('the engine stopped')
  })

  it('without an end stops when the loop is left, and its socket closes', async () => {
    let stopped = false
    await using server = await gateway((response) => {
      response.writeHead(200, MSGPACK)
      const chunk = pack(document(rows, { partial: true }, { partial: true }))
      const more = setInterval(() => response.write(chunk), 1)
      response.on('close', () => {
        stopped = true
        clearInterval(more)
      })
    })
    await using db = client(server.url)
    for await (const row of db.rows('SELECT')) if (row['time'] === 30n) break
    await until(() => stopped && server.sockets.size === 0, 'the socket to close')
  })
})

describe('a call that is given up', () => {
  it.each(['head', 'body'])('rejects with the reason and frees the socket: %s', async (phase) => {
    await using server = await gateway((response) => {
      if (phase === 'body') {
        response.writeHead(200, MSGPACK)
        response.write(pack(document(rows)).subarray(0, 50))
      }
    })
    await using db = client(server.url)
    const reason = new Error('enough')
    const stop = new AbortController()
    const calls = [
      db.query('SELECT', { signal: stop.signal }),
      db.write('m v=1', { signal: stop.signal }),
      db.ping({ signal: stop.signal }),
    ]
    await until(() => server.requests.length === 3, 'the requests')
    await new Promise((resolve) => setTimeout(resolve, 20))
    stop.abort(reason)
    for (const call of calls) expect(await rejection(call)).toBe(reason)
    await until(() => server.sockets.size === 0, 'the sockets to close')
    expect(await rejection(db.query('SELECT', { signal: AbortSignal.abort(reason) }))).toBe(reason)
  })

  it('while it waits for a connection is given up, too', async () => {
    await using server = await gateway(() => undefined)
    await using db = client(server.url, { connections: 1 })
    const first = rejection(db.query('SELECT', { timeout: 400 }))
    expect(await rejection(db.query('SELECT', { timeout: 50 }))).toMatchObject({ code: 'ERR_INFLUX_TIMEOUT' })
    expect(await first).toMatchObject({ code: 'ERR_INFLUX_TIMEOUT' })
    expect(server.requests).toHaveLength(1)
  })

  it('at close rejects with ERR_INFLUX_CLOSED, as do calls after it', async () => {
    await using server = await gateway(() => undefined)
    const db = client(server.url)
    const running = [
      rejection(db.query('SELECT')),
      rejection(db.write('m v=1')),
      rejection(drain(db.rows('SELECT'))),
    ]
    await until(() => server.requests.length === 3, 'the requests')
    await db.with({ database: 'other' }).close()
    expect(db.closed).toBe(false)
    await Promise.all([db.close(), db.close()])
    for (const call of running) expect(await call).toMatchObject({ code: 'ERR_INFLUX_CLOSED' })
    expect(await rejection(db.ping())).toMatchObject({ code: 'ERR_INFLUX_CLOSED' })
    expect(db.closed).toBe(true)
    await until(() => server.sockets.size === 0, 'the sockets to close')
  })

  it(`leaves nothing: ${long} aborted and ${long} timed-out calls`, async () => {
    await using server = await gateway(() => undefined)
    await using db = client(server.url, { connections: 50 })
    const shared = new AbortController()
    const listeners = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = listeners()
    for (let i = 0; i < long; i += 50) {
      const stop = new AbortController()
      const aborted = Array.from({ length: 50 }, () =>
        rejection(db.query('SELECT', { signal: AbortSignal.any([stop.signal, shared.signal]) })),
      )
      await new Promise((resolve) => setImmediate(resolve))
      stop.abort(new Error('enough'))
      for (const error of await Promise.all(aborted)) expect(error.message).toBe('enough')
      const late = Array.from({ length: 50 }, () =>
        rejection(db.query('SELECT', { timeout: 2, signal: shared.signal })),
      )
      for (const error of await Promise.all(late)) expect(error).toMatchObject({ code: 'ERR_INFLUX_TIMEOUT' })
    }
    await until(() => server.sockets.size === 0, 'the sockets to close')
    expect(listeners()).toBeLessThanOrEqual(before + 3)
    expect(getEventListeners(shared.signal, 'abort')).toEqual([])
    expect(db.stats).toMatchObject({ requests: 2 * long, failed: 2 * long })
  }, 120_000)
})

describe('a write that fails', () => {
  it.each<[number, string, Record<string, string>, object]>([
    [
      400,
      '{"error":"unable to parse \'x\': missing fields"}',
      {},
      { code: 'ERR_INFLUX_WRITE', retryable: false, partial: false },
    ],
    [
      400,
      '{"error":"partial write: field type conflict dropped=2"}',
      {},
      { code: 'ERR_INFLUX_WRITE', partial: true, dropped: 2 },
    ],
    [401, '{"error":"authorization failed"}', {}, { code: 'ERR_INFLUX_AUTH', retryable: true }],
    [403, '{"error":"forbidden"}', {}, { code: 'ERR_INFLUX_AUTH', retryable: true }],
    [
      404,
      '{"error":"database not found: \\"lab\\""}',
      {},
      { code: 'ERR_INFLUX_NOT_FOUND', retryable: true, hint: 'createDatabase("lab") makes it' },
    ],
    [404, '404 page not found', { 'content-type': 'text/plain' }, { code: 'ERR_INFLUX_NOT_FOUND' }],
    [500, '{"error":"retention policy not found: x"}', {}, { code: 'ERR_INFLUX_NOT_FOUND', retryable: true }],
    [500, '{"error":"timeout"}', {}, { code: 'ERR_INFLUX_BUSY', retryable: true }],
    [408, '', {}, { code: 'ERR_INFLUX_BUSY', retryable: true }],
    [429, '', { 'retry-after': '7' }, { code: 'ERR_INFLUX_BUSY', retryable: true, retryAfter: 7000 }],
    [503, '', { 'retry-after': 'nonsense' }, { code: 'ERR_INFLUX_BUSY', retryable: true }],
    [413, '', {}, { code: 'ERR_INFLUX_TOO_LARGE', retryable: false }],
    [200, '<html>', { 'content-type': 'text/html' }, { code: 'ERR_INFLUX_CONNECTION', retryable: true }],
    [302, '', {}, { code: 'ERR_INFLUX_CONNECTION' }],
  ])('with %d %s', async (status, body, headers, known) => {
    await using server = await gateway((response) =>
      response.writeHead(status, { ...JSON_TYPE, ...headers }).end(body),
    )
    await using db = client(server.url)
    const error = await rejection(db.write('m v=1'))
    expect(error).toBeInstanceOf(InfluxWriteError)
    expect(error).toBeInstanceOf(InfluxError)
    expect(error).toMatchObject({ ...known, op: 'write', database: 'lab', written: 0 })
    if (headers['retry-after'] === 'nonsense') expect(error).not.toHaveProperty('retryAfter')
  })

  it('with Retry-After as a date waits until then', async () => {
    const date = new Date(Date.now() + 60_000).toUTCString()
    await using server = await gateway((response) => response.writeHead(429, { 'retry-after': date }).end())
    await using db = client(server.url)
    const { retryAfter } = await rejection(db.write('m v=1'))
    expect(retryAfter).toBeGreaterThan(50_000)
    expect(retryAfter).toBeLessThanOrEqual(60_000)
  })

  it('is tried again when told to, and never else', async () => {
    await using server = await gateway((response, _, n) => response.writeHead(n < 3 ? 503 : 204).end())
    await using db = client(server.url)
    expect(await db.write('m v=1', { retry: { attempts: 5, min: 1, max: 2, jitter: 0 } })).toMatchObject({
      points: 1,
      requests: 3,
    })
    await using other = await gateway((response) => response.writeHead(503).end())
    await using once = client(other.url)
    await rejection(once.write('m v=1'))
    expect(other.requests).toHaveLength(1)
  })

  it('says how many points are safely in', async () => {
    await using server = await gateway((response, _, n) => response.writeHead(n < 3 ? 204 : 500).end())
    await using db = client(server.url)
    const points = Array.from({ length: 50 }, (_, i) => ({ measurement: 'm', fields: { v: i } }))
    expect(await rejection(db.write(points, { batchSize: 10 }))).toMatchObject({
      written: 20,
      code: 'ERR_INFLUX_BUSY',
    })
  })

  it('refused connections are ERR_INFLUX_CONNECTION', async () => {
    await using db = client('http://127.0.0.1:1')
    expect(await rejection(db.write('m v=1'))).toMatchObject({
      code: 'ERR_INFLUX_CONNECTION',
      retryable: true,
    })
    expect(await rejection(db.ping())).toMatchObject({ code: 'ERR_INFLUX_CONNECTION' })
  })
})

describe('an async iterable', () => {
  it('whose next item never comes is given up at an abort', async () => {
    await using server = await gateway((response) => response.writeHead(204).end())
    await using db = client(server.url)
    const stop = new AbortController()
    let left = false
    async function* source() {
      try {
        yield 'm v=1'
        await new Promise((resolve) => setTimeout(resolve, 300))
        yield 'm v=2'
      } finally {
        left = true
      }
    }
    const writing = rejection(db.write(source(), { signal: stop.signal }))
    const reason = new Error('enough')
    setTimeout(() => stop.abort(reason), 20)
    expect(await writing).toBe(reason)
    expect(left).toBe(false)
    await until(() => left, 'the source to be left')
  })

  it('is read no faster than it is written', async () => {
    const gates: (() => void)[] = []
    await using server = await gateway((response) => gates.push(() => response.writeHead(204).end()))
    await using db = client(server.url)
    let read = 0
    async function* source() {
      for (; read < 30; read++) yield { measurement: 'm', fields: { v: read } }
      await Promise.resolve()
    }
    const writing = db.write(source(), { batchSize: 10 })
    await until(() => server.requests.length === 1, 'the first batch')
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(read).toBeLessThanOrEqual(11)
    for (let n = 0; n < 3; n++) {
      await until(() => gates.length > n, `batch ${n}`)
      gates[n]?.()
    }
    expect(await writing).toMatchObject({ points: 30, requests: 3 })
  })
})

describe('secrets', () => {
  it.each<[string, Partial<InfluxOptions>]>([
    ['basic', { auth: { username: 'jo', password: 'hunter2' } }],
    ['query', { auth: { username: 'jo', password: 'hunter2', via: 'query' } }],
    ['token', { auth: { token: 'hunter2' } }],
    ['function', { auth: { token: () => 'hunter2' } }],
  ])('never appear: %s', async (_, options) => {
    await using server = await gateway((response) => response.writeHead(400, JSON_TYPE).end('{"error":"no"}'))
    await using db = client(server.url, options)
    const told: unknown[] = []
    const listen = (message: unknown): void => void told.push(message)
    subscribe('node-pvxs:influx:request', listen)
    const errors = [
      await rejection(db.query(`CREATE USER "a" WITH PASSWORD 'hunter2'`)),
      await rejection(db.write('m v=1')),
      await rejection(db.query(`SET PASSWORD FOR "a" = 'hunter2'`)),
    ]
    unsubscribe('node-pvxs:influx:request', listen)
    expect(told).toHaveLength(3)
    expect(told[1]).toMatchObject({
      method: 'POST',
      path: '/write',
      database: 'lab',
      status: 400,
      points: 1,
      bytesOut: 5,
    })
    expect(inspect([db, errors, told], { depth: 9, showHidden: true })).not.toMatch(/hunter2|aHVudGVyMg/)
    expect(JSON.stringify([...errors, ...told])).not.toContain('hunter2')
    expect(inspect(db)).toContain('lab')
  })

  it('in a url become basic authentication', async () => {
    await using server = await gateway((response) => response.writeHead(204).end())
    await using db = client(server.url.replace('//', '//jo:hun%20ter@'))
    await db.write('m v=1')
    expect(server.requests[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from('jo:hun ter').toString('base64')}`,
    )
    expect(server.requests[0]?.url).toBe('/write?db=lab&precision=ns')
    expect(inspect(db, { showHidden: true })).not.toContain('hun')
  })
})

describe('tokens', () => {
  it('of a function are asked for at each request, and once more after a 401', async () => {
    let n = 0
    await using server = await gateway((response, { headers }) =>
      response.writeHead(headers.authorization === 'Bearer t2' ? 204 : 401).end(),
    )
    await using db = client(server.url, { auth: { token: () => Promise.resolve(`t${++n}`) } })
    await db.write('m v=1')
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer t1', 'Bearer t2'])
    expect(await rejection(db.write('m v=1'))).toMatchObject({ code: 'ERR_INFLUX_AUTH' })
    expect(server.requests).toHaveLength(4)
  })

  it.each([
    ['v1', 'us', undefined, '/pre/write?db=lab&rp=week&precision=u', 'Bearer t'],
    ['v2', 'us', 'o r', '/pre/api/v2/write?bucket=lab%2Fweek&org=o+r&precision=us', 'Token t'],
    ['v3', 'us', undefined, '/pre/api/v3/write_lp?db=lab%2Fweek&precision=microsecond', 'Bearer t'],
    ['v3', 'ns', undefined, '/pre/api/v3/write_lp?db=lab%2Fweek&precision=nanosecond', 'Bearer t'],
  ] as const)('and paths and precisions of %s', async (api, precision, org, url, authorization) => {
    await using server = await gateway((response) => response.writeHead(204).end())
    await using db = client(`${server.url}/pre/`, {
      api,
      precision,
      org,
      retentionPolicy: 'week',
      auth: { token: 't' },
    })
    await db.write('m v=1 1')
    expect(server.requests[0]).toMatchObject({ url, headers: { authorization } })
  })
})

it('no body is larger than maxBytes, whatever it is made of', async () => {
  await using server = await gateway((response) => response.writeHead(204).end())
  await using db = client(server.url)
  const items = Array.from({ length: 500 }, (_, i) =>
    i % 7 === 0
      ? `m s="żółć ${i}",i=${i}i`
      : { measurement: 'm', fields: { s: `żółć 🚀 ${i}`, i: BigInt(i) } },
  )
  expect(await db.write(items, { maxBytes: 2000 })).toMatchObject({ points: 500 })
  const rows = Array.from({ length: 500 }, (_, i) => `żółć 🚀 ${i}`)
  await db.writeColumns(
    { name: 'm', length: 500, time: new BigInt64Array(0), tags: {}, fields: { s: rows } },
    { maxBytes: 2000 },
  )
  const sizes = server.requests.map(({ body }) => body.length)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(2000)
  expect(sizes.reduce((a, b) => a + b, 0) / sizes.length).toBeGreaterThan(1500)
  const lines = server.requests.flatMap(({ body }) => String(body).trimEnd().split('\n'))
  expect(lines).toHaveLength(1000)
})

it('gzip compresses bodies of 1 kB and more', async () => {
  await using server = await gateway((response) => response.writeHead(204).end())
  await using db = client(server.url, { gzip: true })
  await db.write('m v=1')
  await db.write(`m s="${'x'.repeat(5000)}"`)
  expect(server.requests.map(({ headers }) => headers['content-encoding'])).toEqual([undefined, 'gzip'])
  expect(server.requests[1]?.body.length).toBeLessThan(200)
})

it('fromEnv reads the environment, and options win', async () => {
  await using server = await gateway((response) => response.writeHead(204).end())
  const env = {
    INFLUX_HOST: server.url,
    INFLUX_BUCKET: 'b',
    INFLUX_ORG: 'o',
    INFLUX_TOKEN: 't',
    INFLUX_API: 'v2',
  }
  await using db = InfluxDB.fromEnv(env)
  await db.write('m v=1')
  await using other = InfluxDB.fromEnv(
    { INFLUX_URL: server.url, INFLUX_DATABASE: 'd', INFLUX_USERNAME: 'u', INFLUX_PASSWORD: 'p' },
    { database: 'e' },
  )
  await other.write('m v=1')
  expect(server.requests.map(({ url }) => url)).toEqual([
    '/api/v2/write?bucket=b&org=o&precision=ns',
    '/write?db=e&precision=ns',
  ])
  expect(thrown(() => InfluxDB.fromEnv({}))).toMatchObject({ code: 'ERR_INFLUX_ARGUMENT' })
})

it('nothing holds the process', async () => {
  await using server = await gateway((response) => response.writeHead(204).end())
  const { spawn } = await import('node:child_process')
  const root = new URL('../../', import.meta.url).pathname
  const code = `import { InfluxDB } from '${root}dist/influx/index.js'
const db = new InfluxDB({ url: '${server.url}', database: 'x' }); await db.write('m v=1'); await db.close()`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'inherit' })
  const [exit] = (await once(child, 'exit')) as [number]
  expect(exit).toBe(0)
})
