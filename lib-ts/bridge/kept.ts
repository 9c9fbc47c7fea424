import type { Value } from '../index.js'
import type { Selection } from './selection.js'

/** A value at a time, as a plot takes it: ns since 1970, the value, and its severity. Null while there is none. */
export type Point = readonly [
  time: bigint,
  value: number | bigint | boolean | string | null,
  severity: number,
]

// Values of one PV that are kept at most, however long the time: what is older goes first.
const MOST = 65_536

/** The scalar values that one PV had of late, for a plot that begins now. */
export class Kept {
  /** The field that they are of; `''` is the PV's own value. */
  readonly path: string
  readonly #field: string
  readonly #ns: bigint
  #points: Point[] = []
  /** Points before this one have been dropped. */
  #first = 0

  private constructor(path: string, field: string, ms: number) {
    this.path = path
    this.#field = field
    this.#ns = BigInt(Math.round(ms)) * 1_000_000n
  }

  /** Undefined for a selection that has no value of its own. */
  static of({ paths }: Selection, ms: number): Kept | undefined {
    const [path] = paths
    if (path === undefined || paths.includes('value')) return new Kept('', 'value', ms)
    return paths.length === 1 ? new Kept(path, path, ms) : undefined
  }

  get length(): number {
    return this.#points.length - this.#first
  }

  /** ns of the oldest; undefined when there is none. */
  get since(): bigint | undefined {
    return this.#points[this.#first]?.[0]
  }

  /** Arrays and structures are passed over. */
  add(value: Value): void {
    const field: unknown = value.$has(this.#field) ? value.$get(this.#field) : undefined
    const x = typeof field === 'object' && field !== null ? (field as { index?: unknown }).index : field
    if (!isScalar(x)) return
    const time = value.$timeNs ?? 0n
    const severity = Number(value.$has('alarm.severity') ? value.$get('alarm.severity') : 0)
    this.#push([time > 0n ? time : now(), x, severity])
  }

  /** The PV is gone: a plot has a gap there. */
  lost(): void {
    if (this.#points.length > this.#first && this.#points.at(-1)?.[1] !== null) this.#push([now(), null, 4])
  }

  #push(point: Point): void {
    this.#points.push(point)
    const oldest = point[0] - this.#ns
    while (this.length > MOST || (this.#points[this.#first]?.[0] ?? point[0]) < oldest) this.#first++
    // Now and then, so that dropping one does not move all.
    if (this.#first > 1_024 && this.#first * 2 > this.#points.length) {
      this.#points = this.#points.slice(this.#first)
      this.#first = 0
    }
  }

  /** Those of a time, the end not included, in the order in which they came. */
  between(from: bigint, to: bigint): Point[] {
    const points: Point[] = []
    for (let i = this.#first; i < this.#points.length; i++) {
      const point = this.#points[i] as Point
      if (point[0] >= from && point[0] < to) points.push(point)
    }
    return points
  }
}

function isScalar(x: unknown): x is Exclude<Point[1], null> {
  return typeof x === 'number' || typeof x === 'bigint' || typeof x === 'boolean' || typeof x === 'string'
}

function now(): bigint {
  return BigInt(Date.now()) * 1_000_000n
}
