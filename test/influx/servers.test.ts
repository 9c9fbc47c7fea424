// The client against real servers: authentication, HTTPS, a unix socket, a proxy with a prefix, management, VictoriaMetrics.
import { createHmac } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { InfluxDB, InfluxQueryError } from 'node-pvxs/influx'
import { programs, unless } from '../needs.js'
import { freePort } from '../ports.js'
import { drain, rejection, until } from '../unit/fixtures.js'
import { debianNeed, influxd, influxServers, victoriaMetrics, type TestServer } from './servers.js'

const openssl = programs([{ command: 'openssl', args: ['version'], debian: 'openssl' }])
const telegrafPath =
  process.env['PVXS_TEST_TELEGRAF'] ?? join(import.meta.dirname, '../../.cache/go/telegraf')
const telegraf = unless(
  existsSync(telegrafPath) ? undefined : 'no telegraf is built: PVXS_TEST_TELEGRAF names one',
)

/** A JSON web token, as influxd takes it. */
function jwt(username: string, secret: string): string {
  const part = (x: object): string => Buffer.from(JSON.stringify(x)).toString('base64url')
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ username, exp: Math.floor(Date.now() / 1000) + 600 })}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

for (const one of influxServers) {
  if (one.need.missing) it.skip(one.name)
  else describe(one.name, () => onInfluxd((o) => one.start(o)))
}

function onInfluxd(start: (o?: Parameters<typeof influxd>[0]) => Promise<TestServer>): void {
  describe('with authentication', () => {
    let server: TestServer
    const password = `p'a"s\\s w:ö`
    const sharedSecret = 'a shared secret'
    beforeAll(async () => {
      server = await start({ auth: true, sharedSecret })
      await using first = new InfluxDB({ url: server.url })
      await first.query(
        `CREATE USER jo WITH PASSWORD '${password.replace(/[\\']/g, '\\$&')}' WITH ALL PRIVILEGES`,
      )
    })
    afterAll(() => server[Symbol.asyncDispose]())

    it.each([
      ['basic', { username: 'jo', password }],
      ['in the query', { username: 'jo', password, via: 'query' as const }],
      ['a token', { token: jwt('jo', sharedSecret) }],
      ['a function', { token: () => Promise.resolve(jwt('jo', sharedSecret)) }],
    ])('takes %s', async (_, auth) => {
      await using db = new InfluxDB({ url: server.url, database: 'auth', auth })
      await db.createDatabase()
      await db.write('m v=1')
      expect(await db.showUsers()).toEqual([{ user: 'jo', admin: true }])
    })

    it('refuses others, and pings without rights', async () => {
      await using db = new InfluxDB({
        url: server.url,
        database: 'auth',
        auth: { username: 'jo', password: 'wrong' },
      })
      expect(await rejection(db.write('m v=1'))).toMatchObject({
        code: 'ERR_INFLUX_AUTH',
        status: 401,
        retryable: true,
      })
      expect(await rejection(db.query('SHOW DATABASES'))).toMatchObject({ code: 'ERR_INFLUX_AUTH' })
      expect((await db.ping()).ms).toBeGreaterThan(0)
    })
  })

  describe('without it', () => {
    let server: TestServer
    let db: InfluxDB
    beforeAll(async () => {
      server = await start()
      db = new InfluxDB({ url: server.url, database: 'one' })
      await db.createDatabase()
    })
    afterAll(async () => {
      await db.close()
      await server[Symbol.asyncDispose]()
    })

    it('manages databases and policies whose names hold anything', async () => {
      const name = `o'dd "name"; DROP DATABASE one --`
      await db.createDatabase(name, {
        duration: '2d',
        replication: 1,
        shardDuration: 3_600_000,
        policy: `p "x"`,
      })
      await db.createDatabase(name, {
        duration: '2d',
        replication: 1,
        shardDuration: 3_600_000,
        policy: `p "x"`,
      })
      expect(await db.showDatabases()).toEqual(expect.arrayContaining(['one', name]))
      const odd = db.with({ database: name })
      await odd.createRetentionPolicy('long', { duration: Infinity, default: true })
      expect(await odd.showRetentionPolicies()).toMatchObject([
        { name: 'p "x"', duration: '48h0m0s', shardGroupDuration: '1h0m0s', replicaN: 1, default: false },
        { name: 'long', default: true },
      ])
      await odd.dropRetentionPolicy('long')
      await odd.dropDatabase()
      expect(await db.showDatabases()).not.toContain(name)
      expect(await rejection(db.createDatabase('a/b'))).toMatchObject({ code: 'ERR_INFLUX_ARGUMENT' })
    })

    it('shows what there is, and drops it', async () => {
      await db.write(['a,t=x,u=y f=1,i=2i,s="s",b=t 1', 'b,t=z f=1 1'])
      expect(await db.showMeasurements()).toEqual(['a', 'b'])
      expect(await db.showTagKeys()).toEqual({ a: ['t', 'u'], b: ['t'] })
      expect(await db.showFieldKeys('a')).toEqual({
        a: { f: 'float', i: 'integer', s: 'string', b: 'boolean' },
      })
      expect((await db.showTagValues('t')).sort()).toEqual(['x', 'z'])
      expect(await db.showSeries('b')).toEqual(['b,t=z'])
      await db.query(
        'CREATE CONTINUOUS QUERY cq ON one BEGIN SELECT mean(f) INTO c FROM a GROUP BY time(1h) END',
      )
      expect((await db.showContinuousQueries())['one']).toMatchObject([{ name: 'cq' }])
      await db.dropSeries({ where: { t: 'x' } })
      await db.dropMeasurement('b')
      expect(await db.showSeries()).toEqual([])
      expect(await rejection(db.dropSeries({}))).toMatchObject({ code: 'ERR_INFLUX_ARGUMENT' })
    })

    it('writes and reads in a policy', async () => {
      await db.createRetentionPolicy('week', { duration: '7d' })
      const week = db.with({ retentionPolicy: 'week' })
      const time = BigInt(Date.now()) * 1_000_000n
      await week.write({ measurement: 'rp', fields: { v: 7 }, time })
      expect(await drain(db.rows('SELECT v FROM rp'))).toEqual([])
      expect(await drain(week.rows('SELECT v FROM rp'))).toEqual([{ time, v: 7 }])
      expect(await drain(db.rows('SELECT v FROM one.week.rp'))).toHaveLength(1)
      expect(await rejection(db.with({ retentionPolicy: 'none' }).write('m v=1'))).toMatchObject({
        code: 'ERR_INFLUX_NOT_FOUND',
        status: 500,
      })
    })

    it('has a failed statement with those before it', async () => {
      await db.write('q v=1 1')
      const error = await rejection(db.query('SELECT v FROM q; SELECT mean(v), v FROM q'))
      expect(error).toMatchObject({ code: 'ERR_INFLUX_QUERY' })
      const failed = (await rejection(
        db.query(
          'SELECT v FROM q; CREATE RETENTION POLICY x ON nowhere DURATION 1d REPLICATION 1; SHOW DATABASES',
        ),
      )) as unknown as InfluxQueryError
      expect(failed).toBeInstanceOf(InfluxQueryError)
      expect(failed).toMatchObject({
        statement: 1,
        partial: { statements: [{ index: 0, series: [{ name: 'q' }] }] },
      })
    })

    it('stops the work of a query whose loop is left', async () => {
      const many = Array.from({ length: 200_000 }, (_, i) => `big v=${i} ${i}`).join('\n')
      await db.write(many)
      let seen = 0
      for await (const { v } of db.rows('SELECT v FROM big', { chunkSize: 1000 })) {
        expect(v).toBe(seen)
        if (++seen === 1500) break
      }
      for (let tries = 0; ; tries++) {
        const queries = (await db.query('SHOW QUERIES')).statements[0]?.series[0]?.values ?? []
        if (!queries.some((row) => String(row[1]).includes('big'))) break
        expect(tries).toBeLessThan(200)
      }
    })
  })
}

