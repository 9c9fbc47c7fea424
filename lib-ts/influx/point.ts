import { quote } from '../input/index.js'
import { argument } from './errors.js'
import type { Time } from './time.js'

/** A whole number that is written as an integer; made by {@link int}. */
export class Int {
  readonly value: bigint
  /** @internal */
  constructor(value: bigint) {
    this.value = value
  }
}

/** A whole number that is written as an unsigned integer; made by {@link uint}. */
export class UInt {
  readonly value: bigint
  /** @internal */
  constructor(value: bigint) {
    this.value = value
  }
}

/** number: always a float. bigint and {@link int}: an integer. null and undefined are left out, as NaN and infinities. */
export type FieldValue = number | bigint | boolean | string | Int | UInt | null | undefined

/**
 * One point.
 *
 * @example
 * const point: Point = { measurement: 'shift', tags: { crew: 'B' }, fields: { note: 'beam off', dose: 1.5, count: 3n } }
 */
export interface Point {
  readonly measurement?: string | undefined
  /** The server's when it is absent. */
  readonly time?: Time | undefined
  readonly tags?: Readonly<Record<string, string | number | bigint | boolean | null | undefined>> | undefined
  readonly fields: Readonly<Record<string, FieldValue>>
}

/**
 * A whole number as an integer field.
 *
 * @throws {@link InfluxError} `ERR_INFLUX_ARGUMENT` for a number that is not whole and safe, and beyond 64 bits
 * @example
 * await db.write({ measurement: 'shots', fields: { count: int(3) } })
 */
export function int(n: number | bigint): Int {
  const value = whole(n, 'int')
  if (BigInt.asIntN(64, value) !== value)
    throw argument(`int(${quote(n)}): 64 bits cannot hold it`, { op: 'int' })
  return new Int(value)
}

/**
 * A whole number as an unsigned integer field, which few servers take.
 *
 * @throws {@link InfluxError} `ERR_INFLUX_ARGUMENT` for a number that is not whole, safe and positive
 * @example
 * encodePoints([{ measurement: 'shots', fields: { count: uint(3) } }])
 */
export function uint(n: number | bigint): UInt {
  const value = whole(n, 'uint')
  if (BigInt.asUintN(64, value) !== value)
    throw argument(`uint(${quote(n)}): 64 bits without a sign cannot hold it`, { op: 'uint' })
  return new UInt(value)
}

function whole(n: unknown, op: string): bigint {
  if (typeof n === 'bigint') return n
  if (typeof n === 'number' && Number.isSafeInteger(n)) return BigInt(n)
  throw argument(`${op}(${quote(n)}): it is not a whole and safe number`, { op })
}
