// Many at once: connections without end, more than there are files, slow ones, names, beacons. F-02, F-05, F-06, M-06, L-10.
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, Socket, type Server as NetServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Context, debug, Server, setLogger } from 'node-pvxs'
import { mutate, randomFrom } from '../hostile/mutate.js'
import { keepsPace } from '../hostile/pace.js'
import { onPosix } from '../needs.js'
import { freePort } from '../ports.js'
import { int32, leavesNothing, levelsOff, loopback, until } from '../unit/fixtures.js'

leavesNothing()
beforeAll(() => setLogger(() => undefined)) // floods are logged
afterAll(() => setLogger(null))

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))
async function connected(port: number): Promise<Socket> {
  const socket = new Socket()
  socket.on('error', () => undefined).resume()
  await new Promise<void>((resolve) => socket.once('close', resolve).connect(port, '127.0.0.1', resolve))
  return socket
}

// F-06
it(
  'connections that say nothing, or a byte at a time, are closed in the end; a good one is served',
  { timeout: 60_000 },
  async () => {
    await using it = await loopback({ x: int32(5) }, { server: { connectionTimeout: 2_000 } })
    await using undisturbed = await loopback({ x: int32(5) })
    const read = ({ ctx }: typeof it) => ctx.get('x', { timeout: 10_000 })
    await Promise.all([read(it), read(undisturbed)])
    const stillServes = () =>
      keepsPace(
        () => read(it),
        () => read(undisturbed),
      )
    const sockets = await Promise.all(Array.from({ length: 200 }, () => connected(it.server.tcpPort)))
    let open = sockets.length
    for (const socket of sockets) socket.once('close', () => open--)
    const slow = sockets.slice(0, 50)
    // a header that announces a megabyte, and then hardly any of it
    for (const socket of slow) socket.write(Buffer.from([0xca, 2, 0, 1, 0, 0, 16, 0]))
    const dribble = setInterval(() => {
      for (const socket of slow) socket.write('x')
    }, 500)
    await until(() => open <= slow.length, 'the silent ones to be closed', 30_000)
    expect((await stillServes()).value).toBe(5)
    clearInterval(dribble) // as long as they say something they stay
    await until(() => open === 0, 'the slow ones to be closed', 30_000)
    expect((await stillServes()).value).toBe(5)
  },
)

