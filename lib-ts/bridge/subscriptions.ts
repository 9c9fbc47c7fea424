import { Due } from './due.js'
import { Unseen } from './unseen.js'
import type { Watch } from './watch.js'

/** What one socket is subscribed to, and what it still waits for leave to subscribe to. */
export class Subscriptions<K, W extends Watch> {
  readonly #keyOf: (watch: W) => K
  readonly #watches = new Map<K, W>()
  readonly #asking = new Set<K>()
  readonly #due = new Due()
  readonly #unseen: Unseen<W>

  /** @param missing told of those that have no value after a while */
  constructor(keyOf: (watch: W) => K, missing: (missing: readonly W[]) => void) {
    this.#keyOf = keyOf
    this.#unseen = new Unseen(missing)
  }

  get size(): number {
    return this.#watches.size
  }

  /** With those that wait for leave. */
  get taken(): number {
    return this.#watches.size + this.#asking.size
  }

  has(key: K): boolean {
    return this.#watches.has(key) || this.#asking.has(key)
  }

  get(key: K): W | undefined {
    return this.#watches.get(key)
  }

  keys(): Iterable<K> {
    return this.#watches.keys()
  }

  *watched(): Iterable<{ readonly name: string; readonly connected: boolean }> {
    for (const { asked, feed } of this.#watches.values()) yield { name: asked, connected: feed.connected }
  }

  /** Goes on with a subscription when the program has allowed it, unless it was cleared meanwhile. */
  ask(key: K, right: Promise<void>, then: () => void, failed: (error: unknown) => void): void {
    this.#asking.add(key)
    right
      .then(() => {
        if (this.#asking.delete(key)) then()
      })
      .catch((error: unknown) => {
        this.#asking.delete(key)
        failed(error)
      })
  }

  add(watch: W): void {
    this.#watches.set(this.#keyOf(watch), watch)
    this.#unseen.add(watch)
    watch.feed.add(watch)
  }

  clear(key: K): void {
    this.#asking.delete(key)
    const watch = this.#watches.get(key)
    if (watch !== undefined) this.forget(watch)
  }

  forget(watch: W): void {
    this.#watches.delete(this.#keyOf(watch))
    this.#due.delete(watch)
    this.#unseen.delete(watch)
    watch.close()
  }

  /** Sends what waits for room; what finds none waits on. */
  readonly flush = (): void => {
    this.#due.flush()
  }

  /** @returns whether it waited already */
  later(watch: W, at: number): boolean {
    return this.#due.add(watch, at)
  }

  close(): void {
    this.#due.close()
    this.#unseen.close()
    for (const watch of [...this.#watches.values()]) this.forget(watch)
  }
}
