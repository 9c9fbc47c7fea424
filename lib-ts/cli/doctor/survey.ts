// Who is there, and who has the name: every answer of every server.
import type { Named } from '../net/probe.js'
import { Searcher, type Destination, type Heard } from '../net/search.js'
import { isForMany, type Broadcast, type Effective, type Entry } from './effective.js'

/** A server, by all that was heard of it. */
export interface Known {
  readonly guid: string
  /** Where it says that it is. */
  readonly server: string
  readonly host: string
  readonly port: number
  /** Where its answers came from. */
  readonly from: string
  readonly says: boolean
  /** Whether it has the name. */
  readonly found: boolean
  /** Whether what is configured reaches it. */
  readonly configured: boolean
}

export class Survey {
  readonly #heard: Heard[] = []
  readonly #effective: Effective
  readonly #name: string | undefined
  #own: Searcher | undefined
  #others: Searcher | undefined
  #first: ((known: Known) => void) | undefined
  /** Resolves with the first server that has the name. */
  readonly firstFound: Promise<Known>

  constructor(effective: Effective, name: string | undefined) {
    this.#effective = effective
    this.#name = name
    this.firstFound = new Promise((resolve) => (this.#first = resolve))
  }

  /** Begins to ask; where no socket is to be had, nothing is heard. */
  async begin(): Promise<void> {
    const take = (heard: Heard): void => this.#take(heard)
    this.#own = await Searcher.open(true, take)
    this.#others = await Searcher.open(false, take)
    const configured = destinationsOf(this.#effective)
    this.#own.ask(configured, this.#name)
    this.#others.ask(otherDestinations(this.#effective, configured), this.#name)
  }

  /** What a name server told. */
  told(named: readonly Named[], configured: boolean): void {
    for (const { guid, host, port, found, says } of named)
      this.#take({ guid, from: host, server: `${host}:${port}`, host, port, says, found, configured })
  }

  end(): void {
    this.#own?.close()
    this.#others?.close()
  }

  /** Whether an answer came from that host, to a search that is configured. */
  answered({ host }: Entry, addresses: readonly string[]): boolean {
    return this.#heard.some(
      ({ from, configured }) => configured && (from === host || addresses.includes(from)),
    )
  }

  get servers(): Known[] {
    const byGuid = new Map<string, Known>()
    for (const heard of this.#heard) {
      const known = byGuid.get(heard.guid)
      const best = known?.configured === true && known.found ? known : heard
      byGuid.set(heard.guid, {
        ...best,
        found: heard.found || known?.found === true,
        configured: heard.configured || known?.configured === true,
      })
    }
    return [...byGuid.values()]
  }

  #take(heard: Heard): void {
    this.#heard.push(heard)
    if (heard.found) this.#first?.(heard)
  }
}

export function destinationsOf({
  addresses,
  broadcasts,
  allBroadcasts,
  udpPort,
  onlyLoopback,
}: Effective): Destination[] {
  return [
    ...addresses.map(({ host, port }) => ({ host, port, unicast: !isForMany(host, allBroadcasts) })),
    ...broadcasts.map((one) => toAll(one, udpPort)),
    ...(onlyLoopback ? [{ host: '127.0.0.1', port: udpPort, unicast: true }] : []),
  ]
}

/** Where a server could be that the configuration does not reach. */
function otherDestinations(
  { allBroadcasts, udpPort }: Effective,
  configured: readonly Destination[],
): Destination[] {
  const all = [
    ...allBroadcasts.map((one) => toAll(one, udpPort)),
    { host: '127.0.0.1', port: udpPort, unicast: true },
  ]
  return all.filter(({ host, port }) => !configured.some((one) => one.host === host && one.port === port))
}

function toAll({ broadcast }: Broadcast, port: number): Destination {
  return { host: broadcast, port, unicast: false }
}
