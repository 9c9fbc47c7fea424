// p4p as a client of our server, which serves every type.

import { NTEnum, NTNDArray, NTScalar, NTTable, Server, SharedPV, TypeDef } from 'node-pvxs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { clientEnv } from './env.js'
import { everyType, seenAs, specOf, structId, typeOf, type Sample } from './every-type.js'
import { exchange, type Exchange } from './matrix.js'
import { Peer, PeerError, type Seen } from './peer.js'
import { expectSample } from './reads.js'

let server: Server
let p4p: Peer

const claim = (what: Exchange): void => {
  beforeEach((context) => exchange(context, 'p4p 4.3 (PVXS), client', what))
}

beforeAll(async () => {
  server = await Server.start({ isolated: true })
  p4p = await Peer.python('p4p_client.py', clientEnv(server.tcpPort))
})
afterAll(async () => {
  await p4p[Symbol.asyncDispose]()
  await server.close()
})

describe.each(everyType)('$name', (c) => {
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
        const seen = await p4p.call<Seen>('get', { pv })
        expect(seen.id).toBe(structId)
        expect(seen.value).toEqual({ value: seenAs(s), note: 'kept' })
        if (s.text) expect(seen.text).toMatch(s.text)
      }
    })
  })

  describe('put', () => {
    claim('put')
    it('is stored as p4p wrote it', async () => {
      for (const s of c.samples.filter((x) => x.fromPeer !== false)) {
        await p4p.call('put', { pv, value: { value: s.input }, fetch: false })
        expectSample(shared.current(), s)
        expect(shared.current().note).toBe('kept')
      }
    })
  })

  describe('monitor', () => {
    claim('monitor')
    it('is delivered post by post', async () => {
      shared.post({ value: first.ours })
      const sub = await p4p.call<number>('monitor', { pv })
      const update = (): Promise<Seen> =>
        p4p.event((e) => e['sub'] === sub && e['state'] === 'value') as Promise<unknown> as Promise<Seen>
      expect((await update()).value).toEqual({ value: seenAs(first), note: 'kept' })
      for (const s of c.samples) {
        shared.post({ value: s.ours })
        const seen = await update()
        expect(seen.value).toEqual({ value: seenAs(s), note: 'kept' })
        expect(seen.changed).not.toContain('note')
      }
      await p4p.call('close', { sub })
    })
  })

  describe('rpc', () => {
    claim('rpc')
    it('comes back from our echo', async () => {
      for (const s of c.samples.filter((x) => x.fromPeer !== false)) {
        const back = await p4p.call<Seen>('rpc', {
          pv,
          spec: specOf(c),
          value: { value: s.input, note: 'echo' },
        })
        expect(back.id).toBe(structId)
        expect(back.value).toEqual({ value: seenAs(s), note: 'echo' })
      }
    })
  })
})

