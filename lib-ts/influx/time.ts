import { isoTime } from '../telemetry/index.js'
import { quote } from '../input/index.js'
import { argument } from './errors.js'
import type { Api, Precision } from './options.js'

/** A point's time: bigint and number count `precision`, a Date and ISO text say when by themselves. */
export type Time = bigint | Date | string | number

/** What the servers hold. */
export const LAST_TIME = 9_223_372_036_854_775_806n

const ZEROS: Readonly<Record<Precision, string>> = { ns: '', us: '000', ms: '000000', s: '000000000' }
// What a number may be without a closer look.
const MOST: Readonly<Record<Precision, number>> = { ns: 0, us: 9e15, ms: 9e12, s: 9e9 }
const FACTORS: Readonly<Record<Precision, bigint>> = { ns: 1n, us: 1_000n, ms: 1_000_000n, s: 1_000_000_000n }

/** ns of a point's time. */
export function nanoseconds(time: Time, precision: Precision): bigint {
  if (typeof time === 'bigint') return inRange(time * FACTORS[precision], time)
  if (typeof time === 'string') {
    const ns = isoTime(time)
    if (ns === undefined) throw argument(`time is ${quote(time)}, which is not a date`, { path: 'time' })
    return inRange(ns, time)
  }
  if (typeof time === 'number') {
    if (precision === 'ns')
      throw argument(
        `time is the number ${quote(time)}, which cannot hold ns: give a bigint, a Date, or precision 'ms'`,
        { path: 'time' },
      )
    if (!Number.isSafeInteger(time))
      throw argument(`time is ${quote(time)}, which is not a whole number of ${precision}`, { path: 'time' })
    return inRange(BigInt(time) * FACTORS[precision], time)
  }
  if (Object.prototype.toString.call(time) !== '[object Date]')
    throw argument(`time is ${quote(time)}, not a bigint, Date, text or number`, { path: 'time' })
  const ms = time.getTime()
  if (Number.isNaN(ms)) throw argument('time is a Date that is not valid', { path: 'time' })
  return inRange(BigInt(ms) * 1_000_000n, time)
}

function inRange(ns: bigint, given: unknown): bigint {
  if (ns > LAST_TIME || ns < -LAST_TIME)
    throw argument(`time is ${quote(given)}, which is outside of what 64 bits of ns hold`, { path: 'time' })
  return ns
}

/** Writes times as text; most share the second of the one before. */
export class TimeText {
  readonly #bits = new BigInt64Array(1)
  readonly #words = new Uint32Array(this.#bits.buffer)
  #low = 0
  #high = 0
  #second = ''

  of(time: Time, precision: Precision): string {
    if (typeof time === 'bigint' && precision === 'ns') {
      if (time > LAST_TIME || time < -LAST_TIME) inRange(time, time)
      return this.ns(time)
    }
    if (
      typeof time === 'number' &&
      precision !== 'ns' &&
      Number.isSafeInteger(time) &&
      time > 0 &&
      time < MOST[precision]
    )
      return `${time}${ZEROS[precision]}`
    return this.ns(nanoseconds(time, precision))
  }

  /** Of ns within range. */
  ns(time: bigint): string {
    this.#bits[0] = time
    return this.words(this.#words[LOW] as number, this.#words[HIGH] as number, time)
  }

  /** The same of the halves of its 64 bits; `time` is asked for only when the second is another. */
  words(low: number, high: number, time?: bigint): string {
    // Exact while it is small, and when it is not, it is not taken.
    const since = (high - this.#high) * 4_294_967_296 + (low - this.#low)
    if (since >= 0 && since < 1_000_000_000 && this.#second !== '')
      return this.#second + String(1_000_000_000 + since).slice(1)
    this.#words[LOW] = low
    this.#words[HIGH] = high
    const whole: bigint = time ?? this.#bits[0] ?? 0n
    if (whole < SECOND) return String(whole)
    const second = whole / SECOND
    this.#second = String(second)
    this.#bits[0] = second * SECOND
    this.#low = this.#words[LOW]
    this.#high = this.#words[HIGH]
    return this.#second + String(whole - second * SECOND).padStart(9, '0')
  }
}

const SECOND = 1_000_000_000n
const LOW = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1
const HIGH = 1 - LOW

/** The word of a precision that the server understands; a word it does not know it would take for ns. */
export function precisionWord(precision: Precision, api: Api): string {
  if (api === 'v1') return precision === 'us' ? 'u' : precision
  if (api === 'v2') return precision
  return { ns: 'nanosecond', us: 'microsecond', ms: 'millisecond', s: 'second' }[precision]
}

/** Nine digits, as the servers write it. */
export function isoText(ns: bigint): string {
  const rest = ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n
  const date = new Date(Number((ns - rest) / 1_000_000n))
  return `${date.toISOString().slice(0, -5)}.${String(rest).padStart(9, '0')}Z`
}
