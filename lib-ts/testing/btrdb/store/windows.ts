import type { Snapshot } from './snapshot.js'

/** Statistics of windows, one a row. */
export interface WindowColumns {
  readonly time: BigInt64Array
  readonly min: Float64Array
  readonly mean: Float64Array
  readonly max: Float64Array
  readonly count: BigUint64Array
  readonly stddev: Float64Array
}

/** `at`, or what is below it, with its low `k` bits cleared: downwards for times before the epoch too. */
export function alignedDown(at: bigint, k: number): bigint {
  return (at >> BigInt(k)) << BigInt(k)
}

/** Windows of 2^k ns on multiples of it, from `from` to `to`, which are such multiples. Empty ones are left out. */
export function* alignedWindows(
  snapshot: Snapshot,
  from: bigint,
  to: bigint,
  { k, page }: { readonly k: number; readonly page: number },
): Generator<WindowColumns> {
  const rows = new Rows(page)
  const end = snapshot.indexOf(to)
  for (let i = snapshot.indexOf(from); i < end;) {
    const start = alignedDown((snapshot.at(i) as { time: bigint }).time, k)
    const next = snapshot.indexOf(start + (1n << BigInt(k)))
    rows.add(start, snapshot, i, next)
    i = next
    if (rows.full) yield rows.taken()
  }
  if (rows.length > 0) yield rows.taken()
}

/**
 * Windows of `width` ns, the first at `from`; what remains before `to` is left out. Holes come as windows without points,
 * and nothing comes behind the last point.
 */
export function* preciseWindows(
  snapshot: Snapshot,
  from: bigint,
  to: bigint,
  { width, page }: { readonly width: bigint; readonly page: number },
): Generator<WindowColumns> {
  const rows = new Rows(page)
  const end = to - ((to - from) % width)
  const last = snapshot.indexOf(end)
  let i = snapshot.indexOf(from)
  for (let start = from; start < end && i < last; start += width) {
    const next = snapshot.indexOf(start + width)
    rows.add(start, snapshot, i, next)
    i = next
    if (rows.full) yield rows.taken()
  }
  if (rows.length > 0) yield rows.taken()
}

class Rows {
  readonly #page: number
  #columns: WindowColumns
  length = 0

  constructor(page: number) {
    this.#page = page
    this.#columns = columns(page)
  }

  get full(): boolean {
    return this.length === this.#page
  }

  add(start: bigint, snapshot: Snapshot, from: number, to: number): void {
    const at = this.length++
    const { time, min, mean, max, count, stddev } = this.#columns
    time[at] = start
    const of = statistics(snapshot, from, to)
    min[at] = of.min
    mean[at] = of.mean
    max[at] = of.max
    stddev[at] = of.stddev
    count[at] = BigInt(to - from)
  }

  taken(): WindowColumns {
    const { length } = this
    const all = this.#columns
    this.#columns = columns(this.#page)
    this.length = 0
    if (length === this.#page) return all
    return {
      time: all.time.subarray(0, length),
      min: all.min.subarray(0, length),
      mean: all.mean.subarray(0, length),
      max: all.max.subarray(0, length),
      count: all.count.subarray(0, length),
      stddev: all.stddev.subarray(0, length),
    }
  }
}

function columns(length: number): WindowColumns {
  return {
    time: new BigInt64Array(length),
    min: new Float64Array(length),
    mean: new Float64Array(length),
    max: new Float64Array(length),
    count: new BigUint64Array(length),
    stddev: new Float64Array(length),
  }
}

interface Statistics {
  readonly min: number
  readonly mean: number
  readonly max: number
  /** Of all points that there are, so 0 for one. */
  readonly stddev: number
}

const nothing: Statistics = { min: 0, mean: 0, max: 0, stddev: 0 }

function statistics(snapshot: Snapshot, from: number, to: number): Statistics {
  if (from >= to) return nothing
  let min = Infinity
  let max = -Infinity
  let sum = 0
  for (const { value, from: first, to: end } of snapshot.segments(from, to)) {
    for (let i = first; i < end; i++) {
      const v = value[i] as number
      if (v < min) min = v
      if (v > max) max = v
      sum += v
    }
  }
  // A mean that rounding put outside of the values would be one that no chart can show.
  const mean = Math.min(max, Math.max(min, sum / (to - from)))
  let squares = 0
  for (const { value, from: first, to: end } of snapshot.segments(from, to)) {
    for (let i = first; i < end; i++) squares += ((value[i] as number) - mean) ** 2
  }
  return { min, mean, max, stddev: Math.sqrt(squares / (to - from)) }
}
