import { quote } from '../input/index.js'
import { isoTime } from '../telemetry/index.js'
import { PiArgumentError } from './errors.js'

/** A time: bigint ns since the epoch, a Date, ISO text, or text that PI reads, such as `*-8h`, `t` and `y+8h`. */
export type PiTime = bigint | Date | string

const DATE = /^\d{4}-\d\d-\d\d/
const ZONE = /(?:[Zz]|[+-]\d\d:?(?:\d\d)?)$/
const YEAR_1 = -62_135_596_800_000_000_000n
const YEAR_10000 = 253_402_300_800_000_000_000n

/** ISO text in UTC with seven digits, PI's step of 100 ns; what is finer is cut. */
export function isoText(ns: bigint): string {
  const step = 1_000_000_000n
  const rest = ((ns % step) + step) % step
  const seconds = new Date(Number((ns - rest) / 1_000_000n)).toISOString().slice(0, -5)
  return `${seconds}.${String(rest / 100n).padStart(7, '0')}Z`
}

/** A time as it goes out; text as it is. */
export function timeText(value: unknown, name: string): string {
  if (typeof value === 'bigint') {
    if (value >= YEAR_1 && value < YEAR_10000) return isoText(value)
  } else if (typeof value === 'string') {
    if (value.trim() !== '') return value
  } else if (Object.prototype.toString.call(value) === '[object Date]') {
    const ms = (value as Date).getTime()
    if (!Number.isNaN(ms)) return isoText(BigInt(ms) * 1_000_000n)
  }
  throw new PiArgumentError(
    `${name} is a time: bigint ns, a Date, ISO text or PI's own text such as '*-8h', not ${quote(value)}`,
  )
}

/** The same where a date must say its zone: the server would read it in its own. */
export function zonedTime(value: unknown, name: string): string {
  const text = timeText(value, name)
  if (typeof value === 'string' && DATE.test(text)) {
    if (!ZONE.test(text.slice(10)))
      throw new PiArgumentError(`${name} is ${quote(text)}, which has no zone: end it with Z or an offset`)
    if (isoTime(text) === undefined)
      throw new PiArgumentError(`${name} is ${quote(text)}, which is not a date`)
  }
  return text
}

/** Reads time stamps. Most share the minute of the one before, and a date costs more to read than all the rest. */
export class Clock {
  #minute = ''
  #ns = 0n

  /** The server's time stamp as ns; undefined when it is no date. */
  read(stamp: unknown): bigint | undefined {
    if (typeof stamp !== 'string') return undefined
    const rest = nanosecondsOf(stamp)
    if (rest < 0) return isoTime(stamp)
    const minute = stamp.slice(0, 17)
    if (minute !== this.#minute) {
      const ms = WHOLE_MINUTE.test(minute) ? Date.parse(`${minute}00Z`) : NaN
      if (Number.isNaN(ms)) return isoTime(stamp)
      this.#minute = minute
      this.#ns = BigInt(ms) * 1_000_000n
    }
    return this.#ns + BigInt(rest) // below 6e10, so exact
  }
}

const WHOLE_MINUTE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:$/
const POWERS = [1, 10, 100, 1_000, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]

/** The ns within the minute of `…:SS.FFFFFFFZ`; below 0 when it is written otherwise. */
function nanosecondsOf(stamp: string): number {
  const end = stamp.length - 1
  if (end < 19 || end === 20 || stamp.charCodeAt(end) !== 90) return -1
  let value = 0
  let digits = 0
  for (let i = 17; i < end; i++) {
    const code = stamp.charCodeAt(i)
    if (i === 19) {
      if (code !== 46) return -1
      continue
    }
    if (code < 48 || code > 57 || digits === 11) return -1
    value = value * 10 + (code - 48)
    digits++
  }
  const ns = value * (POWERS[11 - digits] as number)
  return ns < 60e9 ? ns : -1
}

const clock = new Clock()

/** The server's time stamp as ns; undefined when it is no date. */
export function timeOfStamp(stamp: unknown): bigint | undefined {
  return clock.read(stamp)
}
