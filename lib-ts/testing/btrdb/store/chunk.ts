/** How many points a chunk holds, where not more of them share one time. */
export const CHUNK = 2048

/** Points in the order of their times; equal times stand in the order in which they were written. */
export interface Columns {
  readonly time: BigInt64Array
  readonly value: Float64Array
}

interface Store extends Columns {
  used: number
}

/**
 * A piece of a snapshot. Its points never change, but several chunks may look at one store: a chunk that grew at its end
 * shares the points before with the older one, so that a thousand versions of a point each cost a thousand points.
 */
export class Chunk implements Columns {
  readonly time: BigInt64Array
  readonly value: Float64Array
  readonly #store: Store

  private constructor(store: Store, length: number) {
    this.#store = store
    this.time = store.time.subarray(0, length)
    this.value = store.value.subarray(0, length)
  }

  /** Takes points `from` to `to` of these columns. */
  static of(columns: Columns, from: number, to: number): Chunk {
    const length = to - from
    const room = Math.max(length, Math.min(CHUNK, 2 * length))
    const store = { time: new BigInt64Array(room), value: new Float64Array(room), used: length }
    store.time.set(columns.time.subarray(from, to))
    store.value.set(columns.value.subarray(from, to))
    return new Chunk(store, length)
  }

  get first(): bigint {
    return this.time[0] as bigint
  }

  get last(): bigint {
    return this.time[this.time.length - 1] as bigint
  }

  /** This chunk with more points behind, in the same store; undefined where there is no room. */
  grown(columns: Columns, from: number, to: number): Chunk | undefined {
    const store = this.#store
    const length = this.time.length
    const wanted = length + to - from
    if (store.used !== length || wanted > store.time.length) return undefined
    store.time.set(columns.time.subarray(from, to), length)
    store.value.set(columns.value.subarray(from, to), length)
    store.used = wanted
    return new Chunk(store, wanted)
  }
}

/** Cuts columns into chunks; points of one time stay together. */
export function chunksOf(columns: Columns): Chunk[] {
  const chunks: Chunk[] = []
  const { time } = columns
  for (let from = 0; from < time.length;) {
    let to = Math.min(from + CHUNK, time.length)
    while (to < time.length && time[to] === time[to - 1]) to++
    chunks.push(Chunk.of(columns, from, to))
    from = to
  }
  return chunks
}

/** The first index from `from` on, below `to`, whose time is not before `at`; `to` where none is. */
export function lowerBound(time: BigInt64Array, at: bigint, from = 0, to = time.length): number {
  let low = from
  let high = to
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((time[middle] as bigint) < at) low = middle + 1
    else high = middle
  }
  return low
}
