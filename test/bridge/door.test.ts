import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { NTScalar, SharedPV } from 'node-pvxs'
import { Bridge, BridgeError } from 'node-pvxs/bridge'
import { bridged } from './fixtures.js'
import { Page, refusal } from './page.js'

const origin = (value: string): Record<string, string> => ({ origin: value })

/** What the bridge answers to a GET with these headers. */
async function get(
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers, method }, (response) => {
      let body = ''
      response.on('data', (part: Buffer) => (body += part.toString()))
      response.on('end', () => resolve([response.statusCode ?? 0, body]))
    })
    sent.on('error', reject).end()
  })
}

describe('pages of other origins', () => {
  it.each(['https://evil.example', 'null', 'http://127.0.0.1.evil.example', 'nonsense'])(
    'refuses %s',
    async (page) => {
      const { bridge } = await bridged({})
      expect(await refusal(bridge.url, origin(page))).toEqual({ status: 403, code: 'ERR_BRIDGE_ORIGIN' })
    },
  )

  it('takes its own, loopback ones while it listens on loopback, and programs, which send none', async () => {
    const { bridge } = await bridged({})
    for (const headers of [origin(bridge.url.slice(0, -1)), origin('http://localhost:3000'), {}]) {
      await using page = await Page.open(bridge.url, { headers })
      expect(page.socket.readyState).toBe(1)
    }
  })

  it('takes those that it is told to', async () => {
    const { bridge } = await bridged({}, { origins: ['https://lab.example', 'null'] })
    for (const page of ['https://lab.example', 'null']) {
      await using opened = await Page.open(bridge.url, { headers: origin(page) })
      expect(opened.socket.readyState).toBe(1)
    }
    expect(await refusal(bridge.url, origin('https://other.example'))).toHaveProperty('status', 403)
  })
})

describe('other names of this host', () => {
  it.each(['evil.example', 'evil.example:80', 'a@localhost'])('refuses %o', async (host) => {
    const { bridge } = await bridged({})
    expect(await refusal(bridge.url, { host })).toHaveProperty('code', 'ERR_BRIDGE_HOST')
    const [status] = await get(`${bridge.url}pvws/info`, { host })
    expect(status).toBe(421)
  })

  it.each(['localhost', 'LOCALHOST:99', '127.0.0.1', '[::1]:8080', 'lab.example'])(
    'takes %s',
    async (host) => {
      const { bridge } = await bridged({}, { hosts: ['Lab.example'] })
      const [status] = await get(`${bridge.url}pvws/info`, { host })
      expect(status).toBe(200)
    },
  )

  it('answers those who watch over it whatever they call it', async () => {
    const { bridge } = await bridged({})
    expect(await get(`${bridge.url}healthz`, { host: 'anything' })).toEqual([
      200,
      expect.stringContaining('"status":"ok"'),
    ])
    expect((await get(`${bridge.url}metrics`, { host: 'anything' }))[1]).toContain(
      'node_pvxs_bridge_sockets 0',
    )
  })
})

it('does not start where anybody could write', async () => {
  const failed = await Bridge.start({ host: '0.0.0.0', port: 0, write: ['*'] }).catch((e: unknown) => e)
  expect(failed).toBeInstanceOf(BridgeError)
  expect(failed).toMatchObject({ code: 'ERR_BRIDGE_UNSAFE' })
  await using bridge = await Bridge.start({ host: '0.0.0.0', port: 0, write: ['*'], insecureWrite: true })
  expect(bridge.config).toMatchObject({ insecureWrite: true })
})

it('names the port that is taken', async () => {
  const { bridge } = await bridged({})
  await expect(Bridge.start({ port: bridge.port })).rejects.toThrow(
    `port ${bridge.port} of 127.0.0.1 is taken`,
  )
})

it.each([
  [{ prot: 1 }, /unknown option "prot".*"port"/],
  [{ port: -1 }, /"port"/],
  [{ rate: 0 }, /"rate"/],
  [{ path: 'x' }, /"path"/],
  [{ write: '*' }, /"write"/],
  [{ write: [''] }, /"write"/],
  [{ read: [/x/g] }, /"read"/],
  [{ limits: { socket: 1 } }, /unknown option "socket".*"sockets"/],
  [{ origins: ['lab.example'] }, /"origins"/],
  [{ status: 'yes' }, /"status"/],
  [{ ctx: {} }, /"ctx"/],
  [{ keep: -1 }, /"keep"/],
  [{ keep: '10m' }, /"keep"/],
  [{ history: { read: 1 } }, /"history"/],
  [{ page: 'yes' }, /page/],
  [{ page: { titel: 'x' } }, /unknown option "titel".*"title"/],
  [{ tls: { cert: 'secret' } }, /"tls" is \{ cert, key \}/],
])('refuses the options %o', (options, text) => {
  expect(() => new Bridge(options as never)).toThrow(text)
})

it('shows status to this machine only, and not through a proxy', async () => {
  const { bridge, open } = await bridged({ n: SharedPV.mailbox(new NTScalar('int32')) as SharedPV<never> })
  const page = await open()
  page.subscribe('n')
  await page.update('n')
  expect(await get(`${bridge.url}pvws/pool`)).toEqual([
    200,
    '{"pvs":[{"name":"n","field":"","connected":true}]}\n',
  ])
  expect((await get(`${bridge.url}pvws/socket`))[1]).toContain('"name":"n"')
  expect((await get(`${bridge.url}pvws/summary`, { 'x-forwarded-for': '10.0.0.1' }))[0]).toBe(403)
  const off = await bridged({}, { status: 'off' })
  expect((await get(`${off.bridge.url}pvws/summary`))[0]).toBe(403)
})

it('reads one PV by GET, and answers what is wrong by its status', async () => {
  const n = SharedPV.mailbox(new NTScalar('int32'), { value: 5 })
  const { bridge } = await bridged({ n: n as SharedPV<never> }, { read: ['n', 'absent'] })
  const [status, body] = await get(`${bridge.url}pvws/pvget?name=n`)
  expect([status, JSON.parse(body)]).toMatchObject([
    200,
    { type: 'update', pv: 'n', vtype: 'VInt', value: 5 },
  ])
  expect((await get(`${bridge.url}pvws/pvget?name=secret`))[0]).toBe(403)
  expect((await get(`${bridge.url}pvws/pvget?name=`))[0]).toBe(400)
  expect((await get(`${bridge.url}pvws/pvget?name=n`, {}, 'POST'))[0]).toBe(405)
  expect((await get(`${bridge.url}pvws/nothing`))[0]).toBe(404)
  expect((await get(`${bridge.url}nothing`))[0]).toBe(404)
})
