import type { Value } from '../data/index.js'
import { faultOf } from './faults.js'
import type { Link } from './link.js'
import type { MonitorChecked } from './options.js'
import { Subscription } from './subscription.js'

interface Entry {
  readonly id: number
  readonly subscription: Subscription<unknown>
  /** What is said to the bridge. */
  readonly asked: object
}

// A message of so many stays below the bridge's limit of a message.
const MOST_AT_ONCE = 500

/** The subscriptions of one Context: those of a turn go to the bridge in one message, and all again when it comes back. */
export class Subscriptions {
  readonly #link: () => Link
  readonly #nextId: () => number
  readonly #rate: number | undefined
  readonly #byId = new Map<number, Entry>()
  #fresh: Entry[] = []
  #gone: number[] = []
  #later = false

  constructor(link: () => Link, nextId: () => number, rate: number | undefined) {
    this.#link = link
    this.#nextId = nextId
    this.#rate = rate
  }

  has(id: number): boolean {
    return this.#byId.has(id)
  }

  add(pv: string, options: MonitorChecked): Subscription<unknown> {
    const id = this.#nextId()
    const subscription = new Subscription<unknown>({ left: () => this.#left(id) }, pv, options)
    if (subscription.closed) return subscription
    const { fields, request, rate = this.#rate } = options
    const entry = { id, subscription, asked: { id, pv, fields, request, rate } }
    this.#byId.set(id, entry)
    if (this.#link().open) {
      this.#fresh.push(entry)
      this.#flushLater()
    }
    return subscription
  }

  update(id: number, value: Value): void {
    this.#byId.get(id)?.subscription.update(value)
  }

  state(id: number, message: Readonly<Record<string, unknown>>): void {
    const { connected, peer, hint } = message as { connected: boolean; peer?: string; hint?: string }
    this.#byId.get(id)?.subscription.state(connected, peer ?? '', hint)
  }

  failed(id: number, message: Readonly<Record<string, unknown>>): void {
    this.#byId.get(id)?.subscription.fail(faultOf(message, 'monitor'))
  }

  opened(): void {
    this.#fresh = [...this.#byId.values()]
    this.#gone = []
    this.#flush()
  }

  lost(): void {
    this.#fresh = []
    this.#gone = []
    for (const { subscription } of this.#byId.values()) subscription.state(false, '', undefined)
  }

  close(): void {
    for (const { subscription } of [...this.#byId.values()]) void subscription.close()
  }

  #left(id: number): void {
    if (!this.#byId.delete(id)) return
    const link = this.#link()
    link.forget(id)
    if (!link.open) return
    this.#gone.push(id)
    this.#flushLater()
  }

  #flushLater(): void {
    if (this.#later) return
    this.#later = true
    queueMicrotask(() => {
      this.#later = false
      this.#flush()
    })
  }

  #flush(): void {
    const link = this.#link()
    const gone = new Set(this.#gone)
    const subs = this.#fresh.filter(({ id }) => this.#byId.has(id)).map(({ asked }) => asked)
    const ids = [...gone].filter((id) => !this.#fresh.some((entry) => entry.id === id))
    this.#fresh = []
    this.#gone = []
    if (!link.open) return
    if (ids.length > 0) link.say({ type: 'clear', ids })
    for (let at = 0; at < subs.length; at += MOST_AT_ONCE)
      link.say({ type: 'subscribe', subs: subs.slice(at, at + MOST_AT_ONCE) })
  }
}
