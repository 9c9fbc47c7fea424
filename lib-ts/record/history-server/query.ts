// What clients ask for, by RPC or by HTTP, read from their arguments. Numbers may come as text.
import { didYouMean, quote } from '../../input/index.js'
import { momentOf, spanOf } from '../time-text.js'
import { QueryFault } from './fault.js'

export type Arguments = Readonly<Record<string, unknown>>

/** Samples or windows of PVs. */
export interface Query {
  readonly pvs: readonly string[]
  readonly from: bigint
  readonly to: bigint
  /** Per PV. */
  readonly limit: number
  /** ns; samples without it. */
  readonly width: bigint | undefined
  /** Whether the sample at or before `from` comes first. */
  readonly boundary: boolean
}

const HOUR = 3_600_000_000_000n
const NS = 1_000_000_000n
const MOST = 2n ** 63n - 1n

/** @throws QueryFault that names the argument */
export function queryOf(given: Arguments): Query {
  const { from, to } = rangeOf(given)
  const { pv, limit, width, boundary } = given
  return {
    pvs: namesIn(pv, 'pv'),
    from,
    to,
    limit: limit === undefined ? Infinity : countOf(limit, 'limit'),
    width: width === undefined ? undefined : widthOf(width),
    boundary: boundary === undefined || flagOf(boundary, 'boundary'),
  }
}

/** The last hour by default; an hour, when only its end is given. */
export function rangeOf({ from, to }: Arguments): { readonly from: bigint; readonly to: bigint } {
  const now = nowNs()
  // What is stamped with this very moment belongs to it.
  const until = to === undefined ? now + 1n : momentIn(to, 'to', now)
  const since = from === undefined ? until - HOUR : momentIn(from, 'from', now)
  if (until < since) throw new QueryFault(`"to" is before "from"`)
  return { from: since, to: until }
}

export function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n
}

/** @throws QueryFault for an argument that nobody reads */
export function refuseStrangers(given: Arguments, known: readonly string[]): void {
  const stranger = Object.keys(given).find((name) => !known.includes(name))
  if (stranger !== undefined)
    throw new QueryFault(
      `unknown argument ${quote(stranger)}${didYouMean(stranger, known)}: there are ${known.join(', ')}`,
    )
}

/** Names: text with commas between them, or a list. */
export function namesIn(value: unknown, name: string): string[] {
  if (value === undefined) throw new QueryFault(`the argument "${name}" is missing: the name of a PV`)
  const parts: unknown[] = typeof value === 'string' ? splitNames(value) : listIn(value, name)
  const names = parts.map((part) => {
    const trimmed = typeof part === 'string' ? part.trim() : ''
    if (trimmed === '') throw new QueryFault(`"${name}" is the name of a PV, or several, not ${quote(value)}`)
    return trimmed
  })
  if (names.length === 0) throw new QueryFault(`"${name}" names no PV`)
  return [...new Set(names)]
}

function splitNames(text: string): string[] {
  const parts = text.split(',')
  // A comma at the end is a slip of whoever joined them.
  if (parts.length > 1 && parts.at(-1)?.trim() === '') parts.pop()
  return parts
}

function listIn(value: unknown, name: string): unknown[] {
  if (Array.isArray(value)) return value as unknown[]
  throw new QueryFault(`"${name}" is the name of a PV, or several, not ${quote(value)}`)
}

/** @throws QueryFault that names the argument */
export function momentIn(value: unknown, name: string, now = nowNs()): bigint {
  const found = timeIn(value, now)
  if (found === undefined || found > MOST || found < -MOST)
    throw new QueryFault(
      `"${name}" is a time: ISO text, now, -10m, "5 minutes ago", or seconds or nanoseconds since 1970, not ${quote(value)}`,
    )
  return found
}

function timeIn(value: unknown, now: bigint): bigint | undefined {
  if (typeof value === 'string') return momentOf(value.trim(), now)
  if (typeof value === 'bigint') {
    if (value < 0n) return undefined
    return value > 1_000_000_000_000n ? value : value * NS
  }
  if (typeof value !== 'number' || !(value >= 0 && value < Number(MOST))) return undefined
  if (value > 1e12) return BigInt(Math.round(value))
  const seconds = Math.floor(value)
  return BigInt(seconds) * NS + BigInt(Math.round((value - seconds) * 1e9))
}

function widthOf(value: unknown): bigint {
  const found = typeof value === 'string' ? (spanOf(value.trim()) ?? secondsOf(value)) : secondsOf(value)
  if (found === undefined)
    throw new QueryFault(`"width" is a span such as 10s, 5m, 1h, or a number of seconds, not ${quote(value)}`)
  return found
}

/** Up to 10^9: a larger number is of another unit. */
function secondsOf(value: unknown): bigint | undefined {
  const text = typeof value === 'number' || typeof value === 'bigint' ? String(value) : value
  if (typeof text !== 'string' || !/^\d{1,9}(\.\d{1,6})?$/.test(text.trim())) return undefined
  return spanOf(`${text.trim()}s`)
}

/** A whole number above 0. */
export function countOf(value: unknown, name: string): number {
  const text = typeof value === 'number' || typeof value === 'bigint' ? String(value) : value
  const count = typeof text === 'string' && /^ *\d{1,15} *$/.test(text) ? Number(text) : 0
  if (count < 1) throw new QueryFault(`"${name}" is a whole number above 0, not ${quote(value)}`)
  return count
}

function flagOf(value: unknown, name: string): boolean {
  const word = String(value).trim().toLowerCase()
  if (word === 'true' || word === '1') return true
  if (word === 'false' || word === '0') return false
  throw new QueryFault(`"${name}" is true or false, not ${quote(value)}`)
}
