// A network that breaks: resets, silence, dribbles, delays. C-08, C-11 and the list L of docs/reliability.md.
import { createServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Context, debug, NTScalar, setLogger, SharedPV } from 'node-pvxs'
import { leavesNothing, loopback, rejection, until } from '../unit/fixtures.js'
import { randomFrom } from '../hostile/mutate.js'
import { freePort } from '../ports.js'
import { Relay } from './relay.js'

leavesNothing()
beforeAll(() => setLogger(() => undefined)) // broken connections are logged
afterAll(() => setLogger(null))

const ABORTS = Number(process.env['NODE_PVXS_ABORTS'] ?? 5_000)
const alone = { useEnv: false, addressList: [], autoAddressList: false, interfaces: ['127.0.0.1'] }

/** A TCP server that does to each connection what it is told to. */
async function tcp(work: (socket: Socket) => void): Promise<AsyncDisposable & { readonly address: string }> {
  const sockets = new Set<Socket>()
  const server: TcpServer = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    work(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const head = (command: number, body: readonly number[], flags = 0x40): Buffer =>
  Buffer.from([0xca, 2, flags, command, body.length & 255, body.length >> 8, 0, 0, ...body])
const HELLO = Buffer.concat([
  Buffer.from([0xca, 2, 0x41, 2, 0, 0, 0, 0]), // byte order
  head(1, [0, 0, 1, 0, 0xff, 0x7f, 1, 9, ...Buffer.from('anonymous')]),
])
const VALIDATED = head(9, [0xff])
const createdAs = (cid: number): Buffer => head(7, [cid & 255, (cid >> 8) & 255, (cid >> 16) & 255, cid >>> 24, 1, 0, 0, 0, 0xff]) // prettier-ignore

// What a server may do to a client that calls it.
const servers: Readonly<Record<string, (socket: Socket) => void>> = {
  'accepts and stays silent': () => undefined,
  'resets at once': (socket) => socket.resetAndDestroy(),
  'closes at once': (socket) => socket.end(),
  'is a web server': (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
  'says hello and no more': (socket) => socket.write(HELLO),
  'dribbles a byte a time': (socket) => dribble(socket, Buffer.concat([HELLO, VALIDATED])),
  'offers only a method nobody has': (socket) => socket.write(Buffer.concat([HELLO.subarray(0, 8), head(1, [0, 0, 1, 0, 0xff, 0x7f, 1, 4, ...Buffer.from('x509')]), VALIDATED])), // prettier-ignore
  'refuses the credentials': (socket) => socket.write(Buffer.concat([HELLO, head(9, [2, 2, 110, 111, 0])])),
  'creates a channel nobody asked for': (socket) => socket.write(Buffer.concat([HELLO, VALIDATED, createdAs(12_345)])), // prettier-ignore
  'answers an operation nobody began': (socket) => socket.write(Buffer.concat([HELLO, VALIDATED, head(10, [1, 0, 0, 0, 8, 0xff, 0x22])])), // prettier-ignore
  'updates a monitor nobody has': (socket) => socket.write(Buffer.concat([HELLO, VALIDATED, head(13, [1, 0, 0, 0, 0, 1, 1, 0])])), // prettier-ignore
  'floods with log messages': (socket) => flood(socket, Buffer.concat([HELLO, VALIDATED]), head(18, [1, 0, 0, 0, 3, 3, 97, 98, 99])), // prettier-ignore
  'floods with echoes': (socket) => flood(socket, Buffer.concat([HELLO, VALIDATED]), Buffer.from([0xca, 2, 0x41, 3, 0, 0, 0, 0])), // prettier-ignore
  'announces four gigabytes': (socket) => socket.write(Buffer.concat([HELLO, Buffer.from([0xca, 2, 0x40, 10, 255, 255, 255, 255])])), // prettier-ignore
  'says what only a client says': (socket) => socket.write(Buffer.concat([HELLO, VALIDATED, head(7, [1, 0, 1, 0, 0, 0, 1, 120])])), // prettier-ignore
}

function dribble(socket: Socket, data: Buffer): void {
  let at = 0
  const timer = setInterval(() => {
    if (socket.destroyed || at >= data.length) clearInterval(timer)
    else socket.write(data.subarray(at, ++at))
  }, 5)
}

function flood(socket: Socket, first: Buffer, again: Buffer): void {
  socket.write(first)
  const many = Buffer.concat(Array<Buffer>(1_000).fill(again))
  const more = (): void => {
    if (!socket.destroyed) socket.write(many, () => setTimeout(more, 5))
  }
  more()
}

describe('a server that', () => {
  it.each(Object.entries(servers))('%s', async (_, work) => {
    await using server = await tcp(work)
    await using good = await loopback({ x: SharedPV.mailbox(new NTScalar('int32'), { value: 5 }) })
    await good.ctx.get('x')
    await using ctx = new Context(alone)
    const options = { server: server.address, timeout: 300 }
    const calls = [
      ctx.get('x', options),
      ctx.put('x', 1, options),
      ctx.rpc('x', {}, options),
      ctx.info('x', options),
      ctx.list(server.address, { timeout: 300 }),
    ]
    const subscription = ctx.monitor('x', { server: server.address })
    const ended = subscription[Symbol.asyncIterator]().next()
    for (const error of await Promise.all(calls.map(rejection))) {
      expect(error).toMatchObject({ code: 'ERR_PVA_TIMEOUT', phase: 'connect' })
    }
    expect((await good.ctx.get('x', { timeout: 10_000 })).value).toBe(5)
    await subscription.close()
    expect((await ended).done).toBe(true)
  })

  it('is not there: a closed port', async () => {
    await using ctx = new Context(alone)
    const server = `127.0.0.1:${await freePort()}`
    const error = await rejection(ctx.get('x', { server, timeout: 300 }))
    expect(error).toMatchObject({ code: 'ERR_PVA_TIMEOUT', phase: 'connect' })
  })
})

describe('a link that', () => {
  it(
    'is reset in the middle of messages, again and again: calls end, monitors come back',
    { timeout: 60_000 },
    async () => {
      const value = new Float64Array(10_000).fill(1.5)
      await using it = await loopback({
        array: SharedPV.mailbox(new NTScalar('float64[]'), { value }),
        count: SharedPV.mailbox(new NTScalar('int32')),
      })
      await using relay = await Relay.to(it.server.tcpPort)
      await using ctx = new Context(alone)
      const random = randomFrom(3)
      let last = -1
      ctx.monitor<{ value: number }>('count', {
        server: relay.address,
        onUpdate: (update) => (last = update.value),
      })
      let settled = 0
      for (let round = 0; round < 8; round++) {
        const calls = Array.from({ length: 10 }, (_, k) =>
          k % 2 === 0
            ? ctx.get('array', { server: relay.address, timeout: 10_000 })
            : ctx.put('count', round, { server: relay.address, timeout: 10_000 }),
        )
        let left = Math.floor(random() * 60_000)
        relay.rules.toClient = (data) => {
          left -= data.length
          if (left > 0) return data
          left = Infinity
          setImmediate(() => relay.reset())
          return data.subarray(0, data.length >> 1)
        }
        settled += (await Promise.allSettled(calls)).length
        relay.rules = {}
      }
      expect(settled).toBe(80)
      await ctx.put('count', 77, { server: relay.address, timeout: 20_000 })
      await until(() => last === 77, 'the monitor to come back', 20_000)
    },
  )

  it('is 100 ms slow: everything works, later', { timeout: 60_000 }, async () => {
    await using it = await loopback({ x: SharedPV.mailbox(new NTScalar('int32'), { value: 5 }) })
    await using relay = await Relay.to(it.server.tcpPort)
    relay.delay = 100
    await using ctx = new Context(alone)
    const options = { server: relay.address, timeout: 20_000 }
    await ctx.put('x', 6, options)
    expect((await ctx.get('x', options)).value).toBe(6)
    const subscription = ctx.monitor('x', { server: relay.address })
    await subscription.ready
    const begin = performance.now()
    await subscription.close()
    expect(performance.now() - begin).toBeLessThan(5_000)
  })

  it(
    'is a black hole from some moment on: calls end by their own limit, the loss is noticed',
    { timeout: 60_000 },
    async () => {
      await using it = await loopback({ x: SharedPV.mailbox(new NTScalar('int32'), { value: 5 }) })
      await using relay = await Relay.to(it.server.tcpPort)
      await using ctx = new Context({ ...alone, connectionTimeout: 2_000 })
      const events: string[] = []
      const subscription = ctx.monitor('x', {
        server: relay.address,
        onEvent: ({ type }) => events.push(type),
      })
      await subscription.ready
      relay.rules = { toServer: () => undefined, toClient: () => undefined }
      const error = await rejection(ctx.get('x', { server: relay.address, timeout: 300 }))
      expect(error).toMatchObject({ code: 'ERR_PVA_TIMEOUT' })
      await until(() => events.includes('disconnected'), 'the loss', 30_000)
      relay.rules = {}
      await until(() => events.at(-1) === 'connected', 'the return', 30_000)
    },
  )
})

// C-08
it(
  `${ABORTS} calls aborted at any moment: each settles once, with the reason or its result`,
  { timeout: 120_000 },
  async () => {
    await using it = await loopback({
      x: SharedPV.mailbox(new NTScalar('int32'), { value: 5 }),
      f: new SharedPV({ onRpc: () => new Promise((resolve) => setTimeout(resolve, 2)) }),
    })
    const random = randomFrom(11)
    const reason = new Error('aborted for the test')
    let results = 0
    let aborts = 0
    let spared = 0
    // Aborts come at moments within what a call takes on this machine, just now.
    let usual = 0
    const one = async (k: number): Promise<void> => {
      const begin = performance.now()
      const controller = new AbortController()
      const { signal } = controller
      const isSpared = k % 10 < 1 || usual === 0
      if (!isSpared && random() < 0.05) controller.abort(reason)
      const options = { signal, timeout: 20_000 }
      const name = !isSpared && random() < 0.1 ? 'nobody' : 'x'
      const calls = [
        () => it.ctx.get(name, options),
        () => it.ctx.put(name, k, options),
        () => it.ctx.put(name, () => ({ value: k }), options),
        () => it.ctx.rpc('f', { k }, options),
        () => it.ctx.info(name, options),
      ]
      const call = calls[Math.floor(k / 10) % calls.length]?.() ?? Promise.resolve()
      if (isSpared) {
        await call
        usual = performance.now() - begin
        spared++
        return
      }
      const abort = (): void => controller.abort(reason)
      const when = random()
      if (when < 0.2) queueMicrotask(abort)
      else if (when < 0.5 || name === 'nobody') setImmediate(abort)
      else setTimeout(abort, random() * usual)
      await call.then(
        () => results++,
        (error: unknown) => {
          expect(error).toBe(reason)
          aborts++
        },
      )
    }
    // The first hundred are spared: they say what a call takes.
    for (let k = 0; k < ABORTS; k += 100) await Promise.all(Array.from({ length: 100 }, (_, i) => one(k + i)))
    expect(spared).toBe(100 + Math.floor((ABORTS - 100) / 10))
    expect(spared + results + aborts).toBe(ABORTS)
    expect(aborts).toBeGreaterThan(ABORTS / 4)
    expect(results, 'calls that won against their abort').toBeGreaterThan(0)
    expect((await it.ctx.get('x')).$id).toBe('epics:nt/NTScalar:1.0')
    expect(debug.counts()).toMatchObject({ Operation: 0 })
    await until(() => debug.counts()['ServerOperation'] === 0, 'the operations of the server')
  },
)
