import { BridgeError } from '../pvws/index.js'
import type { Context } from '../index.js'
import { PvaFeed } from './feed.js'

/** The PVA subscriptions of a bridge: one for each PV and field, whoever asks and under whatever spelling. */
export class Feeds {
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
    const key = `${name} ${path}`
    let feed = this.#feeds.get(key)
    if (feed === undefined) {
      if (this.#feeds.size >= this.#most)
        throw new BridgeError('ERR_BRIDGE_LIMIT', `this bridge takes ${this.#most} PVs, and has them`, {
          pv: name,
        })
      const made: PvaFeed = new PvaFeed(this.#ctx, name, path, () => {
        if (this.#feeds.get(key) === made) this.#feeds.delete(key)
        this.#open.delete(made)
      })
      this.#feeds.set(key, (feed = made))
      this.#open.add(made)
    }
    return feed
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((feed) => feed.close()))
  }
}
