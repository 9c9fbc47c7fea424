import { streamsOf } from './bodies.js'
import { Clock } from './time.js'
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
      times[i] = clock.read(Timestamp) ?? 0n
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
