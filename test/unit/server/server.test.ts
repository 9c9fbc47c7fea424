import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import {
  ClosedError,
  Context,
  InvalidArgumentError,
  RemoteError,
  Server,
  setLogger,
  SharedPV,
  StaticSource,
  type LogLine,
  type Value,
} from 'node-pvxs'
import { onMainThread } from '../../needs.js'
import {
  collected,
  deferred,
  Int32,
  int32,
  leavesNothing,
  loopback,
  rejection,
  thrown,
  turn,
  until,
} from '../fixtures.js'

leavesNothing()

describe('start and stop', () => {
  it('[63] reports its real ports, which clientConfig() carries', async () => {
    await using server = await Server.start({ isolated: true })
    expect(server.tcpPort).toBeGreaterThan(0)
    expect(server.udpPort).toBeGreaterThan(0)
    expect(server.clientConfig()).toMatchObject({
      useEnv: false,
      autoAddressList: false,
      addressList: ['127.0.0.1'],
      broadcastPort: server.udpPort,
      serverPort: server.tcpPort,
    })
    expect(server.config).toMatchObject({ isolated: true, tcpPort: server.tcpPort, udpPort: server.udpPort })
    expect(server.guid).toMatch(/^[0-9a-f]{24}$/)
  })

  it('[63] a server on all interfaces is reached by its clientConfig()', async () => {
    await using server = await Server.start({
      useEnv: false,
      interfaces: ['0.0.0.0'],
      tcpPort: 0,
      udpPort: 0,
      autoBeacon: false,
      pvs: { x: int32(3) },
    })
    await using ctx = new Context(server.clientConfig())
    expect((await ctx.get('x')).value).toBe(3)
  })

  it('[64] takes another TCP port when its own is taken', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as { port: number }
    const lines: LogLine[] = []
    setLogger((line) => void lines.push(line))
    await using server = await Server.start({ isolated: true, tcpPort: port })
    expect(server.tcpPort).not.toBe(port)
    setLogger(null)
    expect(server.tcpPort).toBeGreaterThan(0)
    const said = lines.filter(({ logger }) => logger === 'node-pvxs.server')
    expect(said).toEqual([
      {
        level: 'warning',
        logger: 'node-pvxs.server',
        message: `TCP port ${port} is taken: serving on port ${server.tcpPort}`,
        remote: false,
      },
    ])
    await new Promise((resolve) => other.close(resolve))
  })

  it('[65] names a wrong interface', async () => {
    const error = await rejection(Server.start({ isolated: true, interfaces: ['no-such-host.invalid'] }))
    expect(error.message).toContain('no-such-host.invalid')
    expect(thrown(() => new Server({ interfaces: ['not an address'] })).message).toContain('not an address')
  })

  it('[72] keeps values, GUID and ports over stop and start', async () => {
    await using it = await loopback({ x: int32(1) })
    await it.ctx.put('x', 5)
    const { guid, tcpPort, udpPort } = it.server
    await it.server.stop()
    await it.server.start()
    expect([it.server.guid, it.server.tcpPort, it.server.udpPort]).toEqual([guid, tcpPort, udpPort])
    expect((await it.ctx.get('x')).value).toBe(5)
  })

  it('starting twice and stopping before the start do nothing', async () => {
    const server = Server.isolated()
    await server.stop()
    const [a, b] = await Promise.all([server.start(), server.start()])
    expect([a, b]).toEqual([server, server])
    await Promise.all([server.stop(), server.stop()])
    await server.close()
  })

  it('takes transitions in the order in which they are asked for', async () => {
    const server = Server.isolated({ pvs: { x: int32(2) } })
    void server.start()
    void server.stop()
    void server.start()
    await server.start()
    await using ctx = new Context(server.clientConfig())
    expect((await ctx.get('x')).value).toBe(2)
    await server.close()
  })

  it('[120] close gives the same promise; everything else is a ClosedError then', async () => {
    const server = await Server.start({ isolated: true })
    const closing = server.close()
    expect(server.close()).toBe(closing)
    await closing
    await server.stop()
    for (const work of [
      () => server.addPV('x', int32()),
      () => server.removePV('x'),
      () => server.addSource('s', new StaticSource()),
    ]) {
      expect(thrown(work)).toBeInstanceOf(ClosedError)
    }
    expect(await rejection(server.start())).toBeInstanceOf(ClosedError)
  })

  it('run() serves until stop()', async () => {
    const server = Server.isolated({ pvs: { x: int32(9) } })
    const running = server.run()
    await until(() => server.tcpPort > 0, 'the start')
    await using ctx = new Context(server.clientConfig())
    expect((await ctx.get('x')).value).toBe(9)
    await server.stop()
    await running
    await server.close()
  })

  it('run() ends with a stop() that comes while it starts', async () => {
    const server = Server.isolated({ pvs: { x: int32() } })
    const running = server.run()
    await server.stop()
    await running
    await server.close()
    expect(await rejection(server.run())).toBeInstanceOf(ClosedError)
    expect(process.listenerCount('SIGINT')).toBe(0)
  })

  it.skipIf(onMainThread.missing)(
    onMainThread.named('run() serves until a signal, whose listeners it takes away'),
    async () => {
      const server = Server.isolated()
      const before = process.listenerCount('SIGUSR2')
      const running = server.run({ signals: ['SIGUSR2'] })
      await until(() => process.listenerCount('SIGUSR2') > before, 'the listener')
      process.kill(process.pid, 'SIGUSR2')
      await running
      expect(process.listenerCount('SIGUSR2')).toBe(before)
      await server.close()
    },
  )

  it('[123] [16] a client finds a server in the same process with default configuration', async () => {
    await using server = await Server.start({
      useEnv: false,
      interfaces: ['127.0.0.1'],
      udpPort: 0,
      tcpPort: 0,
      pvs: { x: int32(4) },
    })
    await using ctx = new Context({
      useEnv: false,
      addressList: ['127.0.0.1'],
      autoAddressList: false,
      broadcastPort: server.udpPort,
    })
    expect((await ctx.get('x', { timeout: 20_000 })).value).toBe(4)
  })

  it('[66] can be collected, with its PVs and handlers, after close', async () => {
    const refs: WeakRef<object>[] = []
    await (async () => {
      const pv = new SharedPV({ type: Int32, initial: {}, onPut: () => undefined })
      const server = await Server.start({ isolated: true, pvs: { x: pv } })
      const ctx = new Context(server.clientConfig())
      await ctx.put('x', 1)
      refs.push(new WeakRef(pv), new WeakRef(server), new WeakRef(ctx))
      await ctx.close()
      await server.close()
    })()
    await turn()
    await collected(() => refs.every((ref) => ref.deref() === undefined), 'server, PV and client')
  })

  it('goes on while nobody refers to it', async () => {
    const stopped = deferred()
    const config = await (async () => {
      const service = new SharedPV({ onRpc: () => void server.close().then(stopped.resolve) })
      const server = await Server.start({ isolated: true, pvs: { x: int32(6), end: service } })
      return server.clientConfig()
    })()
    for (let k = 0; k < 5; k++) {
      ;(globalThis as { gc?: () => void }).gc?.()
      await turn()
    }
    await using ctx = new Context(config)
    expect((await ctx.get('x')).value).toBe(6)
    await Promise.allSettled([ctx.rpc('end', {}, { timeout: 2_000 }), stopped.promise])
  })
})

