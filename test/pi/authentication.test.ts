// Who calls, and over what: authentication, TLS and a proxy.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bearer, chain, basic, type PiAuth } from 'node-pvxs/pi'
import { piSimulator } from 'node-pvxs/testing'
import { certificates } from './certificates.js'
import { connectProxy } from './connect-proxy.js'
import { client, failureOf, plant } from './plant.js'

describe('authentication', () => {
  it('asks a token function again after a 401', async () => {
    const asked: boolean[] = []
    const token = ({ refresh }: { refresh: boolean }): string => {
      asked.push(refresh)
      return refresh ? 'fresh' : 'stale'
    }
    const { pi } = await plant({ auth: { token: 'fresh' } }, { auth: bearer(token) })
    await expect(pi.system.landing()).resolves.toBeDefined()
    expect(asked).toEqual([false, true])
  })

  it('does not show what a token function gives', async () => {
    const { pi, sim } = await plant({}, { auth: bearer(() => 'geheim\n') })
    const failed = await failureOf(pi.system.landing())
    expect(inspect(failed, { depth: 9 })).not.toContain('geheim')
    expect(sim.requests).toEqual([])
  })

  it('of a chain is the first that the server names, also for requests side by side', async () => {
    const { pi, sim } = await plant(
      { auth: { user: 'me', password: 'geheim' } },
      { auth: chain(bearer('token'), basic('me', 'geheim')) },
    )
    await Promise.all([pi.system.landing(), pi.system.status(), pi.system.userInfo()])
    await pi.system.landing()
    expect(sim.requests.some(({ headers }) => String(headers.authorization).startsWith('Bearer'))).toBe(false)
    expect(sim.requests.at(-1)?.headers.authorization).toMatch(/^Basic/)
  })

  it('of your own goes on with the challenges of the server, on one connection', async () => {
    const legs: (readonly string[] | undefined)[] = []
    const closing: unknown[] = []
    const auth: PiAuth = {
      headers: ({ attempt, challenges }) => {
        legs.push(challenges)
        return { authorization: `Leg ${attempt}` }
      },
      accepted: (headers) => closing.push(headers['x-closing']),
    }
    const ports = new Set<number | undefined>()
    const server: Server = createServer((request, response) => {
      ports.add(request.socket.remotePort)
      const leg = request.headers.authorization ?? ''
      if (leg === 'Leg 3') response.writeHead(200, { 'x-closing': 'bye' }).end('{}')
      else response.writeHead(401, { 'www-authenticate': [`Leg after="${leg}, more", x=1`, 'Basic'] }).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const pi = client(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { auth })
    await expect(pi.system.landing()).resolves.toEqual({})
    expect(legs).toEqual([
      undefined,
      ['Leg after="Leg 1, more", x=1', 'Basic'],
      ['Leg after="Leg 2, more", x=1', 'Basic'],
    ])
    expect(closing).toEqual(['bye'])
    expect(ports.size).toBe(1)
  })

  it('that is never accepted ends after five legs, and names the schemes', async () => {
    const auth: PiAuth = { headers: ({ attempt }) => ({ authorization: `Leg ${attempt}` }) }
    const { pi, sim } = await plant({ auth: () => ['Negotiate', 'NTLM'] }, { auth })
    const failed = await failureOf(pi.system.landing())
    expect(failed).toMatchObject({ code: 'ERR_PI_AUTH', schemes: ['Negotiate', 'NTLM'] })
    expect(failed.hint).toMatch(/SPN.*double hop/)
    expect(sim.requests).toHaveLength(5)
  })

  it('403 is forbidden', async () => {
    const { pi, sim } = await plant()
    sim.intercept(() => ({ status: 403, body: {} }))
    expect((await failureOf(pi.system.landing())).code).toBe('ERR_PI_FORBIDDEN')
  })
})

describe('TLS and a proxy', () => {
  it('trust a private authority, show a client certificate, and go through CONNECT', async () => {
    const keys = await certificates()
    const { ca } = keys
    const sim = await piSimulator({
      tls: { ...keys.server, ca, requestCert: true, rejectUnauthorized: true },
    })
    onTestFinished(() => sim.close())
    const untrusted = await failureOf(client(sim.url).system.landing())
    expect(untrusted).toMatchObject({ code: 'ERR_PI_NETWORK', hint: expect.stringContaining('tls.ca') })
    const tls = { ca, ...keys.client }
    await expect(client(sim.url, { tls }).system.landing()).resolves.toBeDefined()

    const proxy = await connectProxy()
    const pi = client(sim.url, { tls, proxy: proxy.url })
    await expect(pi.system.landing()).resolves.toBeDefined()
    const credentials = `Basic ${Buffer.from(`pi:${proxy.password}`).toString('base64')}`
    expect(proxy.connects).toEqual([[new URL(sim.url).host, credentials]])
    expect(inspect(pi, { depth: 9, showHidden: true })).not.toContain(proxy.password)
  })
})
