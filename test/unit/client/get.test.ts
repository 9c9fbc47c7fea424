import { describe, expect, it } from 'vitest'
import {
  ClosedError,
  Context,
  InvalidArgumentError,
  NTScalar,
  RemoteError,
  Server,
  SharedPV,
  TimeoutError,
  TypeDef,
  TypeMismatchError,
} from 'node-pvxs'
import {
  alone,
  collected,
  drain,
  Int32,
  int32,
  leavesNothing,
  loopback,
  rejection,
  take,
  thrown,
  turn,
  until,
} from '../fixtures.js'

leavesNothing()

describe('get', () => {
  it('[1] refuses an empty name before anything is sent', async () => {
    await using ctx = alone()
    const error = await rejection(ctx.get(''))
    expect(error).toBeInstanceOf(InvalidArgumentError)
    expect(error.message).toContain('empty')
    expect(ctx.stats().calls).toBe(0)
  })

  it('names the PV when an option is wrong, as do the other operations', async () => {
    await using ctx = alone()
    const wrong = { nosuch: 1 } as object
    const errors = [
      await rejection(ctx.get('x', wrong)),
      await rejection(ctx.put('x', 1, wrong)),
      await rejection(ctx.put('x', null as never)),
      await rejection(ctx.rpc('x', {}, wrong)),
      await rejection(ctx.info('x', wrong)),
      thrown(() => ctx.monitor('x', wrong)),
      thrown(() => ctx.connect('x', wrong)),
    ]
    for (const error of errors) expect(error).toMatchObject({ code: 'ERR_PVA_ARGUMENT', pv: 'x' })
    expect(errors.map((error) => error['op'])).toEqual([
      'get',
      'put',
      'put',
      'rpc',
      'info',
      'monitor',
      'connect',
    ])
  })

  it('[2] returns the value the PV was opened with', async () => {
    await using it = await loopback({ x: int32(41) })
    const v = await it.ctx.get('x')
    expect(v.value).toBe(41)
    expect(v.alarm.severity).toBe(0)
    expect(v.$id).toBe('epics:nt/NTScalar:1.0')
  })

  it('[2] works over IPv6', async () => {
    await using it = await loopback(
      { x: int32(6) },
      { server: { interfaces: ['::1'], beaconDestinations: ['::1'] } },
    )
    expect((await it.ctx.get('x')).value).toBe(6)
  })

  it('[3] stays pending without a server until its time-out', async () => {
    await using ctx = alone()
    const begin = performance.now()
    const error = await rejection(ctx.get('nowhere', { timeout: 150 }))
    expect(error).toBeInstanceOf(TimeoutError)
    expect(performance.now() - begin).toBeGreaterThanOrEqual(149)
  })

  it('[4] delivers nothing after it was given up', async () => {
    await using it = await loopback({ x: int32() })
    const abort = new AbortController()
    const pending = it.ctx.get('x', { signal: abort.signal })
    abort.abort(new Error('enough'))
    expect((await rejection(pending)).message).toBe('enough')
    await it.ctx.get('x') // the other one would have come by now
  })

  it('[5] lets go of operations, subscriptions and connections after the Context closed', async () => {
    await using it = await loopback({ x: int32() })
    const sub = it.ctx.monitor('x')
    const connection = it.ctx.connect('x')
    const get = it.ctx.get('y', { timeout: Infinity })
    const settled = rejection(get)
    await it.ctx.close()
    await sub.close()
    await connection.close()
    expect(await settled).toBeInstanceOf(ClosedError)
  })

  it('[6] names the PV that never connected', async () => {
    await using ctx = alone()
    const sub = ctx.monitor('nowhere')
    const connection = ctx.connect('nowhere')
    expect([sub.name, connection.name, connection.connected, connection.peer]).toEqual([
      'nowhere',
      'nowhere',
      false,
      undefined,
    ])
  })

  it('[7] rejects a type that lacks what was asked for', async () => {
    await using it = await loopback({ x: int32() })
    const type = new TypeDef('struct', { value: 'string', extra: 'int32' })
    const error = await rejection(it.ctx.get('x', { type }))
    expect(error).toBeInstanceOf(TypeMismatchError)
    expect(error.message).toContain('value: asked for string, the server has int32')
    expect(error.message).toContain('extra: asked for int32, the server has no such field')
    expect(error['pv']).toBe('x')
  })

  it('[7] takes a type of which the server has more', async () => {
    await using it = await loopback({ x: int32(3) })
    const v = await it.ctx.get('x', { type: new TypeDef('struct', { value: 'int32' }) })
    expect(v.value satisfies number).toBe(3)
  })

  it('[8] rejects when only an unknown field is selected', async () => {
    await using it = await loopback({ x: int32() })
    const error = await rejection(it.ctx.get('x', { fields: ['nosuch'] }))
    expect(error).toBeInstanceOf(RemoteError)
  })

  it('[57] marks only what was selected, in a complete structure', async () => {
    await using it = await loopback({ x: int32(5) })
    const v = await it.ctx.get('x', { request: 'value' })
    expect([...v.$changed]).toEqual(['value'])
    expect(v.alarm.message).toBe('')
  })

  it('[17] fetches 1000 PVs at once through one Context', async () => {
    const names = Array.from({ length: 1_000 }, (_, k) => `many:${k}`)
    await using it = await loopback(Object.fromEntries(names.map((name, k) => [name, int32(k)])))
    const values = await it.ctx.getAll(names)
    expect(values.map((v) => v.value as number)).toEqual(names.map((_, k) => k))
  })

  it('[24] waits for a PV that is not open, and succeeds once it is', async () => {
    const pv = new SharedPV({ type: Int32 })
    await using it = await loopback({ x: pv })
    await expect(it.ctx.get('x', { timeout: 200 })).rejects.toBeInstanceOf(TimeoutError)
    const pending = it.ctx.get('x')
    await turn()
    pv.open({ value: 7 })
    expect((await pending).value).toBe(7)
  })

  it('goes to the server it is told, without a search', async () => {
    await using it = await loopback({ x: int32(8) })
    await using ctx = alone()
    const v = await ctx.get('x', { server: `127.0.0.1:${it.server.tcpPort}` })
    expect(v.value).toBe(8)
  })

  it('refuses what is not a server address', async () => {
    await using ctx = alone()
    for (const server of ['', 'a b', 'host:99999', '999.1.1.1', '[::1', 'host:0', 5]) {
      expect(await rejection(ctx.get('x', { server: server as string }))).toBeInstanceOf(InvalidArgumentError)
    }
  })

  it('delivers large arrays whole', async () => {
    const data = Float64Array.from({ length: 100_000 }, (_, k) => k / 3)
    await using it = await loopback({ x: SharedPV.mailbox(new NTScalar('float64[]'), { value: data }) })
    expect((await it.ctx.get('x')).value).toEqual(data)
  })
})

