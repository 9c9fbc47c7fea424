import { isPlainObject, quote } from '../input/index.js'
import { timeOf, type TimeInput } from '../telemetry/index.js'
import { argument, BTrDBError, checking } from './errors.js'

/** bigint ns since the Unix epoch, the same as decimal text, a Date, or ISO text with up to nine digits (UTC without a zone). */
export type Time = TimeInput

/** From when (included) to when (not included). */
export interface Range {
  readonly from: Time
  readonly to: Time
}

/** The first time that BTrDB can hold. */
export const MINIMUM_TIME = -(16n << 56n)
/** The time that no point reaches; the end of a range may be it. */
export const MAXIMUM_TIME = (48n << 56n) - 1n

/** A range in ns, not empty unless `from` is `to`. */
export interface Span {
  readonly from: bigint
  readonly to: bigint
}

/** A time in ns. What it is called is `name`. */
export function timeIn(value: unknown, name: string, op: string): bigint {
  if (typeof value === 'number')
    throw argument(`${op}: ${name} is a plain number (${value}), which does not say what it counts`, {
      op,
      hint: 'bigint ns, a Date or ISO text',
    })
  return checking(op, () => timeOf(value as TimeInput, name, true))
}

export function legalTime(value: unknown, name: string, op: string): bigint {
  const time = timeIn(value, name, op)
  if (time < MINIMUM_TIME || time > MAXIMUM_TIME) throw beyond(`${name} is ${time}`, op)
  return time
}

export function spanOf(range: unknown, op: string): Span {
  if (typeof range !== 'object' || range === null || !('from' in range) || !('to' in range))
    throw argument(`${op}: a range is { from, to }, not ${quote(range)}`, { op })
  if (isPlainObject(range)) {
    const stray = Object.keys(range).find((key) => key !== 'from' && key !== 'to')
    if (stray !== undefined)
      throw argument(`${op}: a range has no ${quote(stray)}; there are from, to`, { op })
  }
  const from = legalTime(range.from, 'from', op)
  const to = legalTime(range.to, 'to', op)
  if (from > to)
    throw new BTrDBError(`${op}: from (${from}) is behind to (${to})`, { code: 'ERR_BTRDB_TIME_RANGE', op })
  return { from, to }
}

function beyond(what: string, op: string): BTrDBError {
  return new BTrDBError(`${op}: ${what}, outside of ${MINIMUM_TIME} to ${MAXIMUM_TIME}`, {
    code: 'ERR_BTRDB_TIME_RANGE',
    op,
  })
}

/** A version: 0 is the latest. */
export function versionIn(value: unknown, name: string, op: string): bigint {
  const ok =
    typeof value === 'bigint'
      ? value >= 0n && value < 1n << 64n
      : Number.isSafeInteger(value) && (value as number) >= 0
  if (!ok)
    throw argument(`${op}: ${name} is a version, a bigint or whole number from 0 on, not ${quote(value)}`, {
      op,
    })
  return BigInt(value as bigint | number)
}

/** The largest multiple of 2^k at or before; before the epoch too. */
export function floorTo(time: bigint, k: number): bigint {
  return (time >> BigInt(k)) << BigInt(k)
}

export function pointWidthIn(k: unknown, op: string): number {
  if (typeof k !== 'number' || !Number.isInteger(k) || k < 0 || k > 63)
    throw new BTrDBError(`${op}: a point width is a whole number from 0 to 63, not ${quote(k)}`, {
      code: 'ERR_BTRDB_POINT_WIDTH',
      op,
    })
  return k
}

/**
 * Windows of 2^k ns.
 *
 * @example
 * import { pointWidth } from 'node-pvxs/btrdb'
 *
 * pointWidth.fromNs(3_600_000_000_000n) // → 41
 * pointWidth.ns(41) // → 2199023255552n
 */
export const pointWidth = {
  /** The largest k with 2^k at most `ns`. */
  fromNs(ns: bigint | number): number {
    const whole = typeof ns === 'bigint' ? ns : Number.isSafeInteger(ns) ? BigInt(ns) : 0n
    if (whole < 1n || whole >= 1n << 64n)
      throw argument(`pointWidth: ${quote(ns)} is not a whole number of ns from 1 to 2^64`)
    return whole.toString(2).length - 1
  },
  /** 2^k ns. */
  ns(k: number): bigint {
    return 1n << BigInt(pointWidthIn(k, 'pointWidth'))
  },
  /** Both ends rounded down to a multiple of 2^k, and how many windows lie between. */
  align(range: Range, k: number): { from: bigint; to: bigint; windows: number } {
    const span = spanOf(range, 'pointWidth')
    const width = pointWidth.ns(k)
    const from = floorTo(span.from, k)
    const to = floorTo(span.to, k)
    return { from, to, windows: Number((to - from) / width) }
  },
} as const
