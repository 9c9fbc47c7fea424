// core-pva, the PVAccess of Phoebus and CS-Studio, an implementation of its own in Java: as client of our server and as
// server of our client. Known gaps of core-pva are named in `gap`.

import { Context, RemoteError, Server, SharedPV, TimeoutError, TypeDef, type Value } from 'node-pvxs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { cleanEnv, clientEnv, freePort } from './env.js'
import { everyType, specOf, structId, typeOf, type Case, type Sample } from './every-type.js'
import { javaMissing, startJava } from './java.js'
import { exchange, type Exchange } from './matrix.js'
import type { Peer, Seen } from './peer.js'
import { expectSample } from './reads.js'

const missing = await javaMissing()
const unless = missing === undefined ? '' : ` (not run: ${missing})`

/** Why core-pva 5.0.5 cannot do this; undefined when it can. */
function gap(c: Case): string | undefined {
  return c.name === 'union[]'
    ? 'it cannot decode union arrays, and the connection is broken from there on'
    : undefined
}
const possible = everyType.filter((c) => gap(c) === undefined)

/** Samples that the driver can make. */
const made = (c: Case): Sample[] =>
  c.samples.filter((s) => s.fromPeer !== false && !(Array.isArray(s.input) && s.input.includes(null)))

/** What core-pva shows of a sample: an any without its type. */
function expectSeen(seen: Seen, c: Case, s: Sample): void {
  expect(seen.id).toBe(structId)
  const expected = c.name.startsWith('any') && 'seen' in s ? s.seen : s.input
  // A 64-bit integer is text in JSON; in an any the table does not say which it is.
  const plain = (x: unknown): unknown => JSON.parse(JSON.stringify(x).replace(/"(-?\d+)"/g, '$1'))
  expect(plain(seen.value['value'])).toEqual(plain(expected))
  expect(seen.value['note']).toBe('kept')
}

/** Loopback, away from the default ports. */
async function serverEnv(): Promise<NodeJS.ProcessEnv> {
  return cleanEnv({
    EPICS_PVAS_INTF_ADDR_LIST: '127.0.0.1',
    EPICS_PVA_SERVER_PORT: String(await freePort()),
    EPICS_PVAS_BROADCAST_PORT: String(await freePort()),
    EPICS_PVA_ENABLE_IPV6: 'false',
  })
}

