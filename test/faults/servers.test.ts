// Servers that die, stop, come back, and come back as something else. C-01, C-03, C-05, C-06, C-07, C-13 of docs/reliability.md.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import {
  Context,
  NTEnum,
  NTScalar,
  Server,
  setLogger,
  setLogLevel,
  SharedPV,
  TypeDef,
  TypeMismatchError,
  type AnyPV,
  type LogLine,
  type MonitorEvent,
} from 'node-pvxs'
import { onPosix } from '../needs.js'
import { leavesNothing, loopback, rejection, until } from '../unit/fixtures.js'
import { farm, kinds, ServerProcess } from './process.js'

leavesNothing()
beforeAll(() => setLogger(() => undefined)) // lost connections are logged
afterAll(() => setLogger(null))

const MONITORS = Number(process.env['NODE_PVXS_MONITORS'] ?? 100)
/** How long a server that is killed stays away, in ms. */
const OUTAGE = Number(process.env['NODE_PVXS_OUTAGE'] ?? 200)
const kindNames = Object.keys(kinds) as (keyof typeof kinds)[]

interface Watched {
  last: number
  updates: number
  connected: boolean
}

function watch(ctx: Context, count: number): Watched[] {
  return Array.from({ length: count }, () => {
    const seen: Watched = { last: -1, updates: 0, connected: false }
    ctx.monitor<{ value: number }>('count', {
      onUpdate(value) {
        seen.last = value.value
        seen.updates++
      },
      onEvent({ type }) {
        seen.connected = type === 'connected'
      },
    })
    return seen
  })
}

describe.each(kindNames)('%s server', (kind) => {
  it(
    `killed and restarted under ${MONITORS} monitors, all come back`,
    { timeout: 90_000 + OUTAGE },
    async () => {
      await using server = await ServerProcess.start(kinds[kind])
      await using ctx = server.client()
      const seen = watch(ctx, MONITORS)
      await until(() => seen.every(({ updates }) => updates > 0), 'the first updates', 20_000)
      await server.kill()
      await until(() => seen.every(({ connected }) => !connected), 'the loss', 20_000)
      await new Promise((resolve) => setTimeout(resolve, OUTAGE))
      for (const each of seen) each.updates = 0
      await server.start()
      const begin = performance.now()
      await until(
        () => seen.every(({ updates, connected }) => updates > 1 && connected),
        'every monitor',
        40_000,
      )
      // An outage of a moment costs a moment; after a longer one searches come every 30 s at last, unless a beacon is heard.
      const ms = performance.now() - begin
      if (process.env['NODE_PVXS_OUTAGE'] !== undefined)
        console.log(`back ${ms.toFixed(0)} ms after the restart`)
      expect(ms).toBeLessThan(OUTAGE <= 1_000 ? 10_000 : 35_000)
    },
  )

  it('stopped for a while, then continued: nothing is lost for good', { timeout: 60_000 }, async () => {
    await using server = await ServerProcess.start(kinds[kind])
    await using ctx = server.client()
    const seen = watch(ctx, 10)
    await until(() => seen.every(({ updates }) => updates > 0), 'the first updates', 20_000)
    server.signal('SIGSTOP')
    await until(() => seen.every(({ connected }) => !connected), 'the loss', 30_000)
    expect(await rejection(ctx.get('count', { timeout: 200 }))).toMatchObject({ code: 'ERR_PVA_TIMEOUT' })
    for (const each of seen) each.updates = 0
    server.signal('SIGCONT')
    await until(() => seen.every(({ updates }) => updates > 2), 'every monitor', 30_000)
  })
})

