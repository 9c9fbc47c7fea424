import { BridgeError } from '../pvws/index.js'
import type { Context } from '../index.js'
import { PvaFeed, type FeedOwner } from './feed.js'

/** The PVA subscriptions of a bridge: one for each PV and field, whoever asks and under whatever spelling. */
export class Feeds implements FeedOwner {
  readonly #ctx: Context
  readonly #most: number
  readonly #feeds = new Map<string, PvaFeed>()
  /** Also those that are ending: `close()` waits for them. */
  readonly #open = new Set<PvaFeed>()

  constructor(ctx: Context, most: number) {
    this.#ctx = ctx
    this.#most = most
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
    return Array.from(this.#feeds.values(), ({ name, path, connected }) => ({ name, field: path, connected }))
  }

  /** @throws BridgeError when there are as many PVs as the bridge takes */
  of(name: string, path: string): PvaFeed {
    const key = keyOf(name, path)
    let feed = this.#feeds.get(key)
    if (feed === undefined) {
      if (this.#feeds.size >= this.#most)
        throw new BridgeError('ERR_BRIDGE_LIMIT', `this bridge takes ${this.#most} PVs, and has them`, {
          pv: name,
        })
      feed = new PvaFeed(this.#ctx, name, path, this)
      this.#feeds.set(key, feed)
      this.#open.add(feed)
    }
    return feed
  }

  ended(feed: PvaFeed): void {
    const key = keyOf(feed.name, feed.path)
    if (this.#feeds.get(key) === feed) this.#feeds.delete(key)
  }

  gone(feed: PvaFeed): void {
    this.#open.delete(feed)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((feed) => feed.close()))
  }
}

function keyOf(name: string, path: string): string {
  return `${name} ${path}`
}
