// Streams beside each other, joined by time.
import type { ArrowTable } from './peers.js'
import { loadArrow } from './peers.js'
import { tableOf } from './tables.js'
import type { PointColumns } from './wire/index.js'

/** What the streams of a set have at one time: null where one has nothing. */
export interface JoinedRow {
  readonly time: bigint
  readonly values: (number | null)[]
}

interface Pages {
  next(): Promise<IteratorResult<PointColumns, unknown>>
  return?(value?: unknown): Promise<unknown>
}

/** One stream of a join, in the memory of one page. */
class Cursor {
  readonly #pages: Pages
  #page: PointColumns | undefined
  #at = 0
  /** undefined after the last point. */
  time: bigint | undefined

  constructor(pages: Pages) {
    this.#pages = pages
  }

  get value(): number {
    return this.#page?.value[this.#at] as number
  }

  /** Goes to the next point; gives a promise when that is on another page. */
  advance(): Promise<void> | undefined {
    if (this.#page === undefined || ++this.#at >= this.#page.time.length) return this.#turn()
    this.time = this.#page.time[this.#at]
    return undefined
  }

  async #turn(): Promise<void> {
    for (;;) {
      const next = await this.#pages.next()
      this.#at = 0
      this.#page = next.done === true ? undefined : next.value
      this.time = this.#page?.time[0]
      if (next.done === true || this.time !== undefined) return
    }
  }

  async end(): Promise<void> {
    await this.#pages.return?.()
  }
}

/** Rows in order of time. Several points of one stream at one time are several rows. */
export async function* joinedRows(streams: readonly Pages[]): AsyncGenerator<JoinedRow, void, undefined> {
  const cursors = streams.map((pages) => new Cursor(pages))
  try {
    await Promise.all(cursors.flatMap((cursor) => cursor.advance() ?? []))
    for (;;) {
      let time: bigint | undefined
      for (const cursor of cursors)
        if (cursor.time !== undefined && (time === undefined || cursor.time < time)) time = cursor.time
      if (time === undefined) return
      const values: (number | null)[] = []
      const turning: Promise<void>[] = []
      for (const cursor of cursors) {
        if (cursor.time === time) {
          values.push(cursor.value)
          const turned = cursor.advance()
          if (turned !== undefined) turning.push(turned)
        } else {
          values.push(null)
        }
      }
      // Before the row is given, since those that turn may fail together.
      if (turning.length > 0) await Promise.all(turning)
      yield { time, values }
    }
  } finally {
    await Promise.allSettled(cursors.map((cursor) => cursor.end()))
  }
}

/** Streams of a set joined by time, as columns. */
export class JoinedTable {
  readonly time: BigInt64Array
  /** One for each stream; NaN where it has nothing. */
  readonly columns: readonly Float64Array[]
  readonly #names: readonly string[]

  /** @internal */
  constructor(time: BigInt64Array, columns: readonly Float64Array[], names: readonly string[]) {
    this.time = time
    this.columns = columns
    this.#names = names
  }

  /** How many rows there are. */
  get length(): number {
    return this.time.length
  }

  /**
   * An Arrow table: `time`, Timestamp(ns, UTC), and a nullable column for each stream, named by its uuid.
   *
   * @throws {@link BTrDBError} (`ERR_BTRDB_PEER`) when `apache-arrow` is not installed
   */
  async toArrow(): Promise<ArrowTable> {
    const arrow = await loadArrow('toArrow()', 'toArrow')
    const columns = this.columns.map((values, i) => ({
      name: this.#names[i] ?? '',
      values,
      valid: validOf(values),
    }))
    return tableOf(arrow, [{ name: 'time', values: this.time }, ...columns])
  }
}

function validOf(values: Float64Array): { readonly bits: Uint8Array; readonly nulls: number } {
  const bits = new Uint8Array(Math.ceil(values.length / 8))
  let nulls = 0
  values.forEach((value, i) => {
    if (Number.isNaN(value)) nulls++
    else bits[i >> 3] = (bits[i >> 3] as number) | (1 << (i & 7))
  })
  return { bits, nulls }
}

/** Times go to the nearest multiple, half upwards; of points that meet, the last wins. */
export function snapped({ time, value }: PointColumns, snap: bigint): PointColumns {
  const times: bigint[] = []
  const values: number[] = []
  for (let i = 0; i < time.length; i++) {
    const to = nearestMultiple(time[i] as bigint, snap)
    if (times.at(-1) === to) values[values.length - 1] = value[i] as number
    else {
      times.push(to)
      values.push(value[i] as number)
    }
  }
  return { time: BigInt64Array.from(times), value: Float64Array.from(values) }
}

function nearestMultiple(time: bigint, snap: bigint): bigint {
  const doubled = 2n * time + snap
  const step = 2n * snap
  const rest = doubled % step
  return (doubled - (rest < 0n ? rest + step : rest)) / 2n
}

export async function tableOfPages(
  streams: readonly Pages[],
  names: readonly string[],
): Promise<JoinedTable> {
  const times: bigint[] = []
  const columns = names.map((): number[] => [])
  for await (const { time, values } of joinedRows(streams)) {
    times.push(time)
    values.forEach((value, i) => columns[i]?.push(value ?? NaN))
  }
  return new JoinedTable(
    BigInt64Array.from(times),
    columns.map((column) => Float64Array.from(column)),
    names,
  )
}
