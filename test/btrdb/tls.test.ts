// TLS, certificates of clients, and proxies: who is spoken to, by which way, and who is refused.
import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { BTrDB, type ConnectOptions } from 'node-pvxs/btrdb'
import type { BtrdbFake } from 'node-pvxs/testing'
import { inspect } from 'node:util'
import { certificates, openssl, ownAddress, type Certificates } from './certificates.js'
import { connectProxy } from './connect-proxy.js'
import { clientOf, failure, fakeOf, NOWHERE } from './device.js'

const PROXIES = ['grpc_proxy', 'https_proxy', 'http_proxy', 'no_grpc_proxy', 'no_proxy'] as const

/** The variables of proxies, which gRPC reads from the process itself. */
function proxied(env: Partial<Record<(typeof PROXIES)[number], string>>): void {
  for (const name of PROXIES) vi.stubEnv(name, env[name] ?? '')
  onTestFinished(() => void vi.unstubAllEnvs())
}

const works = async (db: BTrDB): Promise<void> => {
  expect((await db.info()).majorVersion).toBe(5)
}

describe.skipIf(openssl.missing)(openssl.named('TLS'), () => {
  let made: Certificates
  beforeAll(async () => {
    made = await certificates(ownAddress)
  })
  afterAll(async () => {
    await made[Symbol.asyncDispose]()
  })

  const served = (more: object = {}): Promise<BtrdbFake> =>
    fakeOf({ host: ownAddress, tls: { ...made.server, ...more } })
  const refused = (fake: BtrdbFake, options: ConnectOptions) =>
    failure(BTrDB.connect({ endpoint: fake.endpoint, ...NOWHERE, retry: false, ...options }))

  it('is spoken to port 4411 without being asked for, with the roots of BTRDB_CA_BUNDLE', async () => {
    const fake = await fakeOf({ host: ownAddress, port: 4411, tls: made.server, apiKeys: ['k'] })
    const db = await clientOf(fake, { env: { BTRDB_CA_BUNDLE: made.caFile, BTRDB_API_KEY: 'k' } })
    await works(db)
    const stream = await db.create('0'.repeat(32), 'a')
    await stream.insert(Array.from({ length: 20_000 }, (_, i) => [BigInt(i), i] as const))
    expect(await stream.rawValues({ from: 0n, to: 20_000n })).toHaveLength(20_000)
  })

  it('is spoken to any other port when it is asked for, and tls false is plaintext at 4411', async () => {
    const fake = await served()
    await works(await clientOf(fake, { tls: true, env: { BTRDB_CA_BUNDLE: made.caFile } }))
    await works(await clientOf(fake, { tls: { ca: made.ca } }))
    await works(await clientOf(fake, { tls: { ca: Buffer.from(made.ca) } }))
    const plain = await fakeOf({ host: ownAddress, port: 4411 })
    await works(await clientOf(plain, { tls: false }))
  })

  it('prefers the roots of the options, whatever BTRDB_CA_BUNDLE names', async () => {
    const fake = await served()
    await works(await clientOf(fake, { tls: { ca: made.ca }, env: { BTRDB_CA_BUNDLE: '/nonexistent/ca' } }))
  })

  it('refuses a server that the roots do not know, and says so', async () => {
    const error = await refused(await served(), { tls: true })
    expect(error).toMatchObject({ code: 'ERR_BTRDB_CONNECT' })
    expect(error.message).toMatch(/\(TLS\).*certificate/)
  })

  it('refuses a server of another name, unless serverName says whose it is', async () => {
    const other = await certificates('192.0.2.1')
    onTestFinished(() => other[Symbol.asyncDispose]())
    const fake = await served(other.server)
    const error = await refused(fake, { tls: { ca: other.ca } })
    expect(error).toMatchObject({ code: 'ERR_BTRDB_CONNECT' })
    expect(error.message).toMatch(/altnames|does not match/i)
    await works(await clientOf(fake, { tls: { ca: other.ca, serverName: 'localhost' } }))
  })

  it('shows a certificate of its own, where the server asks for one', async () => {
    const fake = await served({ ca: made.ca })
    const { key, cert } = made.client
    await works(await clientOf(fake, { tls: { ca: made.ca, key, cert } }))
    await works(
      await clientOf(fake, { tls: { ca: made.ca, key: Buffer.from(key), cert: Buffer.from(cert) } }),
    )
    expect(await refused(fake, { tls: { ca: made.ca } })).toMatchObject({ code: 'ERR_BTRDB_CONNECT' })
  })

  it('needs key and certificate that belong together, and shows neither', async () => {
    const fake = await served({ ca: made.ca })
    const { key, cert } = made.client
    for (const tls of [
      { ca: made.ca, key, cert: made.server.cert },
      { ca: made.ca, key },
      { ca: made.ca, cert },
    ]) {
      const error = await refused(fake, { tls })
      expect(error).toMatchObject({ code: 'ERR_BTRDB_ARGUMENT' })
      expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain(key.split('\n')[1])
    }
  })

  it('refuses a file of roots that has none, with its variable and path', async () => {
    const fake = await served()
    const path = `${made.caFile}.empty`
    await writeFile(path, 'nothing')
    const error = await refused(fake, { tls: true, env: { BTRDB_CA_BUNDLE: path } })
    expect(error).toMatchObject({ code: 'ERR_BTRDB_CREDENTIALS' })
    expect(error.message).toContain(`BTRDB_CA_BUNDLE`)
    expect(error.message).toContain(path)
  })

  it('says at once that the server speaks plaintext, and the other way round', async () => {
    const plain = await fakeOf()
    const error = await refused(plain, { tls: { ca: made.ca } })
    expect(error).toMatchObject({ code: 'ERR_BTRDB_CONNECT' })
    expect(error.message).toContain('(TLS)')
    const other = await refused(await served(), {})
    expect(other).toMatchObject({ code: 'ERR_BTRDB_CONNECT' })
    expect(other.message).toContain('(plaintext)')
  })

  it('goes through a proxy to the server, whose certificate counts', async () => {
    const fake = await served()
    const proxy = await connectProxy(fake)
    proxied({ https_proxy: proxy.url })
    const tls = { ca: made.ca, serverName: 'localhost' }
    await works(await clientOf({ endpoint: 'grid.example:4411' }, { tls, apiKey: 'k' }))
    expect(proxy.asked).toEqual(['grid.example:4411'])
    expect(fake.calls[0]?.metadata['authorization']).toBe('Bearer k')
  })
})

