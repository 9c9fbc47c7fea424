import type { Sample, Window } from '../../telemetry/index.js'

/** Where windows stand: on multiples of the width, the first and the last one cut. */
export interface Windows {
  readonly from: bigint
  readonly to: bigint
  readonly width: bigint
}

/** Figures per window of samples in order of time. */
export async function* windowsOf(
  samples: AsyncIterable<readonly Sample[]>,
  windows: Windows,
): AsyncGenerator<Window[], void, undefined> {
  let open: Figures | undefined
  for await (const batch of samples) {
    const done: Window[] = []
    for (const { time, value, severity } of batch) {
      // What is bad says nothing about the process.
      if (severity >= 3 || (typeof value !== 'number' && typeof value !== 'bigint')) continue
      if (open !== undefined && time >= open.end) {
        done.push(open.window())
        open = undefined
      }
      open ??= new Figures(time, windows)
      open.add(Number(value))
    }
    if (done.length > 0) yield done
  }
  if (open !== undefined) yield [open.window()]
}

class Figures {
  readonly end: bigint
  readonly #time: bigint
  #count = 0
  #mean = 0
  #squares = 0
  #min = Infinity
  #max = -Infinity

  constructor(time: bigint, { from, to, width }: Windows) {
    const start = time - (((time % width) + width) % width)
    this.#time = start < from ? from : start
    this.end = start + width > to ? to : start + width
  }

  add(value: number): void {
    this.#count++
    const off = value - this.#mean
    this.#mean += off / this.#count
    this.#squares += off * (value - this.#mean)
    this.#min = Math.min(this.#min, value)
    this.#max = Math.max(this.#max, value)
  }

  window(): Window {
    return {
      time: this.#time,
      width: this.end - this.#time,
      min: this.#min,
      mean: this.#mean,
      max: this.#max,
      count: this.#count,
      ...(this.#count > 1 ? { stddev: Math.sqrt(this.#squares / (this.#count - 1)) } : {}),
    }
  }
}
