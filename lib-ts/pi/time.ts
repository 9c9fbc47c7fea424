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

const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/

// Most stamps share the second of the one before, and a date costs more to read than all the rest.
let lastSecond = ''
let lastNs = 0n

/** The server's time stamp as ns; undefined when it is no date. */
export function timeOfStamp(text: unknown): bigint | undefined {
  if (typeof text !== 'string') return undefined
  const parts = STAMP.exec(text)
  if (parts === null) return isoTime(text)
  const [, second = '', fraction] = parts
  if (second !== lastSecond) {
    const ms = Date.parse(`${second}Z`)
    if (Number.isNaN(ms)) return undefined
    lastSecond = second
    lastNs = BigInt(ms) * 1_000_000n
  }
  return fraction === undefined ? lastNs : lastNs + BigInt(Number(fraction.padEnd(9, '0')))
}
