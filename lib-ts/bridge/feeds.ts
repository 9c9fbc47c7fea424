import { BridgeError } from '../pvws/index.js'
import type { Context } from '../index.js'
import { PvaFeed, type FeedOwner } from './feed.js'
import { Kept } from './kept.js'
import type { Selection } from './selection.js'

/** What the PVA subscriptions of a bridge are bound to. */
export interface FeedRules {
  readonly pvs: number
  /** ms of values that are kept; 0: none */
  readonly keep: number
}

/** The PVA subscriptions of a bridge: one for each PV and list of fields, whoever asks and under whatever spelling. */
export class Feeds implements FeedOwner {
  readonly #ctx: Context
  readonly #rules: FeedRules
  readonly #feeds = new Map<string, PvaFeed>()
  /** Also those that are ending: `close()` waits for them. */
  readonly #open = new Set<PvaFeed>()

  constructor(ctx: Context, rules: FeedRules) {
    this.#ctx = ctx
    this.#rules = rules
  }

  get size(): number {
    return this.#feeds.size
  }

  get connected(): number {
    let count = 0
    for (const feed of this.#feeds.values()) if (feed.connected) count++
    return count
  }

  /** The PVs, with whether there is a value. */
  list(): { readonly name: string; readonly field: string; readonly connected: boolean }[] {
    return Array.from(this.#feeds.values(), ({ name, selection, connected }) => ({
      name,
      field: selection.paths.join(','),
      connected,
    }))
  }

  /** The servers of what is connected, `host:port`. */
  servers(): ReadonlySet<string> {
    const servers = new Set<string>()
    for (const { peer } of this.#feeds.values()) if (peer !== undefined) servers.add(peer)
    return servers
  }

  /** What is kept of a PV that somebody is subscribed to. */
  keptOf(name: string, path: string): Kept | undefined {
    for (const feed of this.#feeds.values())
      if (feed.name === name && feed.kept?.path === path && feed.kept.length > 0) return feed.kept
    return undefined
  }

  /**
   * @throws BridgeError when there are as many PVs as the bridge takes
   * @throws InvalidArgumentError for a request that cannot be asked for
   */
  of(name: string, selection: Selection): PvaFeed {
    const key = keyOf(name, selection)
    let feed = this.#feeds.get(key)
    if (feed === undefined) {
      const { pvs, keep } = this.#rules
      if (this.#feeds.size >= pvs)
        throw new BridgeError('ERR_BRIDGE_LIMIT', `this bridge takes ${pvs} PVs, and has them`, { pv: name })
      const kept = keep === 0 ? undefined : Kept.of(selection, keep)
      feed = new PvaFeed(this.#ctx, name, selection, this, kept)
      this.#feeds.set(key, feed)
      this.#open.add(feed)
    }
    return feed
  }

  ended(feed: PvaFeed): void {
    const key = keyOf(feed.name, feed.selection)
    if (this.#feeds.get(key) === feed) this.#feeds.delete(key)
  }

  gone(feed: PvaFeed): void {
    this.#open.delete(feed)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((feed) => feed.close()))
  }
}

function keyOf(name: string, { key }: Selection): string {
  return `${name} ${key}`
}
