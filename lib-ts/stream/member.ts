import type { MonitorEvent, Subscription } from '../client/index.js'
import { StreamEndedError } from './errors.js'

/** Who is told what a released member gives, and what ended it unless it was closed. */
export interface MemberOwner {
  /** The next batch comes when the member is told to listen. */
  arrived(member: Member, events: readonly MonitorEvent[]): void
  broke(reason: unknown): void
}

/**
 * One PV of a set: its monitor, taken from one batch at a time and only when told to.
 *
 * Until it is released it keeps to itself what comes: an update that is rolled back gives nothing of what it had opened.
 */
export class Member {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
  /** Resolves with the first connection; rejects with what ends the monitor before. */
  readonly ready: Promise<void>
  /** Resolves with the first update, which shows that the server takes the request; rejects with what comes instead. */
  readonly proven: Promise<void>
  connected = false
  readonly #subscription: Subscription<MonitorEvent>
  readonly #batches: AsyncIterator<MonitorEvent[]>
  readonly #owner: MemberOwner
  #prove!: () => void
  #refuse!: (reason: unknown) => void
  #held: MonitorEvent[] | undefined = []
  #failure: { readonly reason: unknown } | undefined
  #closed = false
  #listening = false
  readonly #took = ({ done, value }: IteratorResult<MonitorEvent[]>): void => {
    this.#listening = false
    if (done === true) {
      const text = `the subscription to ${JSON.stringify(this.name)} ended`
      this.#broke(new StreamEndedError(text, { op: 'stream', pv: this.name }))
      return
    }
    if (this.#closed) return
    if (this.#held === undefined) this.#owner.arrived(this, value)
    else this.#hold(this.#held, value)
  }
  readonly #broke = (reason: unknown): void => {
    if (this.#closed) return
    this.#failure = { reason }
    this.#refuse(reason)
    if (this.#held === undefined) this.#owner.broke(reason)
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
    this.proven = new Promise((resolve, reject) => {
      this.#prove = resolve
      this.#refuse = reject
    })
    this.proven.catch(() => undefined) // who does not wait for it hears of it when it is released
    this.listen()
  }

  #hold(held: MonitorEvent[], events: readonly MonitorEvent[]): void {
    held.push(...events)
    if (!events.some(({ type }) => type === 'update')) this.listen()
    else this.#prove()
  }

  /** Hands over what came, and from now on what comes. */
  release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    if (this.#failure !== undefined) this.#owner.broke(this.#failure.reason)
    else this.#owner.arrived(this, held)
  }

  /** Takes what waits, or the next that comes. */
  listen(): void {
    if (this.#closed || this.#listening) return
    this.#listening = true
    this.#batches.next().then(this.#took, this.#broke)
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
    return this.#subscription.close()
  }
}

function alike(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b
  return a.length === b.length && a.every((item, i) => item === b[i])
}