// F-05
it.skipIf(onPosix.missing)(
  onPosix.named('more connections than the process may have files: it goes on accepting when some have gone'),
  { timeout: 60_000 },
  async () => {
    const child = spawn('sh', ['-c', 'ulimit -n 100; exec "$0" "$@"', process.execPath, path('./programs/server.mjs'), '0', '0'], { stdio: ['ignore', 'pipe', 'ignore'] }) // prettier-ignore
    try {
      let said = ''
      while (!said.includes('ready')) said += String((await once(child.stdout, 'data'))[0])
      const [, tcp = ''] = /ready (\d+)/.exec(said) ?? []
      // The kernel's own queue takes a few more, the rest is not answered: not all of these will connect.
      let open = 0
      const crowd = Array.from({ length: 150 }, () => {
        const socket = new Socket().on('error', () => undefined).resume()
        return socket.connect(Number(tcp), '127.0.0.1', () => open++)
      })
      await until(() => open > 50, 'no more files', 20_000)
      await new Promise((resolve) => setTimeout(resolve, 1_000)) // it meets the limit again and again
      await using ctx = new Context({ useEnv: false, addressList: [], autoAddressList: false, nameServers: [`127.0.0.1:${tcp}`] }) // prettier-ignore
      const late = ctx.get('count', { timeout: 40_000 })
      for (const socket of crowd) socket.destroy()
      expect((await late)['value']).toBeTypeOf('number')
      expect(child.exitCode).toBeNull()
    } finally {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  },
)

// M-06
it('names by the thousand, opened and closed, leave nothing', { timeout: 60_000 }, async () => {
  await using it = await loopback({ x: int32(5) })
  await it.ctx.get('x')
  const round = async (n: number): Promise<void> => {
    const open = Array.from({ length: 1_000 }, (_, k) => it.ctx.connect(`nobody:${n}:${k}`))
    await Promise.all(open.map((connection) => connection.close()))
    it.ctx.clearCache(undefined, 'drop')
  }
  await round(0)
  let n = 0
  const half = async (): Promise<void> => {
    for (const end = n + 10; n < end;) await round(++n)
    await until(() => (debug.instances()['Channel'] ?? 0) <= 1, 'the channels to go', 30_000)
  }
  await levelsOff('rss', half, 12 << 20)
})

// F-02: what a server and a client hear by UDP, damaged
it('damaged searches and beacons, and beacons of servers without number', { timeout: 60_000 }, async () => {
  const server = await Server.start({ isolated: true, pvs: { x: int32(5) } })
  await using ctx = new Context(server.clientConfig())
  await ctx.get('x')
  const random = randomFrom(17)
  const body = (command: number, ...bytes: number[]): Buffer => Buffer.from([0xca, 2, 0, command, bytes.length, 0, 0, 0, ...bytes]) // prettier-ignore
  const address = [...Buffer.alloc(10), 0xff, 0xff, 127, 0, 0, 1]
  const search = body(3, 1, 0, 0, 0, 0x80, 0, 0, 0, ...address, 9, 0, 1, 3, ...Buffer.from('tcp'), 1, 0, 1, 0, 0, 0, 1, 120) // prettier-ignore
  const tagged = Buffer.concat([body(22, ...address), search])
  const beacon = (n: number): Buffer => body(0, n & 255, (n >> 8) & 255, ...Buffer.alloc(10, 3), 0, n & 255, 0, 0, ...address, 9, 0, 3, ...Buffer.from('tcp'), 0xff) // prettier-ignore
  const socket = createSocket('udp4')
  const send = (data: Buffer): Promise<void> => new Promise((resolve) => socket.send(data, server.udpPort, '127.0.0.1', () => resolve())) // prettier-ignore
  let k = 0
  const half = async (): Promise<void> => {
    for (const end = k + 15_000; k < end; k++) {
      const whole = k % 3 === 0 ? search : k % 3 === 1 ? tagged : beacon(k)
      await send(k % 2 === 0 ? mutate(whole, random) : whole)
    }
  }
  await levelsOff('rss', half, 16 << 20)
  socket.close()
  await using undisturbed = await loopback({ x: int32(5) })
  await undisturbed.ctx.get('x')
  const { value } = await keepsPace(
    () => ctx.get('x', { timeout: 10_000 }),
    () => undisturbed.ctx.get('x', { timeout: 10_000 }),
  )
  expect(value).toBe(5)
  await server.close()
})

// L-10
it('a cluster of eight, each with a PV of its own: all are reached', { timeout: 60_000 }, async () => {
  const child = spawn(process.execPath, [path('./programs/cluster.mjs'), '8'], { stdio: ['ignore', 'pipe', 'inherit'] }) // prettier-ignore
  let said = ''
  child.stdout.on('data', (data: Buffer) => (said += String(data)))
  const [code] = (await once(child, 'close')) as [number | null]
  expect({ code, said }).toEqual({ code: 0, said: '0 1 2 3 4 5 6 7\n' })
})

// PVXS let the system choose among ports that sharing sockets have already: one in ten of these servers.
it('an isolated server has a UDP port of its own, however many are in use', { timeout: 60_000 }, async () => {
  const sockets = Array.from({ length: 3_000 }, () => createSocket({ type: 'udp4', reuseAddr: true }))
  try {
    await Promise.all(
      sockets.map(
        (socket) =>
          new Promise<void>((resolve, reject) => {
            socket.once('error', reject).bind({ port: 0, address: '127.0.0.1' }, resolve)
          }),
      ),
    )
    const taken = new Set(sockets.map((socket) => socket.address().port))
    for (let k = 0; k < 60; k++) {
      await using server = await Server.start({ isolated: true })
      expect(taken).not.toContain(server.udpPort)
    }
  } finally {
    for (const socket of sockets) socket.close()
  }
})

it.skipIf(onPosix.missing)(
  onPosix.named('a thousand clients of a restarted name server do not come in one burst'),
  { timeout: 60_000 },
  async () => {
    const CLIENTS = 1_000 // with five descriptors and a thread each
    const port = await freePort()
    const came: number[] = []
    const sockets = new Set<Socket>()
    const listening = async (): Promise<NetServer> => {
      const server = createServer((socket) => {
        came.push(performance.now())
        sockets.add(socket.resume().on('error', () => undefined))
      })
      await once(server.listen({ port, host: '127.0.0.1', backlog: 4_096 }), 'listening')
      return server
    }
    const ending = async (server: NetServer): Promise<void> => {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    }

    const before = await listening()
    const crowd = ['-c', 'ulimit -n "$(ulimit -Hn)"; exec "$0" "$@"', process.execPath]
    const child = spawn('sh', [...crowd, path('./programs/crowd.mjs'), `${port}`, `${CLIENTS}`], {
      stdio: ['pipe', 'inherit', 'inherit'],
    })
    try {
      await until(() => came.length >= CLIENTS, 'a connection of each client')
      await ending(before)
      came.length = 0
      const after = await listening()
      await until(() => came.length >= CLIENTS, 'all clients to come back')
      const [early = 0, late = 0] = [came[CLIENTS * 0.05], came[CLIENTS * 0.95]]
      expect(late - early).toBeGreaterThan(300)
      await ending(after)
    } finally {
      child.stdin.end()
      await once(child, 'exit')
    }
  },
)