describe.skipIf(debianNeed.missing)(debianNeed.named('influxd otherwise'), () => {
  it.skipIf(openssl.missing)(openssl.named('over HTTPS, whose certificate is checked'), async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tls-'))
    const [certificate, key] = [join(folder, 'c.pem'), join(folder, 'k.pem')]
    try {
      execFileSync(
        'openssl',
        [
          'req',
          '-x509',
          '-newkey',
          'rsa:2048',
          '-nodes',
          '-days',
          '2',
          '-subj',
          '/CN=x',
          '-keyout',
          key,
          '-out',
          certificate,
          '-addext',
          'subjectAltName=IP:127.0.0.1',
        ],
        { stdio: 'ignore' },
      )
      await using server = await influxd({ https: { certificate, key } })
      await using db = new InfluxDB({
        url: server.url,
        database: 'tls',
        tls: { ca: await readFile(certificate, 'utf8') },
      })
      await db.createDatabase()
      expect(await db.write('m v=1')).toMatchObject({ points: 1 })
      await using stranger = new InfluxDB({ url: server.url, database: 'tls' })
      expect(await rejection(stranger.write('m v=1'))).toMatchObject({ code: 'ERR_INFLUX_CONNECTION' })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('over a unix socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sock-'))
    const socket = join(folder, 's')
    await using server = await influxd({ socket })
    await until(() => existsSync(socket), 'the socket')
    await using db = new InfluxDB({ url: 'http://influxdb.invalid', socketPath: socket, database: 'sock' })
    await db.createDatabase()
    await db.write('m v=1')
    expect(await db.showDatabases()).toContain('sock')
    expect(server.url).toContain('127.0.0.1')
    await rm(folder, { recursive: true, force: true })
  })

  it('behind a proxy under a path', async () => {
    await using server = await influxd()
    const proxy = createServer((request, response) => {
      const path = (request.url ?? '').replace(/^\/gate/, '')
      if (path === request.url) {
        response.writeHead(404).end()
        return
      }
      request.pipe(
        httpRequest(
          `${server.url}${path}`,
          { method: request.method, headers: request.headers },
          (answer) => {
            response.writeHead(answer.statusCode ?? 500, answer.headers)
            answer.pipe(response)
          },
        ),
      )
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    await using db = new InfluxDB({
      url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/gate`,
      database: 'p',
    })
    await db.createDatabase()
    await db.write('m v=1')
    expect(await db.showMeasurements()).toEqual(['m'])
    expect((await db.ping()).version).toMatch(/^1\.6/)
    await db.close()
    proxy.closeAllConnections()
    proxy.close()
  })

  it('has no path of v2: the hint says so', async () => {
    await using server = await influxd()
    await using db = new InfluxDB({ url: server.url, database: 'x', api: 'v2' })
    const { code, hint } = await rejection(db.write('m v=1'))
    expect([code, hint]).toEqual([
      'ERR_INFLUX_NOT_FOUND',
      expect.stringMatching(/api\/v2\/write.*another api/),
    ])
  })

  it('refuses bodies that are too large', async () => {
    await using server = await influxd({ maxBodySize: 1000 })
    await using db = new InfluxDB({ url: server.url, database: 'x' })
    await db.createDatabase()
    expect(await rejection(db.write(`m s="${'x'.repeat(5000)}"`))).toMatchObject({
      code: 'ERR_INFLUX_TOO_LARGE',
      status: 413,
    })
  })
})

describe.skipIf(debianNeed.missing)(debianNeed.named('VictoriaMetrics'), () => {
  it.each(['v1', 'v2'] as const)('takes writes of %s, gzip too', async (api) => {
    await using server = await victoriaMetrics()
    await using db = new InfluxDB({ url: server.url, database: 'vm', api, gzip: true, precision: 'ms' })
    expect((await db.ping()).version).toBe('')
    const now = Date.now()
    await db.write(
      Array.from({ length: 100 }, (_, i) => ({
        measurement: 'm',
        tags: { t: 'ä b' },
        fields: { v: i },
        time: now - i * 1000,
      })),
    )
    let text = ''
    // What was written shows after a second or so.
    for (let tries = 0; text === ''; tries++) {
      expect(tries).toBeLessThan(200)
      await new Promise((resolve) => setTimeout(resolve, 100))
      text = await (await fetch(`${server.url}/api/v1/export?match[]=m_v`)).text()
    }
    const { values } = JSON.parse(text) as { values: number[] }
    expect(values.reverse()).toEqual(Array.from({ length: 100 }, (_, i) => i))
    await db.showDatabases() // in JSON
  })
})

it.skipIf(telegraf.missing)(
  telegraf.named('telegraf, a strict parser, takes v2 with tokens and understands every letter'),
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'telegraf-'))
    const port = await freePort()
    const out = join(folder, 'out')
    await writeFile(
      join(folder, 'c'),
      `[agent]
flush_interval = "100ms"
omit_hostname = true
[[inputs.influxdb_v2_listener]]
service_address = "127.0.0.1:${port}"
token = "secret"
bucket_tag = "bucket"
[[outputs.file]]
files = ["${out}"]
data_format = "json"
json_timestamp_units = "1ns"
`,
    )
    const child = spawn(telegrafPath, ['--config', join(folder, 'c'), '--quiet'], { stdio: 'ignore' })
    try {
      const options = { url: `http://127.0.0.1:${port}`, database: 'b', org: 'o', api: 'v2' as const }
      await using stranger = new InfluxDB({ ...options, auth: { token: 'wrong' } })
      let refused: unknown
      for (let tries = 0; refused !== 'ERR_INFLUX_AUTH'; tries++) {
        refused = (await rejection(stranger.write('m v=1')))['code']
        expect(tries).toBeLessThan(500)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      await using db = new InfluxDB({ ...options, auth: { token: 'secret' } })
      const time = 1_700_000_000_123_456_789n
      await db.write({
        measurement: 'm, x=y"#',
        tags: { 'k =,': 'v\\, =' },
        fields: { 'f =,': 1.5, i: 3n, s: 'a"b\\c\nd', b: true },
        time,
      })
      await until(
        () => existsSync(out) && !execFileSync('wc', ['-c', out]).toString().startsWith('0'),
        'the file',
      )
      const said = JSON.parse((await readFile(out, 'utf8')).split('\n')[0] ?? '') as object
      expect(said).toMatchObject({
        name: 'm, x=y"#',
        tags: { 'k =,': 'v\\, =', bucket: 'b' },
        fields: { 'f =,': 1.5, i: 3, s: 'a"b\\c\nd', b: true },
      })
    } finally {
      child.kill()
      await rm(folder, { recursive: true, force: true })
    }
  },
)
