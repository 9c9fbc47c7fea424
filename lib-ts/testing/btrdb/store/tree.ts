// Where a change is told: not by its points but by the leaves of the tree in which they are kept.
import { MAXIMUM_TIME, MINIMUM_TIME } from './times.js'
import type { Snapshot } from './snapshot.js'

/** A stretch of time, from included, to not. */
export interface Stretch {
  readonly from: bigint
  readonly to: bigint
}

/** Points that a leaf holds before it is divided. */
const LEAF = 1024
/** The width of the root's children, as a power of two; each level below is 2^6 narrower. */
const ROOT_CHILD = 56
const LEVEL = 6

/** The leaf in which a point at this time is kept. */
function leafOf(snapshot: Snapshot, at: bigint): Stretch {
  for (let k = ROOT_CHILD; ; k -= LEVEL) {
    const from = (at >> BigInt(k)) << BigInt(k)
    const to = from + (1n << BigInt(k))
    if (k < LEVEL || snapshot.count(from, to) <= LEAF) return { from, to }
  }
}

/** The leaves of the points at these times, which are in order. */
export function leavesOf(snapshot: Snapshot, times: BigInt64Array): Stretch[] {
  const leaves: Stretch[] = []
  for (const at of times) {
    const last = leaves[leaves.length - 1]
    if (last === undefined || at >= last.to) leaves.push(leafOf(snapshot, at))
  }
  return joined(leaves)
}

/** Widens stretches to multiples of 2^resolution, and joins those that touch. */
export function widened(stretches: readonly Stretch[], resolution: number): Stretch[] {
  const k = BigInt(Math.min(resolution, 62))
  const step = 1n << k
  const wide = stretches.map(({ from, to }) => ({
    from: largest(MINIMUM_TIME, (from >> k) << k),
    to: smallest(MAXIMUM_TIME, ((to + step - 1n) >> k) << k),
  }))
  return joined(wide.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0)))
}

function joined(stretches: readonly Stretch[]): Stretch[] {
  const all: { from: bigint; to: bigint }[] = []
  for (const { from, to } of stretches) {
    const last = all[all.length - 1]
    if (last === undefined || from > last.to) all.push({ from, to })
    else if (to > last.to) last.to = to
  }
  return all
}

const largest = (a: bigint, b: bigint): bigint => (a > b ? a : b)
const smallest = (a: bigint, b: bigint): bigint => (a < b ? a : b)
