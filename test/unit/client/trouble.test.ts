import { createSocket } from 'node:dgram'
import { createServer, type Server as TcpServer, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { freePort } from '../../ports.js'
import { Context, DynamicSource, Server, SharedPV, TimeoutError, type MonitorEvent } from 'node-pvxs'
import { Command, INT32_TYPE, message, OK, ScriptedServer, u32 } from '../../hostile/scripted.js'
import { alone, drain, Int32, int32, leavesNothing, loopback, rejection, until } from '../fixtures.js'

leavesNothing()

const address = (server: Server): string => `127.0.0.1:${server.tcpPort}`

/** A server that claims every name of one pattern, and refuses each when it is asked for. */
async function refusing(
  create: () => SharedPV | null = () => null,
): Promise<{ server: Server; asked: string[] }> {
  const asked: string[] = []
  const server = await Server.start({ isolated: true })
  server.addSource(
    'refusing',
    new DynamicSource({
      match: [/^no/],
      create: (name) => {
        asked.push(name)
        return create()
      },
    }),
  )
  return { server, asked }
}

/** A TCP server that does this with each connection. */
async function tcp(each: (socket: Socket) => void): Promise<{ at: string; close(): Promise<void> }> {
  const sockets = new Set<Socket>()
  const server: TcpServer = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    each(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    at: `127.0.0.1:${port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Answers each search by UDP: the server at this address has it. */
async function answersSearches(at: string): Promise<{ port: number; close(): void }> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  socket.on('message', (search, from) => {
    const id = search.subarray(41, 45)
    const reply = Buffer.alloc(8 + 34)
    reply.set([0xca, 2, 0xc0, 4, 0, 0, 0, 34 + 11])
    search.copy(reply, 8 + 12, 8, 12)
    reply.writeUInt16BE(Number(at.split(':')[1]), 8 + 32)
    socket.send(
      Buffer.concat([reply, Buffer.from('\x03tcp\x01\x00\x01', 'latin1'), id]),
      from.port,
      from.address,
    )
  })
  return { port: socket.address().port, close: () => void socket.close() }
}

/** An address where nobody listens. */
async function closedPort(): Promise<string> {
  return `127.0.0.1:${await freePort()}`
}

describe('a refusal does not loop', () => {
  it('is refused when the channel is created, without connected for what never was, and held off when asked again', async () => {
    const { server, asked } = await refusing()
    await using ctx = alone()
    const events: string[] = []
    const sub = ctx.monitor('no', {
      server: address(server),
      onEvent: (event: MonitorEvent) => events.push(event.type),
    })
    const connection = ctx.connect('no', { server: address(server) })
    await rejection(ctx.get('no', { server: address(server), timeout: 2_000 }))
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.length).toBeLessThan(6)
    expect(events).toEqual([])
    expect([sub.connected, connection.connected]).toEqual([false, false])
    await sub.close()
    await server.close()
  })

  it('is held off as well when the server is found by searching', async () => {
    const { server, asked } = await refusing()
    await using ctx = new Context(server.clientConfig())
    const events = drain(ctx.monitor('no', { events: true }))
    await rejection(ctx.get('no', { timeout: 2_000 }))
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.length).toBeLessThan(6)
    await ctx.close()
    expect(await events).toEqual([])
    await server.close()
  })

  it('is one of a server that opens the channel and closes it again: held off, and not connected a second time', async () => {
    await using server = await ScriptedServer.start(() => undefined)
    server.closesChannels = true
    await using ctx = alone()
    const events: string[] = []
    const connection = ctx.connect('x', { server: server.address })
    void (async () => {
      for await (const { type } of connection.events()) events.push(type)
    })()
    await until(() => server.created >= 3, 'it is asked for again')
    await rejection(ctx.get('x', { server: server.address, timeout: 1_000 }))
    expect(server.created).toBeLessThan(8)
    expect(events.filter((type) => type === 'connected').length).toBeLessThanOrEqual(1)
    server.closesChannels = false
    await until(() => connection.connected, 'the server keeps the channel')
    await connection.close()
  })

  it('is held off as well when the server first answers', async () => {
    await using server = await ScriptedServer.start(({ ioid, subcommand }, send) => {
      // The answer to INIT, and the end of its channel.
      if (subcommand === 8) send(message(Command.Monitor, u32(ioid), 8, OK, INT32_TYPE))
      send(message(Command.Destroy, server.lastChannel, server.lastChannel))
    })
    await using ctx = alone()
    const sub = ctx.monitor('x', { server: server.address, onUpdate: () => undefined })
    await until(() => server.created >= 5, 'it is asked for again')
    await rejection(ctx.get('y', { timeout: 3_000 }))
    expect(server.created).toBeLessThan(20)
    await sub.close()
  })

  it('connects when the server gives the channel after all', async () => {
    let pv: SharedPV | null = null
    const { server, asked } = await refusing(() => pv)
    await using ctx = alone()
    const value = ctx.get('no', { server: address(server), timeout: 30_000 })
    await until(() => asked.length > 0, 'the first refusal')
    pv = int32(5)
    expect((await value).value).toBe(5)
    await server.close()
  })

  it('serves what was asked for while create was still thinking', async () => {
    const thinking: ((pv: SharedPV | null) => void)[] = []
    const source = new DynamicSource({
      match: ['slow'],
      create: () => new Promise<SharedPV | null>((resolve) => thinking.push(resolve)),
    })
    await using server = await Server.start({ isolated: true })
    server.addSource('slow', source)
    await using ctx = new Context(server.clientConfig())
    const error = await rejection(ctx.get('slow', { timeout: 500 }))
    expect(error.message).toContain('did not say within 500 ms whether it has it (phase: connect)')
    const value = ctx.get('slow')
    await until(() => thinking.length > 0, 'the question')
    for (const answer of thinking) answer(int32(7))
    expect((await value).value).toBe(7)
  })
})

describe('an error says what happened', () => {
  it('a refusal is told as a refusal: by whom, with its text', async () => {
    const { server } = await refusing()
    await using ctx = alone()
    await using searching = new Context(server.clientConfig())
    await using empty = await Server.start({ isolated: true })
    const calls = [
      [server, rejection(ctx.get('no-such', { server: address(server), timeout: 300 }))],
      [server, rejection(searching.get('no-such', { timeout: 500 }))],
      [empty, rejection(ctx.get('x', { server: address(empty), timeout: 300 }))],
    ] as const
    for (const [by, failed] of calls) {
      const error = await failed
      expect(error).toBeInstanceOf(TimeoutError)
      expect(error['phase']).toBe('connect')
      expect(error.message).toContain(`was refused by server ${address(by)}: "Refused to create Channel"`)
      expect(error.message).not.toContain('TCP port')
    }
    await server.close()
  })

  it('a server that refuses TCP (a reset) was found, and refused: phase connect', async () => {
    const reset = await tcp((socket) => socket.resetAndDestroy())
    await using ctx = alone()
    const error = await rejection(ctx.get('x', { server: reset.at, timeout: 400 }))
    expect(error['phase']).toBe('connect')
    expect(error.message).toMatch(/could not be connected to within 400 ms \(.*reset.*\) \(phase: connect\)/i)
    await reset.close()
  })

  it('a server that was found by searching and refuses TCP is not told as not found', async () => {
    const nobody = await closedPort()
    const answering = await answersSearches(nobody)
    await using ctx = alone({ addressList: [`127.0.0.1:${answering.port}`] })
    const error = await rejection(ctx.get('x', { timeout: 1_500 }))
    expect(error['phase']).toBe('connect')
    expect(error.message).toContain(`was found, but its server ${nobody} could not be connected to`)
    expect(error.message).toContain('refused')
    answering.close()
  })

  it('searched does not name hosts that were not: "did not resolve, not searched"', async () => {
    await using ctx = alone({
      addressList: ['no-such-host.invalid', '127.0.0.1'],
      nameServers: ['neither.invalid'],
    })
    await rejection(ctx.get('x', { timeout: 20_000, connectTimeout: 1 }))
    await until(() => ctx.stats().open === 0, 'the end')
    let message = ''
    while (!message.includes('did not resolve'))
      ({ message } = await rejection(ctx.get('x', { timeout: 300 })))
    const [searched = ''] = message.split('\n').filter((line) => line.includes('searched  '))
    expect(searched).not.toContain('invalid')
    expect(message).toContain(
      'no-such-host.invalid (addressList), neither.invalid (name server) did not resolve, not searched',
    )
  })

  it('a name server that refuses the connection does not read as "replies none"', async () => {
    const nobody = await closedPort()
    await using ctx = alone({ addressList: [], nameServers: [nobody] })
    const error = await rejection(ctx.get('x', { timeout: 400 }))
    expect(error.message).toMatch(
      new RegExp(`no reply +from name server ${nobody}: it could not be connected to \\(.*refused`, 'i'),
    )
    expect(error.message).not.toContain('none for this name')
  })

  it('advises the UDP ports that were searched, and says when an entry names the TCP port', async () => {
    await using ctx = alone({ addressList: ['127.0.0.1:5075'], broadcastPort: 5076 })
    const { message } = await rejection(ctx.get('x', { timeout: 100 }))
    expect(message).toContain('UDP 5075 in the firewall')
    expect(message).toContain('127.0.0.1:5075 in the address list names a UDP port, and 5075 is the TCP port')
    await using plain = alone({ addressList: ['127.0.0.1:9'] })
    expect((await rejection(plain.get('x', { timeout: 100 }))).message).toContain('UDP 9 in the firewall; in')
  })
})

describe('the stack of a rejected call', () => {
  it("shows the caller's line, also through Promise.all", async () => {
    await using it = await loopback({ x: int32() })
    const reader = async (): Promise<unknown> => (await it.ctx.get('absent', { timeout: 50 })).value
    const writer = async (): Promise<unknown> => {
      const all = await Promise.all([it.ctx.put('x', { nosuch: 1 } as never)])
      return all.length
    }
    expect((await rejection(reader())).stack).toMatch(/at (async )?reader .*client.trouble/)
    expect((await rejection(writer())).stack).toMatch(/at (async )?writer .*client.trouble/)
  })
})

describe('removePV and addPV of a name that is monitored', () => {
  it.each([
    ['found over UDP', () => undefined],
    ['of a named server', (server: Server) => ({ server: address(server) })],
    ['found by a name server', (server: Server) => ({ nameServers: [address(server)], addressList: [] })],
  ])('is found again by the announcement of its server, without luck: %s', async (_, way) => {
    await using it = await loopback({ x: int32(0) })
    const { server, ...lists } = { server: '', ...way(it.server) }
    await using ctx = new Context({ ...it.server.clientConfig(), ...lists })
    const sub = ctx.monitor('x', { server: server || undefined })
    const took: number[] = []
    const updates = sub[Symbol.asyncIterator]()
    expect((await updates.next()).value.value).toBe(0)
    for (let k = 1; k <= 4; k++) {
      it.server.removePV('x')
      await until(() => !sub.connected, 'the loss')
      // Its searches come seconds apart by now.
      if (k === 4) await new Promise((resolve) => setTimeout(resolve, 3_000))
      const begun = performance.now()
      it.server.addPV('x', int32(k))
      expect((await updates.next()).value.value).toBe(k)
      took.push(performance.now() - begun)
    }
    // By chance, a search, one is found soon now and then; never all of them. One may fall into a pause of the machine.
    expect(took.sort((a, b) => a - b)[2], 'ms, of four the third').toBeLessThan(500)
    expect(took[3], 'far below the interval of searches').toBeLessThan(1_000)
    await sub.close()
  })

  it('a get that comes later is searched for at once', async () => {
    await using it = await loopback({ x: int32(0) })
    await it.ctx.get('x')
    it.server.removePV('x')
    await rejection(it.ctx.get('x', { timeout: 3_000 }))
    it.server.addPV('x', int32(1))
    expect((await it.ctx.get('x', { timeout: 1_000 })).value).toBe(1)
  })

  it('a name that a name server did not have is found when it has it', async () => {
    await using server = await Server.start({ isolated: true })
    await using ctx = alone({ addressList: [], nameServers: [address(server)] })
    const value = ctx.get('late', { timeout: 30_000 })
    await rejection(ctx.get('late', { timeout: 2_500 }))
    const begun = performance.now()
    server.addPV('late', int32(3))
    expect((await value).value).toBe(3)
    expect(performance.now() - begun, 'far below the interval of searches').toBeLessThan(1_000)
  })
})

describe('without UDP a lost name server', () => {
  it('is tried again within a second, growing, and at once by hurryUp()', async () => {
    const times: number[] = []
    const dropping = await tcp((socket) => {
      times.push(performance.now())
      socket.destroy()
    })
    await using ctx = alone({ addressList: [], nameServers: [dropping.at] })
    const pending = rejection(ctx.get('x', { timeout: Infinity }))
    await until(() => times.length >= 2, 'the first retry')
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeLessThan(2_000)
    await until(() => times.length >= 4, 'more retries')
    await rejection(ctx.get('y', { timeout: 300 })) // it has noticed the loss by now
    const before = times.length
    const asked = performance.now()
    ctx.hurryUp()
    await until(() => times.length > before, 'the retry of hurryUp')
    expect((times[before] ?? 0) - asked, 'the pause would be 4 to 8 s').toBeLessThan(2_000)
    await ctx.close()
    await pending
    await dropping.close()
  })

  it('that starts again is asked for everything at once', async () => {
    const pvs = { x: SharedPV.mailbox(Int32, { value: 1 }) }
    // A port that the system gives to nobody else while the server is away.
    const tcpPort = await freePort()
    const first = await Server.start({ isolated: true, tcpPort, pvs })
    await using ctx = alone({ addressList: [], nameServers: [address(first)] })
    const events = ctx.monitor('x', { events: true })[Symbol.asyncIterator]()
    const next = async (): Promise<unknown> => {
      const { value, done } = await events.next()
      return done ? 'end' : value.type
    }
    // With the first value: a server that stops after `ready` may never send it.
    expect([await next(), await next()]).toEqual(['connected', 'update'])
    await first.stop()
    await first.start()
    expect(first.tcpPort).toBe(tcpPort)
    expect([await next(), await next(), await next()]).toEqual(['disconnected', 'connected', 'update'])
    await events.return?.()
    await first.close()
  })

  it('is not asked by a thousand clients in one burst: their retries differ', async () => {
    const nobody = await closedPort()
    const clients = Array.from({ length: 8 }, () => alone({ addressList: [], nameServers: [nobody] }))
    const lost = clients.map((ctx) => rejection(ctx.get('x', { timeout: 200 })))
    await Promise.all(lost)
    const port = Number(nobody.split(':')[1])
    const times: number[] = []
    const server = createServer((socket) => {
      times.push(performance.now())
      socket.destroy()
    })
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    await until(() => times.length >= 8, 'a retry of each')
    const [from, to] = [Math.min(...times.slice(0, 8)), Math.max(...times.slice(0, 8))]
    expect(to - from).toBeGreaterThan(50)
    await Promise.all(clients.map((ctx) => ctx.close()))
    await new Promise((resolve) => server.close(resolve))
  })
})
