// F-01 and F-03: sessions of our own, recorded through a relay, damaged, and played to our server; and a server whose
// every answer is damaged on its way to our client. NODE_PVXS_FUZZ_SECONDS and NODE_PVXS_FUZZ_SEED make it longer, other.
import { Socket } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  any,
  Context,
  NTEnum,
  NTScalar,
  NTTable,
  Server,
  setLogger,
  SharedPV,
  TypeDef,
  union,
  type Value,
} from 'node-pvxs'
import { Relay } from '../faults/relay.js'
import { int32, leavesNothing, levelsOff, loopback, until } from '../unit/fixtures.js'
import { mutate, randomFrom } from './mutate.js'
import { keepsPace } from './pace.js'

leavesNothing()

const SECONDS = Number(process.env['NODE_PVXS_FUZZ_SECONDS'] ?? 5)
const SEED = Number(process.env['NODE_PVXS_FUZZ_SEED'] ?? 20_260_101)

let server: Server
let good: Context
let undisturbed: Awaited<ReturnType<typeof loopback>>

const everything = new TypeDef('struct', 'test:everything', {
  u: new TypeDef('union', { i: 'int32', t: 'string' }),
  a: 'any',
  list: [{ x: 'float64', s: 'string[]' }],
  us: 'any[]',
})

beforeAll(async () => {
  setLogger(() => undefined)
  server = await Server.start({
    isolated: true,
    pvs: {
      number: SharedPV.mailbox(new NTScalar('float64', { display: true }), { value: 5 }),
      array: SharedPV.mailbox(new NTScalar('int32[]'), {
        value: Int32Array.from({ length: 50 }, (_, k) => k),
      }),
      choice: SharedPV.mailbox(new NTEnum(), { value: { index: 0, choices: ['off', 'on'] } }),
      table: SharedPV.mailbox(new NTTable({ a: 'int32', b: 'string' }), {
        value: { a: [1, 2], b: ['x', 'y'] },
      }),
      all: SharedPV.mailbox(everything, {
        u: union('i', 5),
        a: any('string', 'x'),
        list: [{ x: 1, s: ['a'] }],
      }),
      sum: new SharedPV({ onRpc: (op) => ({ sum: Number(op.args['a']) + 1 }) }),
    },
  })
  good = new Context(server.clientConfig())
  await good.get('number')
  undisturbed = await loopback({ x: int32() })
  await undisturbed.ctx.get('x')
})

afterAll(async () => {
  await good.close()
  await undisturbed.close()
  await server.close()
  setLogger(null)
})

/** The good client is not held up. */
const stillServes = (): Promise<Value> =>
  keepsPace(
    () => good.get('number', { timeout: 10_000 }),
    () => undisturbed.ctx.get('x', { timeout: 10_000 }),
  )

const alone = { useEnv: false, addressList: [], autoAddressList: false, interfaces: ['127.0.0.1'] }
const names = ['number', 'array', 'choice', 'table', 'all']

/** Everything a client does, each call with its own limit: what becomes of it is of no interest, that it ends is. */
async function session(ctx: Context, timeout: number, via: string): Promise<void> {
  const subscriptions = names.map((name) => ctx.monitor(name, { server: via, onUpdate: () => undefined, onError: () => undefined, pipeline: name === 'array' })) // prettier-ignore
  const options = { timeout, server: via }
  await Promise.allSettled([
    ...names.map((name) => ctx.get(name, options)),
    ...names.map((name) => ctx.info(name, options)),
    ctx.put('number', Math.random(), options),
    ctx.put('choice', 'on', options),
    ctx.put('all', (current) => ({ list: [...(current.list as object[]), { x: 2 }].slice(-3) }), options),
    ctx.rpc('sum', { a: 5 }, options),
  ])
  await Promise.all(subscriptions.map((subscription) => subscription.close()))
}

async function play(data: readonly Buffer[], random: () => number): Promise<void> {
  const socket = new Socket()
  socket.on('error', () => undefined)
  socket.resume()
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.connect(server.tcpPort, '127.0.0.1')
  // Most frames are left whole, so that the damage is met at every depth.
  for (const piece of data) socket.write(random() < 0.3 ? mutate(piece, random) : piece)
  const patience = setTimeout(() => socket.destroy(), 30 + random() * 50)
  await closed
  clearTimeout(patience)
}

it(
  `the server survives damaged sessions, for ${SECONDS} s`,
  { timeout: SECONDS * 1_000 + 60_000 },
  async () => {
    const recorded: Buffer[][] = []
    {
      await using relay = await Relay.to(server.tcpPort)
      const ctx = new Context(alone)
      await session(ctx, 5_000, relay.address)
      recorded.push(...relay.links.map((link) => frames(Buffer.concat(link.toServer))))
      await ctx.close()
    }
    const longest = recorded.reduce((a, b) => (a.length > b.length ? a : b))
    expect(longest.length).toBeGreaterThan(20)

    const random = randomFrom(SEED)
    let rounds = 0
    const half = async (): Promise<void> => {
      const end = performance.now() + SECONDS * 500
      const enough = rounds + 3
      while (performance.now() < end || rounds < enough) {
        await Promise.all(Array.from({ length: 8 }, () => play(longest, random)))
        await stillServes()
        rounds++
      }
    }
    await levelsOff('rss', half, 64 << 20)
    await until(() => server.stats().connections.length === 1, 'only the good client is left')
  },
)

it(
  `the client survives damaged answers, for ${SECONDS} s`,
  { timeout: SECONDS * 1_000 + 60_000 },
  async () => {
    const random = randomFrom(SEED + 1)
    const end = performance.now() + SECONDS * 1_000
    let rounds = 0
    while (performance.now() < end || rounds <= 5) {
      await using relay = await Relay.to(server.tcpPort)
      let pieces = 0
      // the handshake first, more often than not
      const spared = Math.floor(random() * 12)
      relay.rules = {
        toClient: (data) => (pieces++ >= spared && random() < 0.4 ? mutate(data, random) : data),
      }
      const ctx = new Context(alone)
      await session(ctx, 150, relay.address)
      await ctx.close()
      rounds++
    }
    expect(typeof (await stillServes()).value).toBe('number')
  },
)

/** A byte stream taken apart into messages. */
function frames(stream: Buffer): Buffer[] {
  const out: Buffer[] = []
  for (let at = 0; at + 8 <= stream.length;) {
    const control = ((stream[at + 2] ?? 0) & 1) !== 0
    const big = ((stream[at + 2] ?? 0) & 0x80) !== 0
    const length = control ? 0 : big ? stream.readUInt32BE(at + 4) : stream.readUInt32LE(at + 4)
    out.push(stream.subarray(at, at + 8 + length))
    at += 8 + length
  }
  return out
}
