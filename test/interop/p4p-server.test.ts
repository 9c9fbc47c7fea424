// Our client with a p4p server that serves every type.

import { DisconnectedError } from 'node-pvxs'
import { beforeAll, describe, expect, it } from 'vitest'

import { cleanEnv } from './env.js'
import { asServer, clientOf, expectRefusal, nextOf, simpleSpec, type Started } from './exchanges.js'
import { claim } from './matrix.js'
import { p4p, expectSeen } from './p4p.js'
import { Peer, type Seen } from './peer.js'

const name = 'p4p 4.3 (PVXS), server'

async function start(): Promise<Started> {
  const peer = await Peer.python('p4p_server.py', cleanEnv())
  return { peer, port: await peer.call<number>('port') }
}

const { ctx, peer } = asServer({ name, ...p4p, expectSeen, start })

describe('errors and answers', () => {
  beforeAll(async () => {
    const served = { spec: simpleSpec, value: { value: 1 } }
    await peer().call('open', { pv: 'refuses', ...served, mode: 'refuse' })
    await peer().call('open', { pv: 'silent', ...served, mode: 'nothing' })
    await peer().call('open', { pv: 'slow', ...served, mode: 'slow' })
  })

  describe('error', () => {
    claim(name, 'error')
    it('carries the text of a refused put', () =>
      expectRefusal(() => ctx().put('refuses', { value: 2 }), /p4p says no/))
    it('carries the text of a refused rpc', () =>
      expectRefusal(() => ctx().rpc('refuses', { a: 1 }), /p4p says no/))
  })

  describe('rpc', () => {
    claim(name, 'rpc')
    it('resolves with null for an empty answer', async () => {
      expect(await ctx().rpc('silent')).toBeNull()
    })

    it('sends named arguments as an NTURI', async () => {
      const back = await ctx().rpc('every:int32', { a: 5, name: 'n', list: [1.5, 2] })
      expect(back?.$id).toBe('epics:nt/NTURI:1.0')
      expect(back?.query).toMatchObject({ a: 5n, name: 'n' })
    })
  })

  describe('put', () => {
    claim(name, 'put')
    it('waits for a slow handler', async () => {
      await ctx().put('slow', { value: 9 })
      expect((await peer().call<Seen>('current', { pv: 'slow' })).value['value']).toBe(9)
    })
  })
})

describe('a pipelined monitor', () => {
  claim(name, 'pipeline')
  it('loses nothing while the consumer is slower than the posts', async () => {
    await peer().call('open', { pv: 'stream', spec: simpleSpec, value: { value: 0 } })
    await using sub = ctx().monitor('stream', { pipeline: true, queueSize: 100 })
    const updates = sub[Symbol.asyncIterator]()
    await updates.next()
    for (let n = 1; n <= 50; n++) await peer().call('post', { pv: 'stream', value: { value: n } })
    const got: unknown[] = []
    while (got.length < 50) got.push((await nextOf(updates)).value)
    expect(got).toEqual(Array.from({ length: 50 }, (_, i) => i + 1))
  })
})

describe('a p4p server that ends', () => {
  claim(name, 'reconnect')
  it('disconnects a monitor, and a put that may not be repeated', async () => {
    const started = await start()
    await using mortal = started.peer
    await mortal.call('open', { pv: 'mortal', spec: simpleSpec, value: { value: 1 }, mode: 'never' })
    await using own = clientOf(started)
    await using sub = own.monitor('mortal', { events: true })
    const events = sub[Symbol.asyncIterator]()
    const types = [(await nextOf(events)).type, (await nextOf(events)).type]
    const put = own.put('mortal', { value: 2 }, { atMostOnce: true, timeout: Infinity })
    const failed = expect(put).rejects.toThrow(DisconnectedError)
    await mortal.event((e) => e.event === 'put')
    await mortal.kill()
    await failed
    types.push((await nextOf(events)).type)
    expect(types).toEqual(['connected', 'update', 'disconnected'])
  })
})
