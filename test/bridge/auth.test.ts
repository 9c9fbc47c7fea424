import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { NTScalar, SharedPV } from 'node-pvxs'
import { Bridge, hashPassword, type AuthOptions } from 'node-pvxs/bridge'
import { bridged } from './fixtures.js'
import { Page, refusal } from './page.js'

const TOKEN = 'a-token-of-the-operator'
const PASSWORD = 'correct horse'
const hash = await hashPassword(PASSWORD)

const number = (): SharedPV<never> =>
  SharedPV.mailbox(new NTScalar('float64'), { value: 1 }) as SharedPV<never>

const auth: AuthOptions = {
  tokens: [{ token: TOKEN, user: 'operator', write: ['lab:*'], admin: true }],
  users: [{ user: 'guest', hash, read: ['lab:open'] }],
}
const pvs = (): Record<string, SharedPV<never>> => ({ 'lab:open': number(), 'lab:closed': number() })
const bearer = (token = TOKEN): Record<string, string> => ({ authorization: `Bearer ${token}` })
const basic = (user: string, password: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
})

describe('a socket', () => {
  it('is refused without a login, and with a wrong one', async () => {
    const { bridge } = await bridged(pvs(), { auth })
    for (const headers of [{}, bearer('wrong'), basic('guest', 'wrong'), basic('nobody', PASSWORD)])
      expect(await refusal(bridge.url, headers)).toEqual({ status: 401, code: 'ERR_BRIDGE_LOGIN' })
  })

  it('has the rights of its token or password', async () => {
    const { bridge } = await bridged(pvs(), { auth })
    await using operator = await Page.open(bridge.url, { headers: bearer() })
    operator.subscribe('lab:closed')
    expect(await operator.update('lab:closed')).toHaveProperty('readonly', false)
    await using guest = await Page.open(bridge.url, { headers: basic('guest', PASSWORD) })
    guest.subscribe('lab:open', 'lab:closed')
    expect(await guest.update('lab:open')).toHaveProperty('readonly', true)
    expect(await guest.error('lab:closed')).toHaveProperty('code', 'ERR_BRIDGE_FORBIDDEN')
  })

  it('may bring its token as a sub-protocol, which is not sent back', async () => {
    const { bridge } = await bridged(pvs(), { auth })
    const { WebSocket } = await import('ws')
    const word = `token.${Buffer.from(TOKEN).toString('base64url')}`
    const socket = new WebSocket(`${bridge.url.replace('http', 'ws')}pvws/pv`, ['pvws', word])
    await new Promise((resolve) => socket.once('open', resolve))
    expect(socket.protocol).toBe('pvws')
    socket.terminate()
  })

  it('may only read when nobody is named and anonymous is read', async () => {
    const { open } = await bridged(pvs(), { auth: { ...auth, anonymous: 'read' }, write: ['*'] })
    const page = await open()
    page.subscribe('lab:open')
    expect(await page.update('lab:open')).toHaveProperty('readonly', true)
    page.say({ type: 'write', pv: 'lab:open', value: 5 })
    expect(await page.error('lab:open')).toHaveProperty('code', 'ERR_BRIDGE_FORBIDDEN')
  })
})

it('believes the header of a proxy that it trusts, and of nobody else', async () => {
  const by: AuthOptions = { header: 'X-User', rights: { alice: { write: ['*'] } } }
  const trusting = await bridged(pvs(), { auth: by, trustProxy: ['127.0.0.1'] })
  await using alice = await Page.open(trusting.bridge.url, { headers: { 'x-user': 'alice' } })
  alice.subscribe('lab:open')
  expect(await alice.update('lab:open')).toHaveProperty('readonly', false)
  await using bob = await Page.open(trusting.bridge.url, { headers: { 'x-user': '__proto__' } })
  bob.subscribe('lab:open')
  expect(await bob.update('lab:open')).toHaveProperty('readonly', true)
  const wary = await bridged(pvs(), { auth: by })
  expect(await refusal(wary.bridge.url, { 'x-user': 'alice' })).toHaveProperty('status', 401)
})

