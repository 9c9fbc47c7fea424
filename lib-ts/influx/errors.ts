import { InvalidArgumentError, nameInstances } from '../errors.js'
import type { Result } from './result.js'

/** The codes of this room's errors. */
export type InfluxCode =
  | 'ERR_INFLUX_ARGUMENT'
  | 'ERR_INFLUX_AUTH'
  | 'ERR_INFLUX_NOT_FOUND'
  | 'ERR_INFLUX_WRITE'
  | 'ERR_INFLUX_QUERY'
  | 'ERR_INFLUX_TOO_LARGE'
  | 'ERR_INFLUX_BUSY'
  | 'ERR_INFLUX_CONNECTION'
  | 'ERR_INFLUX_TIMEOUT'
  | 'ERR_INFLUX_CLOSED'

/** What is known about a failure beside its text. */
export interface InfluxErrorDetails {
  readonly code: InfluxCode
  readonly op?: string | undefined
  /** The HTTP status. */
  readonly status?: number | undefined
  readonly database?: string | undefined
  readonly hint?: string | undefined
  /** Of wrong data: which point, row or sample. */
  readonly index?: number | undefined
  /** Of wrong data: which key in it. */
  readonly path?: string | undefined
  /** ms that the server asks to wait. */
  readonly retryAfter?: number | undefined
  readonly cause?: unknown
}

/**
 * The base of this room's errors. `code` is stable and meant for programs.
 *
 * @example
 * const failed = await db.query('SELECT').catch((e: unknown) => e)
 * failed instanceof InfluxError && failed.code // → 'ERR_INFLUX_QUERY'
 */
export class InfluxError extends Error {
  static {
    nameInstances(this.prototype, 'InfluxError')
  }
  readonly code: InfluxCode
  /** What was called: `write`, `query`, `ping`, … */
  readonly op: string
  declare readonly status?: number
  declare readonly database?: string
  declare readonly hint?: string
  declare readonly index?: number
  declare readonly path?: string
  declare readonly retryAfter?: number

  constructor(message: string, details: InfluxErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = details.code
    this.op = details.op ?? ''
    for (const key of ['status', 'database', 'hint', 'index', 'path', 'retryAfter'] as const) {
      const value = details[key]
      if (value !== undefined) Object.assign(this, { [key]: value })
    }
  }
}

/** A line that the server refused. */
export interface RefusedLine {
  /** Counted from 1 within the body that was sent. */
  readonly line: number
  readonly reason: string
  readonly text?: string
}

/**
 * A write that failed. `written` points are safely stored; `retryable` says that the same write may succeed later.
 *
 * @example
 * const failed = await db.write('pv value=').catch((e: unknown) => e)
 * failed instanceof InfluxWriteError && failed.written // → 0
 */
export class InfluxWriteError extends InfluxError {
  static {
    nameInstances(this.prototype, 'InfluxWriteError')
  }
  readonly retryable: boolean
  /** The server stored some of the refused batch. */
  readonly partial: boolean
  readonly written: number
  /** How many points the server says it has dropped. */
  declare readonly dropped?: number
  declare readonly lines?: readonly RefusedLine[]

  constructor(
    message: string,
    details: InfluxErrorDetails & {
      readonly retryable: boolean
      readonly partial?: boolean
      readonly written?: number
      readonly dropped?: number | undefined
      readonly lines?: readonly RefusedLine[] | undefined
    },
  ) {
    super(message, details)
    this.retryable = details.retryable
    this.partial = details.partial ?? false
    this.written = details.written ?? 0
    if (details.dropped !== undefined) this.dropped = details.dropped
    if (details.lines !== undefined) this.lines = details.lines
  }
}

/**
 * A query that failed; `partial` has the statements before the one that did.
 *
 * @example
 * const failed = await db.query('SELECT nonsense').catch((e: unknown) => e)
 * failed instanceof InfluxQueryError && failed.query // → 'SELECT nonsense'
 */
export class InfluxQueryError extends InfluxError {
  static {
    nameInstances(this.prototype, 'InfluxQueryError')
  }
  readonly query: string
  /** The number of the statement that failed. */
  declare readonly statement?: number
  declare readonly partial?: Result

  constructor(
    message: string,
    details: InfluxErrorDetails & {
      readonly query: string
      readonly statement?: number | undefined
      readonly partial?: Result | undefined
    },
  ) {
    super(message, details)
    this.query = details.query
    if (details.statement !== undefined) this.statement = details.statement
    if (details.partial !== undefined) this.partial = details.partial
  }
}

export function argument(message: string, details: Omit<InfluxErrorDetails, 'code'> = {}): InfluxError {
  return new InfluxError(message, { code: 'ERR_INFLUX_ARGUMENT', ...details })
}

/** Runs a check of the rooms below; what it refuses becomes an error of this room. */
export function checking<R>(op: string, check: () => R): R {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    throw argument(error.message, { op, cause: error.cause })
  }
}

/** A database or retention policy that the server does not know. v1 says 404 for the first and 500 for the second. */
const UNKNOWN_PLACE = /database not found|retention policy not found|bucket .*not found/i

/** What the server's answer with that status means. */
export function codeOfStatus(status: number, text: string, otherwise: InfluxCode): InfluxCode {
  if (status === 401 || status === 403) return 'ERR_INFLUX_AUTH'
  if (status === 404 || UNKNOWN_PLACE.test(text)) return 'ERR_INFLUX_NOT_FOUND'
  if (status === 413) return 'ERR_INFLUX_TOO_LARGE'
  if (status === 408 || status === 429 || status >= 500) return 'ERR_INFLUX_BUSY'
  return otherwise
}

/** ms of a Retry-After header, seconds or a date; undefined for anything else. */
export function retryAfter(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined
  if (/^\d{1,9}(\.\d+)?$/.test(header.trim())) return Number(header) * 1000
  if (!/[a-z]/i.test(header)) return undefined
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

/** What an operator repairs, or time does: the same write may succeed later. */
export function isRetryable(code: InfluxCode): boolean {
  return (
    code === 'ERR_INFLUX_AUTH' ||
    code === 'ERR_INFLUX_NOT_FOUND' ||
    code === 'ERR_INFLUX_BUSY' ||
    code === 'ERR_INFLUX_CONNECTION' ||
    code === 'ERR_INFLUX_TIMEOUT'
  )
}
