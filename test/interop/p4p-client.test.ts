// p4p as a client of our server, which serves every type.

import { NTEnum, NTNDArray, NTScalar, NTTable, SharedPV } from 'node-pvxs'
import { describe, expect, it } from 'vitest'

import { asClient, simpleType } from './exchanges.js'
import { claim } from './matrix.js'
import { expectSeen, p4p } from './p4p.js'
import { Peer, PeerError, type Seen } from './peer.js'

const name = 'p4p 4.3 (PVXS), client'

const { server, peer } = asClient({
  name,
  ...p4p,
  expectSeen,
  start: (env) => Peer.python('p4p_client.py', env),
  pipelined: { request: 'field()record[pipeline=true,queueSize=100]' },
})

describe('normative types', () => {
  claim(name, 'get')

  it('shows an NTScalar with all its options', async () => {
    const type = new NTScalar('float64', { display: true, control: true, valueAlarm: true, form: true })
    server().addPV('nt:scalar', SharedPV.mailbox(type, { value: 1.5, display: { units: 'mA' } }))
    const seen = await peer().call<Seen>('get', { pv: 'nt:scalar' })
    expect(seen.id).toBe('epics:nt/NTScalar:1.0')
    expect(seen.value).toMatchObject({ value: 1.5, display: { units: 'mA' }, alarm: { severity: 0 } })
    expect(Object.keys(seen.value)).toEqual(expect.arrayContaining(['control', 'valueAlarm', 'timeStamp']))
  })

  it('shows an NTEnum', async () => {
    server().addPV('nt:enum', SharedPV.mailbox(new NTEnum(), { value: { index: 1, choices: ['a', 'b'] } }))
    const seen = await peer().call<Seen>('get', { pv: 'nt:enum' })
    expect(seen.id).toBe('epics:nt/NTEnum:1.0')
    expect(seen.value['value']).toEqual({ index: 1, choices: ['a', 'b'] })
  })

  it('shows an NTTable', async () => {
    const type = new NTTable({ name: 'string', current: 'float64' })
    server().addPV('nt:table', SharedPV.mailbox(type, type.fromRows([{ name: 'q1', current: 1.5 }])))
    const seen = await peer().call<Seen>('get', { pv: 'nt:table' })
    expect(seen.id).toBe('epics:nt/NTTable:1.0')
    expect(seen.value).toMatchObject({ labels: ['name', 'current'], value: { name: ['q1'], current: [1.5] } })
  })

  it('shows an NTNDArray, fastest dimension first', async () => {
    const image = NTNDArray.wrap(new Uint16Array(12), { shape: [3, 4] })
    server().addPV('nt:image', SharedPV.mailbox(new NTNDArray(), image))
    const seen = await peer().call<Seen>('get', { pv: 'nt:image' })
    expect(seen.id).toBe('epics:nt/NTNDArray:1.0')
    const dimension = seen.value['dimension'] as { size: number }[]
    expect(dimension.map((d) => d.size)).toEqual([4, 3])
    expect(seen.text).toContain('value.ushortValue')
  })
})

describe('a read-only PV', () => {
  claim(name, 'error')
  it('refuses a put', async () => {
    server().addPV('refuses', SharedPV.readonly(simpleType, { value: 1 }))
    await expect(peer().call('put', { pv: 'refuses', value: { value: 2 } })).rejects.toThrow(PeerError)
  })
})
