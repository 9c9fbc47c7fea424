// Where the samples of one series stand in a file: 21 bytes for each, and not the samples.
import type { Series } from '../../telemetry/index.js'
import type { Place } from './lines.js'

const FIRST = 1_024

/** The places of samples by time, each time once. */
export class SeriesIndex {
  #times = new BigInt64Array(FIRST)
  #offsets = new Float64Array(FIRST)
  #lengths = new Uint32Array(FIRST)
  #of = new Uint32Array(FIRST)
  readonly #series: Series[] = []
  #count = 0
  #sorted = true

  /** Notes a sample; of those of one time the last one counts. */
  add(time: bigint, series: Series, { offset, length }: Place): void {
    const i = this.#count++
    if (i === this.#times.length) this.#grow()
    this.#times[i] = time
    this.#offsets[i] = offset
    this.#lengths[i] = length
    if (this.#series.at(-1) !== series) this.#series.push(series)
    this.#of[i] = this.#series.length - 1
    if (i > 0 && time <= (this.#times[i - 1] as bigint)) this.#sorted = false
  }

  /** Samples in order of time, `limit` of them at most, from that end. */
  *places(
    order: 'asc' | 'desc',
    limit: number,
  ): Generator<{ readonly series: Series; readonly place: Place }, void, undefined> {
    const numbers = this.#order()
    const count = Math.min(numbers.length, limit)
    for (let k = 0; k < count; k++) {
      const i = numbers[order === 'asc' ? k : numbers.length - 1 - k] as number
      yield {
        series: this.#series[this.#of[i] as number] as Series,
        place: { offset: this.#offsets[i] as number, length: this.#lengths[i] as number },
      }
    }
  }

  #order(): Uint32Array {
    const numbers = Uint32Array.from({ length: this.#count }, (_, i) => i)
    if (this.#sorted) return numbers
    const times = this.#times
    // Equal times stay in the order of the file.
    numbers.sort((a, b) => {
      const [x, y] = [times[a] as bigint, times[b] as bigint]
      return x < y ? -1 : x > y ? 1 : a - b
    })
    return numbers.filter((i, k) => k + 1 === numbers.length || times[i] !== times[numbers[k + 1] as number])
  }

  #grow(): void {
    const size = this.#times.length * 2
    const grown = <A extends BigInt64Array | Float64Array | Uint32Array>(to: A, from: A): A => {
      to.set(from as never)
      return to
    }
    this.#times = grown(new BigInt64Array(size), this.#times)
    this.#offsets = grown(new Float64Array(size), this.#offsets)
    this.#lengths = grown(new Uint32Array(size), this.#lengths)
    this.#of = grown(new Uint32Array(size), this.#of)
  }
}
