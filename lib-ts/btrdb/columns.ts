import type { ArrowTable } from './peers.js'
import { INSPECT, shown, type Inspect } from '../input/index.js'
import { pointsTable, windowsTable } from './tables.js'
import type { PointColumns, WindowColumns } from './wire/index.js'

/** A point of a stream. */
export interface Point {
  readonly time: bigint
  readonly value: number
  /** Of the stream, when it was read. */
  readonly version: bigint
}

/** Figures of the points in one window. */
export interface StatWindow {
  /** Its beginning, ns. */
  readonly time: bigint
  readonly min: number
  readonly mean: number
  readonly max: number
  readonly count: bigint
  readonly stddev: number
}

/** Points in order of time, as columns. Equal times keep all their points. */
export class Points implements Iterable<Point> {
  readonly time: BigInt64Array
  readonly value: Float64Array
  readonly version: bigint

  /** @internal */
  constructor({ time, value }: PointColumns, version: bigint) {
    this.time = time
    this.value = value
    this.version = version
  }

  /** How many points there are. */
  get length(): number {
    return this.time.length
  }

  /** The point at a place; from the end with a negative one. */
  at(index: number): Point | undefined {
    const time = this.time.at(index)
    return time === undefined
      ? undefined
      : { time, value: this.value.at(index) as number, version: this.version }
  }

  *[Symbol.iterator](): Generator<Point, void, undefined> {
    for (let i = 0; i < this.length; i++) yield this.at(i) as Point
  }

  /**
   * An Arrow table: `time`, Timestamp(ns, UTC), and `value`.
   *
   * @throws {@link BTrDBError} (`ERR_BTRDB_PEER`) when `apache-arrow` is not installed
   */
  toArrow(): Promise<ArrowTable> {
    return pointsTable(this)
  }

  /** @internal */
  [INSPECT](_depth: number, options: unknown, inspect: Inspect): string {
    const { length, version, time, value } = this
    return shown('Points', { length, version, time, value }, options, inspect)
  }
}

/** Windows in order of time, as columns. */
export class Windows implements Iterable<StatWindow> {
  readonly time: BigInt64Array
  readonly min: Float64Array
  readonly mean: Float64Array
  readonly max: Float64Array
  readonly count: BigUint64Array
  readonly stddev: Float64Array
  readonly version: bigint
  /** ns. */
  readonly width: bigint
  /** Of aligned windows: the k of their width, 2^k ns. */
  declare readonly pointWidth?: number

  /** @internal */
  constructor(columns: WindowColumns, version: bigint, width: bigint, pointWidth?: number) {
    this.time = columns.time
    this.min = columns.min
    this.mean = columns.mean
    this.max = columns.max
    this.count = columns.count
    this.stddev = columns.stddev
    this.version = version
    this.width = width
    if (pointWidth !== undefined) this.pointWidth = pointWidth
  }

  /** How many windows there are. */
  get length(): number {
    return this.time.length
  }

  /** The window at a place; from the end with a negative one. */
  at(index: number): StatWindow | undefined {
    const time = this.time.at(index)
    if (time === undefined) return undefined
    return {
      time,
      min: this.min.at(index) as number,
      mean: this.mean.at(index) as number,
      max: this.max.at(index) as number,
      count: this.count.at(index) as bigint,
      stddev: this.stddev.at(index) as number,
    }
  }

  *[Symbol.iterator](): Generator<StatWindow, void, undefined> {
    for (let i = 0; i < this.length; i++) yield this.at(i) as StatWindow
  }

  /**
   * An Arrow table: `time`, Timestamp(ns, UTC), `min`, `mean`, `max`, `count` (uint64) and `stddev`.
   *
   * @throws {@link BTrDBError} (`ERR_BTRDB_PEER`) when `apache-arrow` is not installed
   */
  toArrow(): Promise<ArrowTable> {
    return windowsTable(this)
  }
}

export function noPoints(): PointColumns {
  return { time: new BigInt64Array(0), value: new Float64Array(0) }
}

/** A part of columns, sharing their memory. */
export function part<C extends object>(columns: C, from: number, to?: number): C {
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [name, (column as Float64Array).subarray(from, to)]),
  ) as C
}

type Column = BigInt64Array | BigUint64Array | Float64Array

/** Pages one after another in columns of their own. `names` are the columns. */
export function joined<C extends object>(pages: readonly C[], names: readonly (keyof C & string)[]): C {
  const [first] = pages
  if (first !== undefined && pages.length === 1) return first
  const of = (page: C, name: keyof C): Column => page[name] as Column
  const length = pages.reduce((sum, page) => sum + of(page, names[0] as keyof C).length, 0)
  return Object.fromEntries(
    names.map((name) => {
      const kind = first === undefined ? emptyOf(name) : of(first, name)
      const all = new (kind.constructor as new (length: number) => Column)(length)
      let at = 0
      for (const page of pages) {
        const column = of(page, name)
        all.set(column as never, at)
        at += column.length
      }
      return [name, all]
    }),
  ) as C
}

function emptyOf(name: string): Column {
  if (name === 'time') return new BigInt64Array(0)
  return name === 'count' ? new BigUint64Array(0) : new Float64Array(0)
}

export const pointNames = ['time', 'value'] as const
export const windowNames = ['time', 'min', 'mean', 'max', 'count', 'stddev'] as const
