// Samples as columns of a table, gathered for one answer.
import { NUMBER_ARRAYS, type NumberArray, type ScalarCode } from '../../data/index.js'
import type { Sample, SampleArray, SampleValue, Series, SeriesType } from '../../telemetry/index.js'
import { QueryFault } from './fault.js'

/** How much of an answer there may be: an RPC holds all of it at once. */
export class Allowance {
  readonly #samples: number
  #left: number
  #bytes: number

  constructor(samples: number, bytes = 256 * 1024 * 1024) {
    this.#samples = samples
    this.#left = samples
    this.#bytes = bytes
  }

  /**
   * The sample before the range is one more than was asked for.
   *
   * @throws QueryFault when that is too much
   */
  samples(batch: readonly Sample[], from: bigint): void {
    const first = batch[0]
    const count = first !== undefined && first.time < from ? batch.length - 1 : batch.length
    const bytes = this.#bytes === Infinity ? 0 : batch.reduce((sum, { value }) => sum + sizeOf(value), 0)
    this.take(count, bytes)
  }

  /** @throws QueryFault when that is too much */
  take(count: number, bytes: number): void {
    this.#left -= count
    this.#bytes -= bytes
    if (this.#left < 0)
      throw new QueryFault(
        `"from" to "to" has more than ${this.#samples} samples: ask for a shorter range, a "limit" or a "width"`,
      )
    if (this.#bytes < 0)
      throw new QueryFault(
        '"from" to "to" has more than 256 MiB of values: ask for a shorter range or a "limit"',
      )
  }
}

const FIRST = 1_024

/** An array that grows. */
export class Column<A extends NumberArray> {
  #items: A
  #count = 0

  constructor(empty: new (size: number) => A) {
    this.#items = new empty(FIRST)
  }

  add(item: A[number]): void {
    if (this.#count === this.#items.length) {
      const grown = new (this.#items.constructor as new (size: number) => A)(this.#count * 2)
      grown.set(this.#items as never)
      this.#items = grown
    }
    this.#items[this.#count++] = item
  }

  get all(): A {
    return this.#items.subarray(0, this.#count) as A
  }
}

const ARRAYS: Readonly<Record<string, new (size: number) => NumberArray>> = {
  ...NUMBER_ARRAYS,
  enum: Int32Array,
}

/** What the values of a column or of its cells are: the code of a scalar. */
export function codeOf(type: SeriesType): ScalarCode {
  const element = type.replace(/\[\]$/, '')
  return element === 'enum' ? 'int32' : (element as ScalarCode)
}

const SECOND = 1_000_000_000n

/** Seconds since 1970 and the nanoseconds above them; also before 1970. */
export function secondsOf(time: bigint): { readonly seconds: bigint; readonly nanos: number } {
  const rest = ((time % SECOND) + SECOND) % SECOND
  return { seconds: (time - rest) / SECOND, nanos: Number(rest) }
}

/** Times and alarms of rows. */
export class Stamps {
  readonly secondsPastEpoch = new Column(BigInt64Array)
  readonly nanoseconds = new Column(Int32Array)
  readonly severity = new Column(Int32Array)
  readonly status = new Column(Int32Array)

  add(time: bigint, severity: number, status: number): void {
    const { seconds, nanos } = secondsOf(time)
    this.secondsPastEpoch.add(seconds)
    this.nanoseconds.add(nanos)
    this.severity.add(severity)
    this.status.add(status)
  }
}

/** The samples of one series, whose type may change on the way. */
export class SampleColumns {
  readonly stamps = new Stamps()
  #type: SeriesType
  #values: ValueColumn

  constructor(series: Series) {
    this.#type = series.type
    this.#values = columnFor(series.type)
  }

  get type(): SeriesType {
    return this.#type
  }

  get values(): unknown {
    return this.#values.all
  }

  add({ series, time, value, severity, status = 0 }: Sample): void {
    if (series.type !== this.#type) this.#widen(series.type)
    // Without a value there is a row only where it can say so.
    if (value === null && !this.#type.startsWith('float')) return
    if (value === null && this.#type.endsWith('[]')) return
    this.#values.add(value ?? NaN)
    this.stamps.add(time, severity, status)
  }

  /** A type that holds what came and what comes. */
  #widen(next: SeriesType): void {
    const type = widest(this.#type, next)
    if (type === this.#type) return
    const before = this.#values.all as Iterable<NonNullable<SampleValue>>
    this.#type = type
    this.#values = columnFor(type)
    for (const value of before) this.#values.add(value)
  }
}

function widest(a: SeriesType, b: SeriesType): SeriesType {
  if (a === b) return a
  if (a.endsWith('[]') || b.endsWith('[]'))
    return a === 'string[]' || b === 'string[]' ? 'string[]' : 'float64[]'
  return a === 'string' || b === 'string' ? 'string' : 'float64'
}

interface ValueColumn {
  add(value: NonNullable<SampleValue>): void
  readonly all: unknown
}

function columnFor(type: SeriesType): ValueColumn {
  if (type.endsWith('[]')) return new Cells(type.slice(0, -2))
  const make = ARRAYS[type]
  if (make === undefined) return new Plain(type)
  const column = new Column(make)
  return {
    // Of another type after a change of the series: its number.
    add: (value) => {
      column.add((type.endsWith('64') && !type.startsWith('float') ? value : Number(value)) as never)
    },
    get all() {
      return column.all
    },
  }
}

/** Texts, and true and false. */
class Plain implements ValueColumn {
  readonly all: unknown[] = []
  readonly #isText: boolean

  constructor(type: string) {
    this.#isText = type === 'string'
  }

  add(value: NonNullable<SampleValue>): void {
    this.all.push(this.#isText ? String(value) : value)
  }
}

/** Arrays, each in a structure of its own. */
class Cells implements ValueColumn {
  readonly all: { readonly value: unknown }[] = []
  readonly #element: string

  constructor(element: string) {
    this.#element = element
  }

  add(value: NonNullable<SampleValue>): void {
    // From a column that was of another type: the cell of a row, or a single value.
    const inner = typeof value === 'object' && 'value' in value ? (value.value as SampleArray) : value
    const items = typeof inner === 'object' ? inner : [inner]
    const make = ARRAYS[this.#element]
    if (make !== undefined && items instanceof make) this.all.push({ value: items })
    else if (make !== undefined)
      this.all.push({ value: Float64Array.from(items as ArrayLike<number>, Number) })
    else
      this.all.push({
        value: Array.from(items as ArrayLike<unknown>, (x) => (this.#element === 'string' ? String(x) : x)),
      })
  }
}

/** Bytes that a value takes, about. */
function sizeOf(value: SampleValue): number {
  if (typeof value === 'string') return 16 + value.length * 2
  if (typeof value !== 'object' || value === null) return 8
  if (ArrayBuffer.isView(value)) return 64 + value.byteLength
  return (value as readonly (string | boolean)[]).reduce(
    (sum, item) => sum + 16 + String(item).length * 2,
    64,
  )
}
