import { Buffer } from 'node:buffer'
import { encodeUpdate1, isLarge1, type Update1 } from '../pvws/index.js'
import type { Context, MonitorEvent, Subscription, Value } from '../index.js'

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

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')

// ms that a subscription outlives its last reader: a page that reloads finds it.
const LINGER = 5_000

/** A PV of PVAccess: one subscription, whoever asks. */
export class PvaFeed implements Feed {
  readonly name: string
  readonly path: string
  readonly #ended: () => void
  readonly #listeners = new Set<Listener>()
  #subscription: Subscription | undefined
  #last: Value | undefined
  #encoded: Update1 | undefined
  #connected = false
  #large = false
  #error: Error | undefined
  #linger: NodeJS.Timeout | undefined

  constructor(ctx: Context, name: string, path: string, ended: () => void) {
    this.name = name
    this.path = path
    this.#ended = ended
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
      this.#encoded = encodeUpdate1(this.#last, this.path, base64, Date.now())
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

  /** Ends it; nothing is told any more. */
  async close(): Promise<void> {
    clearTimeout(this.#linger)
    this.#listeners.clear()
    const subscription = this.#subscription
    this.#subscription = undefined
    this.#ended()
    await subscription?.close()
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
    if (type === 'finished') this.#ended()
    this.#connected = false
    for (const listener of this.#listeners) listener.changed()
  }

  readonly #failed = (error: Error): void => {
    this.#error = error
    this.#connected = false
    for (const listener of [...this.#listeners]) listener.failed(error)
    this.#ended() // a PV that refuses now may serve later: the next one to ask asks anew
  }
}
