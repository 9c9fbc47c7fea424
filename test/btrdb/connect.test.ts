// Where connections come from, and what becomes of keys.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect, it, onTestFinished, describe } from 'vitest'
import { BTrDB, BTrDBError, type ConnectOptions } from 'node-pvxs/btrdb'
import { freePort } from '../ports.js'
import { clientOf, failure, fakeOf, lab, NOWHERE, until } from './device.js'

const KEY = 'SECRETKEY123'

async function homeWith(yaml?: string): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'btrdb-home-'))
  onTestFinished(() => rm(home, { recursive: true, force: true }))
  await mkdir(join(home, '.predictivegrid'))
  if (yaml !== undefined) await writeFile(join(home, '.predictivegrid/credentials.yaml'), yaml)
  return home
}

const connect = async (options: ConnectOptions): Promise<BTrDB> => {
  const db = await BTrDB.connect({ env: {}, ...options })
  onTestFinished(() => db.close())
  return db
}

async function two() {
  const [a, b] = await Promise.all([fakeOf(), fakeOf()])
  const home = await homeWith(
    `default:\n  btrdb:\n    endpoints: ${a.endpoint}\n    api_key: KEYA\nother:\n  btrdb: { endpoint: '${b.endpoint}', apikey: KEYB }\n`,
  )
  const keys = (): unknown[] =>
    [a, b].map(({ calls }) => calls.map(({ metadata }) => metadata['authorization'])[0])
  return { a, b, home, keys }
}

