// What lies between a channel and its server: TLS, a proxy, and who is asked for at each opening.
import { inspect } from 'node:util'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { basic, bearer, type ChannelOptions, type PiAuth, type PiOptions } from 'node-pvxs/pi'
import { piSimulator, type PiSimulator, type SimulatorOptions } from 'node-pvxs/testing'
import { certificates, type Certificates } from './certificates.js'
import { connectProxy } from './connect-proxy.js'
import { event, FAST, take, valuesOf } from './following.js'
import { client, failureOf, plant } from './plant.js'

let keys: Certificates
beforeAll(async () => {
  keys = await certificates()
})

/** A server with TLS that lets in who shows a certificate of the plant's authority. */
async function secured(options: SimulatorOptions = {}): Promise<{ sim: PiSimulator; tls: PiOptions['tls'] }> {
  const { ca, server } = keys
  const sim = await piSimulator({
    points: { sinusoid: { value: 1.5 } },
    tls: { ...server, ca, requestCert: true, rejectUnauthorized: true },
    ...options,
  })
  onTestFinished(() => sim.close())
  return { sim, tls: { ca, ...keys.client } }
}

/** A channel that gives its first value, loses its connection, and gives what came meanwhile. */
async function survivesADrop(sim: PiSimulator, options: PiOptions): Promise<void> {
  const channel = await client(sim.url, options).channel(['sinusoid'], FAST)
  expect(valuesOf(await take(channel, 1))).toEqual([1.5])
  sim.dropSockets()
  sim.post('sinusoid', 2)
  expect(valuesOf(await take(channel, 1))).toEqual([2])
  sim.post('sinusoid', 3)
  expect(valuesOf(await take(channel, 1))).toEqual([3])
  await channel.close()
  await expect.poll(() => sim.sockets).toBe(0)
}

/** A reference that needs no request before the channel's own. */
const UNSEEN: [{ webId: string }] = [{ webId: 'I1DPAQAAAAAAAAAAAAAAAAAAAAAQAAAA' }]
const UNRESOLVED: ChannelOptions = { resolve: false }

describe('a channel over TLS', () => {
  it('trusts a private authority, shows a client certificate, and does so again after a drop', async () => {
    const { sim, tls } = await secured()
    expect(sim.url).toMatch(/^https:/)
    await survivesADrop(sim, { tls })
  })

  it('to a server that is not trusted fails with a hint at tls.ca', async () => {
    const { sim } = await secured()
    const failed = await failureOf(client(sim.url).channel(UNSEEN, UNRESOLVED))
    expect(failed).toMatchObject({ code: 'ERR_PI_NETWORK', hint: expect.stringContaining('tls.ca') })
  })

  it('to a server of another name fails with a hint at the name', async () => {
    const { sim, tls } = await secured()
    const failed = await failureOf(
      client(sim.url.replace('127.0.0.1', 'localhost'), { tls }).channel(UNSEEN, UNRESOLVED),
    )
    expect(failed).toMatchObject({ code: 'ERR_PI_NETWORK', hint: expect.stringContaining('tls.servername') })
  })

  it('without a client certificate is refused by the server, and leaves no socket', async () => {
    const { sim } = await secured()
    const pi = client(sim.url, { tls: { ca: keys.ca } })
    expect((await failureOf(pi.channel(UNSEEN, UNRESOLVED))).code).toBe('ERR_PI_NETWORK')
    expect(sim.sockets).toBe(0)
  })
})

describe('a channel through a proxy', () => {
  it('asks it for each of its sockets, and again after a drop', async () => {
    const tags = Array.from({ length: 12 }, (_, i) => `tag${i}`)
    const points = Object.fromEntries(tags.map((tag) => [tag, { value: 1 }]))
    const { sim } = await plant({ points: { sinusoid: { value: 1.5 }, ...points } })
    const proxy = await connectProxy()
    await survivesADrop(sim, { proxy: proxy.url })
    const target = new URL(sim.url).host
    const credentials = `Basic ${Buffer.from(`pi:${proxy.password}`).toString('base64')}`
    for (const one of proxy.connects) expect(one).toEqual([target, credentials])
    const before = proxy.connects.length
    const pi = client(sim.url, { proxy: proxy.url })
    await pi.resolve(tags)
    const lookUps = proxy.connects.length - before
    const channel = await pi.channel(tags, { ...FAST, maxUrlBytes: 250 })
    expect(channel.sockets).toBeGreaterThan(2)
    expect(proxy.connects.length - before - lookUps).toBe(channel.sockets)
  })

  it('speaks TLS with the server behind it, with the client’s certificate', async () => {
    const { sim, tls } = await secured()
    const proxy = await connectProxy()
    await survivesADrop(sim, { tls, proxy: proxy.url })
    expect(proxy.connects.length).toBeGreaterThanOrEqual(3)
  })

  it('does not trust whoever the proxy leads to', async () => {
    const { sim } = await secured()
    const proxy = await connectProxy()
    const failed = await failureOf(client(sim.url, { proxy: proxy.url }).channel(UNSEEN, UNRESOLVED))
    expect(failed).toMatchObject({ code: 'ERR_PI_NETWORK', hint: expect.stringContaining('tls.ca') })
  })

  it('that refuses fails with what it answered, and without its password', async () => {
    const { sim } = await plant()
    const proxy = await connectProxy()
    proxy.manner = 'refuse'
    const failed = await failureOf(client(sim.url, { proxy: proxy.url }).channel(UNSEEN, UNRESOLVED))
    expect(failed).toMatchObject({ code: 'ERR_PI_NETWORK', message: expect.stringContaining('407') })
    expect(inspect(failed, { depth: 9, showHidden: true })).not.toContain(proxy.password)
    await expect.poll(() => proxy.open).toBe(0)
  })

  it('that never answers is given up in time, and its connection with it', async () => {
    const { sim } = await plant()
    const proxy = await connectProxy()
    proxy.manner = 'silent'
    const pi = client(sim.url, { proxy: proxy.url })
    const failed = await failureOf(pi.channel(UNSEEN, { ...UNRESOLVED, openTimeout: 50 }))
    expect(failed).toMatchObject({ code: 'ERR_PI_TIMEOUT', phase: 'connection' })
    expect(proxy.connects).toHaveLength(1)
    await expect.poll(() => proxy.open).toBe(0)
  })

  it('comes back through a proxy that was away for a while', async () => {
    const { sim } = await plant()
    const proxy = await connectProxy()
    const channel = await client(sim.url, { proxy: proxy.url }).channel(['sinusoid'], FAST)
    await take(channel, 1)
    proxy.manner = 'refuse'
    const seen = proxy.connects.length
    sim.dropSockets()
    sim.post('sinusoid', 2)
    await expect.poll(() => proxy.connects.length).toBeGreaterThan(seen + 2)
    expect(channel.state).toBe('reconnecting')
    proxy.manner = 'open'
    expect(valuesOf(await take(channel, 1))).toEqual([2])
  })
})

