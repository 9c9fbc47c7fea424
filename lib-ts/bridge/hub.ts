import { quote } from '../input/index.js'
import type { Context } from '../index.js'
import { BridgeError } from '../pvws/index.js'
import type { Counters } from './counters.js'
import { Feeds } from './feeds.js'
import type { Who } from './gate.js'
import type { Limits } from './limits.js'
import type { Address } from './names.js'
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

/** What the clients of a bridge share: its PVs, limits and counters. */
export class Hub {
  readonly limits: Limits
  readonly pace: Pace
  readonly slash: 'field' | 'name'
  readonly feeds: Feeds
  readonly simulations = new Simulations()
  readonly counters: Counters
  readonly clients = new Set<Client>()
  /** Event streams. */
  readonly streams = new Set<{ end(): void }>()
  readonly #ctx: Context
  readonly #log: (entry: LogEntry) => void
  readonly #authorize: Settings['authorize']

  constructor(ctx: Context, settings: Settings, counters: Counters) {
    this.#ctx = ctx
    this.limits = settings.limits
    this.pace = { scalars: 1_000 / settings.rate, arrays: 1_000 / settings.arrayRate }
    this.slash = settings.slash
    this.counters = counters
    this.feeds = new Feeds(ctx, settings.limits.pvs)
    this.#log = settings.log
    this.#authorize = settings.authorize
  }

  /**
   * Whether somebody may do that: the patterns first, then the program is asked.
   *
   * @throws BridgeError when not; as a rejection when the program had to be asked
   */
  check({ user, rights }: Who, action: 'read' | 'write' | 'rpc', pv: string): Promise<void> | undefined {
    if (!rights[action](pv)) throw forbidden(action, pv)
    if (this.#authorize === undefined) return undefined
    return Promise.resolve(this.#authorize(user, action, pv)).then(
      (yes) => {
        if (!yes) throw forbidden(action, pv)
      },
      () => {
        throw forbidden(action, pv)
      },
    )
  }

  async put({ name, path }: Address, value: unknown, timeout?: number): Promise<void> {
    await this.#ctx.put(name, (path === '' ? value : { [path]: value }) as number, { timeout })
  }

  told({ user, peer }: SocketInfo, event: string, pv: string, message: string): void {
    const level = event === 'write' ? 'info' : 'warning'
    this.#log({ time: new Date(), level, event, ...(user !== '' && { user }), peer, pv, message })
  }

  /** Where PVs are looked for. */
  searched(): string {
    const { addressList, nameServers } = this.#ctx.config
    const places = [...addressList, ...nameServers]
    return places.length === 0 ? 'no address is searched' : `searched ${places.join(', ')}`
  }

  left(client: Client): void {
    this.clients.delete(client)
  }
}

const VERBS = { read: 'read', write: 'written', rpc: 'called' }

function forbidden(action: keyof typeof VERBS, pv: string): BridgeError {
  return new BridgeError('ERR_BRIDGE_FORBIDDEN', `${quote(pv)} may not be ${VERBS[action]} here`, { pv })
}