describe('the endpoint and the key', () => {
  it.each([
    ['profile default when nothing is said', {}, {}, ['Bearer KEYA', undefined]],
    ['the profile that is named', { profile: 'other' }, {}, [undefined, 'Bearer KEYB']],
    ['a profile with a key beside it', { profile: 'other', apiKey: 'X' }, {}, [undefined, 'Bearer X']],
    [
      'a profile, whatever the environment says',
      { profile: 'other' },
      { BTRDB_API_KEY: 'E', BTRDB_ENDPOINTS: 'h:1' },
      [undefined, 'Bearer KEYB'],
    ],
    ['the profile of the environment', {}, { BTRDB_PROFILE: 'other' }, [undefined, 'Bearer KEYB']],
    [
      'the profile of the environment, with its key',
      {},
      { BTRDB_PROFILE: 'other', BTRDB_API_KEY: 'E' },
      [undefined, 'Bearer E'],
    ],
    [
      'variables that are empty, which count as unset',
      {},
      { BTRDB_PROFILE: '', BTRDB_API_KEY: '', BTRDB_ENDPOINTS: '' },
      ['Bearer KEYA', undefined],
    ],
    ['an endpoint, without the key of a profile', { endpoint: 'B' }, {}, [undefined, undefined]],
    [
      'an endpoint, with the key of the environment',
      { endpoint: 'B' },
      { BTRDB_API_KEY: 'E', BTRDB_PROFILE: 'default' },
      [undefined, 'Bearer E'],
    ],
    [
      'an endpoint of the environment, without the key of a profile',
      {},
      { BTRDB_ENDPOINTS: 'B' },
      [undefined, undefined],
    ],
    [
      'an endpoint of the environment, before its profile',
      {},
      { BTRDB_ENDPOINTS: 'B', BTRDB_PROFILE: 'default', BTRDB_API_KEY: 'E' },
      [undefined, 'Bearer E'],
    ],
  ] as const)('are those of %s', async (_, options, env, expected) => {
    const { b, home, keys } = await two()
    const real = (x: object): object =>
      JSON.parse(JSON.stringify(x).replaceAll('"B"', `"${b.endpoint}"`)) as object
    await connect({ ...real(options), env: real(env) as Record<string, string>, home })
    expect(keys()).toEqual(expected)
  })

  it('of a profile and an endpoint together are refused', async () => {
    expect(await failure(connect({ profile: 'a', endpoint: 'h:1' }))).toMatchObject({
      code: 'ERR_BTRDB_ARGUMENT',
    })
  })

  it.each([
    [
      'no file, with a profile asked for',
      undefined,
      { profile: 'x' },
      {},
      'ERR_BTRDB_CREDENTIALS',
      /credentials\.yaml/,
    ],
    [
      'no file, with a profile of the environment',
      undefined,
      {},
      { BTRDB_PROFILE: 'x' },
      'ERR_BTRDB_CREDENTIALS',
      /credentials\.yaml/,
    ],
    ['nothing at all', undefined, {}, {}, 'ERR_BTRDB_CREDENTIALS', /BTRDB_ENDPOINTS.*credentials\.yaml/],
    ['a profile that is not there', 'a: {}\nb: {}', { profile: 'x' }, {}, 'ERR_BTRDB_PROFILE', /"a", "b"/],
    [
      'a file that is no YAML',
      `a:\n  btrdb: {api_key: ${KEY}\n b: [`,
      { profile: 'a' },
      {},
      'ERR_BTRDB_CREDENTIALS',
      /line \d/,
    ],
    ['a file that is a list', `- ${KEY}`, { profile: 'a' }, {}, 'ERR_BTRDB_CREDENTIALS', /map/],
    ['a file that is text', KEY, { profile: 'a' }, {}, 'ERR_BTRDB_CREDENTIALS', /map/],
    ['an empty file', '', { profile: 'a' }, {}, 'ERR_BTRDB_CREDENTIALS', /map/],
    [
      'a profile without an endpoint',
      `a: { btrdb: { api_key: ${KEY} } }`,
      { profile: 'a' },
      {},
      'ERR_BTRDB_CREDENTIALS',
      /endpoint/,
    ],
    [
      'a profile whose key is a number',
      `a: { btrdb: { endpoints: 'h:1', api_key: 5 } }`,
      { profile: 'a' },
      {},
      'ERR_BTRDB_CREDENTIALS',
      /api_key/,
    ],
  ] as const)('of %s are an error that says so', async (_, yaml, options, env, code, text) => {
    const error = await failure(connect({ ...options, env, home: await homeWith(yaml) }))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(text)
    expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain(KEY)
  })

  it.each([
    'host',
    'http://host:1',
    'host:0',
    'host:65536',
    'host:1.5',
    'host:1/path',
    '::1:4410',
    'host:',
    ':5',
    '',
  ])('%s are refused as an endpoint', async (endpoint) => {
    expect(await failure(connect({ endpoint }))).toMatchObject({ code: 'ERR_BTRDB_ARGUMENT' })
  })

  it.each([
    { apikey: 'x' },
    { concurrencyLimit: 0 },
    { concurrencyLimit: 1.5 },
    { concurrencyLimit: NaN },
    { concurrencyLimit: '5' },
    { timeout: -1 },
    { transport: 'Arrow' },
    { tls: { root: 'x' } },
    { retry: { attempts: 0 } },
    { platform: { methods: { nothing: {} } } },
  ])('%j is refused as an option', async (options) => {
    const error = await failure(connect({ endpoint: 'h:1', ...(options as object) }))
    expect(error).toMatchObject({ code: 'ERR_BTRDB_ARGUMENT' })
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toBeInstanceOf(BTrDBError)
    if ('apikey' in options) expect(error.message).toContain('apiKey')
  })

  it.each(['many', '1.5', '0', '-1'])('a limit of %s in the environment is refused', async (limit) => {
    const error = await failure(connect({ endpoint: 'h:1', env: { PINGTHINGS_CONCURRENCY_LIMIT: limit } }))
    expect(error.message).toContain('PINGTHINGS_CONCURRENCY_LIMIT')
  })
})

