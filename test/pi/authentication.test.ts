// Who calls, and over what: authentication, TLS and a proxy.
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect, promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bearer, chain, basic, type PiAuth } from 'node-pvxs/pi'
import { piSimulator } from 'node-pvxs/testing'
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
    const folder = await mkdtemp(join(tmpdir(), 'node-pvxs-pi-tls-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const openssl = (...args: string[]): Promise<unknown> =>
      promisify(execFile)('openssl', args, { cwd: folder })
    await openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-days',
      '2',
      '-subj',
      '/CN=plant',
    )
    await writeFile(join(folder, 'san'), 'subjectAltName=IP:127.0.0.1')
    for (const who of ['server', 'client']) {
      await openssl(
        'req',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        `${who}.key`,
        '-out',
        `${who}.csr`,
        '-subj',
        `/CN=${who}`,
      )
      await openssl(
        'x509',
        '-req',
        '-in',
        `${who}.csr`,
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-days',
        '2',
        '-extfile',
        'san',
        '-out',
        `${who}.pem`,
      )
    }
    const file = (name: string): Promise<string> => readFile(join(folder, name), 'utf8')
    const ca = await file('ca.pem')
    const sim = await piSimulator({
      tls: {
        key: await file('server.key'),
        cert: await file('server.pem'),
        ca,
        requestCert: true,
        rejectUnauthorized: true,
      },
    })
    onTestFinished(() => sim.close())
    const untrusted = await failureOf(client(sim.url).system.landing())
    expect(untrusted).toMatchObject({ code: 'ERR_PI_NETWORK', hint: expect.stringContaining('tls.ca') })
    const tls = { ca, key: await file('client.key'), cert: await file('client.pem') }
    await expect(client(sim.url, { tls }).system.landing()).resolves.toBeDefined()

    const connects: [string | undefined, string | undefined][] = []
    const proxy = createServer().on('connect', (request, socket) => {
      connects.push([request.url, request.headers['proxy-authorization']])
      const [host, port] = (request.url ?? '').split(':')
      const through = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        through.pipe(socket).pipe(through)
      })
      for (const end of [through, socket]) end.on('error', () => undefined)
      onTestFinished(() => void (through.destroy(), socket.destroy()))
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void proxy.close())
    const url = `http://pi:pr0xy@127.0.0.1:${(proxy.address() as AddressInfo).port}`
    const pi = client(sim.url, { tls, proxy: url })
    await expect(pi.system.landing()).resolves.toBeDefined()
    expect(connects).toEqual([[new URL(sim.url).host, `Basic ${Buffer.from('pi:pr0xy').toString('base64')}`]])
    expect(inspect(pi, { depth: 9, showHidden: true })).not.toContain('pr0xy')
  })
})
