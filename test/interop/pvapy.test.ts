// pvaPy, which is EPICS pvAccessCPP and so an implementation of its own, as client of our server and as server of our
// client. Where it cannot do a value, `gap` says so.

import { Context, RemoteError, Server, SharedPV, TypeDef, type Value } from 'node-pvxs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { cleanEnv, clientEnv, freePort } from './env.js'
import { everyType, specOf, structId, typeOf, type Case, type Sample } from './every-type.js'
import { exchange, type Exchange } from './matrix.js'
import { Peer, type Seen } from './peer.js'
import { expectSample } from './reads.js'

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

const able = (c: Case, why: typeof gap): Sample[] => c.samples.filter((s) => why(c, s) === undefined)

/** What an any holds, whatever its type was noted as. */
function inner(x: unknown): unknown {
  if (Array.isArray(x)) return x.map(inner)
  return x !== null && typeof x === 'object' && 'spec' in x && 'value' in x ? x.value : x
}

function expectSeen(seen: Seen, c: Case, s: Sample): void {
  expect(seen.id).toBe(structId)
  expect(seen.value['note']).toBe('kept')
  const expected = c.name.startsWith('any') && 'seen' in s ? s.seen : s.input
  const got = inner(seen.value['value'])
  // A 64-bit integer is text in JSON; in an any the table does not say which it is.
  const plain = (x: unknown): unknown => JSON.parse(JSON.stringify(x).replace(/"(-?\d+)"/g, '$1'))
  expect(plain(got)).toEqual(plain(expected))
}

/** It does not tell its ports, and answers searches over UDP only: both are given to it. */
async function serverPorts(): Promise<{ tcp: number; udp: number; env: NodeJS.ProcessEnv }> {
  const tcp = await freePort()
  const udp = await freePort()
  const env = cleanEnv({
    EPICS_PVAS_INTF_ADDR_LIST: '127.0.0.1',
    EPICS_PVAS_SERVER_PORT: String(tcp),
    EPICS_PVAS_BROADCAST_PORT: String(udp),
    EPICS_PVAS_BEACON_ADDR_LIST: '127.0.0.1',
    EPICS_PVAS_AUTO_BEACON_ADDR_LIST: 'NO',
  })
  return { tcp, udp, env }
}

const pairSpec = ['S', 'lab:T', [['value', 'i']]] as const

describe('pvaPy as a client', () => {
  let server: Server
  let pvapy: Peer
  const claim = (what: Exchange): void => {
    beforeEach((context) => exchange(context, 'pvaPy 5.6 (pvAccessCPP), client', what))
  }
  beforeAll(async () => {
    server = await Server.start({ isolated: true })
    pvapy = await Peer.python('pvapy_client.py', clientEnv(server.tcpPort))
  })
  afterAll(async () => {
    await pvapy[Symbol.asyncDispose]()
    await server.close()
  })

  describe.each(everyType.filter((c) => able(c, gap).length > 0))('$name', (c) => {
    const pv = `every:${c.name}`
    const samples = able(c, gap)
    const made = able(c, makingGap)
    const [first] = samples as [Sample]
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
        for (const s of samples) {
          shared.post({ value: s.ours })
          expectSeen(await pvapy.call<Seen>('get', { pv }), c, s)
        }
      })
    })

    describe.runIf(made.length > 0)('put', () => {
      claim('put')
      it('is stored as pvaPy wrote it', async () => {
        for (const s of made) {
          await pvapy.call('put', { pv, spec: ['S', null, [['value', c.spec]]], value: { value: s.input } })
          expectSample(shared.current(), s)
          expect(shared.current().note).toBe('kept')
        }
      })
    })

    describe.runIf(made.length > 0)('rpc', () => {
      claim('rpc')
      it('comes back from our echo', async () => {
        for (const s of made) {
          const back = await pvapy.call<Seen>('rpc', {
            pv,
            spec: specOf(c),
            value: { value: s.input, note: 'kept' },
          })
          expectSeen(back, c, s)
        }
      })
    })

    describe('monitor', () => {
      claim('monitor')
      it('is delivered post by post', async () => {
        shared.post({ value: first.ours })
        await pvapy.call('monitor', { pv })
        const update = async (): Promise<Seen> =>
          (await pvapy.event((e) => e.event === 'update' && e['pv'] === pv)) as unknown as Seen
        expectSeen(await update(), c, first)
        for (const s of samples) {
          shared.post({ value: s.ours })
          expectSeen(await update(), c, s)
        }
        await pvapy.call('close', { pv })
      })
    })
  })

  describe('errors', () => {
    claim('error')
    it('carry our text', async () => {
      const type = new TypeDef('struct', 'lab:T', { value: 'int32' })
      const thrower = new SharedPV({
        type,
        initial: { value: 1 },
        onPut() {
          throw new Error('over my dead valve')
        },
      })
      server.addPV('throws', thrower)
      const spec = ['S', null, [['value', 'i']]]
      await expect(pvapy.call('put', { pv: 'throws', spec, value: { value: 2 } })).rejects.toThrow(
        /over my dead valve/,
      )
      expect(thrower.current().value).toBe(1)
    })
  })

  describe('pipeline', () => {
    claim('pipeline')
    it('gets every post while its window is open', async () => {
      const pv = SharedPV.mailbox(new TypeDef('struct', 'lab:T', { value: 'int32' }), { value: 0 })
      server.addPV('stream', pv)
      await pvapy.call('monitor', { pv: 'stream', request: 'record[queueSize=100,pipeline=true]field()' })
      const next = async (): Promise<unknown> => {
        const e = await pvapy.event((x) => x.event === 'update' && x['pv'] === 'stream')
        return (e['value'] as Record<string, unknown>)['value']
      }
      expect(await next()).toBe(0)
      for (let n = 1; n <= 50; n++) pv.post({ value: n })
      const got: unknown[] = []
      while (got.length < 50) got.push(await next())
      expect(got).toEqual(Array.from({ length: 50 }, (_, i) => i + 1))
      await pvapy.call('close', { pv: 'stream' })
    })
  })
})

