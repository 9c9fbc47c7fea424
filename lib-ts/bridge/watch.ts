import type { Feed, Listener } from './feed.js'

/** What a watch needs of its socket. */
export interface Line {
  /** Whether there is room: when there is none, what is due waits until there is. */
  readonly room: boolean
  /** To be looked at again at that time of the monotonic clock; at -Infinity, when there is room. */
  later(watch: Watch, at: number): void
  failed(watch: Watch, error: Error): void
}

/** ms between two updates of one PV to one socket, at least; Infinity: none is sent. */
export interface Pace {
  readonly scalars: number
  readonly arrays: number
}

// A change of severity does not wait for its turn, but a PV that flaps must not flood either.
const FLAPPING = 4
// ms by which a timer may be late without the next update being later for it.
const LATE = 20

/** A PV that one socket is subscribed to: when it may get more. What is sent is a matter of the version it speaks. */
export abstract class Watch implements Listener {
  /** The name as it was asked, which all answers carry. */
  readonly asked: string
  readonly feed: Feed
  protected pace: Pace
  /** What was told of the connection; undefined before anything was sent. */
  protected connected: boolean | undefined
  readonly #line: Line
  #sentAt = -Infinity
  #severity = -1
  #dirty = false

  constructor(asked: string, feed: Feed, line: Line, pace: Pace) {
    this.asked = asked
    this.feed = feed
    this.#line = line
    this.pace = pace
  }

  /** Whether an update has been sent. */
  get seen(): boolean {
    return this.connected !== undefined
  }

  /** When what is new may be sent, on the monotonic clock. */
  get #dueAt(): number {
    const pace = this.feed.large ? this.pace.arrays : this.pace.scalars
    if (pace === Infinity) return Infinity
    if (this.connected !== this.feed.connected) return -Infinity
    return this.#sentAt + (this.feed.newest?.severity === this.#severity ? pace : pace / FLAPPING)
  }

  changed(now: number): void {
    this.#dirty = true
    this.flush(now)
  }

  failed(error: Error): void {
    this.#line.failed(this, error)
  }

  /** Sends what is new if it is due and there is room; else it is looked at again. */
  flush(now: number): void {
    if (!this.#dirty) return
    const due = this.#dueAt
    if (due === Infinity) return // paused
    if (due > now) {
      this.#line.later(this, due)
      return
    }
    if (!this.#line.room || !this.send()) {
      this.#line.later(this, -Infinity)
      return
    }
    this.#dirty = false
    this.#sentAt = now - due < LATE ? due : now
    this.#severity = this.feed.newest?.severity ?? -1
  }

  /** Sends what is new; false when there is no room for it. */
  protected abstract send(): boolean

  close(): void {
    this.#dirty = false
    this.feed.delete(this)
  }
}
