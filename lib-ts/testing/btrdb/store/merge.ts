import type { Columns } from './chunk.js'

/** What becomes of points whose time is there already, by their numbers in requests. */
export const policies = ['never', 'equal', 'retain', 'replace'] as const
export type MergePolicy = (typeof policies)[number]

/** Puts columns into the order of time; points of one time stay in theirs. The columns themselves where they are. */
export function sorted(columns: Columns): Columns {
  const { time, value } = columns
  let inOrder = true
  for (let i = 1; i < time.length && inOrder; i++) inOrder = (time[i - 1] as bigint) <= (time[i] as bigint)
  if (inOrder) return columns
  const order = Uint32Array.from(time, (_, i) => i)
  order.sort((a, b) => {
    const [x, y] = [time[a] as bigint, time[b] as bigint]
    return x < y ? -1 : x > y ? 1 : a - b
  })
  return {
    time: BigInt64Array.from(order, (i) => time[i] as bigint),
    value: Float64Array.from(order, (i) => value[i] as number),
  }
}

/** Joins new points, in the order of time, with those that are there. */
export function merged(old: Columns, added: Columns, policy: MergePolicy): Columns {
  const into = new Joined(old.time.length + added.time.length)
  let [i, j] = [0, 0]
  while (i < old.time.length || j < added.time.length) {
    const at = earlier(old.time[i], added.time[j])
    const oldEnd = runEnd(old.time, i, at)
    const addedEnd = runEnd(added.time, j, at)
    if (addedEnd === j) into.take(old, i, oldEnd)
    else joinRun(into, { old, i, oldEnd, added, j, addedEnd }, policy)
    i = oldEnd
    j = addedEnd
  }
  return into.columns()
}

function earlier(a: bigint | undefined, b: bigint | undefined): bigint {
  if (a === undefined) return b as bigint
  return b === undefined || a < b ? a : b
}

function runEnd(time: BigInt64Array, from: number, at: bigint): number {
  let end = from
  while (end < time.length && time[end] === at) end++
  return end
}

interface Run {
  readonly old: Columns
  readonly i: number
  readonly oldEnd: number
  readonly added: Columns
  readonly j: number
  readonly addedEnd: number
}

/** All points of one time: those that are there, and those that come. */
function joinRun(into: Joined, run: Run, policy: MergePolicy): void {
  const { old, i, oldEnd, added, j, addedEnd } = run
  switch (policy) {
    case 'never':
      into.take(old, i, oldEnd)
      into.take(added, j, addedEnd)
      return
    case 'retain':
      if (oldEnd > i) into.take(old, i, oldEnd)
      else into.take(added, j, j + 1)
      return
    case 'replace':
      into.take(added, addedEnd - 1, addedEnd)
      return
    case 'equal': {
      into.take(old, i, oldEnd)
      for (let at = j; at < addedEnd; at++) {
        const value = added.value[at] as number
        if (!has(old.value, i, oldEnd, value) && !has(added.value, j, at, value)) into.take(added, at, at + 1)
      }
    }
  }
}

/** −0 and 0 are two values: they are kept bit for bit. */
function has(values: Float64Array, from: number, to: number, value: number): boolean {
  for (let i = from; i < to; i++) if (Object.is(values[i], value)) return true
  return false
}

/** Columns that grow, to a size that is known at most. */
class Joined {
  readonly #time: BigInt64Array
  readonly #value: Float64Array
  #length = 0

  constructor(most: number) {
    this.#time = new BigInt64Array(most)
    this.#value = new Float64Array(most)
  }

  take({ time, value }: Columns, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      this.#time[this.#length] = time[i] as bigint
      this.#value[this.#length++] = value[i] as number
    }
  }

  columns(): Columns {
    return { time: this.#time.subarray(0, this.#length), value: this.#value.subarray(0, this.#length) }
  }
}
