import { sizeOf } from './batcher-options.js'
import type { Sample } from './sample.js'

/** One push. */
interface Segment {
  readonly samples: readonly Sample[]
  readonly since: number
}

const EMPTY: Segment = { samples: [], since: Infinity }

/** Samples that wait in memory, oldest first. */
export class Backlog {
  #sized: boolean
  /** Pushes as they came, the first from `#at` on. */
  #segments: Segment[] = []
  #first = 0
  #at = 0
  size = 0
  /** Estimated, and 0 when no limit asks for it. */
  bytes = 0

  constructor(sized: boolean) {
    this.#sized = sized
  }

  /** Whether bytes are counted from now on, of what waits too. */
  measure(sized: boolean): void {
    if (sized === this.#sized) return
    this.#sized = sized
    this.bytes = 0
    if (!sized) return
    for (const [i, { samples }] of this.#segments.slice(this.#first).entries())
      for (const sample of i === 0 ? samples.slice(this.#at) : samples) this.bytes += sizeOf(sample)
  }

  /** When the oldest came, on the clock of `performance`. */
  get since(): number {
    return this.#segments[this.#first]?.since ?? Infinity
  }

  add(samples: readonly Sample[]): void {
    // A copy: the array is its owner's.
    this.#segments.push({ samples: samples.slice(), since: performance.now() })
    this.size += samples.length
    if (this.#sized) for (const sample of samples) this.bytes += sizeOf(sample)
  }

  take(maxItems: number, maxBytes: number): readonly Sample[] {
    if (!this.#sized) return this.#takeSome(Math.min(maxItems, this.size))
    const batch: Sample[] = []
    let bytes = 0
    while (batch.length < maxItems && this.size > 0) {
      const { samples } = this.#segments[this.#first] as Segment
      const sample = samples[this.#at] as Sample
      const size = sizeOf(sample)
      if (batch.length > 0 && bytes + size > maxBytes) break
      bytes += size
      batch.push(sample)
      this.#advance(1, samples.length, size)
    }
    return batch
  }

  /** By pieces of segments, and a whole segment as it is. */
  #takeSome(count: number): readonly Sample[] {
    const pieces: (readonly Sample[])[] = []
    for (let left = count; left > 0;) {
      const { samples } = this.#segments[this.#first] as Segment
      const at = this.#at
      const n = Math.min(left, samples.length - at)
      pieces.push(n === samples.length ? samples : samples.slice(at, at + n))
      this.#advance(n, samples.length, 0)
      left -= n
    }
    return pieces.length === 1 ? (pieces[0] as readonly Sample[]) : pieces.flat()
  }

  /** Forgets the oldest. */
  drop(count: number): void {
    for (let i = 0; i < count; i++) {
      const { samples } = this.#segments[this.#first] as Segment
      this.#advance(1, samples.length, this.#sized ? sizeOf(samples[this.#at] as Sample) : 0)
    }
  }

  #advance(count: number, length: number, bytes: number): void {
    this.size -= count
    this.bytes -= bytes
    this.#at += count
    if (this.#at < length) return
    this.#at = 0
    // Let go at once: the array itself is shortened only now and then.
    this.#segments[this.#first] = EMPTY
    this.#first++
    // Shifting an array for each segment is quadratic.
    if (this.#first === this.#segments.length || this.#first > 1000) {
      this.#segments = this.#segments.slice(this.#first)
      this.#first = 0
    }
  }
}
