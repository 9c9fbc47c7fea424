import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { NTScalar, RemoteError, SharedPV } from 'node-pvxs'
import { bridged, until } from './fixtures.js'

const number = (value = 1): SharedPV<never> =>
  SharedPV.mailbox(new NTScalar('float64'), { value }) as SharedPV<never>
const json = { 'content-type': 'application/json' }

it('reads, writes and calls by /api/pv', async () => {
  const sum = new SharedPV({
    type: new NTScalar('float64'),
    initial: { value: 0 },
    onRpc: ({ args }) => ({ value: Number(args['a']) + Number(args['b']) }),
  })
  const { bridge } = await bridged(
    { 'lab:n': number(5), sum: sum as SharedPV<never> },
    { write: ['lab:*'], rpc: ['sum'] },
  )
  const url = `${bridge.url}api/pv/`
  expect(await (await fetch(`${url}lab:n`)).json()).toHaveProperty('value', 5)
  expect(await (await fetch(`${url}lab%3An?fields=value`)).json()).toHaveProperty('value', 5)
  const put = await fetch(`${url}lab:n`, { method: 'PUT', headers: json, body: '7' })
  expect(put.status).toBe(204)
  expect(await (await fetch(`${url}lab:n`)).json()).toHaveProperty('value', 7)
  const called = await fetch(`${url}sum/call`, { method: 'POST', headers: json, body: '{"a":1.5,"b":2}' })
  expect(await called.json()).toHaveProperty('value', 3.5)
})

it('answers what is wrong by its status, as JSON with code and message', async () => {
  const refusing = new SharedPV({
    type: new NTScalar('float64'),
    initial: { value: 0 },
    onPut: () => {
      throw new RemoteError('locked')
    },
  })
  const { bridge } = await bridged(
    { n: number(), r: refusing as SharedPV<never> },
    { write: ['r', 'gone', 'n'] },
  )
  const url = `${bridge.url}api/pv/`
  const status = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    const answer = await fetch(url + path, init)
    const { error } = (await answer.json()) as { error: { code: string; message: string } }
    expect(error.message).not.toBe('')
    return [answer.status, error.code]
  }
  expect(await status('r', { method: 'PUT', headers: json, body: '1' })).toEqual([502, 'ERR_PVA_REMOTE'])
  expect(await status('n', { method: 'PUT', headers: json, body: '"x"' })).toEqual([
    400,
    'ERR_PVA_CONVERSION',
  ])
  expect(await status('n', { method: 'PUT', headers: json, body: '{' })).toEqual([400, 'ERR_BRIDGE_MESSAGE'])
  expect(await status('n', { method: 'PUT', body: '1' })).toEqual([415, 'ERR_BRIDGE_MEDIA'])
  expect(await status('n/call', { method: 'POST', headers: json, body: '{}' })).toEqual([
    403,
    'ERR_BRIDGE_FORBIDDEN',
  ])
  expect(await status('other', { method: 'PUT', headers: json, body: '1' })).toEqual([
    403,
    'ERR_BRIDGE_FORBIDDEN',
  ])
  expect(await status('gone?timeout=50')).toEqual([504, 'ERR_PVA_TIMEOUT'])
  expect(await status('n?timeout=x')).toEqual([400, 'ERR_BRIDGE_MESSAGE'])
  expect(await status('n?fields=nothing,value')).toEqual([400, 'ERR_PVA_NO_FIELD'])
  expect(await status('%E0%A4%A')).toEqual([400, 'ERR_BRIDGE_MESSAGE'])
  expect(await status('n/other')).toEqual([404, 'ERR_BRIDGE_PATH'])
  expect(await status('n', { method: 'DELETE' })).toEqual([405, 'ERR_BRIDGE_METHOD'])
})

it('takes a body no longer than a message', async () => {
  const { bridge } = await bridged({ n: number() }, { write: ['n'], limits: { message: 100 } })
  const answer = await fetch(`${bridge.url}api/pv/n`, {
    method: 'PUT',
    headers: json,
    body: `"${'x'.repeat(200)}"`,
  })
  expect(answer.status).toBe(413)
})

it('lets pages of allowed origins in, preflight included, and no others', async () => {
  const { bridge } = await bridged({ n: number() }, { origins: ['https://lab.example'], write: ['n'] })
  const headers = { origin: 'https://lab.example', 'access-control-request-method': 'PUT' }
  const preflight = await fetch(`${bridge.url}api/pv/n`, { method: 'OPTIONS', headers })
  expect(preflight.status).toBe(204)
  expect(preflight.headers.get('access-control-allow-origin')).toBe('https://lab.example')
  expect(preflight.headers.get('access-control-allow-methods')).toContain('PUT')
  const evil = { origin: 'https://evil.example' }
  const read = await fetch(`${bridge.url}api/pv/n`, { headers: evil })
  expect(read.headers.get('access-control-allow-origin')).toBeNull()
  const write = await fetch(`${bridge.url}api/pv/n`, {
    method: 'PUT',
    headers: { ...json, ...evil },
    body: '1',
  })
  expect(write.status).toBe(403)
})

