// Every way in, under every reason for a no: nobody reads, writes or calls what he may not.
import { describe, expect, it } from 'vitest'
import { NTScalar, SharedPV } from 'node-pvxs'
import type { BridgeOptions } from 'node-pvxs/bridge'
import { bridged, type Bridged } from './fixtures.js'

const json = { 'content-type': 'application/json' }

/** Does it by one way, and gives the code of the error. */
type Way = (bridged: Bridged) => Promise<unknown>

const http =
  (path: string, init: RequestInit = {}): Way =>
  async ({ bridge }) => {
    const answer = await fetch(bridge.url + path, init)
    return ((await answer.json()) as { error: { code: string } }).error.code
  }

const version1 =
  (message: object): Way =>
  async ({ open }) => {
    const page = await open()
    page.say(message)
    return (await page.error())['code']
  }

const version2 =
  (request: object): Way =>
  async ({ open2 }) => {
    const page = await open2()
    return ((await page.ask({ id: 1, ...request })) as unknown as { code: string }).code
  }

const stream: Way = async ({ bridge }) => {
  const leaving = new AbortController()
  const { body } = await fetch(`${bridge.url}pvws/events?pv=n`, { signal: leaving.signal })
  let text = ''
  for await (const part of body as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(part).toString()
    if (/data: .*\n\n/.test(text)) break
  }
  leaving.abort()
  return /"code":"(\w+)"/.exec(text)?.[1]
}

const reads: Readonly<Record<string, Way>> = {
  'subscribe, version 1': version1({ type: 'subscribe', pvs: ['n'] }),
  'a field of it, version 1': version1({ type: 'subscribe', pvs: ['pva://n/alarm'] }),
  'subscribe, version 2': version2({ type: 'subscribe', pv: 'n' }),
  'subscribe as JSON': version2({ type: 'subscribe', pv: 'pva://n', format: 'json' }),
  get: version2({ type: 'get', pv: 'n' }),
  info: version2({ type: 'info', pv: 'n' }),
  history: version2({ type: 'history', pv: 'n', from: '0', to: '1' }),
  events: stream,
  pvget: http('pvws/pvget?name=n'),
  'GET /api/pv': http('api/pv/n'),
}
const writes: Readonly<Record<string, Way>> = {
  'write, version 1': version1({ type: 'write', pv: 'n', value: 5 }),
  put: version2({ type: 'put', pv: 'n', value: 5 }),
  'put to a field': version2({ type: 'put', pv: 'pva://n/value', value: 5 }),
  'PUT /api/pv': http('api/pv/n', { method: 'PUT', headers: json, body: '5' }),
}
const calls: Readonly<Record<string, Way>> = {
  call: version2({ type: 'call', pv: 'n', args: {} }),
  'POST /api/pv/…/call': http('api/pv/n/call', { method: 'POST', headers: json, body: '{}' }),
}

const all = { read: ['*'], write: ['*'], rpc: ['*'] }
const without = (right: keyof typeof all): readonly (readonly [string, BridgeOptions])[] => [
  ['a pattern', { ...all, [right]: ['*', '!n'] }],
  ['the program', { ...all, authorize: (_, action, pv) => !(action === right && pv === 'n') }],
  [
    'a program that throws',
    {
      ...all,
      authorize: (_, action) => {
        if (action === right) throw new Error('no')
        return true
      },
    },
  ],
]

describe.each([
  ['read', reads],
  ['write', writes],
  ['rpc', calls],
] as const)('%s', (right, ways) => {
  describe.each(without(right))('refused by %s', (_, options) => {
    it.each(Object.entries(ways))('by %s', async (__, way) => {
      let touched = false
      const pv = new SharedPV({
        type: new NTScalar('float64'),
        initial: { value: 1 },
        onPut: (op) => {
          touched = true
          return op.value
        },
        onRpc: () => {
          touched = true
          return null
        },
      })
      const here = await bridged({ n: pv as SharedPV<never> }, { keep: 1_000, ...options })
      expect(await way(here)).toBe('ERR_BRIDGE_FORBIDDEN')
      expect(touched).toBe(false)
      expect(here.bridge.stats().pvs).toBe(0)
    })
  })
})

it.each(['pvws/pvget?name=n', 'api/pv/n', 'pvws/events?pv=n', 'pvws/summary', 'pvws/socket', 'pvws/pool'])(
  'who shows nothing where something is wanted gets nothing from %s',
  async (path) => {
    const { bridge } = await bridged(
      {},
      { auth: { tokens: [{ token: 'long-enough', user: 'ann' }] }, status: 'all' },
    )
    const answer = await fetch(bridge.url + path)
    expect(answer.status).toBe(401)
    expect(await answer.json()).toHaveProperty('error.code', 'ERR_BRIDGE_LOGIN')
  },
)
