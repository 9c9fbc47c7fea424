import { isoTime } from '../telemetry/index.js'
import { quote } from '../input/index.js'
import { argument } from './errors.js'
import type { Api, Precision } from './options.js'

/** A point's time: bigint and number count `precision`, a Date and ISO text say when by themselves. */
export type Time = bigint | Date | string | number

/** What the servers hold. */
export const LAST_TIME = 9_223_372_036_854_775_806n

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

/** Whether a time is one that the servers hold. A double says so of nearly all. */
export function timeFits(ns: bigint): boolean {
  const near = Number(ns)
  if (near > -9.2e18 && near < 9.2e18) return true
  return ns <= LAST_TIME && ns >= -LAST_TIME
}

/** The word of a precision that the server understands; a word it does not know it would take for ns. */
export function precisionWord(precision: Precision, api: Api): string {
  if (api === 'v1') return precision === 'us' ? 'u' : precision
  if (api === 'v2') return precision
  return { ns: 'nanosecond', us: 'microsecond', ms: 'millisecond', s: 'second' }[precision]
}
