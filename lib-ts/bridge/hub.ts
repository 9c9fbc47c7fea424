import { quote } from '../input/index.js'
import type { Context, PutOptions, Value } from '../index.js'
import { BridgeError } from '../pvws/index.js'
import { statusOf } from './answers.js'
import type { Counters } from './counters.js'
import { Directory } from './directory.js'
import { Feeds } from './feeds.js'
import type { Who } from './gate.js'
import type { Limits } from './limits.js'
import type { Address } from './names.js'
import { Past } from './past.js'
import { Simulations } from './simulations.js'
import type { ClientSocket, SocketInfo } from './socket.js'
import type { LogEntry, Settings } from './options.js'
import type { Pace } from './watch.js'

/** A client that is connected. */
export interface Client {
  readonly socket: ClientSocket
  readonly subscriptions: number
  watched(): Iterable<{ readonly name: string; readonly connected: boolean }>
}

/** Who asks for something, for the log. */
export type Asker = Pick<SocketInfo, 'peer' | 'user'>

type Action = 'read' | 'write' | 'rpc'

/** What the clients of a bridge share: its PVs, limits and counters. */
export class Hub {
  readonly limits: Limits
  readonly pace: Pace
  readonly slash: 'field' | 'name'
  readonly ctx: Context
  readonly feeds: Feeds
  readonly past: Past
  readonly directory: Directory
  readonly simulations = new Simulations()
  readonly counters: Counters
  readonly clients = new Set<Client>()
  /** Event streams. */
  readonly streams = new Set<{ readonly asker: Asker; end(): void }>()
  readonly #log: (entry: LogEntry) => void
  readonly #authorize: Settings['authorize']
  /** Whether a proxy names the users: all come from its address. */
  readonly #named: boolean

  constructor(ctx: Context, settings: Settings, counters: Counters) {
    const { limits, rate, arrayRate, slash, keep, history, log, authorize } = settings
    this.ctx = ctx
    this.limits = limits
    this.pace = { scalars: 1_000 / rate, arrays: 1_000 / arrayRate }
    this.slash = slash
    this.counters = counters
    this.feeds = new Feeds(ctx, { pvs: limits.pvs, keep })
    this.past = new Past(this.feeds, history, keep)
    this.#log = log
    this.#named = settings.auth?.header !== undefined
    this.#authorize = authorize
    this.directory = new Directory({
      ctx,
      feeds: this.feeds,
      history,
      check: (who, action, pv) => this.check(who, action, pv),
      failed: (source, { message }) => this.#line('info', 'find', { message: `${source}: ${message}` }),
    })
  }

  /**
   * Whether somebody may do that: the patterns first, then the program is asked.
   *
   * @throws BridgeError when not; as a rejection when the program had to be asked
   */
  check({ user, rights }: Who, action: Action, pv: string): Promise<void> | undefined {
    if (!rights[action](pv)) throw forbidden(action, pv)
    if (this.#authorize === undefined) return undefined
    const asked = this.#authorize
    // In a promise, so that what it throws at once is a no too.
    return Promise.resolve()
      .then(() => asked(user, action, pv))
      .then(
        (yes) => {
          if (!yes) throw forbidden(action, pv)
        },
        () => {
          throw forbidden(action, pv)
        },
      )
  }

  /** Writes for a client: it is checked, counted and logged. `asked` is the PV as the client calls it. */
  async write(
    who: Who,
    asker: Asker,
    asked: string,
    { name, path }: Address,
    value: unknown,
    options: PutOptions = {},
  ): Promise<void> {
    try {
      await this.check(who, 'write', name)
      await this.ctx.put(name, (path === '' ? value : { [path]: value }) as number, options)
    } catch (error) {
      this.failed('write', asker, asked, error)
      throw error
    }
    this.counters.writes.done++
    this.told(asker, 'write', asked, quote(value))
  }

  /** Calls a service for a client: it is checked and logged. */
  async call(
    who: Who,
    asker: Asker,
    name: string,
    args: object,
    options: { readonly timeout: number; readonly signal?: AbortSignal },
  ): Promise<Value | null> {
    try {
      await this.check(who, 'rpc', name)
      const value = await this.ctx.rpc(name, args, options)
      this.told(asker, 'call', name, quote(args))
      return value
    } catch (error) {
      this.told(asker, isRefusal(error) ? 'refused' : 'call failed', name, (error as Error).message)
      throw error
    }
  }

  /** A write came to nothing. */
  failed(what: 'write', asker: Asker, asked: string, error: unknown): void {
    const refused = isRefusal(error)
    this.counters.writes[refused ? 'refused' : 'failed']++
    this.told(asker, refused ? 'refused' : `${what} failed`, asked, (error as Error).message)
  }

  told({ user, peer }: Asker, event: string, pv: string, message: string): void {
    const level = event === 'write' || event === 'call' ? 'info' : 'warning'
    this.#line(level, event, { ...(user !== '' && { user }), peer, pv, message })
  }

  /** A request or a socket was not let in. */
  refused(reason: 'request' | 'upgrade', peer: string, error: unknown): void {
    this.counters.refuse(reason)
    if (!LOGGED.has(statusOf(error))) return
    this.#line('warning', 'refused', { peer, message: (error as Error).message })
  }

  #line(level: LogEntry['level'], event: string, rest: Omit<LogEntry, 'time' | 'level' | 'event'>): void {
    this.#log({ time: new Date(), level, event, ...rest })
  }

  /**
   * @throws BridgeError when there are as many sockets and streams as this bridge takes, in all or from there
   */
  checkRoom({ peer, user }: Asker): void {
    const { sockets, socketsPerAddress } = this.limits
    if (this.clients.size + this.streams.size >= sockets)
      throw new BridgeError('ERR_BRIDGE_LIMIT', `this bridge takes ${sockets} sockets, and has them`)
    const named = this.#named && user !== ''
    let same = 0
    const count = (other: Asker): void => {
      if (named ? other.user === user : other.peer === peer) same++
    }
    for (const { socket } of this.clients) count(socket.info)
    for (const { asker } of this.streams) count(asker)
    if (same >= socketsPerAddress)
      throw new BridgeError(
        'ERR_BRIDGE_LIMIT',
        `this bridge takes ${socketsPerAddress} sockets of one ${named ? 'user' : 'address'}`,
      )
  }

  /** Where PVs are looked for. */
  searched(): string {
    const { addressList, nameServers } = this.ctx.config
    const places = [...addressList, ...nameServers]
    return places.length === 0 ? 'no address is searched' : `searched ${places.join(', ')}`
  }

  left(client: Client): void {
    this.clients.delete(client)
  }
}

// A wrong path or a bad argument is nobody's business but the client's.
const LOGGED: ReadonlySet<number> = new Set([401, 403, 421, 429, 503])

const VERBS = { read: 'read', write: 'written', rpc: 'called' }

function forbidden(action: Action, pv: string): BridgeError {
  return new BridgeError('ERR_BRIDGE_FORBIDDEN', `${quote(pv)} may not be ${VERBS[action]} here`, { pv })
}

function isRefusal(error: unknown): boolean {
  return error instanceof BridgeError && error.code === 'ERR_BRIDGE_FORBIDDEN'
}
