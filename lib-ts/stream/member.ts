import type { MonitorChange, Receiver, Receiving, Subscription } from '../client/index.js'
import type { Value } from '../data/index.js'
import { StreamEndedError } from './errors.js'

/** Who is told what a released member gives, and what ended it unless it was closed. */
export interface MemberOwner {
  /** `first`: the member has given nothing since it was told to listen, and must be told again. */
  updated(member: Member, value: Value, first: boolean): void
  changed(member: Member, change: MonitorChange): void
  broke(member: Member, reason: unknown): void
}

/**
 * One PV of a set: its monitor, whose updates go straight to the owner. The server may send more only when the owner,
 * which has taken what came, tells it to listen.
 *
 * Until it is released it keeps to itself what comes: an update that is rolled back gives nothing of what it had opened.
 */
export class Member implements Receiver {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
  /** Resolves with the first connection; rejects with what ends the monitor before. */
  readonly ready: Promise<void>
  /** Resolves with the first update, which shows that the server takes the request; rejects with what comes instead. */
  readonly proven: Promise<void>
  connected = false
  readonly #subscription: Subscription<unknown>
  readonly #receiving: Receiving
  readonly #owner: MemberOwner
  #prove!: () => void
  #refuse!: (reason: unknown) => void
  #held: (() => void)[] | undefined = []
  #failure: { readonly reason: unknown } | undefined
  #closed = false
  /** Updates that came since it was told to listen. */
  #came = 0

  constructor(
    name: string,
    options: Readonly<Record<string, unknown>>,
    subscription: Subscription<unknown>,
    owner: MemberOwner,
  ) {
    this.name = name
    this.options = options
    this.#subscription = subscription
    this.#owner = owner
    this.ready = subscription.ready
    this.proven = new Promise((resolve, reject) => {
      this.#prove = resolve
      this.#refuse = reject
    })
    this.proven.catch(() => undefined) // who does not wait for it hears of it when it is released
    this.#receiving = subscription.receive(this)
    this.#receiving.awaited(true)
  }

  update(value: Value): void {
    if (this.#closed) return
    const first = this.#came++ === 0
    if (first) this.#receiving.awaited(false)
    if (this.#held === undefined) this.#owner.updated(this, value, first)
    else {
      this.#held.push(() => {
        this.#owner.updated(this, value, first)
      })
      this.#prove()
    }
  }

  event(change: MonitorChange): void {
    if (this.#closed || change.type === 'finished') return
    if (this.#held === undefined) this.#owner.changed(this, change)
    else
      this.#held.push(() => {
        this.#owner.changed(this, change)
      })
  }

  ended(error: { readonly reason: unknown } | undefined): void {
    if (this.#came === 0) this.#receiving.awaited(false)
    if (this.#closed) return
    this.#closed = true
    this.#failure = error ?? { reason: this.#endedError() }
    this.#refuse(this.#failure.reason)
    if (this.#held === undefined) this.#owner.broke(this, this.#failure.reason)
  }

  #endedError(): StreamEndedError {
    const text = `the subscription to ${JSON.stringify(this.name)} ended`
    return new StreamEndedError(text, { op: 'stream', pv: this.name })
  }

  /** Hands over what came, and from now on what comes. */
  release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const tell of held) tell()
    if (this.#failure !== undefined) this.#owner.broke(this, this.#failure.reason)
  }

  /** What came was taken: lets as much come again. */
  listen(): void {
    const came = this.#came
    if (this.#closed || came === 0) return
    this.#came = 0
    this.#receiving.took(came)
    this.#receiving.awaited(true)
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
