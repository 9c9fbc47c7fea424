import type { ChangeSet } from '../data/index.js'
import type { TypeDef } from '../index.js'
import { UPDATE, type Subscribe2 } from '../pvws/index.js'
import type { Feed } from './feed.js'
import type { Frames } from './frames.js'
import type { Newest } from './newest.js'
import { Watch, type Line, type Pace } from './watch.js'
import { tooLarge } from './watch1.js'

/** What a watch of version 2 needs of its socket. */
export interface Line2 extends Line {
  readonly frames: Frames
  send(text: string): void
  /** Tells how the connection to the PV is. */
  state(watch: Watch2): void
  /** Tells what is wrong with a subscription that stays open. */
  told(error: Error, watch: Watch2): void
  readonly largest: number
}

/** A subscription of version 2: what changed since its last update, however many it did not get. */
export class Watch2 extends Watch {
  readonly id: number
  readonly #line: Line2
  readonly #binary: boolean
  readonly #bridge: Pace
  /** What changed and was not sent yet. */
  #changes: ChangeSet | undefined
  // One for all its records: thousands are sent each second.
  readonly #head: { kind: number; complete: boolean; merged: number; id: number; type: number }
  #complete = true
  #type: TypeDef | undefined
  #counted = 0
  #told: number
  #linked: boolean | undefined
  #tooLarge = false

  constructor(asked: string, feed: Feed, line: Line2, pace: Pace, { id, format, rate }: Subscribe2) {
    super(asked, feed, line, paceFor(pace, rate))
    this.id = id
    this.#head = { kind: UPDATE, complete: true, merged: 1, id, type: 0 }
    this.#line = line
    this.#bridge = pace
    this.#binary = format === 'binary'
    this.#told = Math.max(0, feed.count - 1)
  }

  /** What was told of the connection to the PV. */
  get linked(): boolean | undefined {
    return this.#linked
  }

  /** Updates a second from now on; 0 pauses it. */
  setRate(rate: number): void {
    this.pace = paceFor(this.#bridge, rate)
    this.flush(performance.now())
  }

  override changed(now: number): void {
    const { connected, peer } = this.feed
    if (!connected) {
      if (this.connected === true) this.#lost()
      if ((peer !== undefined) !== (this.#linked ?? false)) this.tell()
      return
    }
    if (this.#linked !== true) this.tell()
    this.#note()
    super.changed(now)
  }

  /** What it did not get yet is sent: there may be no other. The first value behind a loss is complete. */
  #lost(): void {
    if (this.#changes !== undefined && this.pace.scalars !== Infinity) this.send()
    this.#changes = undefined
    this.#complete = true
    this.#told = this.feed.count
    this.connected = false
  }

  #note(): void {
    const { newest, count } = this.feed
    if (newest === undefined || count === this.#counted) return
    this.#counted = count
    if (this.#complete) return
    const before = this.#changes
    if (before?.type === newest.changes.type) this.#changes = before.with(newest.changes)
    else this.#changes = newest.changes
  }

  /** Says how the connection is. */
  tell(): void {
    this.#linked = this.feed.peer !== undefined
    this.#line.state(this)
  }

  protected override send(): boolean {
    const { newest, asked, count } = this.feed
    if (newest === undefined || asked === undefined) return true
    const complete = this.#complete || newest.value.$type !== this.#type
    const fields = complete ? asked : (this.#changes ?? newest.changes)
    const merged = Math.max(1, count - this.#told)
    const sent = this.#binary
      ? this.#record(newest, fields, complete, merged)
      : this.#message(newest, fields, complete, merged)
    if (!sent) return false
    this.connected = true
    this.#told = count
    this.#changes = undefined
    this.#type = newest.value.$type
    return true
  }

  #record(newest: Newest, fields: ChangeSet, complete: boolean, merged: number): boolean {
    const content = newest.content(fields)
    if (this.#isTooLarge(content.length)) return true
    this.#head.complete = complete
    this.#head.merged = merged
    return this.#line.frames.add(this.#head, newest.value.$type, content, complete)
  }

  #message(newest: Newest, fields: ChangeSet, complete: boolean, merged: number): boolean {
    const text = newest.text(fields)
    if (this.#isTooLarge(text.length)) return true
    this.#line.send(
      `{"type":"update","id":${this.id},"pv":${JSON.stringify(this.asked)},"complete":${complete},"merged":${merged},${text}}`,
    )
    return true
  }

  /** Told once; the next that is not too large is complete. */
  #isTooLarge(bytes: number): boolean {
    const { largest } = this.#line
    const before = this.#tooLarge
    this.#complete = this.#tooLarge = bytes > largest
    if (this.#tooLarge && !before) this.#line.told(tooLarge(bytes, largest), this)
    return this.#tooLarge
  }
}

function paceFor({ scalars, arrays }: Pace, rate: number | undefined): Pace {
  if (rate === undefined) return { scalars, arrays }
  const interval = rate === 0 ? Infinity : 1_000 / rate
  return { scalars: Math.max(scalars, interval), arrays: Math.max(arrays, interval) }
}
