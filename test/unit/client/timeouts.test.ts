import { createServer, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { Context, InvalidArgumentError, NTScalar, Server, SharedPV, TimeoutError } from 'node-pvxs'
import { contextConfig } from '../../../lib-ts/client/config.js'
import { timeoutError } from '../../../lib-ts/client/timeouts.js'
import { alone, leavesNothing, loopback, rejection, until } from '../fixtures.js'

leavesNothing()

const config = (options: object) => contextConfig(options, () => new Map())
const beacons = { count: 0, first: '' }
const quiet = { trouble: undefined, lostNameServers: [], beacons } as const
const late = {
  target: { op: 'get', pv: 'LAB:temp1' },
  timeout: 5_000,
  server: '',
  unresolved: new Set<string>(),
}

describe('the message', () => {
  it('[110] never found: where was searched, and what to try', () => {
    const error = timeoutError({
      ...late,
      config: config({
        addressList: ['10.0.0.4', '10.0.0.5:99'],
        autoAddressList: false,
        nameServers: ['gateway'],
      }),
      progress: { phase: 'search', searches: 3, server: '', ...quiet },
    })
    expect(error).toBeInstanceOf(TimeoutError)
    expect([error.code, error.op, error.pv, error.phase]).toEqual([
      'ERR_PVA_TIMEOUT',
      'get',
      'LAB:temp1',
      'search',
    ])
    expect(error.message).toContain('"LAB:temp1" was not found within 5 s (phase: search)')
    expect(error.message).toContain(
      '10.0.0.4:5076 (addressList), 10.0.0.5:99 (addressList), gateway:5075 (name server)',
    )
    expect(error.message).toContain('none for this name')
    expect(error.hint).toContain('EPICS_PVA_NAME_SERVERS')
  })

  it.each([
    [1, '10.0.0.7:5075', '; a server is heard: 10.0.0.7:5075'],
    [2, '10.0.0.7:5075, [fe80::1]:5075', '; 2 servers are heard: 10.0.0.7:5075, [fe80::1]:5075'],
    [9, '10.0.0.7:1, 10.0.0.7:2, 10.0.0.7:3', '; 9 servers are heard: 10.0.0.7:1, 10.0.0.7:2, 10.0.0.7:3, …'],
  ])('never found, although servers are heard: %s', (count, first, said) => {
    const progress = {
      phase: 'search',
      searches: 3,
      server: '',
      ...quiet,
      beacons: { count, first },
    } as const
    const { message } = timeoutError({ ...late, config: config({}), progress })
    expect(message).toContain(`none for this name${said}\n`)
  })

  it('[110] never found, without any destination', () => {
    const error = timeoutError({
      ...late,
      config: config({ autoAddressList: false }),
      progress: { phase: 'search', searches: 0, server: '', ...quiet },
    })
    expect(error.message).toContain('nowhere')
  })

  it('[110] found, but not to be connected to', () => {
    const error = timeoutError({
      ...late,
      timeout: 250,
      config: config({}),
      progress: { phase: 'connect', searches: 1, server: '10.0.0.4:5075', ...quiet },
    })
    expect(error.message).toContain(
      'was found, but its server 10.0.0.4:5075 could not be connected to within 250 ms',
    )
    expect(error.phase).toBe('connect')
  })

  it('[110] connected, but silent', () => {
    for (const phase of ['init', 'execute'] as const) {
      const error = timeoutError({
        ...late,
        config: config({}),
        progress: { phase, searches: 1, server: '10.0.0.4:5075', ...quiet },
      })
      expect(error.message).toContain('is connected, but its server 10.0.0.4:5075')
      expect(error.phase).toBe(phase)
    }
  })

  it('does not claim a phase that nobody told', () => {
    const error = timeoutError({ ...late, config: config({}), progress: undefined })
    expect(error.phase).toBeUndefined()
    expect(error.message).toContain('within 5 s')
  })
})

describe('[109] a time-out names the PV, the operation and the phase', () => {
  it('search', async () => {
    await using ctx = alone()
    for (const [op, call] of [
      ['get', ctx.get('nowhere', { timeout: 60 })],
      ['put', ctx.put('nowhere', 1, { timeout: 60 })],
      ['rpc', ctx.rpc('nowhere', {}, { timeout: 60 })],
      ['info', ctx.info('nowhere', { timeout: 60 })],
    ] as const) {
      const error = await rejection(call as Promise<unknown>)
      expect(error).toBeInstanceOf(TimeoutError)
      expect([error['op'], error['pv'], error['phase']]).toEqual([op, 'nowhere', 'search'])
      expect(error.message).toContain('127.0.0.1:9 (addressList)')
    }
  })

  it('search, while other servers are heard', async () => {
    await using silent = await Server.start({ isolated: true })
    await using ctx = new Context(silent.clientConfig())
    await ctx.discover({ ping: true })[Symbol.asyncIterator]().next() // it listens
    await using heard = await Server.start({
      isolated: true,
      autoBeacon: true,
      beaconDestinations: ['127.0.0.1'],
      udpPort: silent.udpPort,
    })
    const said = `127.0.0.1:${heard.tcpPort}`
    const end = performance.now() + 30_000
    let message = ''
    while (!message.includes(said) && performance.now() < end)
      ({ message } = await rejection(ctx.get('nowhere', { timeout: 60 })))
    expect(message).toMatch(/none for this name; 2 servers are heard: .*\n/)
    expect(message).toContain(said)
  })

  it('connect', async () => {
    const sockets: Socket[] = []
    const silent = createServer((socket) => void sockets.push(socket)) // takes the connection and says nothing
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as { port: number }
    const ctx = alone()
    const error = await rejection(ctx.get('x', { server: `127.0.0.1:${port}`, timeout: 200 }))
    expect(error['phase']).toBe('connect')
    expect(error.message).toContain(`127.0.0.1:${port}`)
    await ctx.close()
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => silent.close(resolve))
  })

  it('execute', async () => {
    const pv = new SharedPV({
      type: new NTScalar('int32'),
      initial: {},
      onPut: () => new Promise<undefined>(() => undefined),
    })
    await using it = await loopback({ x: pv })
    await it.ctx.get('x')
    const error = await rejection(it.ctx.put('x', 1, { timeout: 1_500 }))
    expect([error['op'], error['pv'], error['phase']]).toEqual(['put', 'x', 'execute'])
    expect(error.message).toContain(`127.0.0.1:${it.server.tcpPort}`)
  })

  it('init', async () => {
    const pv = new SharedPV({ type: new NTScalar('int32') })
    await using it = await loopback({ x: pv })
    const connection = it.ctx.connect('x')
    await until(() => connection.connected, 'the connection')
    const error = await rejection(it.ctx.get('x', { timeout: 1_500 }))
    expect(error['phase']).toBe('init')
  })
})

