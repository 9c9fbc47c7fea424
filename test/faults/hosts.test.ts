// A network between hosts: loss, silence, a narrow link, interfaces that come and go. C-04, C-09, C-10, C-12, C-16 of
// docs/reliability.md. The hosts are network namespaces, loss is made by nftables, a narrow link by tbf.
import { describe, expect, it } from 'vitest'
import { hosts, Network, type Program } from './hosts.js'

const need = await hosts()
const PVS = Number(process.env['NODE_PVXS_FAR_PVS'] ?? 1_000)

interface Seen {
  readonly updates: number
  readonly last: number | null
  readonly connected: boolean
  readonly lost: number
}
interface Failed {
  readonly code: string
  readonly phase?: string
}

const searching = { useEnv: false, autoAddressList: false, addressList: [Network.SERVER], connectionTimeout: 4_000 } // prettier-ignore

/** Asks a program until it answers what it should. */
async function asked(
  program: Program,
  question: string,
  what: string,
  holds: (answer: unknown) => boolean,
): Promise<void> {
  // PVXS searches every 30 s at last.
  const end = performance.now() + 120_000
  while (!holds(await program.call(question))) {
    if (performance.now() > end) throw new Error(`${what}: not within 120 s`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const seen = (client: Program, what: string, holds: (one: Seen | undefined) => boolean): Promise<void> =>
  asked(client, 'seen', what, (all) => holds((all as Seen[])[0]))

// Side by side: they wait, mostly.
describe.skipIf(need.missing)(need.named('two hosts'), { concurrent: true }, () => {
  // C-09
  it.each([1, 5, 20])(
    `%d percent of the searches and answers are lost: ${PVS} PVs are found`,
    { timeout: 240_000 },
    async (percent) => {
      await using network = await Network.make()
      await network.server.program('far-server.mjs', PVS, {})
      network.client.drop(percent, 'meta l4proto udp')
      network.server.drop(percent, 'meta l4proto udp')
      const client = await network.client.program('far-client.mjs', searching)
      const found = (await client.call('find', PVS, 60_000)) as { right: number; ms: number }
      expect(found.right).toBe(PVS)
    },
  )

  it.each([1, 5, 20])(
    '%d percent of all packets are lost: no answer to a put is',
    { timeout: 240_000 },
    async (percent) => {
      await using network = await Network.make()
      const server = await network.server.program('far-server.mjs', 0, {})
      const client = await network.client.program('far-client.mjs', {
        ...searching,
        connectionTimeout: 40_000,
      })
      await client.call('get', 'counted', 20_000)
      network.client.drop(percent)
      network.server.drop(percent)
      expect(await client.call('puts', 200, 100_000)).toEqual({ ok: 200, failed: 0 })
      // a put that was sent again after a broken connection is done again
      expect(await server.call('puts')).toBeGreaterThanOrEqual(200)
    },
  )

  // C-04
  it(
    'half-open: the server forgets the connection unseen; the client notices, and comes back',
    { timeout: 240_000 },
    async () => {
      await using network = await Network.make()
      const first = await network.server.program('far-server.mjs', 0, {})
      const client = await network.client.program('far-client.mjs', searching)
      await client.call('watch', 'count')
      await seen(client, 'the first updates', (one) => (one?.updates ?? 0) > 2)
      network.client.drop(100)
      network.server.drop(100)
      await first.kill() // its farewell is lost
      const call = (await client.call('get', 'count', 300)) as Failed
      expect(call.code).toBe('ERR_PVA_TIMEOUT')
      await seen(client, 'the loss', (one) => one?.connected === false)
      await network.server.program('far-server.mjs', 0, {})
      network.client.drop(0)
      network.server.drop(0)
      await seen(client, 'the return', (one) => one?.connected === true)
    },
  )

  // C-11: a black hole from the start
  it(
    'a host that swallows everything: calls name the phase, the retries cost next to nothing',
    { timeout: 240_000 },
    async () => {
      await using network = await Network.make()
      network.server.drop(100)
      const client = await network.client.program('far-client.mjs', {
        ...searching,
        nameServers: [`${Network.SERVER}:5075`],
      })
      expect(await client.call('get', 'count', 500)).toMatchObject({
        code: 'ERR_PVA_TIMEOUT',
        phase: 'search',
      })
      await client.call('watch', 'count')
      expect(await client.call('cpu', 2_000)).toBeLessThan(0.2) // of a processor
      network.server.drop(0)
      await network.server.program('far-server.mjs', 0, {})
      await seen(client, 'the first update', (one) => (one?.updates ?? 0) > 0)
    },
  )

  it.each(['unreachable', 'prohibit', 'blackhole'])(
    'the route is %s for a while',
    { timeout: 240_000 },
    async (kind) => {
      await using network = await Network.make()
      await network.server.program('far-server.mjs', 0, {})
      const client = await network.client.program('far-client.mjs', searching)
      network.client.run(`ip route add ${kind} ${Network.SERVER}/32`)
      expect(await client.call('get', 'count', 500)).toMatchObject({
        code: 'ERR_PVA_TIMEOUT',
        phase: 'search',
      })
      await client.call('watch', 'count')
      network.client.run(`ip route del ${kind} ${Network.SERVER}/32`)
      await seen(client, 'the first update', (one) => (one?.updates ?? 0) > 0)
    },
  )

  // C-10
  it('1 Mbit/s for 4.5: subscribing and dropping goes on, and ends', { timeout: 240_000 }, async () => {
    await using network = await Network.make()
    const server = await network.server.program('far-server.mjs', 0, {})
    const client = await network.client.program('far-client.mjs', searching)
    await client.call('get', 'count', 20_000)
    network.server.run('tc qdisc add dev cable root tbf rate 1mbit burst 32kbit latency 400ms')
    const churned = (await client.call('churn', 'wave', 5_000)) as { rounds: number; slowest: number }
    expect(churned.slowest).toBeLessThan(20_000)
    await client.call('get', 'count', 30_000)
    network.server.run('tc qdisc del dev cable root')
    expect(await client.call('get', 'wave', 20_000)).toHaveProperty('value')
    await client.call('close')
    await asked(server, 'connections', 'the connection to be gone', (count) => count === 0)
  })

  // C-12
  it('the interface goes and comes back with another address of its own', { timeout: 240_000 }, async () => {
    await using network = await Network.make()
    await network.server.program('far-server.mjs', 0, {})
    const client = await network.client.program('far-client.mjs', searching)
    await client.call('watch', 'count')
    await seen(client, 'the first updates', (one) => (one?.updates ?? 0) > 2)
    network.client.run('ip link set cable down')
    network.client.run(`ip addr del ${Network.CLIENT}/24 dev cable`)
    await seen(client, 'the loss', (one) => one?.connected === false)
    network.client.run('ip addr add 10.99.0.77/24 broadcast 10.99.0.255 dev cable')
    network.client.run('ip link set cable up')
    await seen(client, 'the return', (one) => one?.connected === true)
  })

  it('client and server start before there is any interface but loopback', { timeout: 240_000 }, async () => {
    await using network = await Network.make()
    for (const host of [network.client, network.server]) host.run('ip link set cable down')
    await network.server.program('far-server.mjs', 0, {})
    const client = await network.client.program('far-client.mjs', searching)
    expect(await client.call('get', 'count', 300)).toMatchObject({ code: 'ERR_PVA_TIMEOUT' })
    await client.call('watch', 'count')
    for (const host of [network.client, network.server]) host.run('ip link set cable up')
    await seen(client, 'the first update', (one) => (one?.updates ?? 0) > 0)
  })

  it('IPv6 and nothing else', { timeout: 240_000 }, async () => {
    await using network = await Network.make()
    for (const [host, address] of [
      [network.client, 'fd99::1'],
      [network.server, 'fd99::2'],
    ] as const) {
      host.run('ip addr flush dev cable')
      host.run(`ip addr add ${address}/64 dev cable nodad`)
    }
    // Searches by UDP are heard at 0.0.0.0 by default, which is IPv4; by TCP at both.
    await network.server.program('far-server.mjs', 0, { interfaces: ['[::]'] })
    const options = { useEnv: false, autoAddressList: false }
    const byName = await network.client.program('far-client.mjs', {
      ...options,
      nameServers: ['[fd99::2]:5075'],
    })
    expect(await byName.call('get', 'count', 20_000)).toHaveProperty('value')
    const bySearch = await network.client.program('far-client.mjs', {
      ...options,
      addressList: ['[fd99::2]'],
    })
    expect(await bySearch.call('get', 'count', 20_000)).toHaveProperty('value')
  })

  // C-13, short
  it('a thousand names that nobody has cost few searches', { timeout: 240_000 }, async () => {
    await using network = await Network.make()
    const client = await network.client.program('far-client.mjs', searching)
    expect(await client.call('searches', 1_000, 4_000)).toBeLessThan(200) // packets per second
  })

  // C-14
  it('the client is stopped for a while, and continued', { timeout: 240_000 }, async () => {
    await using network = await Network.make()
    const server = await network.server.program('far-server.mjs', 0, { connectionTimeout: 3_000 })
    const client = await network.client.program('far-client.mjs', searching)
    await client.call('watch', 'count')
    await seen(client, 'the first updates', (one) => (one?.updates ?? 0) > 2)
    client.signal('SIGSTOP')
    await asked(server, 'connections', 'the server to give it up', (count) => count === 0)
    client.signal('SIGCONT')
    await seen(client, 'the loss, and the return', (one) => one?.lost === 1 && one.connected)
  })

  // C-16: with what a user has who configures nothing
  it(
    'defaults on both sides: broadcast finds the server, in another process and in the same',
    { timeout: 240_000 },
    async () => {
      await using network = await Network.make()
      await network.server.program('far-server.mjs', 0, {})
      for (const host of [network.client, network.server]) {
        const client = await host.program('far-client.mjs', { useEnv: false })
        expect(await client.call('get', 'count', 20_000)).toHaveProperty('value')
      }
    },
  )
})
