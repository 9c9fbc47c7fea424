import type { Sample, Window } from '../../telemetry/index.js'

/** Figures per window of samples in order of time. Windows stand on multiples of their width. */
export async function* windowsOf(
  samples: AsyncIterable<readonly Sample[]>,
  width: bigint,
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
      open ??= new Figures(time, width)
      open.add(Number(value))
    }
    if (done.length > 0) yield done
  }
  if (open !== undefined) yield [open.window()]
}

class Figures {
  readonly end: bigint
  readonly #time: bigint
  readonly #width: bigint
  #count = 0
  #mean = 0
  #squares = 0
  #min = Infinity
  #max = -Infinity

  constructor(time: bigint, width: bigint) {
    this.#time = time - (((time % width) + width) % width)
    this.#width = width
    this.end = this.#time + width
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
      width: this.#width,
      min: this.#min,
      mean: this.#mean,
      max: this.#max,
      count: this.#count,
      ...(this.#count > 1 ? { stddev: Math.sqrt(this.#squares / (this.#count - 1)) } : {}),
    }
  }
}