describe('connect', () => {
  it('tells where it could not connect, whether by TLS, and why', async () => {
    const port = await freePort()
    const error = await failure(connect({ endpoint: `127.0.0.1:${port}`, retry: { attempts: 2, min: 1 } }))
    expect(error).toMatchObject({ code: 'ERR_BTRDB_CONNECT', endpoint: `127.0.0.1:${port}` })
    expect(error.message).toMatch(
      new RegExp(`127\\.0\\.0\\.1:${port} \\(plaintext\\).*ECONNREFUSED 127.0.0.1:${port} \\(UNAVAILABLE\\)`),
    )
    const tls = await failure(connect({ endpoint: `127.0.0.1:${port}`, tls: true, retry: false }))
    expect(tls.message).toContain('(TLS)')
  })

  it('gives up in time when the server says nothing', async () => {
    const fake = await fakeOf()
    fake.fail('Info', { hang: true, times: Infinity })
    const error = await failure(connect({ endpoint: fake.endpoint, connectTimeout: 50 }))
    expect(error).toMatchObject({ code: 'ERR_BTRDB_CONNECT' })
  })

  it('takes the next endpoint when one does not answer', async () => {
    const fake = await fakeOf()
    const port = await freePort()
    const db = await connect({ endpoint: [`127.0.0.1:${port}`, fake.endpoint] })
    expect(db.endpoint).toBe(fake.endpoint)
    const one = await connect({ endpoint: `127.0.0.1:${port}; ${fake.endpoint}` })
    expect(one.endpoint).toBe(fake.endpoint)
  })

  it('knows what the server is', async () => {
    const fake = await fakeOf({ version: [5, 31], proxies: ['10.0.0.1:4410'] })
    const db = await connect({ endpoint: fake.endpoint })
    const told = { majorVersion: 5, minorVersion: 31, build: '5.31.0' }
    expect(db.server).toEqual({ ...told, arrow: true })
    expect(await db.info()).toEqual({ ...told, proxy: { proxyEndpoints: ['10.0.0.1:4410'] } })
  })

  it('refuses a server that is too old', async () => {
    const fake = await fakeOf({ version: [4, 12] })
    const error = await failure(connect({ endpoint: fake.endpoint }))
    expect(error).toMatchObject({ code: 'ERR_BTRDB_NOT_SUPPORTED' })
    expect(error.message).toContain('4.12')
  })

  it('says that a key is refused, and shows it nowhere', async () => {
    const fake = await fakeOf({ apiKeys: ['right'] })
    const error = await failure(connect({ endpoint: fake.endpoint, apiKey: KEY }))
    expect(error.code).toBe('ERR_BTRDB_AUTH')
    expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain(KEY)
    const db = await connect({ endpoint: fake.endpoint, apiKey: 'right' })
    expect(inspect(db, { showHidden: true, depth: 9 })).not.toContain('right')
    expect(inspect(db.streamFromUuid('0'.repeat(32)), { showHidden: true, depth: 9 })).not.toContain('right')
  })

  it('asks a function for the key at each call', async () => {
    const fake = await fakeOf()
    let n = 0
    const db = await connect({ endpoint: fake.endpoint, apiKey: () => Promise.resolve(`key${++n}`) })
    await db.info()
    expect(fake.calls.map(({ metadata }) => metadata['authorization'])).toEqual([
      'Bearer key1',
      'Bearer key2',
    ])
    expect(fake.calls[0]?.metadata['x-api-client']).toMatch(/^node-pvxs\/\d/)
    const failed = await failure(connect({ endpoint: fake.endpoint, apiKey: () => 'two words' }))
    expect(failed.code).toBe('ERR_BTRDB_CREDENTIALS')
    expect(failed.message).not.toContain('two words')
  })

  it.each(['two words', 'line\n', 'schlüssel'])(
    'refuses a key of the environment that no header can carry, and does not show it',
    async (key) => {
      const fake = await fakeOf()
      const error = await failure(connect({ endpoint: fake.endpoint, env: { BTRDB_API_KEY: key } }))
      expect(error).toMatchObject({ code: 'ERR_BTRDB_CREDENTIALS' })
      expect(error.message).toContain('BTRDB_API_KEY')
      expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain(key.trim())
      expect(fake.calls).toEqual([])
    },
  )

  it('ends with the reason of its signal', async () => {
    const fake = await fakeOf()
    fake.fail('Info', { hang: true })
    const reason = new Error('enough')
    const stop = new AbortController()
    const work = connect({ endpoint: fake.endpoint, signal: stop.signal })
    await until(() => fake.running === 1)
    stop.abort(reason)
    await expect(work).rejects.toBe(reason)
    await expect(connect({ endpoint: fake.endpoint, signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  it('tells which variable names roots that cannot be read', async () => {
    const error = await failure(connect({ endpoint: 'h:4411', env: { BTRDB_CA_BUNDLE: '/nonexistent/ca' } }))
    expect(error).toMatchObject({ code: 'ERR_BTRDB_CREDENTIALS' })
    expect(error.message).toMatch(/BTRDB_CA_BUNDLE.*\/nonexistent\/ca/)
  })

  it('refuses a certificate that is none, without showing the key', async () => {
    const error = await failure(connect({ endpoint: 'h:4411', tls: { cert: 'no', key: KEY } }))
    expect(error.code).toBe('ERR_BTRDB_ARGUMENT')
    expect(inspect(error, { showHidden: true })).not.toContain(KEY)
  })
})

describe('the limit of calls', () => {
  it('holds, and can be changed while calls wait', async () => {
    const { fake, db } = await lab({ concurrencyLimit: 2 })
    fake.fail('Info', { delay: 20, times: Infinity })
    fake.clear()
    fake.fail('Info', { hang: true, times: Infinity })
    const stop = new AbortController()
    const work = Array.from({ length: 10 }, () => failure(db.info({ signal: stop.signal })))
    await until(() => fake.running === 2)
    expect(db.stats).toMatchObject({ running: 2, waiting: 8 })
    db.concurrencyLimit = 5
    await until(() => fake.running === 5)
    stop.abort(new Error('enough'))
    await Promise.all(work)
    await until(() => fake.running === 0)
    expect(db.stats).toMatchObject({ running: 0, waiting: 0, failed: 10 })
    expect(fake.peakRunning).toBe(5)
    for (const bad of [0, 1.5, NaN, '3'])
      expect(() => {
        db.concurrencyLimit = bad as number
      }).toThrow(/integer/)
  })

  it('of one does not stop a loop whose body calls the client', async () => {
    const { db } = await lab({ concurrencyLimit: 1, fake: { pageSize: 2 } })
    const stream = await db.create('1'.repeat(32), 'a')
    await stream.insert(Array.from({ length: 9 }, (_, i) => [BigInt(i), i] as const))
    let pages = 0
    for await (const _ of stream.rawValuesIter({ from: 0n, to: 10n })) {
      await db.info()
      pages++
    }
    expect(pages).toBe(5)
  })

  it('does not let the time of a call run while it waits', async () => {
    const { fake, db } = await lab({ concurrencyLimit: 1 })
    fake.fail('Info', { hang: true })
    const first = failure(db.info({ timeout: 400 }))
    await until(() => fake.running === 1)
    const second = db.info({ timeout: 200 })
    expect(await first).toMatchObject({ code: 'ERR_BTRDB_TIMEOUT' })
    expect(await second).toMatchObject({ majorVersion: 5 })
  })

  it('comes from the environment, unless an option says it', async () => {
    const env = { PINGTHINGS_CONCURRENCY_LIMIT: '3' }
    const { fake, db } = await lab({ env })
    expect(db.concurrencyLimit).toBe(3)
    expect((await clientOf(fake, { env, concurrencyLimit: 4 })).concurrencyLimit).toBe(4)
    expect((await clientOf(fake, NOWHERE)).concurrencyLimit).toBe(16)
  })
})
