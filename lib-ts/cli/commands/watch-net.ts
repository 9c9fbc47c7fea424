import { isIPv4 } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Context } from '../../index.js'
import { escapeLine, quote } from '../../input/index.js'
import type { CommandContext } from '../context.js'
import { toggle, UsageError, valued, type Command } from '../declare.js'
import { broadcastsOf, isForMany } from '../doctor/effective.js'
import { globOf } from '../glob.js'
import { LOCAL_GROUP, Watch, type Seen } from '../net/watch.js'
import * as shared from '../options.js'
import { jsonText } from '../output/json.js'
import { isoText, timeText } from '../output/times.js'
import { aligned } from '../output/width.js'
import { interval, text } from '../readers.js'

const clients = toggle('clients', 'searches of clients only', 'C')
const servers = toggle('servers', 'beacons of servers only', 'S')
const names = valued(
  'pv P',
  'NAME|GLOB',
  'searches for this name only; * and ? stand for any text and character',
  text,
)
const hosts = valued('host H', 'HOST[/BITS]', 'only from this host or network', network)
const bind = valued(
  'bind B',
  'ADDR[:PORT]',
  'listen at this address of the host, broadcast address or group',
  address,
)
const during = valued('for', 'T', 'end after this time', interval)
const top = toggle('top', 'at the end, names by the number of searches, with who searched')

const MOST_NAMES = 100_000
const SHOWN_PEERS = 5

export const watchNet: Command = {
  name: 'watch-net',
  forms: [''],
  options: [
    clients,
    servers,
    names,
    hosts,
    bind,
    during,
    top,
    shared.json,
    shared.time,
    shared.udpPort,
    shared.interfaces,
    shared.profile,
  ],
  shares: [],
  notes: [
    'Prints what is seen on the UDP port until it is interrupted. It answers nobody and takes nothing from a server on this host.',
  ],
  examples: ['node-pvxs watch-net --for 10', "node-pvxs watch-net -P 'demo:*' --top"],
  run: async (context) => {
    if (context.args.length > 0) throw new UsageError('no argument is taken: -P NAME selects a name')
    const monitor = new NetMonitor(context)
    const ctx = await openAt(context)
    const watch = new Watch((seen) => monitor.take(seen))
    const port = ctx.config.broadcastPort
    await watch.listen(LOCAL_GROUP, port, '127.0.0.1')
    for (const [at, joined] of addressesOf(context)) await watch.listen(at, port, joined)
    for (const failure of watch.failed) context.note(`nothing is heard at ${failure}`)
    const limit = context.options.of(during)
    const signal =
      limit === undefined ? context.signal : AbortSignal.any([context.signal, AbortSignal.timeout(limit)])
    if (context.verbose) context.talk(`watching UDP port ${port}\n`) // a script may wait for it
    await monitor.beacons(ctx, signal)
    watch.close()
    monitor.end()
  },
}

/** A client that hands on what is sent to this host alone. */
async function openAt(context: CommandContext): Promise<Context> {
  const { Context } = await context.core()
  const at = context.options.of(bind)
  const own = Object.values(networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? [])
  const isOwn = at !== undefined && own.includes(at.host)
  if (at !== undefined && !isOwn && !isForMany(at.host, broadcastsOf(networkInterfaces())))
    throw new UsageError(
      `--bind: ${quote(at.host)} is not an address of this host, a broadcast address or a group`,
    )
  return new Context({
    ...context.settings.contextOptions(),
    addressList: [],
    nameServers: [],
    ...(isOwn && { interfaces: [at.host] }),
    ...(at?.port !== undefined && { broadcastPort: at.port }),
  })
}

/** Addresses of many to listen at, and for a group where it is joined. */
function addressesOf(context: CommandContext): (readonly [string, string | undefined])[] {
  const at = context.options.of(bind)
  const all = broadcastsOf(networkInterfaces())
  if (at !== undefined) {
    const own = all.filter(({ address }) => address === at.host)
    if (own.length > 0) return own.map(({ broadcast }) => [broadcast, undefined])
    if (at.host === LOCAL_GROUP || !isForMany(at.host, all)) return []
    const isGroup = Number(at.host.split('.')[0]) >= 224 && at.host !== '255.255.255.255'
    return [[at.host, isGroup ? '0.0.0.0' : undefined]]
  }
  const given = context.settings.of(shared.interfaces) ?? []
  const used = all.filter(({ address }) => given.length === 0 || given.includes(address))
  const broadcasts = new Set([...used.map(({ broadcast }) => broadcast), '255.255.255.255'])
  return [...broadcasts].map((broadcast) => [broadcast, undefined])
}

function network(text: string, option: string): (host: string) => boolean {
  const [host = '', bits = '32', ...more] = text.split('/')
  const isNetwork = isIPv4(host) && /^\d{1,2}$/.test(bits) && Number(bits) <= 32 && more.length === 0
  if (!isNetwork)
    throw new UsageError(`${option}: ${quote(text)} is not HOST or HOST/BITS, such as 10.0.0.0/8`)
  const mask = Number(bits) === 0 ? 0 : (~0 << (32 - Number(bits))) >>> 0
  const numberOf = (address: string): number =>
    address.split('.').reduce((sum, part) => ((sum << 8) | Number(part)) >>> 0, 0)
  const wanted = (numberOf(host) & mask) >>> 0
  return (address) => isIPv4(address) && (numberOf(address) & mask) >>> 0 === wanted
}

