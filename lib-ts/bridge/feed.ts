import { isLarge1, type Update1 } from '../pvws/index.js'
import type { Context, MonitorEvent, Subscription, Value } from '../index.js'
import { updateOf } from './text1.js'

/** Takes what a feed has to tell: a new value, a change of the connection, its end. */
export interface Listener {
  changed(): void
  failed(error: Error): void
}

/** Values of one PV, and of one field in it, for all sockets that ask for them. */
export interface Feed {
  readonly name: string
  /** The newest update in version 1; undefined before the first value. */
  readonly update1: Update1 | undefined
  /** Its severity, as a number; told apart from `update1`, which costs an encoding. */
  readonly severity: number
  /** An array, a table or an image. */
  readonly large: boolean
  readonly connected: boolean
  add(listener: Listener): void
  delete(listener: Listener): void
}

// ms that a subscription outlives its last reader: a page that reloads finds it.
const LINGER = 5_000

/** Who keeps the feeds. */
export interface FeedOwner {
  /** It gives nothing more: the next one to ask gets another. */
  ended(feed: PvaFeed): void
  /** Nothing is left of it. */
  gone(feed: PvaFeed): void
}

/** A PV of PVAccess: one subscription, whoever asks. */
export class PvaFeed implements Feed {
  readonly name: string
  readonly path: string
  readonly #owner: FeedOwner
  readonly #listeners = new Set<Listener>()
  readonly #subscription: Subscription
  #last: Value | undefined
  #encoded: Update1 | undefined
  #connected = false
  #large = false
  #error: Error | undefined
  #linger: NodeJS.Timeout | undefined
  #closing: Promise<void> | undefined

  constructor(ctx: Context, name: string, path: string, owner: FeedOwner) {
    this.name = name
    this.path = path
    this.#owner = owner
    this.#subscription = ctx.monitor(name, {
      latest: true,
      ...(path !== '' && { fields: [path] }),
      onUpdate: this.#update,
      onEvent: this.#event,
      onError: this.#failed,
    })
  }

  get connected(): boolean {
    return this.#connected
  }

  get large(): boolean {
    return this.#large
  }

  get severity(): number {
    return Number(this.#last?.['alarm.severity'] ?? 0)
  }

  get update1(): Update1 | undefined {
    if (this.#encoded === undefined && this.#last !== undefined)
      this.#encoded = updateOf(this.#last, this.path)
    return this.#encoded
  }

  add(listener: Listener): void {
    clearTimeout(this.#linger)
    this.#listeners.add(listener)
    if (this.#error !== undefined) listener.failed(this.#error)
    else if (this.#last !== undefined) listener.changed()
  }

  delete(listener: Listener): void {
    if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return
    this.#linger = setTimeout(() => void this.close(), LINGER).unref()
  }

  /** Ends it; nothing is told any more. Resolves when nothing is left of it. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    clearTimeout(this.#linger)
    this.#listeners.clear()
    this.#owner.ended(this)
    await this.#subscription.close()
    this.#owner.gone(this)
  }

  readonly #update = (value: Value): void => {
    if (value.$type !== this.#last?.$type) this.#large = isLarge1(value, this.path)
    this.#last = value
    this.#encoded = undefined
    this.#connected = true
    for (const listener of this.#listeners) listener.changed()
  }

  readonly #event = ({ type }: Exclude<MonitorEvent, { type: 'update' }>): void => {
    // The first value after a connection tells that it is there: its type may be another.
    if (type === 'connected') return
    if (type === 'finished') this.#owner.ended(this)
    this.#connected = false
    for (const listener of this.#listeners) listener.changed()
  }

  readonly #failed = (error: Error): void => {
    this.#error = error
    this.#connected = false
    for (const listener of [...this.#listeners]) listener.failed(error)
    this.#owner.ended(this) // a PV that refuses now may serve later: the next one to ask asks anew
  }
}
