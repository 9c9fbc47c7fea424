import { InvalidArgumentError } from '../errors.js'
import { quote } from './quote.js'

/** A time: bigint ns since the Unix epoch, the same as decimal text, a Date, or ISO text with up to nine digits. */
export type TimeInput = bigint | Date | string

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?( ?(?:[Zz]|[+-]\d\d:?(?:\d\d)?))?)?$/
const DECIMAL = /^-?\d{1,30}$/
const SECOND = 1_000_000_000n

/**
 * ISO text (RFC 3339) as ns since the epoch, exact to nine digits; undefined when it is no date. Text without a zone is
 * UTC, a date alone is midnight UTC.
 *
 * @hidden
 */
export function isoTime(text: string): bigint | undefined {
  const parts = ISO.exec(text)
  if (parts === null) return undefined
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone = ''] = parts
  // A leap second is the first of the next minute, as POSIX has it.
  const leap = second === '60'
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${leap ? '59' : second}Z`)
  // Date.parse takes the 30th of February for the first of March.
  if (Number.isNaN(ms) || new Date(ms).getUTCDate() !== Number(day)) return undefined
  const offset = zoneMinutes(zone.trim())
  if (offset === undefined) return undefined
  const ns = BigInt(ms - offset * 60_000 + (leap ? 1_000 : 0)) * 1_000_000n
  return ns + BigInt(fraction.padEnd(9, '0'))
}

/**
 * ISO text in UTC with nine digits, the other way round.
 *
 * @throws RangeError beyond the years that a Date has
 * @hidden
 */
export function isoText(ns: bigint): string {
  const rest = ((ns % SECOND) + SECOND) % SECOND
  const date = new Date(Number((ns - rest) / 1_000_000n))
  return `${date.toISOString().slice(0, -5)}.${String(rest).padStart(9, '0')}Z`
}

/** Whether ISO text says which zone it is in. */
export function hasZone(text: string): boolean {
  return /(?:[Zz]|[Tt ].*[+-]\d\d:?(?:\d\d)?)$/.test(text)
}

function zoneMinutes(zone: string): number | undefined {
  if (zone === '' || zone === 'Z' || zone === 'z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(3).replace(':', '') || '0')
  if (hours > 23 || minutes > 59) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}

/**
 * A time that a caller of a {@link History} gives, in ns.
 *
 * @param naive whether ISO text without a zone is taken, as UTC
 * @throws {@link InvalidArgumentError} that names the time
 * @hidden
 */
export function timeOf(value: TimeInput, name: string, naive = false): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'string') {
    if (DECIMAL.test(value)) return BigInt(value)
    const ns = naive || hasZone(value) ? isoTime(value) : undefined
    if (ns !== undefined) return ns
  } else if (Object.prototype.toString.call(value) === '[object Date]') {
    const ms = value.getTime()
    if (!Number.isNaN(ms)) return BigInt(ms) * 1_000_000n
  }
  throw new InvalidArgumentError(
    `${name} is a time: bigint ns, the same as text, a Date or ISO text${naive ? '' : ' with a zone'}, not ${quote(value)}`,
  )
}
