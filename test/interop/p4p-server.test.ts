// Our client with a p4p server that serves every type.

import { Context, DisconnectedError, RemoteError, type Value } from 'node-pvxs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { cleanEnv } from './env.js'
import { everyType, seenAs, specOf, structId, typeOf, type Sample } from './every-type.js'
import { exchange, type Exchange } from './matrix.js'
import { Peer, type Seen } from './peer.js'
import { expectSample } from './reads.js'

let p4p: Peer
let ctx: Context
let server: string

const claim = (what: Exchange): void => {
  beforeEach((context) => exchange(context, 'p4p 4.3 (PVXS), server', what))
}

beforeAll(async () => {
  p4p = await Peer.python('p4p_server.py', cleanEnv())
  server = `127.0.0.1:${await p4p.call<number>('port')}`
  ctx = new Context({ useEnv: false, autoAddressList: false, nameServers: [server], timeout: 10_000 })
})
afterAll(async () => {
  await ctx.close()
  await p4p[Symbol.asyncDispose]()
})

describe.each(everyType)('$name', (c) => {
  const pv = `every:${c.name}`
  const usable = c.samples.filter((s) => s.fromPeer !== false)
  const [first] = usable as [Sample]

  beforeAll(async () => {
    await p4p.call('open', { pv, spec: specOf(c), value: { value: first.input, note: 'kept' } })
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
    it.each(c.samples.map((s, i) => [i, s] as const))('sends sample %d, and nothing else', async (_, s) => {
      await ctx.put(pv, { value: s.ours })
      const seen = await p4p.event((e) => e.event === 'put' && e['pv'] === pv)
      expect((seen['value'] as Record<string, unknown>)['value']).toEqual(seenAs(s))
      if (s.text) expect(seen['text']).toMatch(s.text)
      expect(seen['changed']).not.toContain('note')
      if (c.unsafeToEcho) return
      expectSample(await ctx.get(pv), s)
      expect((await ctx.get(pv)).note).toBe('kept')
    })
  })

  describe('monitor', () => {
    claim('monitor')
    it('delivers each post', async () => {
      await p4p.call('post', { pv, value: { value: first.input } })
      await using sub = ctx.monitor(pv)
      const updates = sub[Symbol.asyncIterator]()
      const next = async (): Promise<Value> => {
        const r = await updates.next()
        if (r.done) expect.fail('the monitor ended')
        return r.value
      }
      expectSample(await next(), first)
      for (const s of usable) {
        await p4p.call('post', { pv, value: { value: s.input } })
        const v = await next()
        expectSample(v, s)
        expect([...v.$changed].every((path) => path.startsWith('value'))).toBe(true)
        expect(v.note).toBe('kept')
      }
    })
  })

  // A union array that p4p received it sends on without selectors: a fault of the PVXS 1.5.3 inside.
  describe.runIf(!c.unsafeToEcho)('rpc', () => {
    claim('rpc')
    it('comes back from an echo', async () => {
      for (const s of c.samples) {
        const sent = typeOf(c).create({ value: s.ours, note: 'echo' }).$freeze()
        const back = await ctx.rpc(pv, sent)
        if (!back) expect.fail('the echo was empty')
        expect(back.$id).toBe(structId)
        expectSample(back, s)
        expect(back.note).toBe('echo')
      }
    })
  })
})

describe('errors and answers', () => {
  const spec = ['S', 'lab:T', [['value', 'i']]]
  beforeAll(async () => {
    await p4p.call('open', { pv: 'refuses', spec, value: { value: 1 }, mode: 'refuse' })
    await p4p.call('open', { pv: 'silent', spec, value: { value: 1 }, mode: 'nothing' })
    await p4p.call('open', { pv: 'slow', spec, value: { value: 1 }, mode: 'slow' })
  })

  describe('error', () => {
    claim('error')
    it('carries the text of a refused put and rpc', async () => {
      await expect(ctx.put('refuses', { value: 2 })).rejects.toThrow(RemoteError)
      await expect(ctx.put('refuses', { value: 2 })).rejects.toThrow(/p4p says no/)
      await expect(ctx.rpc('refuses', { a: 1 })).rejects.toThrow(/p4p says no/)
    })
  })

  describe('rpc', () => {
    claim('rpc')
    it('resolves with null for an empty answer', async () => {
      expect(await ctx.rpc('silent')).toBeNull()
    })

    it('sends named arguments as an NTURI', async () => {
      const back = await ctx.rpc('every:int32', { a: 5, name: 'n', list: [1.5, 2] })
      expect(back?.$id).toBe('epics:nt/NTURI:1.0')
      expect(back?.query).toMatchObject({ a: 5n, name: 'n' })
    })
  })

  describe('put', () => {
    claim('put')
    it('waits for a slow handler', async () => {
      await ctx.put('slow', { value: 9 })
      expect((await p4p.call<Seen>('current', { pv: 'slow' })).value['value']).toBe(9)
    })
  })

  describe('list', () => {
    claim('list')
    it('names what is served', async () => {
      const names = await ctx.list(server)
      expect(names).toEqual(expect.arrayContaining(['refuses', 'every:any[]', 'every:struct']))
    })
  })
})

describe('a pipelined monitor', () => {
  claim('pipeline')
  it('loses nothing while the consumer is slower than the posts', async () => {
    const spec = ['S', 'lab:T', [['value', 'i']]]
    await p4p.call('open', { pv: 'stream', spec, value: { value: 0 } })
    await using sub = ctx.monitor('stream', { pipeline: true, queueSize: 100 })
    const updates = sub[Symbol.asyncIterator]()
    await updates.next()
    for (let n = 1; n <= 50; n++) await p4p.call('post', { pv: 'stream', value: { value: n } })
    const got: unknown[] = []
    while (got.length < 50) got.push(((await updates.next()) as IteratorYieldResult<Value>).value.value)
    expect(got).toEqual(Array.from({ length: 50 }, (_, i) => i + 1))
  })
})

describe('a p4p server that ends', () => {
  claim('reconnect')
  it('disconnects a monitor, and a put that may not be repeated', async () => {
    await using mortal = await Peer.python('p4p_server.py', cleanEnv())
    const port = await mortal.call<number>('port')
    const spec = ['S', 'lab:T', [['value', 'i']]]
    await mortal.call('open', { pv: 'mortal', spec, value: { value: 1 }, mode: 'never' })
    await using own = new Context({
      useEnv: false,
      autoAddressList: false,
      nameServers: [`127.0.0.1:${port}`],
    })
    await using sub = own.monitor('mortal', { events: true })
    const events = sub[Symbol.asyncIterator]()
    const types = [(await events.next()).value?.type, (await events.next()).value?.type]
    const put = own.put('mortal', { value: 2 }, { atMostOnce: true, timeout: Infinity })
    const failed = expect(put).rejects.toThrow(DisconnectedError)
    await mortal.event((e) => e.event === 'put')
    await mortal.kill()
    await failed
    types.push((await events.next()).value?.type)
    expect(types).toEqual(['connected', 'update', 'disconnected'])
  })
})
