import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import { inspect } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { basic, type PiResponse } from 'node-pvxs/pi'
import { piSimulator } from 'node-pvxs/testing'
import { client, failureOf, plant } from './plant.js'

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