describe('names', () => {
  it('refuses a name twice, a bad one, and what is not a PV', async () => {
    await using it = await loopback({ x: int32() })
    for (const work of [
      () => it.server.addPV('x', int32()),
      () => it.server.addPV('', int32()),
      () => it.server.addPV('ca://y', int32()),
      () => it.server.addPV('y', {} as SharedPV),
      () => Server.isolated({ pvs: { y: null as unknown as SharedPV } }),
    ]) {
      expect(thrown(work)).toBeInstanceOf(InvalidArgumentError)
    }
    it.server.removePV('nosuch')
  })

  it('drops a leading pva://', async () => {
    await using it = await loopback({ 'pva://x': int32(1) })
    expect((await it.ctx.get('x')).value).toBe(1)
    expect((await it.ctx.get('pva://x')).value).toBe(1)
  })

  it('[71] removePV while monitored disconnects the client and closes the PV', async () => {
    const pv = int32(1)
    await using it = await loopback({ x: pv })
    const events = it.ctx.monitor('x', { events: true })[Symbol.asyncIterator]()
    await events.next()
    await events.next()
    it.server.removePV('x')
    expect((await events.next()).value).toMatchObject({ type: 'disconnected' })
    expect(pv.isOpen).toBe(false)
    expect(thrown(() => pv.post(1))).toBeInstanceOf(ClosedError)
    await events.return?.()
  })

  it('serves one PV under several names', async () => {
    const pv = int32(1)
    await using it = await loopback({ a: pv, b: pv })
    await it.ctx.put('a', 5)
    expect((await it.ctx.get('b')).value).toBe(5)
  })
})

