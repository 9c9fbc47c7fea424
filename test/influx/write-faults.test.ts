// What a write that fails tells, and an async iterable that is written no faster than the server takes it.
import { describe, expect, it } from 'vitest'
import { InfluxDB, InfluxError, InfluxWriteError, type InfluxOptions } from 'node-pvxs/influx'
import { rejection, until } from '../unit/fixtures.js'
import { gateway } from './gateway.js'

const JSON_TYPE = { 'content-type': 'application/json' }
const client = (url: string, more: Partial<InfluxOptions> = {}): InfluxDB =>
  new InfluxDB({ url, database: 'lab', ...more })

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
