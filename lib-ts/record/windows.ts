// Figures per window, from samples in order of time: for stores that do not compute them.
import type { Sample, Window } from '../telemetry/index.js'

const BATCH = 1_000

/** One window that is being filled; Welford's sums keep the deviation exact for large means. */
class Filling {
  readonly time: bigint
  readonly end: bigint
  #min = Infinity
  #max = -Infinity
  #count = 0
  #mean = 0
  #squares = 0

  constructor(time: bigint, width: bigint) {
    this.time = time
    this.end = time + width
  }

  add(x: number): void {
    this.#count++
    if (x < this.#min) this.#min = x
    if (x > this.#max) this.#max = x
    const distance = x - this.#mean
    this.#mean += distance / this.#count
    this.#squares += distance * (x - this.#mean)
  }

  get window(): Window {
    const count = this.#count
    return {
      time: this.time,
      width: this.end - this.time,
      min: this.#min,
      mean: this.#mean,
      max: this.#max,
      count,
      ...(count > 1 ? { stddev: Math.sqrt(this.#squares / (count - 1)) } : {}),
    }
  }
}

/** Windows on multiples of `width` from the epoch; those without a number are left out. */
export async function* windowsOf(
  batches: AsyncIterable<readonly Sample[]>,
  width: bigint,
): AsyncGenerator<Window[], void, undefined> {
  let filling: Filling | undefined
  let done: Window[] = []
  for await (const batch of batches) {
    for (const { time, value } of batch) {
      const x = numberIn(value)
      if (x === undefined) continue
      if (filling === undefined || time >= filling.end) {
        if (filling !== undefined) done.push(filling.window)
        filling = new Filling(startOf(time, width), width)
      }
      filling.add(x)
    }
    if (done.length >= BATCH) {
      yield done
      done = []
    }
  }
  if (filling !== undefined) done.push(filling.window)
  if (done.length > 0) yield done
}

/** The beginning of the window that a time lies in; also before the epoch. */
export function startOf(time: bigint, width: bigint): bigint {
  const rest = time % width
  return rest < 0n ? time - rest - width : time - rest
}

/** What counts in figures: numbers, and true and false as 1 and 0. */
function numberIn(value: Sample['value']): number | undefined {
  if (typeof value === 'number') return Number.isNaN(value) ? undefined : value
  if (typeof value === 'bigint') return Number(value)
  return typeof value === 'boolean' ? Number(value) : undefined
}
