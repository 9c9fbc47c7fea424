import { BridgeError, type Update1 } from '../pvws/index.js'
import type { Feed } from './feed.js'
import { Watch, type Line, type Pace } from './watch.js'

/** What a watch of version 1 needs of its socket or stream. */
export interface Line1 extends Line {
  send(text: string): void
  /** Tells what is wrong with a PV that stays subscribed. */
  told(error: Error, pv: string): void
  /** Bytes of one update, at most. */
  readonly largest: number
}

/** A PV that one socket of version 1 is subscribed to: what it got last. */
export class Watch1 extends Watch {
  readonly #line: Line1
  readonly #head: string
  readonly #readonly: boolean
  #meta: string | undefined
  #severity: string | undefined
  #told = 0
  #tooLarge = false

  constructor(asked: string, feed: Feed, line: Line1, pace: Pace, readonly: boolean) {
    super(asked, feed, line, pace)
    this.#line = line
    this.#readonly = readonly
    this.#head = `{"type":"update","pv":${JSON.stringify(asked)}`
  }

  protected override send(): boolean {
    const text = this.feed.connected ? this.#update() : this.#lost()
    if (text !== undefined) this.#line.send(text)
    return true
  }

  #update(): string | undefined {
    const update = this.feed.newest?.update1
    if (update === undefined) return undefined
    let text = this.#head
    if (update.meta !== this.#meta) text += this.#meta = update.meta
    text += this.#valueOf(update) + update.time
    if (update.severity !== this.#severity) text += `,"severity":"${(this.#severity = update.severity)}"`
    if (this.connected !== true) text += ',"connected":true'
    // Twice: a widespread client ignores it in the first update of a PV.
    if (this.#told < 2) text += `,"readonly":${this.#readonly}`
    this.#told++
    this.connected = true
    return `${text}}`
  }

  /** One that is too large is told once, and its updates come without it. */
  #valueOf({ value }: Update1): string {
    const { largest } = this.#line
    if (value.length <= largest) return value
    if (!this.#tooLarge) {
      this.#tooLarge = true
      this.#line.told(tooLarge(value.length, largest), this.asked)
    }
    return ''
  }

  /** Says that the PV is gone. What described it is said anew when it is back: its type may be another. */
  #lost(): string | undefined {
    if (this.connected !== true) return undefined
    this.connected = false
    this.#meta = undefined
    this.#severity = undefined
    const now = Date.now()
    const time = `,"seconds":${Math.floor(now / 1_000)},"nanos":${(now % 1_000) * 1_000_000}`
    return `${this.#head}${this.feed.newest?.update1.lost ?? ''}${time},"severity":"UNDEFINED","connected":false}`
  }
}

export function tooLarge(bytes: number, largest: number): BridgeError {
  return new BridgeError(
    'ERR_BRIDGE_TOO_LARGE',
    `the value has ${bytes} bytes, and an update has at most ${largest}: it comes without its value`,
  )
}
