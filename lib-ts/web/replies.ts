import { InvalidArgumentError } from '../errors.js'
import { quote } from '../input/index.js'

/** Which part of the past: dates, ISO text, or nanoseconds since 1970. */
export interface HistoryRange {
  readonly from: Date | string | bigint
  readonly to: Date | string | bigint
  /** The most points, 1 to 20000, default 1000. */
  readonly points?: number | undefined
}

/** The samples of a range, or windows over them when there are more than were asked for. Times are ns since 1970. */
export type History =
  | {
      readonly samples: readonly {
        readonly time: bigint
        readonly value: number
        readonly severity: number | string
      }[]
    }
  | {
      readonly windows: readonly {
        readonly time: bigint
        readonly min: number
        readonly mean: number
        readonly max: number
        readonly count: number
      }[]
    }

/** @throws InvalidArgumentError for what is not a time */
export function timeText(time: unknown, name: string): string {
  if (typeof time === 'bigint') return String(time)
  if (typeof time === 'string') return time
  if (time instanceof Date && !Number.isNaN(time.getTime())) return time.toISOString()
  throw new InvalidArgumentError(`"${name}" is a Date, ISO text or a bigint of ns, not ${quote(time)}`, {
    op: 'history',
  })
}

type Row = readonly unknown[]

export function historyOf(reply: Readonly<Record<string, unknown>>): History {
  const { samples, windows } = reply as {
    readonly samples?: readonly Row[]
    readonly windows?: readonly Row[]
  }
  if (windows !== undefined)
    return {
      windows: windows.map(([time, min, mean, max, count]) => ({
        time: BigInt(time as string),
        min: Number(min),
        mean: Number(mean),
        max: Number(max),
        count: Number(count),
      })),
    }
  return {
    samples: (samples ?? []).map(([time, value, severity]) => ({
      time: BigInt(time as string),
      value: Number(value),
      severity: severity as number | string,
    })),
  }
}

/**
 * A value as it goes to the bridge: 64-bit integers and non-finite numbers as text, typed arrays as lists.
 *
 * @throws InvalidArgumentError for functions, symbols and what refers to itself
 */
export function plainOf(x: unknown, op: string, pv: string): unknown {
  try {
    return plain(x, 0)
  } catch (cause) {
    const { message } = cause as Error
    throw new InvalidArgumentError(`the value cannot be sent: ${message}`, { op, pv, cause })
  }
}

const DEEPEST = 100

function plain(x: unknown, depth: number): unknown {
  if (depth > DEEPEST) throw new RangeError('it is nested too deep, or holds itself')
  if (typeof x === 'bigint') return String(x)
  if (typeof x === 'number') return Number.isFinite(x) ? x : String(x)
  if (typeof x === 'function' || typeof x === 'symbol') throw new TypeError(`it holds ${quote(x)}`)
  if (typeof x !== 'object' || x === null) return x
  if (Array.isArray(x) || (ArrayBuffer.isView(x) && !(x instanceof DataView)))
    return Array.from(x as ArrayLike<unknown>, (item) => plain(item, depth + 1))
  const { toJSON } = x as { readonly toJSON?: unknown }
  if (typeof toJSON === 'function') return plain(toJSON.call(x), depth + 1)
  return Object.fromEntries(Object.entries(x).map(([name, member]) => [name, plain(member, depth + 1)]))
}
