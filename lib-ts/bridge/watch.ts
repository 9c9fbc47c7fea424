import type { Feed, Listener } from './feed.js'

/** What a watch needs of its socket. */
export interface Line {
  /** Sends text; counted. */
  send(text: string): void
  /** Whether there is room: when there is none, what is due waits until there is. */
  readonly room: boolean
  /** To be looked at again at that time of the monotonic clock, or when there is room. */
  later(watch: Watch, at: number): void
  failed(watch: Watch, error: Error): void
}

/** ms between two updates of one PV to one socket, at least. */
export interface Pace {
  readonly scalars: number
  readonly arrays: number
}

// A change of severity does not wait for its turn, but a PV that flaps must not flood either.
const FLAPPING = 4

/** A PV that one socket of version 1 is subscribed to: what it got last, and when it may get more. */
export class Watch implements Listener {
  /** The name as it was asked, which all answers carry. */
  readonly asked: string
  readonly feed: Feed
  readonly #line: Line
  readonly #pace: Pace
  readonly #head: string
  readonly #readonly: boolean
  #sentAt = -Infinity
  #meta: string | undefined
  #severity: string | undefined
  #number = -1
  #connected: boolean | undefined
  #told = 0
  #dirty = false

  constructor(asked: string, feed: Feed, line: Line, pace: Pace, readonly: boolean) {
    this.asked = asked
    this.feed = feed
    this.#line = line
    this.#pace = pace
    this.#readonly = readonly
    this.#head = `{"type":"update","pv":${JSON.stringify(asked)}`
  }

  /** Whether an update has been sent. */
  get seen(): boolean {
    return this.#connected !== undefined
  }

  /** When what is new may be sent, on the monotonic clock. */
  get dueAt(): number {
    if (this.#connected !== this.feed.connected) return -Infinity
    const pace = this.feed.large ? this.#pace.arrays : this.#pace.scalars
    return this.#sentAt + (this.feed.severity === this.#number ? pace : pace / FLAPPING)
  }

  changed(): void {
    this.#dirty = true
    this.flush(performance.now())
  }

  failed(error: Error): void {
    this.#line.failed(this, error)
  }

  /** Sends what is new if it is due and there is room; else it is looked at again. */
  flush(now: number): void {
    if (!this.#dirty) return
    const due = this.dueAt
    if (due > now || !this.#line.room) {
      this.#line.later(this, due)
      return
    }
    this.#dirty = false
    this.#sentAt = now
    const text = this.feed.connected ? this.#update() : this.#lost()
    if (text !== undefined) this.#line.send(text)
  }

  #update(): string | undefined {
    const update = this.feed.update1
    if (update === undefined) return undefined
    let text = this.#head
    if (update.meta !== this.#meta) text += this.#meta = update.meta
    text += update.value + update.time
    if (update.severity !== this.#severity) text += `,"severity":"${(this.#severity = update.severity)}"`
    if (this.#connected !== true) text += ',"connected":true'
    // Twice: a widespread client ignores it in the first update of a PV.
    if (this.#told < 2) text += `,"readonly":${this.#readonly}`
    this.#told++
    this.#connected = true
    this.#number = this.feed.severity
    return `${text}}`
  }

  /** Says that the PV is gone. What described it is said anew when it is back: its type may be another. */
  #lost(): string | undefined {
    if (this.#connected !== true) return undefined
    this.#connected = false
    this.#meta = undefined
    this.#severity = undefined
    const now = Date.now()
    const time = `,"seconds":${Math.floor(now / 1_000)},"nanos":${(now % 1_000) * 1_000_000}`
    return `${this.#head}${this.feed.update1?.lost ?? ''}${time},"severity":"UNDEFINED","connected":false}`
  }

  close(): void {
    this.#dirty = false
    this.feed.delete(this)
  }
}
