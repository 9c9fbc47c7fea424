import type { MonitorEvent, Subscription } from '../client/index.js'

/** Who is told what a member gives, and how it ends unless it was closed. */
export interface MemberOwner {
  arrived(member: Member, events: readonly MonitorEvent[]): void
  ended(member: Member): void
  broke(member: Member, reason: unknown): void
}

/** One PV of a set: its monitor, taken from one batch at a time and only when told to. */
export class Member {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
  /** Resolves with the first connection; rejects with what ends the monitor before. */
  readonly ready: Promise<void>
  connected = false
  parked: readonly MonitorEvent[] = []
  readonly #subscription: Subscription<MonitorEvent>
  readonly #batches: AsyncIterator<MonitorEvent[]>
  readonly #owner: MemberOwner
  #closed = false
  readonly #took = ({ done, value }: IteratorResult<MonitorEvent[]>): void => {
    if (this.#closed) return
    if (done === true) {
      this.#owner.ended(this)
      return
    }
    for (const { type } of value) if (type !== 'update') this.connected = type === 'connected'
    this.#owner.arrived(this, value)
  }
  readonly #broke = (reason: unknown): void => {
    if (!this.#closed) this.#owner.broke(this, reason)
  }

  constructor(
    name: string,
    options: Readonly<Record<string, unknown>>,
    subscription: Subscription<MonitorEvent>,
    owner: MemberOwner,
  ) {
    this.name = name
    this.options = options
    this.#subscription = subscription
    this.#batches = subscription.batches()[Symbol.asyncIterator]()
    this.#owner = owner
    this.ready = subscription.ready
  }

  /** Takes what waits, or the next that comes. */
  listen(): void {
    if (!this.#closed) this.#batches.next().then(this.#took, this.#broke)
  }

  /** Whether a monitor with these options would be no other one. */
  same(options: Readonly<Record<string, unknown>>): boolean {
    if (options === this.options) return true
    const keys = new Set([...Object.keys(options), ...Object.keys(this.options)])
    for (const key of keys) if (!alike(options[key], this.options[key])) return false
    return true
  }

  close(): Promise<void> {
    this.#closed = true
    this.parked = []
    return this.#subscription.close()
  }
}

function alike(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b
  return a.length === b.length && a.every((item, i) => item === b[i])
}