describe('normative types', () => {
  claim('get')

  it('shows an NTScalar with all its options', async () => {
    const type = new NTScalar('float64', { display: true, control: true, valueAlarm: true, form: true })
    server.addPV('nt:scalar', SharedPV.mailbox(type, { value: 1.5, display: { units: 'mA' } }))
    const seen = await p4p.call<Seen>('get', { pv: 'nt:scalar' })
    expect(seen.id).toBe('epics:nt/NTScalar:1.0')
    expect(seen.value).toMatchObject({ value: 1.5, display: { units: 'mA' }, alarm: { severity: 0 } })
    expect(Object.keys(seen.value)).toEqual(expect.arrayContaining(['control', 'valueAlarm', 'timeStamp']))
  })

  it('shows an NTEnum', async () => {
    server.addPV('nt:enum', SharedPV.mailbox(new NTEnum(), { value: { index: 1, choices: ['a', 'b'] } }))
    const seen = await p4p.call<Seen>('get', { pv: 'nt:enum' })
    expect(seen.id).toBe('epics:nt/NTEnum:1.0')
    expect(seen.value['value']).toEqual({ index: 1, choices: ['a', 'b'] })
  })

  it('shows an NTTable', async () => {
    const type = new NTTable({ name: 'string', current: 'float64' })
    server.addPV('nt:table', SharedPV.mailbox(type, type.fromRows([{ name: 'q1', current: 1.5 }])))
    const seen = await p4p.call<Seen>('get', { pv: 'nt:table' })
    expect(seen.id).toBe('epics:nt/NTTable:1.0')
    expect(seen.value).toMatchObject({ labels: ['name', 'current'], value: { name: ['q1'], current: [1.5] } })
  })

  it('shows an NTNDArray, fastest dimension first', async () => {
    const image = NTNDArray.wrap(new Uint16Array(12), { shape: [3, 4] })
    server.addPV('nt:image', SharedPV.mailbox(new NTNDArray(), image))
    const seen = await p4p.call<Seen>('get', { pv: 'nt:image' })
    expect(seen.id).toBe('epics:nt/NTNDArray:1.0')
    const dimension = seen.value['dimension'] as { size: number }[]
    expect(dimension.map((d) => d.size)).toEqual([4, 3])
    expect(seen.text).toContain('value.ushortValue')
  })
})

describe('errors', () => {
  claim('error')

  it('reach p4p with the text that was thrown', async () => {
    const type = new TypeDef('struct', 'lab:T', { value: 'int32' })
    server.addPV('refuses', SharedPV.readonly(type, { value: 1 }))
    const thrower = new SharedPV({
      type,
      initial: { value: 1 },
      onPut() {
        throw new Error('over my dead valve')
      },
      async onRpc() {
        await Promise.resolve()
        throw new Error('no such procedure')
      },
    })
    server.addPV('throws', thrower)
    await expect(p4p.call('put', { pv: 'refuses', value: { value: 2 } })).rejects.toThrow(PeerError)
    await expect(p4p.call('put', { pv: 'throws', value: { value: 2 } })).rejects.toThrow(/over my dead valve/)
    await expect(p4p.call('rpc', { pv: 'throws' })).rejects.toThrow(/no such procedure/)
    expect(thrower.current().value).toBe(1)
  })
})

describe('a pipelined monitor', () => {
  claim('pipeline')

  it('gets every post while its window is open', async () => {
    const type = new TypeDef('struct', 'lab:T', { value: 'int32' })
    const pv = SharedPV.mailbox(type, { value: 0 })
    server.addPV('stream', pv)
    const request = 'field()record[pipeline=true,queueSize=100]'
    const sub = await p4p.call<number>('monitor', { pv: 'stream', request })
    const value = async (): Promise<unknown> => {
      const e = await p4p.event((x) => x['sub'] === sub && x['state'] === 'value')
      return (e['value'] as Record<string, unknown>)['value']
    }
    expect(await value()).toBe(0)
    const got: unknown[] = []
    for (let n = 1; n <= 50; n++) pv.post({ value: n })
    while (got.length < 50) got.push(await value())
    expect(got).toEqual(Array.from({ length: 50 }, (_, i) => i + 1))
    await p4p.call('close', { sub })
  })
})

describe('a server of ours that restarts', () => {
  claim('reconnect')

  it('is found again by a p4p monitor', async () => {
    const type = new TypeDef('struct', 'lab:T', { value: 'int32' })
    const pv = SharedPV.mailbox(type, { value: 1 })
    await using own = await Server.start({ isolated: true, pvs: { again: pv } })
    await using client = await Peer.python('p4p_client.py', clientEnv(own.tcpPort))
    const sub = await client.call<number>('monitor', { pv: 'again' })
    const state = (s: string) => client.event((e) => e['sub'] === sub && e['state'] === s)
    expect((await state('value'))['value']).toMatchObject({ value: 1 })
    await state('disconnected')
    await own.stop()
    await state('disconnected')
    pv.post({ value: 2 })
    await own.start()
    expect((await state('value'))['value']).toMatchObject({ value: 2 })
  }, 60_000)
})