it('looks at no more credentials of an address after ten wrong ones within a minute', async () => {
  const { bridge } = await bridged(pvs(), { auth })
  for (let i = 0; i < 10; i++)
    expect(await refusal(bridge.url, bearer('wrong'))).toHaveProperty('status', 401)
  expect(await refusal(bridge.url, bearer())).toEqual({ status: 429, code: 'ERR_BRIDGE_RATE' })
  const socket = new WebSocket(`${bridge.url.replace('http', 'ws')}pvws/pv`, { headers: bearer() })
  socket.on('error', () => undefined) // the answer tells more
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
  response.resume()
  expect(response.headers['retry-after']).toBe('5')
})

it('gives a cookie for a token or a password, and forgets it', async () => {
  const { bridge } = await bridged(pvs(), { auth })
  const login = (body: object): Promise<Response> =>
    fetch(`${bridge.url}login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const answer = await login({ user: 'guest', password: PASSWORD })
  expect(answer.status).toBe(204)
  const cookie = answer.headers.get('set-cookie') ?? ''
  expect(cookie).toMatch(/^node-pvxs-bridge=[\w-]{32}; HttpOnly; SameSite=Strict; Path=\/; Max-Age=43200$/)
  const shown = { cookie: cookie.split(';')[0] ?? '' }
  expect((await fetch(`${bridge.url}pvws/pvget?name=lab:open`, { headers: shown })).status).toBe(200)
  await fetch(`${bridge.url}logout`, { method: 'POST', headers: shown })
  expect((await fetch(`${bridge.url}pvws/pvget?name=lab:open`, { headers: shown })).status).toBe(401)
  expect((await login({ token: TOKEN })).status).toBe(204)
  expect((await login({ user: 'guest' })).status).toBe(400)
})

it('asks the program after the patterns, for reads and for writes', async () => {
  const asked: string[] = []
  const { open } = await bridged(pvs(), {
    write: ['lab:*'],
    read: ['lab:*'],
    authorize: async (user, action, pv) => {
      asked.push(`${user} ${action} ${pv}`)
      await Promise.resolve()
      if (action === 'write') throw new Error('no database')
      return pv === 'lab:open'
    },
  })
  const page = await open()
  page.subscribe('lab:open', 'lab:closed', 'other')
  await page.update('lab:open')
  expect(await page.error('lab:closed')).toHaveProperty('code', 'ERR_BRIDGE_FORBIDDEN')
  expect(await page.error('other')).toHaveProperty('code', 'ERR_BRIDGE_FORBIDDEN')
  page.say({ type: 'write', pv: 'lab:open', value: 1 })
  expect(await page.error('lab:open')).toHaveProperty('code', 'ERR_BRIDGE_FORBIDDEN')
  expect(asked).toEqual([' read lab:open', ' read lab:closed', ' write lab:open'])
})

it('shows a secret nowhere', async () => {
  const { bridge } = await bridged({}, { auth })
  const shown = [inspect(bridge, { depth: 9 }), JSON.stringify(bridge.config), bridge.metrics()].join()
  for (const secret of [TOKEN, hash, PASSWORD]) expect(shown).not.toContain(secret)
})

it.each([
  [{}, /names nobody/],
  [{ tokens: [{ token: 'short', user: 'a' }] }, /"token"/],
  [{ tokens: [{ token: TOKEN }] }, /lacks "user"/],
  [
    {
      tokens: [
        { token: TOKEN, user: 'a' },
        { token: TOKEN, user: 'b' },
      ],
    },
    /twice/,
  ],
  [{ users: [{ user: 'a', hash: 'plain-password' }] }, /"hash"/],
  [{ users: [{ user: 'a:b', hash }] }, /"user"/],
  [{ header: 'a b' }, /"header"/],
  [{ users: [], anonymus: 'read' }, /"anonymous"/],
])('refuses the login options %o, without showing a secret', (options, text) => {
  expect(() => new Bridge({ auth: options as never })).toThrow(text)
  expect(() => new Bridge({ auth: options as never })).not.toThrow(/plain-password|a-token-of/)
})

it('a hash is another each time, and fits its password alone', async () => {
  expect(await hashPassword(PASSWORD)).not.toBe(hash)
  expect(hash).toMatch(/^scrypt\$\d+\$\d+\$\d+\$[\w-]+\$[\w-]+$/)
})