describe('a token of a channel', () => {
  /** A server that takes the newest token alone. */
  const issuing = async (): Promise<{ sim: PiSimulator; token: { newest: number } }> => {
    const token = { newest: 0 }
    const auth: SimulatorOptions['auth'] = ({ headers }) =>
      headers.authorization === `Bearer t${token.newest}` || ['Bearer']
    return { sim: (await plant({ auth })).sim, token }
  }
  const upgrades = (sim: PiSimulator): unknown[] =>
    sim.requests.filter(({ path }) => path.endsWith('channel')).map(({ headers }) => headers.authorization)

  it('is asked for anew at each reconnect, before the server refuses the old one', async () => {
    const { sim, token } = await issuing()
    const asked: boolean[] = []
    let own = 0
    const auth = bearer(async ({ refresh }) => {
      asked.push(refresh)
      if (refresh) own = token.newest
      return Promise.resolve(`t${own}`)
    })
    const channel = await client(sim.url, { auth }).channel(['sinusoid'], FAST)
    await take(channel, 1)
    expect(asked).not.toContain(true)
    for (const value of [2, 3]) {
      token.newest++
      sim.dropSockets()
      sim.post('sinusoid', value)
      expect(valuesOf(await take(channel, 1))).toEqual([value])
    }
    expect(upgrades(sim)).toEqual(['Bearer t0', 'Bearer t1', 'Bearer t2'])
  })

  it('that the server refuses at the first opening is asked for again, on the same connection', async () => {
    const { sim, token } = await issuing()
    token.newest = 1
    const auth = bearer(({ refresh }) => (refresh ? 't1' : 't0'))
    const channel = await client(sim.url, { auth }).channel(['sinusoid'], FAST)
    expect(valuesOf(await take(channel, 1))).toEqual([1.5])
    expect(upgrades(sim)).toEqual(['Bearer t0', 'Bearer t1'])
  })

  it('that cannot be had for a while is asked for until it can', async () => {
    const { sim, token } = await issuing()
    let fails = 0
    const auth = bearer(({ refresh }) => {
      if (!refresh) return `t${token.newest}`
      if (fails++ < 3) throw new Error('the issuer is away')
      return `t${token.newest}`
    })
    const channel = await client(sim.url, { auth }).channel(['sinusoid'], FAST)
    await take(channel, 1)
    sim.dropSockets()
    sim.post('sinusoid', 2)
    expect(valuesOf(await take(channel, 1))).toEqual([2])
    expect(fails).toBe(4)
  })

  it('that is refused for good ends the channel with the server’s answer', async () => {
    const { sim, token } = await issuing()
    const channel = await client(sim.url, { auth: bearer('t0') }).channel(['sinusoid'], {
      reconnect: { min: 1, max: 5, giveUpAfter: 60 },
    })
    await take(channel, 1)
    token.newest = 1
    sim.dropSockets()
    const failed = await failureOf(channel.recv())
    expect(failed).toMatchObject({
      code: 'ERR_PI_CHANNEL_CLOSED',
      cause: { code: 'ERR_PI_CHANNEL_DEAD', cause: { code: 'ERR_PI_AUTH', schemes: ['Bearer'] } },
    })
    expect(inspect(failed, { depth: 9, showHidden: true })).not.toContain('t0')
  })

  it('is told which of its openings is one again', async () => {
    const { sim } = await plant({ auth: { user: 'me', password: 'secret' } })
    const seen: string[] = []
    const inner = basic('me', 'secret')
    const auth: PiAuth = {
      headers: (context) => {
        if (context.kind === 'websocket') seen.push(context.again === true ? 'again' : 'first')
        return inner.headers(context)
      },
    }
    const channel = await client(sim.url, { auth }).channel(['sinusoid'], FAST)
    const back = event(channel, 'connected')
    sim.dropSockets()
    await back
    expect(seen).toEqual(['first', 'again'])
  })
})
