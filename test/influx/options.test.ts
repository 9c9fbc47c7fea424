// Options of the client, and secrets that stand nowhere.
import { once } from 'node:events'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { InfluxDB, type InfluxOptions } from 'node-pvxs/influx'
import { rejection, thrown } from '../unit/fixtures.js'
import { gateway } from './gateway.js'

const client = (url: string, more: Partial<InfluxOptions> = {}): InfluxDB =>
  new InfluxDB({ url, database: 'lab', ...more })
const JSON_TYPE = { 'content-type': 'application/json' }

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
