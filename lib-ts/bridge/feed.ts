import { ChangeSet } from '../data/index.js'
import { isLarge1 } from '../pvws/index.js'
import type { Context, MonitorEvent, Subscription, Value } from '../index.js'
import type { Kept } from './kept.js'
import { Newest } from './newest.js'
import type { Selection } from './selection.js'

/** Takes what a feed has to tell: a new value, a change of the connection, its end. */
export interface Listener {
  /** `now` is the monotonic clock's: asked once for all that listen. */
  changed(now: number): void
  failed(error: Error): void
}

/** Values of one PV, and of some fields in it, for all sockets that ask for them. */
export interface Feed {
  readonly name: string
  /** Undefined before the first value. */
  readonly newest: Newest | undefined
  /** Updates so far. */
  readonly count: number
  /** The fields that were asked for; undefined before the first value. */
  readonly asked: ChangeSet | undefined
  /** An array, a table or an image. */
  readonly large: boolean
  /** Whether the newest value is the PV's: false from a loss until the first value behind it. */
  readonly connected: boolean
  /** The server that it is connected to, also before there is a value; '' for what lives in the bridge. */
  readonly peer: string | undefined
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
  readonly selection: Selection
  readonly #owner: FeedOwner
  readonly #listeners = new Set<Listener>()
  readonly #subscription: Subscription
  readonly #kept: Kept | undefined
  /** The one field that version 1 is about. */
  readonly #path: string
  #newest: Newest | undefined
  #asked: ChangeSet | undefined
  #count = 0
  #connected = false
  #peer: string | undefined
  #large = false
  #error: Error | undefined
  #linger: NodeJS.Timeout | undefined
  #closing: Promise<void> | undefined

  constructor(ctx: Context, name: string, selection: Selection, owner: FeedOwner, kept: Kept | undefined) {
    this.name = name
    this.selection = selection
    this.#owner = owner
    this.#kept = kept
    const { fields, request } = selection
    this.#path = fields.length === 1 ? (fields[0] ?? '') : ''
    this.#subscription = ctx.monitor(name, {
      latest: true,
      ...(fields.length > 0 && { fields }),
      ...(request !== '' && { request }),
      onUpdate: this.#update,
      onEvent: this.#event,
      onError: this.#failed,
    })
  }

  get newest(): Newest | undefined {
    return this.#newest
  }

  get asked(): ChangeSet | undefined {
    return this.#asked
  }

  get count(): number {
    return this.#count
  }

  get connected(): boolean {
    return this.#connected
  }

  get peer(): string | undefined {
    return this.#peer
  }

  get large(): boolean {
    return this.#large
  }

  /** The values of the last time, where they are kept. */
  get kept(): Kept | undefined {
    return this.#kept
  }

  add(listener: Listener): void {
    clearTimeout(this.#linger)
    this.#listeners.add(listener)
    if (this.#error !== undefined) listener.failed(this.#error)
    else if (this.#newest !== undefined || this.#peer !== undefined) listener.changed(performance.now())
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
    if (value.$type !== this.#newest?.value.$type) {
      this.#large = isLarge1(value, this.#path)
      this.#asked = ChangeSet.fields(value.$type, this.selection.paths)
    }
    this.#newest = new Newest(value, this.#path)
    this.#count++
    this.#connected = true
    this.#kept?.add(value)
    this.#tell()
  }

  readonly #event = (event: Exclude<MonitorEvent, { type: 'update' }>): void => {
    if (event.type === 'finished') this.#owner.ended(this)
    // The first value after a connection tells that it is there: its type may be another.
    this.#connected = false
    this.#peer = event.type === 'connected' ? event.peer : undefined
    if (this.#peer === undefined) this.#kept?.lost()
    this.#tell()
  }

  #tell(): void {
    const now = performance.now()
    for (const listener of this.#listeners) listener.changed(now)
  }

  readonly #failed = (error: Error): void => {
    this.#error = error
    this.#connected = false
    this.#peer = undefined
    for (const listener of [...this.#listeners]) listener.failed(error)
    this.#owner.ended(this) // a PV that refuses now may serve later: the next one to ask asks anew
  }
}