describe('sources', () => {
  it('are asked in ascending order, then by name', async () => {
    await using it = await loopback({ x: int32(0) })
    const source = (value: number) => new StaticSource({ x: int32(value), [`only${value}`]: int32(value) })
    it.server.addSource('b', source(1)).addSource('a', source(2)).addSource('z', source(3), -5)
    expect(it.server.sources.map(({ name, order }) => [name, order])).toEqual([
      ['z', -5],
      ['a', 0],
      ['b', 0],
    ])
    expect((await it.ctx.get('x')).value).toBe(3)
    it.server.removeSource('z', -5)
    await using second = new Context(it.server.clientConfig())
    expect((await second.get('x')).value).toBe(0)
    expect((await second.get('only1')).value).toBe(1)
  })

  it('refuses a name and order twice, reserved names, and what is not a source', () => {
    const server = Server.isolated()
    server.addSource('a', new StaticSource())
    server.addSource('a', new StaticSource(), 1)
    for (const work of [
      () => server.addSource('a', new StaticSource()),
      () => server.addSource('__a', new StaticSource()),
      () => server.addSource('', new StaticSource()),
      () => server.addSource('b', {} as StaticSource),
      () => server.addSource('b', new StaticSource(), 0.5),
    ]) {
      expect(thrown(work)).toBeInstanceOf(InvalidArgumentError)
    }
    server.removeSource('nosuch')
    return server.close()
  })

  it('a static one takes and gives names while it is served, to several servers', async () => {
    const source = new StaticSource({ a: int32(1) })
    await using first = await loopback({})
    await using second = await loopback({})
    first.server.addSource('s', source)
    second.server.addSource('s', source)
    source.add('b', int32(2))
    expect(source.names()).toEqual(['a', 'b'])
    expect((await first.ctx.get('b')).value).toBe(2)
    expect((await second.ctx.get('b')).value).toBe(2)
    source.remove('b').remove('b')
    expect(source.names()).toEqual(['a'])
    source.close()
    expect(source.names()).toEqual([])
  })
})

describe('limits', () => {
  it('refuses a client that asks for a longer queue than maxQueueSize', async () => {
    await using it = await loopback({ x: int32() }, { server: { maxQueueSize: 64 } })
    const error = await rejection(
      (async () => {
        for await (const v of it.ctx.monitor('x', { queueSize: 65 }))
          throw new Error(String((v as Value).value))
      })(),
    )
    expect(error).toBeInstanceOf(RemoteError)
    expect(error.message).toContain('65')
    expect(thrown(() => Server.isolated({ maxQueueSize: 63 }))).toBeInstanceOf(InvalidArgumentError)
  })

  it.each([
    ["interface '203.0.113.7' is not an address of this host", '203.0.113.7'], // of documentation (RFC 5737): nobody's
    ['no-such-host.invalid', 'no-such-host.invalid'],
  ])('says which interface it cannot listen on: %s', async (said, name) => {
    const error = await rejection(Server.start({ useEnv: false, interfaces: [name] }))
    expect(error).toBeInstanceOf(InvalidArgumentError)
    expect(error.message).toContain(said)
  })

  it('[124] refuses unknown options and bad values, naming them', () => {
    for (const [name, value] of [
      ['tcpPort', -1],
      ['tcpPort', 65_536],
      ['udpPort', '5076'],
      ['interfaces', '127.0.0.1'],
      ['interfaces', [5]],
      ['autoBeacon', 'yes'],
      ['handlerTimeout', 0],
      ['connectionTimeout', NaN],
      ['nosuch', 1],
      ['pvs', []],
    ] as const) {
      expect(thrown(() => new Server({ [name]: value })).message).toContain(name)
    }
    for (const options of [null, 5, 'x', []]) {
      expect(thrown(() => new Server(options as never))).toBeInstanceOf(InvalidArgumentError)
      expect(thrown(() => Server.isolated(options as never))).toBeInstanceOf(InvalidArgumentError)
    }
  })
})