// C-13
it(
  '10,000 PVs on 50 servers that die together: all come back, and searching stays civil',
  { timeout: 120_000 + OUTAGE },
  async () => {
    const [servers, pvsEach] = [50, 200]
    await using server = await ServerProcess.start(farm(servers, pvsEach))
    // An address that hears every search and answers none.
    const listener = createSocket('udp4')
    onTestFinished(() => void listener.close())
    let searches = 0
    listener.on('message', (message) => message[3] === 3 && searches++)
    await once(listener.bind(0, '127.0.0.1'), 'listening')
    await using ctx = server.client(`127.0.0.1:${listener.address().port}`)
    let connected = 0
    let updated = new Set<string>()
    for (let s = 0; s < servers; s++)
      for (let k = 0; k < pvsEach; k++)
        ctx.monitor(`${s}:${k}`, {
          onUpdate: () => void updated.add(`${s}:${k}`),
          onEvent({ type }) {
            if (type === 'connected') connected++
            else if (type === 'disconnected') connected--
          },
        })
    await until(() => updated.size === servers * pvsEach, 'the first updates', 40_000)
    await server.kill()
    await until(() => connected === 0, 'the loss', 20_000)
    searches = 0
    updated = new Set()
    const lost = performance.now()
    await new Promise((resolve) => setTimeout(resolve, OUTAGE))
    await server.start()
    const begin = performance.now()
    await until(() => updated.size === servers * pvsEach, 'every monitor', 60_000)
    expect(connected).toBe(servers * pvsEach)
    const seconds = (performance.now() - lost) / 1000
    if (process.env['NODE_PVXS_OUTAGE'] !== undefined)
      console.log(
        `back ${(performance.now() - begin).toFixed(0)} ms after the restart, ${(searches / seconds).toFixed(0)} searches/s`,
      )
    expect(searches / seconds).toBeLessThan(200)
  },
)

// PVXS let four wait to be accepted; the kernel drops the others' packets, and clients try again after 1, 3 and 7 s.
it.skipIf(onPosix.missing)(
  onPosix.named(
    'a hundred connect at once, as after a restart, while the server is busy: none has to try again',
  ),
  { timeout: 30_000 },
  async () => {
    await using server = await ServerProcess.start(kinds.ours)
    server.signal('SIGSTOP') // the kernel alone answers
    const sockets = Array.from({ length: 100 }, () =>
      connect(server.tcpPort, '127.0.0.1').on('error', () => undefined),
    )
    try {
      let connected = 0
      for (const socket of sockets) socket.once('connect', () => connected++)
      await until(() => connected === sockets.length, 'all connections', 10_000)
    } finally {
      for (const socket of sockets) socket.destroy()
      server.signal('SIGCONT')
    }
  },
)

it('a client that resets its connection is not an error of the server', async () => {
  const lines: LogLine[] = []
  setLogger((line) => void lines.push(line))
  setLogLevel('pvxs.tcp.io', 'info')
  onTestFinished(() => {
    setLogLevel('pvxs.tcp.io', 'error')
    setLogger(() => undefined)
  })
  await using it = await loopback({ x: SharedPV.mailbox(new NTScalar('int32')) })
  const socket = connect(it.server.tcpPort, '127.0.0.1').on('error', () => undefined)
  await once(socket, 'data') // what a server says first
  socket.resetAndDestroy()
  await until(() => lines.some(({ message }) => message.includes('reset')), 'the line about it')
  expect(lines.filter(({ level }) => level === 'error' || level === 'critical')).toEqual([])
})

it(
  'the same name on two servers: when the chosen one dies, the other takes over',
  { timeout: 90_000 },
  async () => {
    await using one = await ServerProcess.start(kinds.ours)
    await using other = await ServerProcess.start(kinds.PVXS)
    await using ctx = new Context({
      useEnv: false,
      addressList: [`127.0.0.1:${one.udpPort}`, `127.0.0.1:${other.udpPort}`],
      autoAddressList: false,
      interfaces: ['127.0.0.1'],
      connectionTimeout: 4_000,
    })
    const peers: string[] = []
    ctx.monitor('count', {
      onUpdate: () => undefined,
      onEvent: (event) => event.type === 'connected' && peers.push(event.peer),
    })
    await until(() => peers.length > 0, 'the first connection', 20_000)
    const chosen = peers[0]?.endsWith(`:${one.tcpPort}`) === true ? one : other
    const left = chosen === one ? other : one
    await chosen.kill()
    await until(() => peers.length > 1, 'the other server', 40_000)
    expect(peers[1]).toBe(`127.0.0.1:${left.tcpPort}`)
  },
)

