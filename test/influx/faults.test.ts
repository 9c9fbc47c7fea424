// Answers that no good server gives, and calls that are given up at every phase.
import { getEventListeners } from 'node:events'
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { InfluxDB, InfluxQueryError, type InfluxOptions } from 'node-pvxs/influx'
import { drain, rejection, until } from '../unit/fixtures.js'
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
    // Only what stalls is to be given up: a busy machine takes longer than this for a good answer.
    await using db = client(server.url, code === 'ERR_INFLUX_TIMEOUT' ? { timeout: 300 } : {})
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
