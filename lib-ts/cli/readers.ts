// The text of an option's value, read. Each names the option in what it throws.
import { quote } from '../input/index.js'
import { UsageError } from './declare.js'

const UNITS: Readonly<Record<string, number>> = { '': 1_000, ms: 1, s: 1_000, m: 60_000 }

/** Seconds, or with ms, s, m; as ms. 0 and inf: no limit. */
export function duration(text: string, option: string): number {
  if (/^\+?inf(inity)?$/i.test(text)) return Infinity
  const [, number, unit = ''] =
    /^\+?(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)(ms|s|m)?$/i.exec(text) ?? []
  const ms = Number(number) * (UNITS[unit.toLowerCase()] ?? NaN)
  if (Number.isNaN(ms))
    throw new UsageError(`${option}: ${quote(text)} is not a time: seconds, or with ms, s or m, 0 or inf`)
  return ms === 0 ? Infinity : ms
}

/** A time that has an end and is not 0. */
export function interval(text: string, option: string): number {
  const ms = duration(text, option)
  if (ms === Infinity) throw new UsageError(`${option}: ${quote(text)} is not a time above 0`)
  return ms
}

export function integer(
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): (text: string, option: string) => number {
  return (text, option) => {
    const number = /^\+?\d{1,16}$/.test(text) ? Number(text) : NaN
    if (number >= least && number <= most) return number
    const wanted =
      most === Number.MAX_SAFE_INTEGER ? `an integer from ${least} on` : `an integer from ${least} to ${most}`
    throw new UsageError(`${option}: ${quote(text)} is not ${wanted}`)
  }
}

export const port = integer(1, 65_535)

export function text(value: string, option: string): string {
  if (value === '') throw new UsageError(`${option}: its value is empty`)
  return value
}

/** A list whose items are separated by commas or blanks; without an item it says that there are none. */
export function list(value: string): string[] {
  return value.split(/[\s,]+/).filter((item) => item !== '')
}

// An address of PVXS has commas of its own, before a TTL: host:port,ttl@interface.
/** Addresses, separated by blanks, or by commas that do not begin a TTL. */
export function addresses(value: string): string[] {
  return value.split(/\s+|,(?!\d{1,3}(?:[@,\s]|$))/).filter((item) => item !== '')
}