describe('several PVs', () => {
  it('[20] reports which one was late, with the others fast', async () => {
    await using it = await loopback({ a: int32(1), b: int32(2) })
    await it.ctx.getAll(['a', 'b'])
    const settled = await it.ctx.getAllSettled(['a', 'late', 'b'], { timeout: 1_000 })
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    const { reason } = settled[1] as PromiseRejectedResult
    expect(reason).toBeInstanceOf(TimeoutError)
    expect((reason as TimeoutError).pv).toBe('late')
    const error = await rejection(it.ctx.getAll(['a', 'late', 'b'], { timeout: 1_000 }))
    expect(error['pv']).toBe('late')
  })

  it('[23] gives values in the order of the names', async () => {
    await using it = await loopback({ a: int32(1), b: int32(2), c: int32(3) })
    const values = await it.ctx.getAll(['c', 'a', 'b', 'a'])
    expect(values.map((v) => v.value as number)).toEqual([3, 1, 2, 1])
  })

  it('gives up the rest with the first failure', async () => {
    await using it = await loopback({ a: int32(1) })
    await rejection(it.ctx.getAll(['late', 'bad'], { timeout: 100 }))
    expect(it.ctx.stats().open).toBe(0)
  })
})

describe('info', () => {
  it('[16] gives the type and marks nothing', async () => {
    await using it = await loopback({ x: int32(1) })
    const type = await it.ctx.info('x')
    expect(type.equals(Int32.build())).toBe(true)
    expect([...type.create().$changed]).toEqual([])
  })

  it('[16] waits for a PV that is not open', async () => {
    const pv = new SharedPV({ type: Int32 })
    await using it = await loopback({ x: pv })
    const pending = it.ctx.info('x')
    await turn()
    pv.open()
    expect((await pending).code).toBe('struct')
  })
})