describe('connectTimeout', () => {
  it('limits searching and connecting only', async () => {
    const answers: (() => void)[] = []
    const pv = new SharedPV({
      type: new NTScalar('int32'),
      initial: {},
      onPut: () => new Promise<undefined>((resolve) => answers.push(() => resolve(undefined))),
    })
    await using it = await loopback({ x: pv })
    await it.ctx.get('x')
    const put = it.ctx.put('x', 1, { connectTimeout: 1_000 })
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect(answers).toHaveLength(1)
    for (const answer of answers) answer()
    await put
    const error = await rejection(it.ctx.get('nowhere', { connectTimeout: 100, timeout: 60_000 }))
    expect(error).toBeInstanceOf(TimeoutError)
    expect([error['phase'], error.message.includes('100 ms')]).toEqual(['search', true])
    expect(it.ctx.stats().open).toBe(0)
  })
})

describe('options of a call', () => {
  it.each([
    ['timeout', 0],
    ['timeout', -1],
    ['timeout', NaN],
    ['timeout', '5'],
    ['timeout', null],
    ['connectTimeout', 0],
    ['signal', {}],
    ['signal', null],
    ['request', 5],
    ['request', {}],
    ['fields', 'value'],
    ['fields', [5]],
    ['fields', ['a b']],
    ['server', ''],
    ['type', 'int32'],
    ['priority', 256],
    ['Timeout', 5],
  ])('[124] refuses %s: %j', async (name, value) => {
    await using ctx = alone()
    for (const call of [
      ctx.get('x', { [name]: value }),
      ctx.put('x', 1, { [name]: value }),
      ctx.rpc('x', {}, { [name]: value }),
    ]) {
      const error = await rejection(call as Promise<unknown>)
      expect(error).toBeInstanceOf(InvalidArgumentError)
      expect(error.message).toContain(
        name === 'fields' && value !== 'value' ? '' : name === 'server' ? 'address' : name,
      )
    }
    expect(ctx.stats().calls).toBe(0)
  })

  it('[124] refuses null, text and arrays as options', async () => {
    await using ctx = alone()
    for (const options of [null, 'x', 5, []]) {
      expect(await rejection(ctx.get('x', options as never))).toBeInstanceOf(InvalidArgumentError)
    }
  })

  it('takes any time above 0, also beyond what a timer takes', async () => {
    await using it = await loopback({ x: SharedPV.mailbox(new NTScalar('int32')) })
    for (const timeout of [2 ** 31, 1e15, Infinity])
      expect((await it.ctx.get('x', { timeout })).value).toBe(0)
    await using ctx = new Context({ ...it.server.clientConfig(), timeout: Infinity })
    expect((await ctx.get('x')).value).toBe(0)
  })
})
