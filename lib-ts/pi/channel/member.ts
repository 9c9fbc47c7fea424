import type { PiStream } from '../resolver.js'
import { PiState, type PiUpdate } from '../update.js'

const MOST_REMEMBERED = 10_000

/** A stream of a channel, and what of it was given already. */
export class Member {
  stream: PiStream
  /** It is no longer wanted; its socket may be open still, for the others on it. */
  gone = false
  /** The server did not have it when its socket came back. */
  missing = false
  /** When it was opened, as far as that is known on the server's clock. */
  since: bigint | undefined
  /** The greatest time given; undefined as long as there was nothing. */
  last: bigint | undefined
  /** Those given with that time. */
  #newest: PiUpdate | undefined
  #more: PiUpdate[] | undefined
  /** What was given while archive and messages overlap. */
  #overlap: Set<string> | undefined

  constructor(stream: PiStream) {
    this.stream = stream
  }

  /** To be called for each value that is given. */
  give(update: PiUpdate): void {
    const { time } = update
    if (this.last === undefined || time > this.last) {
      this.last = time
      this.#newest = update
      this.#more = undefined
    } else if (time === this.last) (this.#more ??= []).push(update)
    if (this.#overlap !== undefined) this.#remember(update)
  }

  /** Whether this value was given: with the greatest time, or since the overlap began. */
  gave(update: PiUpdate): boolean {
    const newest = this.#newest
    if (newest === undefined || (this.#overlap === undefined && update.time !== this.last)) return false
    const key = keyOf(update)
    if (this.#overlap?.has(key) === true) return true
    if (update.time !== this.last) return false
    return keyOf(newest) === key || (this.#more?.some((one) => keyOf(one) === key) ?? false)
  }

  /** From now on all that is given is remembered. */
  beginOverlap(): void {
    this.#overlap ??= new Set()
  }

  get overlaps(): boolean {
    return this.#overlap !== undefined
  }

  endOverlap(): void {
    this.#overlap = undefined
  }

  #remember(update: PiUpdate): void {
    const overlap = this.#overlap as Set<string>
    overlap.add(keyOf(update))
    if (overlap.size > MOST_REMEMBERED) overlap.delete(overlap.values().next().value as string)
  }
}

/** The same for the same value at the same time; a change of its quality makes it another. */
function keyOf({ time, value, good, questionable }: PiUpdate): string {
  const text = value instanceof PiState ? `${value.code} ${value.name}` : String(value)
  return `${time} ${good ? 1 : 0}${questionable ? 1 : 0} ${typeof value} ${text}`
}
