// core-pva, the PVAccess of Phoebus and CS-Studio, an implementation of its own in Java: as client of our server and as
// server of our client. Known gaps of core-pva are named where they are.

import { RemoteError, Server, SharedPV, TimeoutError } from 'node-pvxs'
import { describe, expect, it } from 'vitest'

import { freePort } from '../ports.js'
import { turn } from '../unit/fixtures.js'
import { cleanEnv, clientEnv } from './env.js'
import { structId, type Case, type Sample } from './every-type.js'
import {
  asClient,
  asServer,
  expectRefusal,
  restarts,
  simpleSpec,
  simpleType,
  type Started,
} from './exchanges.js'
import { java, startJava } from './java.js'
import { claim, exchange } from './matrix.js'
import type { Seen } from './peer.js'
import { plain } from './reads.js'

const client = 'core-pva 5.0.5 (Java), client'
const server = 'core-pva 5.0.5 (Java), server'

const corePva = {
  // It cannot decode union arrays, and the connection is broken from there on.
  reads: (c: Case): readonly Sample[] => (c.name === 'union[]' ? [] : c.samples),
  makes: (c: Case): readonly Sample[] =>
    corePva
      .reads(c)
      .filter((s) => s.fromPeer !== false && !(Array.isArray(s.input) && s.input.includes(null))),
  /** It shows an any without its type. */
  expectSeen(seen: Seen, c: Case, s: Sample, note?: string): void {
    expect(seen.id).toBe(structId)
    const expected = c.name.startsWith('any') && 'seen' in s ? s.seen : s.input
    expect(plain(seen.value['value'])).toEqual(plain(expected))
    if (note !== undefined) expect(seen.value['note']).toBe(note)
  },
}

/** How its server is started, any number of times in the same place: on loopback, away from the default ports. */
async function starter(): Promise<() => Promise<Started>> {
  const env = cleanEnv({
    EPICS_PVAS_INTF_ADDR_LIST: '127.0.0.1',
    EPICS_PVA_SERVER_PORT: String(await freePort()),
    EPICS_PVAS_BROADCAST_PORT: String(await freePort()),
    EPICS_PVA_ENABLE_IPV6: 'false',
  })
  return async () => {
    const peer = await startJava('server', env)
    return { peer, port: await peer.call<number>('port') }
  }
}

describe.skipIf(java.missing)(java.named('core-pva as a client'), () => {
  asClient({
    name: client,
    ...corePva,
    start: (env) => startJava('client', env),
    // It writes scalars and arrays of scalars.
    puts: (c) => typeof c.spec === 'string' && !c.spec.endsWith('v'),
    pipelined: { pipeline: 100 },
    printsTypes: true,
    dropsRpcErrors: true,
    monitorsOnce: true,
  })

  // Its channels connect again by themselves, its monitors do not: that is left to the application.
  it('finds our server again', async (context) => {
    exchange(context, client, 'reconnect')
    const pv = SharedPV.mailbox(simpleType, { value: 1 })
    await using own = await Server.start({ isolated: true, pvs: { again: pv } })
    await using peer = await startJava('client', clientEnv(own.tcpPort))
    const channel = (state: string): Promise<unknown> =>
      peer.event((e) => e.event === 'channel' && e['state'] === state)
    expect((await peer.call<Seen>('get', { pv: 'again' })).value).toEqual({ value: 1 })
    await channel('CONNECTED')
    await own.stop()
    pv.post({ value: 2 })
    await own.start()
    await channel('CONNECTED')
    expect((await peer.call<Seen>('get', { pv: 'again' })).value).toEqual({ value: 2 })
  }, 90_000)
})

describe.skipIf(java.missing)(java.named('core-pva as a server'), () => {
  const { ctx, peer } = asServer({
    name: server,
    ...corePva,
    start: async () => {
      const started = await (await starter())()
      await started.peer.call('rpcs')
      return started
    },
    // Its server fails at null elements in what is written.
    stores: corePva.makes,
    echo: 'echo',
    // Its ServerPV.update() selects the new member of a union and leaves its value at zero.
    spoils: ['union'],
    postsWhole: true,
    doesNotList: true,
  })

  describe('errors', () => {
    claim(server, 'error')
    it('carry its text', async () => {
      await peer().call('open', { pv: 'refusing', spec: simpleSpec, value: { value: 1 }, mode: 'refuse' })
      await expect(ctx().put('refusing', { value: 2 })).rejects.toThrow(RemoteError)
      await expectRefusal(() => ctx().rpc('refuses', { a: 1 }), /core-pva says no/)
    })
  })

  describe('pipeline', () => {
    claim(server, 'pipeline')
    it('is ignored by it: no data and no error come, and a monitor without pipeline works', async () => {
      const pv = 'every:int32'
      await using piped = ctx().monitor(pv, { pipeline: true })
      const first = piped[Symbol.asyncIterator]().next()
      await using plain = ctx().monitor(pv)
      await plain[Symbol.asyncIterator]().next()
      // What the server had for the first it would have sent before its answer to what was asked later.
      for (let k = 0; k < 2; k++) await ctx().get(pv)
      const silent = Symbol('silent')
      expect(await Promise.race([first, turn().then(() => silent)])).toBe(silent)
    })
  })

  describe('list', () => {
    claim(server, 'list')
    it('is not answered by it', async () => {
      const port = await peer().call<number>('port')
      await expect(ctx().list(`127.0.0.1:${port}`, { timeout: 500 })).rejects.toThrow(TimeoutError)
    })
  })

  it('is found again by our monitor when it was restarted', async (context) => {
    exchange(context, server, 'reconnect')
    await restarts(await starter())
  }, 90_000)
})