it('streams events: updates as in version 1, errors, and nothing after the browser has gone', async () => {
  const pv = SharedPV.mailbox(new NTScalar('float64'), { value: 1 })
  const { bridge } = await bridged({ n: pv as SharedPV<never> }, { rate: 1000 })
  const sent = request(`${bridge.url}pvws/events?pv=n&pv=loc://x&pv=sim://sine`)
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  let text = ''
  response.on('data', (part: Buffer) => (text += part.toString()))
  response.on('error', () => undefined) // it is cut below
  expect(response.headers['content-type']).toContain('text/event-stream')
  await until(() => text.includes('"pv":"n","vtype":"VDouble"') && text.includes('event: error'))
  pv.post(2)
  await until(() => /event: update\ndata: \{"type":"update","pv":"n","value":2,/.test(text))
  expect(bridge.metrics()).toContain('node_pvxs_bridge_event_streams 1')
  sent.destroy()
  await until(() => bridge.metrics().includes('node_pvxs_bridge_event_streams 0'))
  expect((await fetch(`${bridge.url}pvws/events`)).status).toBe(400)
  expect((await fetch(`${bridge.url}pvws/events?pv=n&rate=x`)).status).toBe(400)
})

it('ends a socket for an administrator, and for nobody else', async () => {
  const token = 'the-token-of-the-administrator'
  const { bridge } = await bridged(
    {},
    { auth: { tokens: [{ token, user: 'root', admin: true }], anonymous: 'read' } },
  )
  const socket = new WebSocket(`${bridge.url.replace('http', 'ws')}pvws/pv`)
  await once(socket, 'open')
  const closed = once(socket, 'close')
  const url = `${bridge.url}pvws/socket/1`
  expect(await (await fetch(url)).json()).toEqual({ id: '1', pvs: [] })
  expect((await fetch(url, { method: 'DELETE' })).status).toBe(403)
  const authorization = `Bearer ${token}`
  expect((await fetch(url, { method: 'DELETE', headers: { authorization } })).status).toBe(204)
  expect((await closed)[0]).toBe(1008)
  await until(() => bridge.stats().sockets === 0)
  expect((await fetch(url)).status).toBe(404)
})

it('serves the scripts that pages load from their PVWS server, with the interface they know', async () => {
  const { bridge } = await bridged({
    a: SharedPV.mailbox(new NTScalar('float64[]'), { value: [1, 2] }) as SharedPV<never>,
  })
  const text = async (name: string): Promise<string> => {
    const answer = await fetch(`${bridge.url}pvws/js/${name}`)
    expect(answer.headers.get('content-type')).toContain('text/javascript')
    return answer.text()
  }
  const scope = {
    WebSocket,
    atob,
    setInterval,
    clearInterval,
    setTimeout,
    clearTimeout,
    Float64Array,
    Uint8Array,
    JSON,
  }
  const code = `${await text('base64.js')}\n${await text('pvws.js')}\nPVWS`
  interface Pvws {
    open: () => void
    close: () => void
    subscribe: (pvs: string) => void
    readonly values: Record<string, { value: Float64Array }>
  }
  const Class = runInNewContext(code, scope) as new (
    url: string,
    onConnect: (connected: boolean) => void,
    onMessage: (message: { pv: string }) => void,
  ) => Pvws
  const states: boolean[] = []
  const pvs: string[] = []
  const page = new Class(
    `${bridge.url.replace('http', 'ws')}pvws/pv`,
    (connected) => states.push(connected),
    ({ pv }) => pvs.push(pv),
  )
  page.open()
  await until(() => states.includes(true))
  page.subscribe('a')
  await until(() => pvs.includes('a'))
  expect(Array.from(page.values['a']?.value ?? [])).toEqual([1, 2])
  page.close()
  await until(() => bridge.stats().sockets === 0)
})

it('has a page at /, which sets text only and may load nothing from elsewhere', async () => {
  const title = '<b>"lab" & co</b>'
  const { bridge } = await bridged({}, { page: { title, pvs: ['a"><script>x</script>'] }, path: '/x' })
  const answer = await fetch(bridge.url)
  expect(answer.headers.get('content-security-policy')).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  )
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
  const html = await answer.text()
  expect(html).toContain('<title>&lt;b&gt;&quot;lab&quot; &amp; co&lt;/b&gt;</title>')
  expect(html).not.toContain('<script>x')
  expect(html).toContain('data-pvws="x/pv"')
  for (const name of ['page.js', 'page.css'])
    expect((await fetch(bridge.url + name)).headers.get('content-type')).toMatch(/^text\/(javascript|css)/)
  const script = await (await fetch(`${bridge.url}page.js`)).text()
  expect(script).not.toMatch(/innerHTML|eval|new Function/)
  const none = await bridged({}, { page: false })
  expect((await fetch(none.bridge.url)).status).toBe(404)
  expect((await fetch(`${none.bridge.url}page.js`)).status).toBe(404)
})

it('a login cookie is for TLS alone where a trusted proxy has ended it', async () => {
  const auth = { tokens: [{ token: 'long-enough', user: 'ann' }] }
  const login = async (url: string): Promise<string> => {
    const body = JSON.stringify({ token: 'long-enough' })
    const headers = { ...json, 'x-forwarded-proto': 'https' }
    return (await fetch(`${url}login`, { method: 'POST', headers, body })).headers.get('set-cookie') ?? ''
  }
  const behind = await bridged({}, { auth, trustProxy: ['127.0.0.1'] })
  expect(await login(behind.bridge.url)).toMatch(/; Secure$/)
  const alone = await bridged({}, { auth })
  expect(await login(alone.bridge.url)).not.toContain('Secure')
})

it('behind a trusted proxy an address is what the proxy says, and what a client says is not believed', async () => {
  const peers: unknown[] = []
  const options = { write: ['n'], log: ({ peer }: { peer?: string }) => void peers.push(peer) }
  const headers = { ...json, 'x-forwarded-for': '203.0.113.9, 198.51.100.7' }
  for (const trustProxy of [[], ['127.0.0.1'], ['127.0.0.1', '198.51.100.7']]) {
    const { bridge } = await bridged({ n: number() }, { ...options, trustProxy })
    await fetch(`${bridge.url}api/pv/n`, { method: 'PUT', headers, body: '7' })
  }
  expect(peers).toEqual(['127.0.0.1', '198.51.100.7', '203.0.113.9'])
})
