// What is exchanged with every peer, in both directions. A peer's test tells how its program is started and what it cannot
// do, and adds what only that peer has.

import { Context, RemoteError, Server, SharedPV, TypeDef, type Value } from 'node-pvxs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { clientEnv, START_MS } from './env.js'
import { everyType, specOf, structId, typeOf, type Case, type Sample, type Spec } from './every-type.js'
import { claim, type PeerName } from './matrix.js'
import type { Peer, Seen } from './peer.js'
import { expectSample } from './reads.js'

/** A structure of one field, for all that is not about types. */
export const simpleType = new TypeDef('struct', 'lab:T', { value: 'int32' })
export const simpleSpec: Spec = ['S', 'lab:T', [['value', 'i']]]

const oneToFifty = Array.from({ length: 50 }, (_, i) => i + 1)

interface Other {
  readonly name: PeerName
  /** Values of a type that it can read. */
  reads(c: Case): readonly Sample[]
  /** Values of a type that it can make. */
  makes(c: Case): readonly Sample[]
  /** Checks that it saw the sample, and the note where one is named. */
  expectSeen(seen: Seen, c: Case, s: Sample, note?: string): void
}

/** Another implementation as a client of our server. */
export interface OtherClient extends Other {
  /** Starts its program in an environment that names our server. */
  start(env: NodeJS.ProcessEnv): Promise<Peer>
  /** Whether its put can carry this type; every one when absent. */
  puts?(c: Case): boolean
  /** What its monitor is asked for to be pipelined, with a window of 100. */
  readonly pipelined: Readonly<Record<string, unknown>>
  /** It prints types. */
  readonly printsTypes?: boolean
  /** It never completes an RPC that was refused, whoever refuses. */
  readonly dropsRpcErrors?: boolean
  /** Its channels connect again by themselves, its monitors do not. */
  readonly monitorsOnce?: boolean
}

/** Another implementation as a server for our client. */
export interface OtherServer extends Other {
  start(): Promise<Started>
  /** Values of a type that it can store; all that it reads when absent. */
  stores?(c: Case): readonly Sample[]
  /** The PV that answers an RPC with its argument; each does when absent. */
  readonly echo?: string
  /** Types whose posts it spoils. */
  readonly spoils?: readonly string[]
  /** It leaves the request for its list unanswered. */
  readonly doesNotList?: boolean
  /** A post names all fields, and one that changes nothing is not sent. */
  readonly postsWhole?: boolean
}

export interface Started {
  readonly peer: Peer
  readonly port: number
  /** Where it answers searches, if not over TCP. */
  readonly udp?: number
}

/** A client that looks for its servers there and nowhere else. */
export function clientOf({ port, udp }: Started): Context {
  const at =
    udp === undefined ? { nameServers: [`127.0.0.1:${port}`] } : { addressList: [`127.0.0.1:${udp}`] }
  return new Context({ useEnv: false, autoAddressList: false, timeout: 15_000, ...at })
}

/** The updates of a PV that the peer's monitor reports. */
export const updateOf = async (peer: Peer, pv: string): Promise<Seen> =>
  (await peer.event(
    (e) => e.event === 'update' && e['pv'] === pv && e['state'] === 'value',
  )) as unknown as Seen

export async function nextOf<T>(updates: AsyncIterator<T>): Promise<T> {
  const { done, value } = await updates.next()
  if (done === true) expect.fail('the monitor ended')
  return value
}