describe('a proxy', () => {
  it.each([
    ['grpc_proxy', {}],
    ['https_proxy', { http_proxy: 'http://127.0.0.1:1' }],
    ['grpc_proxy', { https_proxy: 'http://127.0.0.1:1' }],
  ] as const)('of %s is gone through, and the key goes to the server alone', async (name, more) => {
    const fake = await fakeOf()
    const proxy = await connectProxy(fake)
    proxied({ ...more, [name]: proxy.url.replace('//', '//me:secret@') })
    const db = await clientOf({ endpoint: 'grid.example:4410' }, { tls: false, apiKey: 'k' })
    await works(db)
    expect(db.endpoint).toBe('grid.example:4410')
    expect(proxy.asked).toEqual(['grid.example:4410'])
    expect(proxy.headers[0]).toMatchObject({
      'proxy-authorization': `Basic ${Buffer.from('me:secret').toString('base64')}`,
    })
    expect(proxy.headers[0]).not.toHaveProperty('authorization')
    expect(fake.calls.map(({ metadata }) => metadata['authorization'])).toEqual(['Bearer k', 'Bearer k'])
  })

  it.each([
    ['no_grpc_proxy names the server', { no_grpc_proxy: 'example.org,127.0.0.1' }, {}],
    ['no_proxy names it', { no_proxy: '127.0.0.1' }, {}],
    ['the option proxy is false', {}, { proxy: false }],
  ] as const)('is not asked where %s', async (_, env, options) => {
    const fake = await fakeOf()
    const proxy = await connectProxy(fake)
    proxied({ grpc_proxy: proxy.url, ...env })
    await works(await clientOf(fake, options))
    expect(proxy.asked).toEqual([])
    expect(fake.calls).toHaveLength(2)
  })

  it('that refuses is an error that says so', async () => {
    const fake = await fakeOf()
    const proxy = await connectProxy(fake, 407)
    proxied({ grpc_proxy: proxy.url.replace('//', '//me:secret@') })
    const error = await failure(
      BTrDB.connect({ endpoint: 'grid.example:4410', ...NOWHERE, retry: false, connectTimeout: 20_000 }),
    )
    expect(error).toMatchObject({ code: 'ERR_BTRDB_CONNECT' })
    expect(error.message).toContain('grid.example:4410 (plaintext)')
    expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain('secret')
    expect(fake.calls).toEqual([])
  })
})
