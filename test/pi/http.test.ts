// The way to the server and back: what goes wrong on it, and what a caller hears.
import { createServer, type Server } from 'node:http'
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect, promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bearer, chain, basic, PiWebApi, type PiAuth, type PiError, type PiResponse } from 'node-pvxs/pi'
import { piSimulator } from 'node-pvxs/testing'
import { plant } from './plant.js'

const failureOf = (work: Promise<unknown>): Promise<PiError & { phase?: string; schemes?: string[] }> =>
  work.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error as PiError,
  )

/** A server that never answers as it should. */
async function silent(onConnection: (socket: Socket) => void): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined)
    onConnection(socket)
    onTestFinished(() => void socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/piwebapi`
}

function client(url: string, options?: ConstructorParameters<typeof PiWebApi>[1]): PiWebApi {
  const pi = new PiWebApi(url, options)
  onTestFinished(() => pi.close())
  return pi
}

describe('an answer', () => {
  it.each([
    ['a page of HTML', { status: 200, body: '<html><title>Proxy</title></html>' }, /not JSON.*<html>/],
    ['one that is cut off', { status: 200, body: { Items: [1, 2, 3] }, cutAfter: 9 }, /cut off/],
    [
      'one that is badly compressed',
      { status: 200, headers: { 'content-encoding': 'gzip' }, body: 'x' },
      /compressed/,
    ],
    [
      'a WebException',
      { status: 200, body: { WebException: { StatusCode: 502, Errors: ['archive gone'] } } },
      /502: archive gone/,
    ],
  ])('that is %s fails the call', async (_, answer, text) => {
    const { pi, sim } = await plant({}, { retries: 0 })
    sim.intercept(() => answer)
    const failed = await failureOf(pi.system.status())
    expect(failed.code).toBe('ERR_PI_RESPONSE')
    expect(failed.message).toMatch(text)
  })

  it('with a WebException has its status, and request() gives it all the same', async () => {
    const { pi, sim } = await plant()
    const body = { WebException: { StatusCode: 502, Errors: ['archive gone'] } }
    sim.intercept(() => ({ status: 200, body }))
    expect((await failureOf(pi.system.status())).status).toBe(502)
    const response = await pi.request({ verb: 'GET', path: 'system' })
    expect(response.ok).toBe(false)
    expect(response.errors()).toEqual([{ path: 'WebException', status: 502, messages: ['archive gone'] }])
  })

  it.each([
    ['Errors', { Errors: ['a', 'b'] }, ['a', 'b']],
    ['Message', { Message: 'm', MessageDetail: 'd' }, ['m', 'd']],
    ['a WebException', { WebException: { StatusCode: 400, Errors: ['w'] } }, ['w']],
    [
      'the title of a page',
      '<html><head><title>Bad Request - Invalid URL</title></head></html>',
      ['Bad Request - Invalid URL'],
    ],
  ])('of status 400 gives the texts of %s', async (_, body, errors) => {
    const { pi, sim } = await plant()
    sim.intercept(() => ({ status: 400, body }))
    expect(await failureOf(pi.system.status())).toMatchObject({ code: 'ERR_PI_HTTP', status: 400, errors })
  })

  it('keeps integers that a double cannot hold, and a body sends them', async () => {
    const { pi, sim } = await plant({
      attributes: { 'Plant\\Pump1|Count': { type: 'Int64', value: 9_007_199_254_740_993n } },
    })
    const ref = '//AFSRV/Plant/Pump1|Count'
    await expect(pi.value(ref)).resolves.toMatchObject({ value: 9_007_199_254_740_993n })
    const [found] = await pi.resolve([ref])
    const webId = found?.status === 'fulfilled' ? found.value.webId : ''
    await pi.streams.updateValue({ webId, body: { Timestamp: '*', Value: -9_007_199_254_740_995n } })
    expect(sim.events(ref).at(-1)?.value).toBe(-9_007_199_254_740_995n)
  })

  it('of many rows comes compressed', async () => {
    const { pi, sim } = await plant()
    sim.load(
      'sinusoid',
      Array.from({ length: 5000 }, (_, i) => [BigInt(i) * 1_000_000_000n, i] as const),
    )
    const { WebId: webId } = await pi.points.getByPath({ path: '\\\\PISRV\\sinusoid' })
    const before = pi.stats.bytesIn
    const { Items } = await pi.streams.getRecorded({
      webId,
      startTime: '1970-01-01',
      endTime: '1970-01-02',
      maxCount: 5000,
    })
    expect(Items).toHaveLength(5000)
    expect(pi.stats.bytesIn - before).toBeLessThan(100_000)
  })

  it.each([NaN, Infinity, () => 1])('body of %s is refused, and nothing is sent', async (value) => {
    const { pi, sim } = await plant()
    const failed = await failureOf(pi.streams.updateValue({ webId: 'x', body: { Value: value } }))
    expect(failed).toMatchObject({ code: 'ERR_PI_ARGUMENT', message: expect.stringContaining('body.Value') })
    expect(sim.requests).toEqual([])
  })
})

describe('a fault that passes', () => {
  it('is outlasted by reading', async () => {
    const { pi, sim } = await plant()
    let left = 2
    sim.intercept(() => (left-- > 0 ? { status: 503, body: {} } : undefined))
    await expect(pi.system.landing()).resolves.toHaveProperty('ProductTitle')
    expect(pi.stats).toMatchObject({ retries: 2, requests: 3 })
  })

  it('is not by writing: it may have been done', async () => {
    const { pi, sim } = await plant()
    sim.intercept(() => ({ status: 503, headers: { 'retry-after': '7' }, body: { Errors: ['busy'] } }))
    const failed = await failureOf(pi.batch.execute({ body: {} }))
    expect(failed).toMatchObject({ status: 503, retryable: true, retryAfter: 7000 })
    expect(sim.requests).toHaveLength(1)
  })

  it('that is an answer cut off is read again', async () => {
    const { pi, sim } = await plant()
    let cuts = 1
    sim.intercept(() => (cuts-- > 0 ? { status: 200, body: { a: 'b' }, cutAfter: 3 } : undefined))
    await expect(pi.system.landing()).resolves.toHaveProperty('ProductTitle')
  })

  it('that stays is a network error', async () => {
    const { pi, sim } = await plant({}, { retries: 1 })
    await sim.stop()
    expect(await failureOf(pi.system.landing())).toMatchObject({ code: 'ERR_PI_NETWORK', verb: 'GET' })
    await sim.start()
    await expect(pi.system.landing()).resolves.toHaveProperty('ProductTitle')
  })
})

describe('a time limit', () => {
  it('says that the headers were waited for', async () => {
    const pi = client(await silent(() => undefined))
    expect(await failureOf(pi.system.landing({}, { timeout: 60 }))).toMatchObject({
      code: 'ERR_PI_TIMEOUT',
      phase: 'headers',
    })
  })

  it('says that the body was waited for', async () => {
    const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{'
    const pi = client(await silent((socket) => socket.once('data', () => socket.write(head))))
    expect(await failureOf(pi.system.landing({}, { timeout: 100 }))).toMatchObject({
      code: 'ERR_PI_TIMEOUT',
      phase: 'body',
    })
  })

  it('says that a connection was waited for, and frees the place in the line', async () => {
    let release!: (nothing: undefined) => void
    const held = new Promise<undefined>((resolve) => (release = resolve))
    const { pi, sim } = await plant({}, { connections: 1 })
    sim.intercept(() => held)
    const first = pi.system.landing()
    expect(await failureOf(pi.system.status({}, { timeout: 60 }))).toMatchObject({
      code: 'ERR_PI_TIMEOUT',
      phase: 'connection',
    })
    release(undefined)
    await expect(first).resolves.toHaveProperty('ProductTitle')
    await expect(pi.system.status()).resolves.toHaveProperty('State')
  })
})

describe('an abort', () => {
  it('rejects with its own reason before, during and after', async () => {
    const { pi, sim } = await plant()
    const reason = new Error('enough')
    expect(await failureOf(pi.system.landing({}, { signal: AbortSignal.abort(reason) }))).toBe(reason)
    expect(sim.requests).toEqual([])
    const during = new AbortController()
    sim.intercept(() => {
      during.abort(reason)
      return undefined
    })
    expect(await failureOf(pi.system.landing({}, { signal: during.signal }))).toBe(reason)
    sim.intercept(undefined)
    const after = new AbortController()
    await expect(pi.system.landing({}, { signal: after.signal })).resolves.toBeDefined()
    after.abort(reason)
    await expect(pi.system.landing()).resolves.toBeDefined()
  })

  it('close() ends what runs, and what comes later', async () => {
    const { pi, sim } = await plant()
    const seen = new Promise<void>((resolve) =>
      sim.intercept(() => (resolve(), new Promise(() => undefined))),
    )
    const running = failureOf(pi.system.landing())
    await seen
    await pi.close()
    await pi.close()
    expect((await running).code).toBe('ERR_PI_CLOSED')
    expect((await failureOf(pi.system.landing())).code).toBe('ERR_PI_CLOSED')
  })
})

describe('a redirect', () => {
  it('within the server is followed', async () => {
    const { pi, sim } = await plant()
    sim.intercept(({ path }) =>
      path === 'system' ? { status: 302, headers: { location: '/piwebapi/system/status' } } : undefined,
    )
    await expect(pi.system.landing()).resolves.toHaveProperty('State')
  })

  it('to another one is refused, and the credentials stay', async () => {
    const other = await piSimulator()
    onTestFinished(() => other.close())
    const { pi, sim } = await plant({}, { auth: basic('me', 'geheim') })
    sim.intercept(() => ({ status: 307, headers: { location: `${other.url}/system` } }))
    const failed = await failureOf(pi.system.landing())
    expect(failed).toMatchObject({ code: 'ERR_PI_HTTP', status: 307 })
    expect(other.requests).toEqual([])
  })
})

describe('hooks', () => {
  it('see requests without credentials, and every answer', async () => {
    const seen: unknown[] = []
    const answers: PiResponse[] = []
    const { pi, sim } = await plant(
      {},
      {
        auth: basic('me', 'geheim'),
        headers: { 'X-Plant': '7' },
        onRequest: (request) => {
          seen.push({ ...request, headers: { ...request.headers } })
          request.headers['x-trace'] = 'abc'
        },
        onResponse: (response) => answers.push(response),
      },
    )
    await pi.system.landing()
    expect(inspect(seen)).not.toMatch(/authorization/i)
    expect(seen).toMatchObject([{ verb: 'GET', headers: { 'x-plant': '7' } }])
    expect(sim.requests[0]?.headers).toMatchObject({ 'x-trace': 'abc', 'x-plant': '7' })
    expect(answers.map(({ status }) => status)).toEqual([200])
  })

  it('that throw reject the call', async () => {
    const { pi } = await plant({}, { onResponse: () => expect.fail('hook') })
    expect((await failureOf(pi.system.landing())).message).toBe('hook')
  })
})

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

describe('references', () => {
  it('are resolved in short URLs, and none twice', async () => {
    const points = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`tag${i}`, { value: i }]))
    const { pi, sim } = await plant({ points }, { maxUrlBytes: 1000 })
    const refs = Object.keys(points)
    const [once, again] = await Promise.all([pi.resolve(refs), pi.resolve(refs)])
    expect(once.every(({ status }) => status === 'fulfilled')).toBe(true)
    expect(again).toEqual(once)
    const paths = sim.requests.flatMap(({ url }) => [...new URL(url, sim.url).searchParams.getAll('path')])
    expect(paths).toHaveLength(300)
    expect(new Set(paths).size).toBe(300)
    for (const { url } of sim.requests) expect(url.length).toBeLessThanOrEqual(1000)
    const values = await pi.values(refs)
    expect(values.map((one) => one.status === 'fulfilled' && one.value.value)).toEqual(refs.map((_, i) => i))
    for (const { url } of sim.requests) expect(url.length).toBeLessThanOrEqual(1000)
  })

  it('that answer 404 later are resolved anew, once', async () => {
    const { pi, sim } = await plant()
    await pi.value('sinusoid')
    const { WebId: webId } = await pi.points.getByPath({ path: '\\\\PISRV\\sinusoid' })
    await pi.points.delete({ webId })
    sim.addPoint('sinusoid', { value: 2 })
    await expect(pi.value('sinusoid')).resolves.toMatchObject({ value: 2 })
    const [one] = await pi.values(['sinusoid'])
    expect(one).toMatchObject({ status: 'fulfilled', value: { value: 2 } })
  })

  it.each([
    ['nothing', ''],
    ['an element', '\\\\AFSRV\\Plant\\Pump1'],
    ['a server', '\\\\PISRV'],
    ['a WebID that is none', { webId: 'F1DPxyz' }],
    ['two things', { tag: 'a', path: 'b' }],
    ['a number', 5],
  ])('that are %s are refused, and nothing is sent', async (_, ref) => {
    const { pi, sim } = await plant()
    expect((await failureOf(pi.value(ref as string))).code).toBe('ERR_PI_ARGUMENT')
    expect(sim.requests).toEqual([])
  })

  it('want a zone with their time', async () => {
    const { pi, sim } = await plant()
    const failed = await failureOf(pi.value('sinusoid', { at: '2026-01-01T00:00:00' }))
    expect(failed).toMatchObject({ code: 'ERR_PI_ARGUMENT', message: expect.stringContaining('zone') })
    expect(sim.requests).toEqual([])
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