/** All that a client can ask of our server. Returns what more can be asked with. */
export function asClient(other: OtherClient): { server: () => Server; peer: () => Peer } {
  let server: Server
  let peer: Peer
  beforeAll(async () => {
    server = await Server.start({ isolated: true })
    peer = await other.start(clientEnv(server.tcpPort))
  }, START_MS)
  afterAll(async () => {
    await peer[Symbol.asyncDispose]()
    await server.close()
  })

  describe.each(everyType.filter((c) => other.reads(c).length > 0))('$name', (c) => {
    const pv = `every:${c.name}`
    const samples = other.reads(c)
    const made = other.makes(c)
    const [first] = samples as readonly [Sample]
    const shared = new SharedPV({
      type: typeOf(c),
      initial: { value: first.ours, note: 'kept' },
      onPut: (op) => op.value,
      onRpc: (op) => op.value ?? undefined,
    })
    beforeAll(() => {
      server.addPV(pv, shared)
    })

    describe('get', () => {
      claim(other.name, 'get')
      it('is seen as it was posted', async () => {
        for (const s of samples) {
          shared.post({ value: s.ours })
          other.expectSeen(await peer.call<Seen>('get', { pv }), c, s, 'kept')
        }
      })
    })

    if (other.printsTypes)
      describe('info', () => {
        claim(other.name, 'info')
        it('is known by its type', async () => {
          const { text } = await peer.call<{ text: string }>('info', { pv })
          expect(text).toContain(structId)
          expect(text).toMatch(/string note/)
        })
      })

    if (made.length > 0 && (other.puts?.(c) ?? true))
      describe('put', () => {
        claim(other.name, 'put')
        it('is stored as it was written', async () => {
          for (const s of made) {
            await peer.call('put', { pv, spec: ['S', null, [['value', c.spec]]], value: { value: s.input } })
            expectSample(shared.current(), s)
            expect(shared.current().note).toBe('kept')
          }
        })
      })

    if (made.length > 0)
      describe('rpc', () => {
        claim(other.name, 'rpc')
        it('comes back from our echo', async () => {
          for (const s of made) {
            const value = { value: s.input, note: 'echo' }
            other.expectSeen(await peer.call<Seen>('rpc', { pv, spec: specOf(c), value }), c, s, 'echo')
          }
        })
      })

    describe('monitor', () => {
      claim(other.name, 'monitor')
      it('is delivered post by post', async () => {
        shared.post({ value: first.ours })
        await peer.call('monitor', { pv })
        other.expectSeen(await updateOf(peer, pv), c, first, 'kept')
        for (const s of samples) {
          shared.post({ value: s.ours })
          const seen = await updateOf(peer, pv)
          other.expectSeen(seen, c, s, 'kept')
          expect(seen.changed ?? []).not.toContain('note')
        }
        await peer.call('close', { pv })
      })
    })
  })

  describe('a handler that throws', () => {
    claim(other.name, 'error')
    const thrower = new SharedPV({
      type: simpleType,
      initial: { value: 1 },
      onPut() {
        throw new Error('over my dead valve')
      },
      async onRpc() {
        await Promise.resolve()
        throw new Error('no such procedure')
      },
    })
    const args = { pv: 'throws', spec: simpleSpec, value: { value: 2 } }
    beforeAll(() => {
      server.addPV('throws', thrower)
    })

    it('refuses a put with its text', async () => {
      await expect(peer.call('put', args)).rejects.toThrow(/over my dead valve/)
      expect(thrower.current().value).toBe(1)
    })

    if (!other.dropsRpcErrors)
      it('refuses an rpc with its text', async () => {
        await expect(peer.call('rpc', args)).rejects.toThrow(/no such procedure/)
      })
  })

  describe('a pipelined monitor', () => {
    claim(other.name, 'pipeline')
    it('gets every post while its window is open', async () => {
      const pv = SharedPV.mailbox(simpleType, { value: 0 })
      server.addPV('stream', pv)
      await peer.call('monitor', { pv: 'stream', ...other.pipelined })
      const next = async (): Promise<unknown> => (await updateOf(peer, 'stream')).value['value']
      expect(await next()).toBe(0)
      for (const value of oneToFifty) pv.post({ value })
      const got: unknown[] = []
      while (got.length < 50) got.push(await next())
      expect(got).toEqual(oneToFifty)
      await peer.call('close', { pv: 'stream' })
    })
  })

  if (!other.monitorsOnce)
    describe('a server of ours that restarts', () => {
      claim(other.name, 'reconnect')
      it('is found again by its monitor', async () => {
        const pv = SharedPV.mailbox(simpleType, { value: 1 })
        await using own = await Server.start({ isolated: true, pvs: { again: pv } })
        await using client = await other.start(clientEnv(own.tcpPort))
        await client.call('monitor', { pv: 'again' })
        expect((await updateOf(client, 'again')).value).toEqual({ value: 1 })
        await own.stop()
        pv.post({ value: 2 })
        await own.start()
        expect((await updateOf(client, 'again')).value).toEqual({ value: 2 })
      }, 90_000)
    })

  return { server: () => server, peer: () => peer }
}

