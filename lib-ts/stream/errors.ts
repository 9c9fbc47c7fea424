import {
  BRAND,
  InvalidArgumentError,
  nameInstances,
  PvaError,
  TimeoutError,
  type ErrorDetails,
} from '../errors.js'
import { quote } from '../input/index.js'

/** One member of a stream that could not be opened, and why. */
export interface FailedMember {
  readonly id: string
  readonly error: Error
}

/** What is known about the failure of a stream beside its text. */
export interface StreamErrorDetails extends ErrorDetails {
  readonly failed?: readonly FailedMember[]
}

/**
 * A bad option, specification, name or item. Nothing was opened.
 *
 * @example
 * import { BoundedQueue, StreamArgumentError } from 'node-pvxs/stream'
 *
 * try {
 *   new BoundedQueue({ max: 0 })
 * } catch (e) {
 *   if (e instanceof StreamArgumentError) console.log(e.code) // ERR_STREAM_ARGUMENT
 * }
 */
export class StreamArgumentError extends InvalidArgumentError {
  static override readonly [BRAND]: string = 'ERR_STREAM_ARGUMENT'
  static {
    nameInstances(this.prototype, 'StreamArgumentError')
  }
}

/**
 * The stream is in a state that does not allow the call: started twice, updated before the start or during another
 * update, or stopped while the call was pending.
 *
 * @example
 * import { ManagedStream, pvSource } from 'node-pvxs/stream'
 *
 * const stream = new ManagedStream(pvSource(ctx))
 * const failed = await stream.update({ add: ['lab:temp1'] }).catch((e: unknown) => e)
 * console.log((failed as Error).message) // the stream is idle and cannot be updated
 */
export class StreamStateError extends PvaError {
  static override readonly [BRAND]: string = 'ERR_STREAM_STATE'
  static {
    nameInstances(this.prototype, 'StreamStateError')
  }
}

/**
 * The time of a start or an update ran out. `failed` names the members that were missing; `pv` is set when it is one.
 *
 * @example
 * import { ManagedStream, pvSource, StreamTimeoutError } from 'node-pvxs/stream'
 *
 * const stream = new ManagedStream(pvSource(ctx))
 * const failed = await stream.start(['lab:absent'], { timeout: 200 }).catch((e: unknown) => e)
 * if (failed instanceof StreamTimeoutError) console.log(failed.failed.map(({ id }) => id)) // [ 'lab:absent' ]
 */
export class StreamTimeoutError extends TimeoutError {
  static override readonly [BRAND]: string = 'ERR_STREAM_TIMEOUT'
  static {
    nameInstances(this.prototype, 'StreamTimeoutError')
  }
  readonly failed: readonly FailedMember[]

  constructor(message: string, details: StreamErrorDetails = {}) {
    super(message, details)
    this.failed = details.failed ?? []
  }
}

/**
 * A source ended by itself, or something was pushed into a queue that has ended.
 *
 * @example
 * import { BoundedQueue, StreamEndedError } from 'node-pvxs/stream'
 *
 * const queue = new BoundedQueue<number>()
 * queue.end()
 * const failed = await queue.push(1).catch((e: unknown) => e)
 * failed instanceof StreamEndedError // → true
 */
export class StreamEndedError extends PvaError {
  static override readonly [BRAND]: string = 'ERR_STREAM_ENDED'
  static {
    nameInstances(this.prototype, 'StreamEndedError')
  }
}

/**
 * An update failed and the stream with it: it was not to be rolled back, or the rollback failed too. `cause` is what the
 * source said.
 *
 * @example
 * import { ManagedStream, pvSource, StreamUpdateError } from 'node-pvxs/stream'
 *
 * const stream = new ManagedStream(pvSource(ctx))
 * await stream.start(['lab:temp1'])
 * const change = { add: ['lab:absent'] }
 * const failed = await stream.update(change, { rollback: false, timeout: 200 }).catch((e: unknown) => e)
 * if (failed instanceof StreamUpdateError) console.log(failed.failed[0]?.id, stream.state) // lab:absent failed
 */
export class StreamUpdateError extends PvaError {
  static override readonly [BRAND]: string = 'ERR_STREAM_UPDATE'
  static {
    nameInstances(this.prototype, 'StreamUpdateError')
  }
  readonly failed: readonly FailedMember[]

  constructor(message: string, details: StreamErrorDetails = {}) {
    super(message, details)
    this.failed = details.failed ?? []
  }
}

/**
 * An update failed, what it had opened is closed again, and the stream goes on as it was. `cause` is what the source said.
 *
 * @example
 * import { ManagedStream, pvSource, StreamRollbackError } from 'node-pvxs/stream'
 *
 * await using stream = new ManagedStream(pvSource(ctx))
 * await stream.start(['lab:temp1'])
 * const failed = await stream.update({ add: ['lab:absent'] }, { timeout: 200 }).catch((e: unknown) => e)
 * if (failed instanceof StreamRollbackError) console.log(failed.failed[0]?.id, stream.state) // lab:absent running
 */
export class StreamRollbackError extends PvaError {
  static override readonly [BRAND]: string = 'ERR_STREAM_ROLLBACK'
  static {
    nameInstances(this.prototype, 'StreamRollbackError')
  }
  readonly failed: readonly FailedMember[]

  constructor(message: string, details: StreamErrorDetails = {}) {
    super(message, details)
    this.failed = details.failed ?? []
  }
}

/** Runs a check of arguments: what it finds is told with this room's code. */
export function checking<R>(op: string, check: () => R): R {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof InvalidArgumentError) || error instanceof StreamArgumentError) throw error
    const details = { op: error.op === '' ? op : error.op, ...(error.pv !== undefined && { pv: error.pv }) }
    throw new StreamArgumentError(error.message, { ...details, cause: error })
  }
}

/** What was thrown, as an Error: users may throw anything. */
export function asError(thrown: unknown, what: string): Error {
  if (thrown instanceof Error) return thrown
  return new PvaError(`${what} threw ${quote(thrown)}`, { op: 'stream', cause: thrown })
}

/** The members that an error names; when it names none, all that were to be added. */
export function failedMembers(error: Error, added: readonly string[]): readonly FailedMember[] {
  const { failed, pv } = error as { readonly failed?: unknown; readonly pv?: unknown }
  if (Array.isArray(failed) && failed.length > 0) return failed as readonly FailedMember[]
  if (typeof pv === 'string') return [{ id: pv, error }]
  return added.map((id) => ({ id, error }))
}

/** Names in a message: the first few. */
export function listed(names: readonly string[]): string {
  const shown = names
    .slice(0, 5)
    .map((name) => quote(name))
    .join(', ')
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown
}
