// The peers among themselves, without us: when one of these fails, the peer or the machine is at fault.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { clientEnv, cleanEnv } from './env.js'
import { updateOf } from './exchanges.js'
import { startIoc, type Ioc } from './ioc.js'
import { Peer, PeerError, type Seen } from './peer.js'

describe.each([2, 1] as const)('p4p with an IOC that runs QSRV %d', (qsrv) => {
  let ioc: Ioc
  let p4p: Peer
  beforeAll(async () => {
    ioc = await startIoc({ qsrv })
    p4p = await Peer.python('p4p_client.py', ioc.clientEnv())
  })
  afterAll(async () => {
    await p4p[Symbol.asyncDispose]()
    await ioc[Symbol.asyncDispose]()
  })

  it('gets a value with its display information', async () => {
    const ai = await p4p.call<Seen>('get', { pv: 't:ai' })
    expect(ai.value).toMatchObject({
      value: 21.5,
      alarm: { severity: 0 },
      display: { units: 'degC', limitLow: -50, limitHigh: 450 },
    })
  })

  it('puts, and sees the counter run', async () => {
    await p4p.call('put', { pv: 't:ao', value: { value: 2.5 } })
    expect((await p4p.call<Seen>('get', { pv: 't:ao' })).value['value']).toBe(2.5)
    await p4p.call('monitor', { pv: 't:counter' })
    for (let i = 0; i < 3; i++) await updateOf(p4p, 't:counter')
    await p4p.call('close', { pv: 't:counter' })
  })

  it('serves a group', async () => {
    const group = await p4p.call<Seen>('get', { pv: 't:group' })
    expect(group.value).toMatchObject({ x: { value: 1 }, y: 2, wave: [3, 4, 5] })
  })
})

it('p4p talks to a p4p server', async () => {
  await using server = await Peer.python('p4p_server.py', cleanEnv())
  const spec = [
    'S',
    'lab:Pair',
    [
      ['value', 'l'],
      ['name', 's'],
    ],
  ] as const
  await server.call('open', { pv: 'pair', spec, value: { value: '9223372036854775807', name: 'µ' } })
  await server.call('open', { pv: 'no', spec, value: {}, mode: 'refuse' })
  await using client = await Peer.python('p4p_client.py', clientEnv(await server.call<number>('port')))

  const first = await client.call<Seen>('get', { pv: 'pair' })
  expect(first).toMatchObject({ id: 'lab:Pair', value: { value: '9223372036854775807', name: 'µ' } })
  await client.call('put', { pv: 'pair', value: { value: '-3' } })
  expect(await server.event((e) => e.event === 'put')).toMatchObject({ pv: 'pair', changed: ['value'] })
  expect(await client.call('rpc', { pv: 'pair', spec, value: { name: 'echo' } })).toMatchObject({
    value: { name: 'echo' },
  })
  await expect(client.call('put', { pv: 'no', value: { value: 1 } })).rejects.toThrow(PeerError)
})