describe.skipIf(missing)(`core-pva as a client${unless}`, () => {
  let server: Server
  let java: Peer
  const claim = (what: Exchange): void => {
    beforeEach((context) => exchange(context, 'core-pva 5.0.5 (Java), client', what))
  }
  beforeAll(async () => {
    server = await Server.start({ isolated: true })
    java = await startJava('client', clientEnv(server.tcpPort))
  }, 400_000)
  afterAll(async () => {
    await java[Symbol.asyncDispose]()
    await server.close()
  })

  describe.each(possible)('$name', (c) => {
    const pv = `every:${c.name}`
    const [first] = c.samples as [Sample]
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
      claim('get')
      it('is seen as it was posted', async () => {
        for (const s of c.samples) {
          shared.post({ value: s.ours })
          expectSeen(await java.call<Seen>('get', { pv }), c, s)
        }
      })
    })

    describe('info', () => {
      claim('info')
      it('is known by its type', async () => {
        const { text } = await java.call<{ text: string }>('info', { pv })
        expect(text).toContain(structId)
        expect(text).toMatch(/string note/)
      })
    })

    // Its client writes scalars and arrays of scalars.
    describe.runIf(typeof c.spec === 'string' && !c.spec.endsWith('v'))('put', () => {
      claim('put')
      it('is stored as core-pva wrote it', async () => {
        for (const s of made(c)) {
          await java.call('put', { pv, spec: c.spec, value: s.input })
          expectSample(shared.current(), s)
          expect(shared.current().note).toBe('kept')
        }
      })
    })

    describe.runIf(made(c).length > 0)('rpc', () => {
      claim('rpc')
      it('comes back from our echo', async () => {
        for (const s of made(c)) {
          const value = { value: s.input, note: 'kept' }
          expectSeen(await java.call<Seen>('rpc', { pv, spec: specOf(c), value }), c, s)
        }
      })
    })

    describe('monitor', () => {
      claim('monitor')
      it('is delivered post by post', async () => {
        shared.post({ value: first.ours })
        await java.call('monitor', { pv })
        const update = async (): Promise<Seen> =>
          (await java.event((e) => e['pv'] === pv && e['state'] === 'value')) as unknown as Seen
        expectSeen(await update(), c, first)
        for (const s of c.samples) {
          shared.post({ value: s.ours })
          expectSeen(await update(), c, s)
        }
        await java.call('close', { pv })
      })
    })
  })

  describe('pipeline', () => {
    claim('pipeline')
    it('gets every post while its window is open', async () => {
      const pv = SharedPV.mailbox(new TypeDef('struct', 'lab:T', { value: 'int32' }), { value: 0 })
      server.addPV('stream', pv)
      await java.call('monitor', { pv: 'stream', pipeline: 100 })
      const next = async (): Promise<unknown> => {
        const e = await java.event((x) => x['pv'] === 'stream' && x['state'] === 'value')
        return (e['value'] as Record<string, unknown>)['value']
      }
      expect(await next()).toBe(0)
      for (let n = 1; n <= 50; n++) pv.post({ value: n })
      const got: unknown[] = []
      while (got.length < 50) got.push(await next())
      expect(got).toEqual(Array.from({ length: 50 }, (_, i) => i + 1))
      await java.call('close', { pv: 'stream' })
    })
  })

  describe('errors', () => {
    claim('error')
    it('carry our text', async () => {
      const thrower = new SharedPV({
        type: new TypeDef('struct', 'lab:T', { value: 'int32' }),
        initial: { value: 1 },
        onPut() {
          throw new Error('over my dead valve')
        },
      })
      server.addPV('throws', thrower)
      // The error of an RPC its client drops: the call never completes, with any server.
      await expect(java.call('put', { pv: 'throws', spec: 'i', value: 2 })).rejects.toThrow(
        /over my dead valve/,
      )
      expect(thrower.current().value).toBe(1)
    })
  })
})

describe.skipIf(missing)(`core-pva and restarts${unless}`, () => {
  it('finds our server again', async (context) => {
    exchange(context, 'core-pva 5.0.5 (Java), client', 'reconnect')
    const pv = SharedPV.mailbox(new TypeDef('struct', 'lab:T', { value: 'int32' }), { value: 1 })
    await using own = await Server.start({ isolated: true, pvs: { again: pv } })
    await using client = await startJava('client', clientEnv(own.tcpPort))
    // Its channels connect again by themselves, its monitors do not: that is left to the application.
    const channel = (state: string): Promise<unknown> =>
      client.event((e) => e.event === 'channel' && e['state'] === state)
    expect((await client.call<Seen>('get', { pv: 'again' })).value).toEqual({ value: 1 })
    await channel('CONNECTED')
    await own.stop()
    pv.post({ value: 2 })
    await own.start()
    await channel('CONNECTED')
    expect((await client.call<Seen>('get', { pv: 'again' })).value).toEqual({ value: 2 })
  }, 90_000)

  it('is found again by our monitor', async (context) => {
    exchange(context, 'core-pva 5.0.5 (Java), server', 'reconnect')
    const env = await serverEnv()
    const spec = ['S', 'lab:T', [['value', 'i']]]
    await using first = await startJava('server', env)
    await first.call('open', { pv: 'again', spec, value: { value: 1 } })
    const port = await first.call<number>('port')
    await using ctx = new Context({
      useEnv: false,
      autoAddressList: false,
      nameServers: [`127.0.0.1:${port}`],
    })
    await using sub = ctx.monitor('again', { events: true })
    const events = sub[Symbol.asyncIterator]()
    const next = async (): Promise<unknown> => {
      const { value: e } = await events.next()
      return e?.type === 'update' ? e.value.value : e?.type
    }
    expect([await next(), await next()]).toEqual(['connected', 1])
    await first.kill()
    expect(await next()).toBe('disconnected')
    await using second = await startJava('server', env)
    await second.call('open', { pv: 'again', spec, value: { value: 2 } })
    expect([await next(), await next()]).toEqual(['connected', 2])
  }, 90_000)
})