describe('pvaPy as a server', () => {
  let pvapy: Peer
  let ctx: Context
  let tcp: number
  const claim = (what: Exchange): void => {
    beforeEach((context) => exchange(context, 'pvaPy 5.6 (pvAccessCPP), server', what))
  }
  beforeAll(async () => {
    const ports = await serverPorts()
    tcp = ports.tcp
    pvapy = await Peer.python('pvapy_server.py', ports.env)
    ctx = new Context({
      useEnv: false,
      autoAddressList: false,
      addressList: [`127.0.0.1:${ports.udp}`],
      timeout: 10_000,
    })
  })
  afterAll(async () => {
    await ctx.close()
    await pvapy[Symbol.asyncDispose]()
  })

  describe.each(everyType.filter((c) => able(c, makingGap).length > 0))('$name', (c) => {
    const pv = `every:${c.name}`
    const samples = able(c, makingGap)
    const [first] = samples as [Sample]
    beforeAll(async () => {
      await pvapy.call('open', { pv, spec: specOf(c), value: { value: first.input, note: 'kept' } })
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
          const seen = await pvapy.event((e) => e.event === 'put' && e['pv'] === pv)
          expectSeen(seen as unknown as Seen, c, s)
          expectSample(await ctx.get(pv), s)
        }
      })
    })

    describe('monitor', () => {
      claim('monitor')
      it('delivers each post', async () => {
        await ctx.put(pv, { value: first.ours })
        await using sub = ctx.monitor(pv)
        const updates = sub[Symbol.asyncIterator]()
        expectSample(((await updates.next()) as IteratorYieldResult<Value>).value, first)
        for (const s of samples.slice(1)) {
          await pvapy.call('post', { pv, value: { value: s.input, note: 'kept' } })
          expectSample(((await updates.next()) as IteratorYieldResult<Value>).value, s)
        }
      })
    })
  })

  describe('list', () => {
    claim('list')
    it('names what it serves', async () => {
      expect(await ctx.list(`127.0.0.1:${tcp}`)).toEqual(
        expect.arrayContaining(['every:int32', 'every:struct']),
      )
    })
  })
})

describe('restarts', () => {
  it('of our server are survived by a pvaPy monitor', async (context) => {
    exchange(context, 'pvaPy 5.6 (pvAccessCPP), client', 'reconnect')
    const pv = SharedPV.mailbox(new TypeDef('struct', 'lab:T', { value: 'int32' }), { value: 1 })
    await using own = await Server.start({ isolated: true, pvs: { again: pv } })
    await using client = await Peer.python('pvapy_client.py', clientEnv(own.tcpPort))
    const value = async (): Promise<unknown> => (await client.event((e) => e['pv'] === 'again'))['value']
    await client.call('monitor', { pv: 'again' })
    expect(await value()).toEqual({ value: 1 })
    await own.stop()
    pv.post({ value: 2 })
    await own.start()
    expect(await value()).toEqual({ value: 2 })
  }, 90_000)

  it('of a pvaPy server are survived by our monitor', async (context) => {
    exchange(context, 'pvaPy 5.6 (pvAccessCPP), server', 'reconnect')
    const { udp, env } = await serverPorts()
    await using first = await Peer.python('pvapy_server.py', env)
    await first.call('open', { pv: 'again', spec: pairSpec, value: { value: 1 } })
    await using ctx = new Context({
      useEnv: false,
      autoAddressList: false,
      addressList: [`127.0.0.1:${udp}`],
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
    await using second = await Peer.python('pvapy_server.py', env)
    await second.call('open', { pv: 'again', spec: pairSpec, value: { value: 2 } })
    expect([await next(), await next()]).toEqual(['connected', 2])
  }, 90_000)
})

describe('pvaPy as an RPC server', () => {
  const claim = (what: Exchange): void => {
    beforeEach((context) => exchange(context, 'pvaPy 5.6 (pvAccessCPP), server', what))
  }
  let pvapy: Peer
  let ctx: Context
  beforeAll(async () => {
    // Its RPC server is a server of its own, beside the one of the records, with the same ports.
    const { udp, env } = await serverPorts()
    pvapy = await Peer.python('pvapy_server.py', { ...env, EPICS_PVAS_SERVER_PORT: '0' })
    await pvapy.call('rpc', { echo: ['echo'], refuse: ['refuses'] })
    ctx = new Context({
      useEnv: false,
      autoAddressList: false,
      addressList: [`127.0.0.1:${udp}`],
      timeout: 15_000,
    })
  })
  afterAll(async () => {
    await ctx.close()
    await pvapy[Symbol.asyncDispose]()
  })

  describe('rpc', () => {
    claim('rpc')
    it.each(everyType.filter((c) => able(c, gap).length > 0))('echoes $name', async (c) => {
      for (const s of able(c, gap)) {
        const back = await ctx.rpc('echo', typeOf(c).create({ value: s.ours, note: 'echo' }).$freeze())
        if (!back) expect.fail('the echo was empty')
        expectSample(back, s)
        expect(back.note).toBe('echo')
      }
    })
  })

  describe('error', () => {
    claim('error')
    it('carries its text', async () => {
      await expect(ctx.rpc('refuses', { a: 1 })).rejects.toThrow(RemoteError)
      await expect(ctx.rpc('refuses', { a: 1 })).rejects.toThrow(/pvaPy says no/)
    })
  })
})