/** All that our client can ask of a server. Returns what more can be asked with. */
export function asServer(other: OtherServer): { ctx: () => Context; peer: () => Peer } {
  let started: Started
  let peer: Peer
  let ctx: Context
  beforeAll(async () => {
    started = await other.start()
    peer = started.peer
    ctx = clientOf(started)
  }, START_MS)
  afterAll(async () => {
    await ctx.close()
    await peer[Symbol.asyncDispose]()
  })

  describe.each(everyType.filter((c) => other.makes(c).length > 0))('$name', (c) => {
    const pv = `every:${c.name}`
    const samples = other.makes(c)
    const [first] = samples as readonly [Sample]
    const spoilt = other.spoils?.includes(c.name) ?? false
    beforeAll(async () => {
      await peer.call('open', { pv, spec: specOf(c), value: { value: first.input, note: 'kept' } })
    })

    describe('get', () => {
      claim(other.name, 'get')
      it('arrives as it was served', async () => {
        const v = await ctx.get(pv)
        expect(v.$id).toBe(structId)
        expectSample(v, first)
        expect(v.note).toBe('kept')
      })
    })

    describe('info', () => {
      claim(other.name, 'info')
      it('has the type it was declared with', async () => {
        expect((await ctx.info(pv)).equals(typeOf(c))).toBe(true)
      })
    })

    describe('put', () => {
      claim(other.name, 'put')
      const written = other.stores?.(c) ?? other.reads(c)
      it.each(written.map((s, i) => [i, s] as const))('sends sample %d, and nothing else', async (_, s) => {
        await ctx.put(pv, { value: s.ours })
        const seen = (await peer.event((e) => e.event === 'put' && e['pv'] === pv)) as unknown as Seen
        other.expectSeen(seen, c, s)
        expect(seen.changed ?? []).not.toContain('note')
        if (c.unsafeToEcho || spoilt) return
        const now = await ctx.get(pv)
        expectSample(now, s)
        expect(now.note).toBe('kept')
      })
    })

    if (!spoilt)
      describe('monitor', () => {
        claim(other.name, 'monitor')
        it('delivers each post', async () => {
          const post = (s: Sample): Promise<unknown> => {
            const whole = other.postsWhole ? { note: 'kept' } : {}
            return peer.call('post', { pv, value: { value: s.input, ...whole } })
          }
          await post(first)
          await using sub = ctx.monitor(pv)
          const updates = sub[Symbol.asyncIterator]()
          expectSample(await nextOf(updates), first)
          // core-pva sends the first update before it registers the subscription, and a post in between is lost. It answers
          // what comes next on the connection when that is done.
          await ctx.get(pv)
          for (const s of other.postsWhole ? samples.slice(1) : samples) {
            await post(s)
            const v: Value = await nextOf(updates)
            expectSample(v, s)
            expect(v.note).toBe('kept')
            if (!other.postsWhole)
              expect([...v.$changed].every((path) => path.startsWith('value'))).toBe(true)
          }
        })
      })
  })

  // A union array that PVXS received it sends on without selectors: a fault of its version 1.5.3.
  const echoed = everyType.filter((c) => other.reads(c).length > 0 && !c.unsafeToEcho)
  describe.each(echoed)('rpc of $name', (c) => {
    claim(other.name, 'rpc')
    it('comes back from an echo', async () => {
      for (const s of other.reads(c)) {
        const sent = typeOf(c).create({ value: s.ours, note: 'echo' }).$freeze()
        const back = await ctx.rpc(other.echo ?? `every:${c.name}`, sent)
        if (!back) expect.fail('the echo was empty')
        expect(back.$id).toBe(structId)
        expectSample(back, s)
        expect(back.note).toBe('echo')
      }
    })
  })

  if (!other.doesNotList)
    describe('list', () => {
      claim(other.name, 'list')
      it('names what is served', async () => {
        const names = await ctx.list(await servedFrom(ctx, 'every:int32'))
        expect(names).toEqual(expect.arrayContaining(['every:int32', 'every:string[]', 'every:struct']))
      })
    })

  return { ctx: () => ctx, peer: () => peer }
}

/** The address a PV is served from. pvAccessCPP takes another port than it was told when it cannot bind that one. */
async function servedFrom(ctx: Context, pv: string): Promise<string> {
  await using sub = ctx.monitor(pv, { events: true })
  await sub.ready
  if (sub.peer === undefined) expect.fail(`${pv} is not connected`)
  return sub.peer
}

/** A server that is killed and started again where it was is found again by our monitor. */
export async function restarts(start: () => Promise<Started>): Promise<void> {
  const first = await start()
  await using _first = first.peer
  await first.peer.call('open', { pv: 'again', spec: simpleSpec, value: { value: 1 } })
  await using ctx = clientOf(first)
  await using sub = ctx.monitor('again', { events: true })
  const events = sub[Symbol.asyncIterator]()
  const next = async (): Promise<unknown> => {
    const e = await nextOf(events)
    return e.type === 'update' ? e.value.value : e.type
  }
  expect([await next(), await next()]).toEqual(['connected', 1])
  await first.peer.kill()
  expect(await next()).toBe('disconnected')
  await using second = (await start()).peer
  await second.call('open', { pv: 'again', spec: simpleSpec, value: { value: 2 } })
  expect([await next(), await next()]).toEqual(['connected', 2])
}

/** Refusals by the peer reach us as such, with its text. */
export async function expectRefusal(work: () => Promise<unknown>, text: RegExp): Promise<void> {
  await expect(work()).rejects.toThrow(RemoteError)
  await expect(work()).rejects.toThrow(text)
}