describe.skipIf(missing)(`core-pva as a server${unless}`, () => {
  let java: Peer
  let ctx: Context
  const claim = (what: Exchange): void => {
    beforeEach((context) => exchange(context, 'core-pva 5.0.5 (Java), server', what))
  }
  beforeAll(async () => {
    java = await startJava('server', await serverEnv())
    const port = await java.call<number>('port')
    ctx = new Context({
      useEnv: false,
      autoAddressList: false,
      nameServers: [`127.0.0.1:${port}`],
      timeout: 10_000,
    })
    await java.call('rpcs')
  }, 400_000)
  afterAll(async () => {
    await ctx.close()
    await java[Symbol.asyncDispose]()
  })

  describe.each(possible.filter((c) => made(c).length > 0))('$name', (c) => {
    const pv = `every:${c.name}`
    const samples = made(c)
    const [first] = samples as [Sample]
    // Its ServerPV.update() selects the new member of a union and leaves its value at zero.
    const forgets = c.name === 'union'
    beforeAll(async () => {
      await java.call('open', { pv, spec: specOf(c), value: { value: first.input, note: 'kept' } })
    })

    describe('get', () => {
      claim('get')
      it('arrives as it was served', async () => {
        const v = await ctx.get(pv)
        expect(v.$id).toBe(structId)
        expectSample(v, first)
        expect(v.note).toBe('kept')
      })
    })

    describe('info', () => {
      claim('info')
      it('has the type it was declared with', async () => {
        expect((await ctx.info(pv)).equals(typeOf(c))).toBe(true)
      })
    })

    describe('put', () => {
      claim('put')
      it('is seen as we wrote it', async () => {
        for (const s of samples) {
          await ctx.put(pv, { value: s.ours })
          const seen = await java.event((e) => e.event === 'put' && e['pv'] === pv)
          expectSeen(seen as unknown as Seen, c, s)
          if (!forgets) expectSample(await ctx.get(pv), s)
        }
      })
    })

    describe.skipIf(forgets)('monitor', () => {
      claim('monitor')
      it('delivers each post', async () => {
        await using sub = ctx.monitor(pv)
        const updates = sub[Symbol.asyncIterator]()
        await updates.next()
        // It sends the first update before it registers the subscription, and a post in between is lost. It answers what
        // comes next on the connection when that is done.
        await ctx.get(pv)
        // A post that changes nothing sends nothing.
        for (const s of [...samples.slice(1), first].slice(0, samples.length - 1)) {
          await java.call('post', { pv, spec: specOf(c), value: { value: s.input, note: 'kept' } })
          expectSample(((await updates.next()) as IteratorYieldResult<Value>).value, s)
        }
      })
    })

    describe('rpc', () => {
      claim('rpc')
      it('comes back from an echo', async () => {
        for (const s of samples) {
          const back = await ctx.rpc('echo', typeOf(c).create({ value: s.ours, note: 'echo' }).$freeze())
          if (!back) expect.fail('the echo was empty')
          expectSample(back, s)
          expect(back.note).toBe('echo')
        }
      })
    })
  })

  describe('errors', () => {
    claim('error')
    it('carry its text', async () => {
      const spec = ['S', 'lab:T', [['value', 'i']]]
      await java.call('open', { pv: 'refusing', spec, value: { value: 1 }, mode: 'refuse' })
      await expect(ctx.put('refusing', { value: 2 })).rejects.toThrow(RemoteError)
      await expect(ctx.rpc('refuses', { a: 1 })).rejects.toThrow(/core-pva says no/)
    })
  })

  describe('pipeline', () => {
    claim('pipeline')
    it('is ignored by it: no data and no error come, and a monitor without pipeline works', async () => {
      const pv = 'every:int32'
      await using piped = ctx.monitor(pv, { pipeline: true })
      const first = piped[Symbol.asyncIterator]().next()
      await using plain = ctx.monitor(pv)
      await plain[Symbol.asyncIterator]().next()
      const silent = Symbol('silent')
      const both = await Promise.race([first, new Promise((resolve) => setTimeout(resolve, 500, silent))])
      expect(both).toBe(silent)
    })
  })

  describe('list', () => {
    claim('list')
    it('is not answered by it', async () => {
      const port = await java.call<number>('port')
      await expect(ctx.list(`127.0.0.1:${port}`, { timeout: 500 })).rejects.toThrow(TimeoutError)
    })
  })
})
