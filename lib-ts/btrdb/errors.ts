import { InvalidArgumentError, nameInstances } from '../errors.js'

/** The codes of this room's errors. */
export type BTrDBCode =
  | 'ERR_BTRDB_ARGUMENT'
  | 'ERR_BTRDB_CONNECT'
  | 'ERR_BTRDB_TIMEOUT'
  | 'ERR_BTRDB_CLOSED'
  | 'ERR_BTRDB_CREDENTIALS'
  | 'ERR_BTRDB_PROFILE'
  | 'ERR_BTRDB_AUTH'
  | 'ERR_BTRDB_NOT_FOUND'
  | 'ERR_BTRDB_EXISTS'
  | 'ERR_BTRDB_AMBIGUOUS'
  | 'ERR_BTRDB_UUID_REUSED'
  | 'ERR_BTRDB_METADATA'
  | 'ERR_BTRDB_PROPERTY_VERSION'
  | 'ERR_BTRDB_TIME_RANGE'
  | 'ERR_BTRDB_POINT_WIDTH'
  | 'ERR_BTRDB_VALUE'
  | 'ERR_BTRDB_TOO_BIG'
  | 'ERR_BTRDB_VERSION'
  | 'ERR_BTRDB_SQL'
  | 'ERR_BTRDB_UNAVAILABLE'
  | 'ERR_BTRDB_SERVER'
  | 'ERR_BTRDB_NOT_SUPPORTED'
  | 'ERR_BTRDB_PEER'

/** What is known about a failure beside its text. */
export interface BTrDBErrorDetails {
  readonly code: BTrDBCode
  readonly op?: string | undefined
  /** The call of the interface: `RawValues`, `Insert`, … */
  readonly rpc?: string | undefined
  /** The server's own code, which comes although gRPC says OK. */
  readonly status?: number | undefined
  /** gRPC's status by name: `UNAVAILABLE`, … */
  readonly grpc?: string | undefined
  readonly endpoint?: string | undefined
  readonly uuid?: string | undefined
  /** Of a set: every stream that is not there. */
  readonly uuids?: readonly string[] | undefined
  /** The same call may succeed later. */
  readonly retryable?: boolean | undefined
  readonly hint?: string | undefined
  /** Of points: which one. */
  readonly index?: number | undefined
  /** Of an insert that failed half-way: how many points were acknowledged. */
  readonly inserted?: number | undefined
  /** Of what the interface lacks: which method. */
  readonly method?: string | undefined
  readonly cause?: unknown
}

const KNOWN = [
  'rpc',
  'status',
  'grpc',
  'endpoint',
  'uuid',
  'uuids',
  'hint',
  'index',
  'inserted',
  'method',
] as const

/**
 * Every error of this room. `code` is stable and meant for programs; the message is for people.
 *
 * @example
 * import { BTrDB, BTrDBError } from 'node-pvxs/btrdb'
 *
 * const failed = await BTrDB.connect({ endpoint: 'no port' }).catch((e: unknown) => e)
 * failed instanceof BTrDBError && failed.code // → 'ERR_BTRDB_ARGUMENT'
 */
export class BTrDBError extends Error {
  static {
    nameInstances(this.prototype, 'BTrDBError')
  }
  readonly code: BTrDBCode
  /** What was called: `insert`, `rawValues`, … */
  readonly op: string
  readonly retryable: boolean
  declare readonly rpc?: string
  declare readonly status?: number
  declare readonly grpc?: string
  declare readonly endpoint?: string
  declare readonly uuid?: string
  declare readonly uuids?: readonly string[]
  declare readonly hint?: string
  declare readonly index?: number
  declare readonly inserted?: number
  declare readonly method?: string

  constructor(message: string, details: BTrDBErrorDetails) {
    const { hint, cause } = details
    super(hint === undefined ? message : `${message} (${hint})`, cause === undefined ? undefined : { cause })
    this.code = details.code
    this.op = details.op ?? ''
    this.retryable = details.retryable ?? false
    for (const key of KNOWN) {
      const value = details[key]
      if (value !== undefined) Object.assign(this, { [key]: value })
    }
  }

  static override [Symbol.hasInstance](x: unknown): boolean {
    if (this !== BTrDBError) return Function.prototype[Symbol.hasInstance].call(this, x)
    return x instanceof Error && (x as { [BRAND]?: unknown })[BRAND] === true
  }
}

// Errors of bad arguments are TypeErrors; both classes say that they are a BTrDBError by this mark.
const BRAND: unique symbol = Symbol.for('node-pvxs.btrdb.error') as never

/** A bad argument or option, as a TypeError. Nothing was sent. It is an `instanceof BTrDBError` too. */
export class BTrDBArgumentError extends TypeError {
  static {
    nameInstances(this.prototype, 'BTrDBError')
    for (const { prototype } of [BTrDBError, this]) Object.defineProperty(prototype, BRAND, { value: true })
  }
  readonly code = 'ERR_BTRDB_ARGUMENT' satisfies BTrDBCode
  readonly op: string
  readonly retryable = false
  declare readonly endpoint?: string
  declare readonly uuid?: string
  declare readonly hint?: string
  declare readonly index?: number

  constructor(message: string, details: Omit<BTrDBErrorDetails, 'code'> = {}) {
    const { hint, cause } = details
    super(hint === undefined ? message : `${message} (${hint})`, cause === undefined ? undefined : { cause })
    this.op = details.op ?? ''
    for (const key of ['endpoint', 'uuid', 'hint', 'index', 'method'] as const) {
      const value = details[key]
      if (value !== undefined) Object.assign(this, { [key]: value })
    }
  }
}

export function argument(message: string, details: Omit<BTrDBErrorDetails, 'code'> = {}): BTrDBArgumentError {
  return new BTrDBArgumentError(message, details)
}

/** Runs a check of the rooms below; what it refuses becomes an error of this room. */
export function checking<R>(op: string, check: () => R): R {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    // A check of ours, which readOptions takes for one that broke.
    if (error.cause instanceof BTrDBError) throw aboutCall(error.cause, op)
    const text = error.message.startsWith(`${op}: `) ? error.message : `${op}: ${error.message}`
    throw argument(text, { op, cause: error.cause })
  }
}

function aboutCall(error: BTrDBError, op: string): BTrDBError {
  const { message, op: was } = error
  if (was === op) return error
  error.message =
    message.startsWith(`${was}: `) && was !== '' ? `${op}${message.slice(was.length)}` : `${op}: ${message}`
  return Object.assign(error, { op })
}