function address(text: string, option: string): { readonly host: string; readonly port: number | undefined } {
  const [, host = '', portText] = /^([\d.]+)(?::(\d{1,5}))?$/.exec(text) ?? []
  const port = portText === undefined ? undefined : Number(portText)
  if (isIPv4(host) && (port === undefined || (port > 0 && port <= 65_535))) return { host, port }
  throw new UsageError(`${option}: ${quote(text)} is not ADDR or ADDR:PORT`)
}

/** Filters, prints and counts. */
class NetMonitor {
  readonly #context: CommandContext
  readonly #isJson: boolean
  readonly #wanted: RegExp | undefined
  readonly #isHost: ((host: string) => boolean) | undefined
  readonly #counts = new Map<string, { count: number; readonly peers: Set<string> }>()
  readonly #heard = new Set<string>()
  #isFull = false
  #dropped = 0

  constructor(context: CommandContext) {
    const { options } = context
    this.#context = context
    this.#isJson = options.of(shared.format) === 'json'
    const glob = options.of(names)
    this.#wanted = glob === undefined ? undefined : globOf(glob)
    this.#isHost = options.of(hosts)
    if (options.of(clients) === true && options.of(servers) === true)
      throw new UsageError('-C shows searches only and -S beacons only: give one of them')
    if (options.of(servers) === true && glob !== undefined)
      throw new UsageError('-S shows beacons, which have no names: no -P with it')
  }

  take(seen: Seen): void {
    const { options } = this.#context
    if (this.#isHost?.(seen.host) === false) return
    if (seen.event === 'beacon') {
      this.#heard.add(seen.guid)
      if (options.of(clients) !== true && this.#wanted === undefined) this.#print(seen)
      return
    }
    if (options.of(servers) === true) return
    const wanted = this.#wanted
    const found = wanted === undefined ? seen.names : seen.names.filter((name) => wanted.test(name))
    if (wanted !== undefined && found.length === 0) return
    for (const name of found) this.#count(name, seen.host)
    this.#print({ ...seen, names: found })
  }

  /** Beacons that are sent to this host alone, which the client hears. */
  async beacons(ctx: Context, signal: AbortSignal): Promise<void> {
    try {
      for await (const { event, guid, server, peer } of ctx.discover({ signal, ping: false })) {
        if (event !== 'online' || this.#heard.has(guid)) continue
        this.take({ event: 'beacon', peer, host: peer.replace(/:\d+$/, ''), guid, server })
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  end(): void {
    const { stdout, options } = this.#context
    if (this.#dropped > 0) this.#context.note(`${this.#dropped} were not printed: the output was full`)
    if (options.of(top) !== true) return
    const ranked = [...this.#counts].sort(([a, x], [b, y]) => y.count - x.count || (a < b ? -1 : 1))
    if (this.#isJson) {
      for (const [name, { count, peers }] of ranked)
        void stdout.write(jsonText({ event: 'top', name, count, peers: [...peers] }))
      return
    }
    const rows = ranked.map(([name, { count, peers }]) => {
      const shown = [...peers].slice(0, SHOWN_PEERS).join(' ')
      return [String(count), escapeLine(name), peers.size > SHOWN_PEERS ? `${shown} …` : shown]
    })
    for (const line of aligned([['searches', 'name', 'from'], ...rows], new Set([0])))
      void stdout.write(`${line}\n`)
  }

  #count(name: string, host: string): void {
    const known = this.#counts.get(name)
    if (known === undefined && this.#counts.size >= MOST_NAMES) return
    const counted = known ?? { count: 0, peers: new Set<string>() }
    counted.count++
    if (counted.peers.size < MOST_NAMES) counted.peers.add(host)
    this.#counts.set(name, counted)
  }

  #print(seen: Seen): void {
    if (this.#isFull) {
      this.#dropped++
      return
    }
    const room = this.#context.stdout.write(this.#isJson ? this.#json(seen) : this.#line(seen))
    if (room === undefined) return
    this.#isFull = true
    void room.then(() => (this.#isFull = false))
  }

  #json({ host: _host, ...seen }: Seen): string {
    return jsonText({ time: isoText(BigInt(Date.now()) * 1_000_000n), ...seen })
  }

  #line(seen: Seen): string {
    const style = this.#context.settings.of(shared.time) ?? 'local'
    const now = style === 'none' ? [] : [timeText(BigInt(Date.now()) * 1_000_000n, style)]
    const what =
      seen.event === 'search'
        ? ['search', ...(seen.names.length === 0 ? ['(for servers)'] : seen.names)]
        : ['beacon', seen.guid, seen.server]
    return `${escapeLine([...now, seen.peer, ...what].join(' '))}\n`
  }
}
