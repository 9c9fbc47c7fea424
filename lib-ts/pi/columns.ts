import { streamsOf } from './bodies.js'
import { timeOfStamp } from './time.js'
import { PiState } from './update.js'

/** The values of a stream as arrays. */
export interface PiColumns {
  readonly webId: string
  readonly path: string
  readonly units: string
  /** ns since the Unix epoch; 0 where the server gave no date. */
  readonly times: BigInt64Array
  /** NaN where the value is not a number. */
  readonly values: Float64Array
  /** States and texts, null where the value is a number; absent when all are. */
  readonly states?: (PiState | string | null)[]
  /** 1 where the server says that the value is good. */
  readonly good: Uint8Array
}

/**
 * The values of a body as arrays, one set per stream: of one value, of the values of a stream, or of a set of streams.
 *
 * @example
 * const [first] = columns({ Items: [{ Timestamp: '2026-01-01T00:00:00Z', Value: 1.5, Good: true }] })
 * first?.values // → Float64Array.of(1.5)
 */
export function columns(body: unknown): PiColumns[] {
  return streamsOf(body).map(({ stream, values }) => {
    const times = new BigInt64Array(values.length)
    const numbers = new Float64Array(values.length)
    const good = new Uint8Array(values.length)
    let states: (PiState | string | null)[] | undefined
    const clock = new Clock()
    for (let i = 0; i < values.length; i++) {
      const { Timestamp, Value, Good } = values[i] as Record<string, unknown>
      times[i] = clock.of(Timestamp)
      good[i] = Good === false ? 0 : 1
      if (typeof Value === 'number') numbers[i] = Value
      else {
        numbers[i] = numberOf(Value)
        const state = stateOf(Value)
        if (state !== null) (states ??= new Array<null>(values.length).fill(null))[i] = state
      }
    }
    const text = (key: string): string => (typeof stream[key] === 'string' ? stream[key] : '')
    const first = values[0]?.['UnitsAbbreviation']
    return {
      webId: text('WebId'),
      path: text('Path'),
      units: text('UnitsAbbreviation') || (typeof first === 'string' ? first : ''),
      times,
      values: numbers,
      ...(states === undefined ? {} : { states }),
      good,
    }
  })
}

function numberOf(value: unknown): number {
  if (typeof value === 'bigint') return Number(value)
  return typeof value === 'boolean' ? Number(value) : NaN
}

function stateOf(value: unknown): PiState | string | null {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return null
  const { Name, Value, IsSystem } = value as Record<string, unknown>
  if (typeof Name !== 'string') return null
  return new PiState(Name, typeof Value === 'number' ? Value : -1, IsSystem === true)
}

/** Reads time stamps; most share the minute of the one before, and a bigint per row costs more than the row's JSON. */
class Clock {
  #minute = ''
  #ns = 0n

  of(stamp: unknown): bigint {
    if (typeof stamp !== 'string' || stamp.length < 20 || !stamp.endsWith('Z'))
      return timeOfStamp(stamp) ?? 0n
    const minute = stamp.slice(0, 17)
    if (minute !== this.#minute) {
      const ns = timeOfStamp(`${minute}00Z`)
      if (ns === undefined) return 0n
      this.#minute = minute
      this.#ns = ns
    }
    // Below 6e10, so exact.
    const rest = nanosecondsOf(stamp)
    return rest < 0 ? (timeOfStamp(stamp) ?? 0n) : this.#ns + BigInt(rest)
  }
}

/** The ns within the minute of `…:SS.FFFFFFFZ`; below 0 when it is written otherwise. */
function nanosecondsOf(stamp: string): number {
  let value = 0
  let digits = 0
  for (let i = 17; i < stamp.length - 1; i++) {
    const code = stamp.charCodeAt(i)
    if (i === 19) {
      if (code !== 46) return -1
      continue
    }
    if (code < 48 || code > 57 || digits === 11) return -1
    value = value * 10 + (code - 48)
    digits++
  }
  return digits < 2 ? -1 : value * (POWERS[11 - digits] as number)
}

const POWERS = [1, 10, 100, 1_000, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]
