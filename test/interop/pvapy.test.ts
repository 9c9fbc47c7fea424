// pvaPy, which is EPICS pvAccessCPP and so an implementation of its own, as client of our server and as server of our
// client. Where it cannot do a value, `gap` says so.

import { describe, expect, it } from 'vitest'

import { freePort } from '../ports.js'
import { cleanEnv } from './env.js'
import { structId, type Case, type Sample } from './every-type.js'
import { asClient, asServer, expectRefusal, restarts, type Started } from './exchanges.js'
import { claim, exchange } from './matrix.js'
import { Peer, type Seen } from './peer.js'
import { plain } from './reads.js'

const client = 'pvaPy 5.6 (pvAccessCPP), client'
const server = 'pvaPy 5.6 (pvAccessCPP), server'

/** Why pvaPy 5.6 cannot hold this value, whoever serves it. */
function gap(c: Case, s: Sample): string | undefined {
  if (Array.isArray(s.input) && s.input.includes(null)) return 'null elements crash it'
  if (c.name === 'int8' && s.input === -128) return 'a byte is a character to it, so 0…127 only'
  return undefined
}

/** The same for values that it makes itself. */
function makingGap(c: Case, s: Sample): string | undefined {
  if (c.name.startsWith('any')) return 'it does not take plain values for an any'
  return gap(c, s)
}

/** What an any holds, whatever its type was noted as. */
function inner(x: unknown): unknown {
  if (Array.isArray(x)) return x.map(inner)
  return x !== null && typeof x === 'object' && 'spec' in x && 'value' in x ? x.value : x
}

const pvapy = {
  reads: (c: Case): readonly Sample[] => c.samples.filter((s) => gap(c, s) === undefined),
  makes: (c: Case): readonly Sample[] => c.samples.filter((s) => makingGap(c, s) === undefined),
  expectSeen(seen: Seen, c: Case, s: Sample, note?: string): void {
    expect(seen.id).toBe(structId)
    if (note !== undefined) expect(seen.value['note']).toBe(note)
    const expected = c.name.startsWith('any') && 'seen' in s ? s.seen : s.input
    expect(plain(inner(seen.value['value']))).toEqual(plain(expected))
  },
}

/**
 * How its server is started, any number of times in the same place. It does not tell its ports, and answers searches over UDP
 * only: both are given to it.
 */
async function starter(): Promise<() => Promise<Started>> {
  const [port, udp] = [await freePort(), await freePort()]
  const env = cleanEnv({
    EPICS_PVAS_INTF_ADDR_LIST: '127.0.0.1',
    EPICS_PVAS_SERVER_PORT: String(port),
    EPICS_PVAS_BROADCAST_PORT: String(udp),
    EPICS_PVAS_BEACON_ADDR_LIST: '127.0.0.1',
    EPICS_PVAS_AUTO_BEACON_ADDR_LIST: 'NO',
  })
  return async () => ({ peer: await Peer.python('pvapy_server.py', env), port, udp })
}

describe('pvaPy as a client', () => {
  asClient({
    name: client,
    ...pvapy,
    start: (env) => Peer.python('pvapy_client.py', env),
    pipelined: { request: 'record[queueSize=100,pipeline=true]field()' },
  })
})

describe('pvaPy as a server', () => {
  const { ctx } = asServer({
    name: server,
    ...pvapy,
    start: async () => {
      const started = await (await starter())()
      await started.peer.call('rpc', { echo: ['echo'], refuse: ['refuses'] })
      return started
    },
    echo: 'echo',
    postsWhole: true,
  })

  describe('errors', () => {
    claim(server, 'error')
    it('carry its text', () => expectRefusal(() => ctx().rpc('refuses', { a: 1 }), /pvaPy says no/))
  })

  it('is found again by our monitor when it was restarted', async (context) => {
    exchange(context, server, 'reconnect')
    await restarts(await starter())
  }, 90_000)
})