it('by name server only, without UDP: it dies and comes back', { timeout: 90_000 }, async () => {
  await using server = await ServerProcess.start(kinds.ours)
  await using ctx = new Context({
    useEnv: false,
    addressList: [],
    autoAddressList: false,
    nameServers: [`127.0.0.1:${server.tcpPort}`],
    connectionTimeout: 4_000,
  })
  const [seen] = watch(ctx, 1)
  await until(() => (seen?.updates ?? 0) > 0, 'the first update', 20_000)
  await server.kill()
  await until(() => seen?.connected === false, 'the loss', 20_000)
  await server.start()
  const begin = performance.now()
  await until(() => seen?.connected === true, 'the return', 40_000)
  expect(performance.now() - begin).toBeLessThan(25_000)
})

// C-05
it('a server comes back with another type each time', { timeout: 120_000 }, async () => {
  const forms: readonly (readonly [AnyPV, (value: unknown) => boolean])[] = [
    [SharedPV.mailbox(new NTScalar('int32'), { value: 5 }), (v) => v === 5],
    [SharedPV.mailbox(new NTScalar('float64'), { value: 2.5 }), (v) => v === 2.5],
    [SharedPV.mailbox(new NTScalar('string'), { value: 'x' }), (v) => v === 'x'],
    [SharedPV.mailbox(new NTEnum(), { value: { index: 1, choices: ['a', 'b'] } }), (v) => (v as { index: number }).index === 1], // prettier-ignore
    [SharedPV.mailbox(new TypeDef('struct', { value: { deep: 'int8' } }), { value: { deep: 7 } }), (v) => (v as { deep: number }).deep === 7], // prettier-ignore
    [SharedPV.mailbox(new NTScalar('int16[]'), { value: [1, 2] }), (v) => (v as Int16Array).length === 2],
    [SharedPV.mailbox(new TypeDef('struct', { value: new TypeDef('union', { i: 'int32' }) }), { value: 3 }), (v) => (v as { value: number }).value === 3], // prettier-ignore
    [SharedPV.mailbox(new TypeDef('struct', 'epics:nt/NTScalar:1.0', { value: 'bool' }), { value: true }), (v) => v === true], // prettier-ignore
  ]
  const [first] = forms
  if (first === undefined) return
  await using server = await Server.start({ isolated: true, autoBeacon: true, beaconDestinations: ['127.0.0.1'], pvs: { x: first[0] } }) // prettier-ignore
  await using ctx = new Context(server.clientConfig())
  const events: MonitorEvent<{ value: unknown }>[] = []
  const reader = (async () => {
    for await (const event of ctx.monitor<{ value: unknown }>('x', { events: true })) events.push(event)
  })()
  const typed = ctx.monitor('x', { type: new NTScalar('int32').build() })
  const typedEnd = rejection(
    (async () => {
      for await (const { value } of typed) expect(value).toBe(5)
    })(),
  )
  const updates = (): { value: unknown }[] =>
    events.flatMap((event) => (event.type === 'update' ? [event.value as { value: unknown }] : []))
  let seen = 0
  for (const [k, [pv, holds]] of forms.entries()) {
    if (k > 0) {
      await server.stop()
      server.removePV('x')
      server.addPV('x', pv)
      await server.start()
    }
    await until(() => updates().length > seen, `form ${k}`, 20_000)
    seen = updates().length
    expect(holds(updates().at(-1)?.value), `form ${k} by monitor`).toBe(true)
    expect(
      holds((await ctx.get<{ value: unknown }>('x', { timeout: 20_000 })).value),
      `form ${k} by get`,
    ).toBe(true)
  }
  expect(await typedEnd).toBeInstanceOf(TypeMismatchError)
  expect(await rejection(ctx.get('x', { type: new NTScalar('int32').build() }))).toBeInstanceOf(
    TypeMismatchError,
  )
  // old values are still what they were
  for (const [k, value] of updates().entries())
    expect(forms[k]?.[1](value.value), `old value ${k}`).toBe(true)
  await ctx.close()
  await reader
})
