// p4p, the Python client over PVXS, against a program `node-pvxs serve`: get, put, monitor, rpc.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clientEnv, START_MS } from '../interop/env.js'
import { Peer, PeerError, type Seen } from '../interop/peer.js'
import { Running } from './run.js'

const PVS = [
  'lab:x=1.5 egu=mm drvl=-10 drvh=10 high=5 hihi=8',
  'lab:big=int64=9007199254740993',
  'lab:mode=enum(Off,Warm up,Run)=Run',
  'lab:list=int32[]=[1,2,3]',
  'lab:text="grüße 日本"',
  'lab:table=table(i:int32,name:string)',
  'lab:moving sim=count rate=20',
]

let served: Running
let peer: Peer
beforeAll(async () => {
  served = new Running(['serve', ...PVS, '--demo', '--isolated', '--json'])
  const { tcpPort } = JSON.parse(await served.line()) as { tcpPort: number }
  peer = await Peer.python('p4p_client.py', clientEnv(tcpPort))
}, START_MS)
afterAll(async () => {
  await peer[Symbol.asyncDispose]()
  await served[Symbol.asyncDispose]()
})

const get = (pv: string): Promise<Seen> => peer.call<Seen>('get', { pv })

describe('p4p', () => {
  it('reads what the definitions say', async () => {
    const x = await get('lab:x')
    expect(x.id).toBe('epics:nt/NTScalar:1.0')
    expect(x.value).toMatchObject({
      value: 1.5,
      display: { units: 'mm' },
      control: { limitLow: -10, limitHigh: 10 },
      valueAlarm: { active: true, highWarningLimit: 5, highAlarmLimit: 8 },
    })
    expect((await get('lab:big')).value['value']).toBe('9007199254740993')
    expect((await get('lab:list')).value['value']).toEqual([1, 2, 3])
    expect((await get('lab:text')).value['value']).toBe('grüße 日本')
    expect((await get('lab:mode')).value['value']).toEqual({ index: 2, choices: ['Off', 'Warm up', 'Run'] })
    expect((await get('lab:table')).value['value']).toEqual({ i: [], name: [] })
  })

  it('puts what the program tells of, held to the limits, with the alarm of the record', async () => {
    await peer.call('put', { pv: 'lab:x', value: { value: 99 } })
    expect(JSON.parse(await served.line())).toMatchObject({ event: 'put', name: 'lab:x', old: 1.5, new: 10 })
    expect((await get('lab:x')).value).toMatchObject({ value: 10, alarm: { severity: 2, message: 'HIHI' } })
    await peer.call('put', { pv: 'lab:mode', value: { value: { index: 0 } } })
    expect(JSON.parse(await served.line())).toMatchObject({ name: 'lab:mode', old: 'Run', new: 'Off' })
    await peer.call('put', { pv: 'lab:table', value: { value: { i: [1, 2], name: ['a', 'b'] } } })
    expect((await get('lab:table')).value['value']).toEqual({ i: [1, 2], name: ['a', 'b'] })
  })

  it('is refused a put to a simulated PV, with the reason', async () => {
    const put = peer.call('put', { pv: 'lab:moving', value: { value: 1 } })
    await expect(put).rejects.toThrow(PeerError)
    await expect(put).rejects.toThrow(/its value is simulated: no put is taken/)
  })

  it('sees a simulation move, and a put of another arrive', async () => {
    await peer.call('monitor', { pv: 'lab:moving' })
    const values: number[] = []
    for (let k = 0; k < 4; k++) {
      const event = await peer.event((e) => e['pv'] === 'lab:moving' && e['state'] === 'value')
      values.push((event['value'] as { value: number }).value)
    }
    expect(values).toEqual([...values].sort((a, b) => a - b))
    expect(new Set(values).size).toBe(4)
    await peer.call('close', { pv: 'lab:moving' })
  })

  it('calls the service of the demonstration', async () => {
    const type = ['S', 'epics:nt/NTURI:1.0', [
      ['scheme', 's'],
      ['path', 's'],
      ['query', ['S', null, [['lhs', 'd'], ['rhs', 'd']]]],
    ]] // prettier-ignore
    for (const [rhs, sum] of [
      [2.5, 3.5],
      [2, 3],
    ]) {
      const value = { scheme: 'pva', path: 'demo:add', query: { lhs: 1, rhs } }
      const reply = await peer.call<Seen>('rpc', { pv: 'demo:add', spec: type, value })
      expect(reply.value['value']).toBe(sum) // an int64 would come as text
    }
  })
})
