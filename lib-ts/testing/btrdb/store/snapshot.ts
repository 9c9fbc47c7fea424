import { CHUNK, chunksOf, lowerBound, type Chunk, type Columns } from './chunk.js'
import { merged, type MergePolicy } from './merge.js'

/** A stretch of points in one chunk. */
export interface Segment extends Columns {
  readonly from: number
  readonly to: number
}

/** All points of a stream at one version. It never changes; a later one shares the chunks that stayed. */
export class Snapshot {
  static readonly empty = new Snapshot([])
  readonly length: number
  readonly #chunks: readonly Chunk[]
  /** How many points stand before each chunk. */
  readonly #before: readonly number[]

  private constructor(chunks: readonly Chunk[]) {
    this.#chunks = chunks
    const before: number[] = []
    let length = 0
    for (const { time } of chunks) {
      before.push(length)
      length += time.length
    }
    this.#before = before
    this.length = length
  }

  /** The index of the first point that is not before `at`. */
  indexOf(at: bigint): number {
    const c = this.#chunkOf(at)
    const chunk = this.#chunks[c]
    return chunk === undefined ? this.length : (this.#before[c] as number) + lowerBound(chunk.time, at)
  }

  /** How many points are in [from, to). */
  count(from: bigint, to: bigint): number {
    return this.indexOf(to) - this.indexOf(from)
  }

  at(index: number): { readonly time: bigint; readonly value: number } | undefined {
    if (index < 0 || index >= this.length) return undefined
    const [c, i] = this.#place(index)
    const { time, value } = this.#chunks[c] as Chunk
    return { time: time[i] as bigint, value: value[i] as number }
  }

  /** The points of these indices, chunk by chunk. */
  *segments(from: number, to: number): Generator<Segment> {
    if (from >= to) return
    let [c, i] = this.#place(from)
    for (let left = to - from; left > 0; c++, i = 0) {
      const { time, value } = this.#chunks[c] as Chunk
      const end = Math.min(time.length, i + left)
      yield { time, value, from: i, to: end }
      left -= end - i
    }
  }

  /** The points of these indices, as columns of their own. */
  columns(from = 0, to = this.length): Columns {
    const length = Math.max(0, to - from)
    const all = { time: new BigInt64Array(length), value: new Float64Array(length) }
    let at = 0
    for (const part of this.segments(from, to)) {
      all.time.set(part.time.subarray(part.from, part.to), at)
      all.value.set(part.value.subarray(part.from, part.to), at)
      at += part.to - part.from
    }
    return all
  }

  /** With these points, which stand in the order of time. */
  with(added: Columns, policy: MergePolicy): Snapshot {
    if (added.time.length === 0) return this
    if (this.length === 0) return new Snapshot(chunksOf(merged(none, added, policy)))
    const chunks: Chunk[] = []
    let from = 0
    for (const [c, chunk] of this.#chunks.entries()) {
      const next = this.#chunks[c + 1]
      const to = next === undefined ? added.time.length : lowerBound(added.time, next.first, from)
      if (to === from) chunks.push(chunk)
      else chunks.push(...withPart(chunk, part(added, from, to), policy))
      from = to
    }
    return new Snapshot(chunks)
  }

  /** Without the points of [from, to). */
  without(from: bigint, to: bigint): Snapshot {
    const chunks: Chunk[] = []
    for (const chunk of this.#chunks) {
      if (chunk.last < from || chunk.first >= to) {
        chunks.push(chunk)
        continue
      }
      const [first, end] = [lowerBound(chunk.time, from), lowerBound(chunk.time, to)]
      chunks.push(...chunksOf(part(chunk, 0, first)), ...chunksOf(part(chunk, end, chunk.time.length)))
    }
    return new Snapshot(chunks)
  }

  /** The first chunk whose last point is not before `at`. */
  #chunkOf(at: bigint): number {
    let low = 0
    let high = this.#chunks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#chunks[middle] as Chunk).last < at) low = middle + 1
      else high = middle
    }
    return low
  }

  #place(index: number): [chunk: number, index: number] {
    let low = 0
    let high = this.#before.length
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if ((this.#before[middle] as number) <= index) low = middle
      else high = middle
    }
    return [low, index - (this.#before[low] as number)]
  }
}

const none: Columns = { time: new BigInt64Array(0), value: new Float64Array(0) }

function part({ time, value }: Columns, from: number, to: number): Columns {
  return { time: time.subarray(from, to), value: value.subarray(from, to) }
}

function withPart(chunk: Chunk, added: Columns, policy: MergePolicy): Chunk[] {
  if ((added.time[0] as bigint) <= chunk.last) return chunksOf(merged(chunk, added, policy))
  const behind = merged(none, added, policy)
  const grown = chunk.grown(behind, 0, behind.time.length)
  if (grown !== undefined) return [grown]
  // A small chunk is copied with what comes, so that many small writes do not leave as many chunks.
  if (chunk.time.length + behind.time.length <= CHUNK) return chunksOf(merged(chunk, behind, policy))
  return [chunk, ...chunksOf(behind)]
}