describe('connect', () => {
  it('[11] shares one channel; each connection hears of it once', async () => {
    await using it = await loopback({ x: int32() })
    const [a, b] = [it.ctx.connect('x'), it.ctx.connect('x')]
    const [ea] = await take(a.events(), 2).then((events) => events.filter(({ type }) => type === 'connected'))
    expect(ea?.type).toBe('connected')
    await until(() => b.connected, 'the second connection')
    const late = it.ctx.connect('x')
    const [first] = await take(late.events(), 1)
    expect(first?.type).toBe('connected')
    expect(late.peer).toBe(`127.0.0.1:${it.server.tcpPort}`)
    expect(it.ctx.stats().channels).toBe(1)
    await Promise.all([a.close(), b.close(), late.close()])
  })

  it('[12] reports disconnected, connected, disconnected', async () => {
    const server = new Server({ isolated: true, pvs: { x: int32() } })
    await server.start()
    await using ctx = new Context(server.clientConfig())
    await server.stop()
    const connection = ctx.connect('x')
    const events = connection.events()[Symbol.asyncIterator]()
    expect((await events.next()).value).toMatchObject({ type: 'disconnected' })
    expect(connection.connected).toBe(false)
    await server.start()
    expect((await events.next()).value).toMatchObject({ type: 'connected' })
    expect(connection.connected).toBe(true)
    await server.stop()
    expect((await events.next()).value).toMatchObject({ type: 'disconnected' })
    expect(connection.connected).toBe(false)
    await connection.close()
    expect((await events.next()).done).toBe(true)
    await server.close()
  })

  it('[18] finds a name server again after it was lost', async () => {
    const server = await Server.start({ isolated: true, pvs: { x: int32(1) } })
    await using ctx = new Context({
      useEnv: false,
      autoAddressList: false,
      nameServers: [`127.0.0.1:${server.tcpPort}`],
    })
    expect((await ctx.get('x')).value).toBe(1)
    const connection = ctx.connect('x')
    const events = connection.events()[Symbol.asyncIterator]()
    for (let type = ''; type !== 'connected';) type = ((await events.next()).value as { type: string }).type
    await server.stop()
    expect((await events.next()).value).toMatchObject({ type: 'disconnected' })
    await server.start()
    expect((await events.next()).value).toMatchObject({ type: 'connected' })
    await connection.close()
    await server.close()
  }, 60_000)

  it('is closed when nobody refers to it any more', async () => {
    await using it = await loopback({ x: int32() })
    ;(() => it.ctx.connect('x'))()
    await collected(() => it.ctx.stats().open === 0, 'the connection')
  })
})

describe('stats', () => {
  it('[13] shows one connection with its channel and bytes on both sides', async () => {
    await using it = await loopback({ x: int32() })
    await it.ctx.get('x')
    for (const stats of [it.ctx.stats(), it.server.stats()]) {
      expect(stats.connections).toHaveLength(1)
      const [connection] = stats.connections
      expect(connection?.channels.map(({ name }) => name)).toEqual(['x'])
      expect(connection?.sent).toBeGreaterThan(0)
      expect(connection?.received).toBeGreaterThan(0)
    }
  })
})

describe('a server that cannot be resolved', () => {
  const server = 'no-such-host.invalid'
  it.each<[string, (ctx: Context) => Promise<unknown>]>([
    ['get', (ctx) => ctx.get('x', { server })],
    ['put', (ctx) => ctx.put('x', 1, { server })],
    ['rpc', (ctx) => ctx.rpc('x', {}, { server })],
    ['info', (ctx) => ctx.info('x', { server })],
    ['monitor', (ctx) => drain(ctx.monitor('x', { server }))],
    ['connect', (ctx) => drain(ctx.connect('x', { server }).events())],
  ])('is a bad argument of %s', async (op, call) => {
    await using ctx = alone()
    const error = await rejection(call(ctx))
    expect(error).toBeInstanceOf(InvalidArgumentError)
    expect(error).toMatchObject({ op, pv: 'x' })
    expect(error.message).toContain(`the server '${server}' cannot be resolved`)
  })
})
