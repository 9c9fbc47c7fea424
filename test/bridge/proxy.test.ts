// The bridge behind a real reverse proxy, which ends TLS, has a path of its own and says who the user is.
import { request } from 'node:https'
import { describe, expect, it } from 'vitest'
import { NTScalar, SharedPV } from 'node-pvxs'
import type { BridgeOptions, LogEntry } from 'node-pvxs/bridge'
import { bridged, until } from './fixtures.js'
import { nginx, nginxNeed } from './nginx.js'
import { Page, refusal } from './page.js'
import { Page2 } from './page2.js'

const trusted: BridgeOptions = {
  auth: { header: 'x-forwarded-user', rights: { ann: { write: ['n'] } } },
  trustProxy: ['127.0.0.1'],
}

const insecure = { rejectUnauthorized: false }

/** Status, headers and body of a request. */
function get(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }> {
  return new Promise((resolve, reject) => {
    request(url, { ...insecure, headers, method: 'GET' }, (response) => {
      let body = ''
      response.on('data', (part: Buffer) => (body += part.toString()))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
    })
      .on('error', reject)
      .end()
  })
}

const number = (): SharedPV<never> =>
  SharedPV.mailbox(new NTScalar('float64'), { value: 1 }) as SharedPV<never>

describe.skipIf(nginxNeed.missing)(nginxNeed.named('behind nginx'), () => {
  it('both versions, values and events work through it, and the user is whom it names', async () => {
    const log: LogEntry[] = []
    const { bridge } = await bridged({ n: number() }, { ...trusted, log: (entry) => log.push(entry) })
    await using proxy = await nginx(bridge.port, 'ann')
    const { origin } = new URL(proxy.url)
    await using page = await Page.open(proxy.url, { ...insecure, origin })
    page.subscribe('n')
    expect(await page.update('n')).toMatchObject({ value: 1, readonly: false })
    page.say({ type: 'write', pv: 'n', value: 5 })
    await page.update('n', ({ value }) => value === 5)
    await until(() => log.length > 0)
    expect(log[0]).toMatchObject({ event: 'write', user: 'ann', peer: '127.0.0.1' })
    await using page2 = await Page2.open(proxy.url, insecure)
    expect(await page2.hears(({ type }) => type === 'hello')).toMatchObject({ user: 'ann', write: true })
    page2.say({ type: 'subscribe', id: 1, pv: 'n' })
    expect((await page2.record(1)).value['value']).toBe(5)
    expect(JSON.parse((await get(`${proxy.url}api/pv/n`)).body)).toMatchObject({ value: 5 })
  })

  it('a page of another host is refused, and status is not shown', async () => {
    const { bridge } = await bridged({}, trusted)
    await using proxy = await nginx(bridge.port, 'ann')
    await expect(Page.open(proxy.url, { ...insecure, origin: 'https://evil.example' })).rejects.toThrow('403')
    expect((await get(`${proxy.url}pvws/summary`)).status).toBe(403)
  })

  it('who comes around the proxy is not whom he names', async () => {
    const { bridge } = await bridged({}, { ...trusted, trustProxy: ['192.0.2.1'] })
    expect(await refusal(bridge.url, { 'x-forwarded-user': 'ann' })).toHaveProperty('status', 401)
  })
})
