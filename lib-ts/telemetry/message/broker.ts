// What the rooms of brokers have in common: their error, what a reader gives, writes that wait for each other.
import { InvalidArgumentError, nameInstances } from '../../errors.js'
import type { Sample } from '../sample.js'
import type { RejectedMessage } from './incoming.js'

/** What a reader of a broker gives: samples in order, and what was not one. */
export interface ReaderBatch {
  readonly samples: readonly Sample[]
  /** Messages, or lines of them, that are no samples: why, and where they stand. */
  readonly rejected: readonly RejectedMessage[]
  /** This batch, and all before it, is done with: it is not given again. Without it everything comes again after a restart. */
  commit(): Promise<void>
}

/** What is known about a failure beside its text. */
export interface BrokerErrorDetails {
  /** `ERR_KAFKA_…` or `ERR_NATS_…` */
  readonly code: string
  readonly op?: string | undefined
  /** The same call may succeed later. */
  readonly retryable?: boolean | undefined
  readonly hint?: string | undefined
  readonly cause?: unknown
}

/**
 * Every error of the rooms of brokers but a sink's `write`, which rejects with a `SinkError`. `code` is stable and meant for
 * programs; the message is for people.
 *
 * @example
 * import { BrokerError, NatsSink } from 'node-pvxs/nats'
 *
 * try {
 *   new NatsSink({ servers: [], stream: 'pvs' })
 * } catch (error) {
 *   error instanceof BrokerError && error.code // → 'ERR_NATS_ARGUMENT'
 * }
 */
export class BrokerError extends Error {
  static {
    nameInstances(this.prototype, 'BrokerError')
  }
  readonly code: string
  readonly op: string
  readonly retryable: boolean

  constructor(message: string, { code, op = '', retryable = false, hint, cause }: BrokerErrorDetails) {
    super(hint === undefined ? message : `${message} (${hint})`, cause === undefined ? undefined : { cause })
    this.code = code
    this.op = op
    this.retryable = retryable
  }
}

/** Runs a check of options; what it refuses becomes an error with this code. */
export function checkingFor<R>(code: string, op: string, check: () => R): R {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    throw new BrokerError(`${op}: ${error.message}`, { code, op, cause: error.cause })
  }
}

const MISSING = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'])

/** Loads an optional package; one that is missing is an error that says how it is installed. */
export async function loadPeer<T>(
  name: string,
  code: string,
  what: string,
  load: () => Promise<T>,
): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    const missing = MISSING.has(String((cause as { code?: unknown }).code))
    throw new BrokerError(
      `${what} needs the package ${name}${missing ? '' : ', which could not be loaded'}`,
      {
        code,
        hint: `npm install ${name}`,
        cause,
      },
    )
  }
}

/** Work that is done one piece after the other, in the order in which it was asked for. */
export class OneByOne {
  #last: Promise<unknown> = Promise.resolve()

  /** Does this after all that was asked for before; what it gives, or why it failed. */
  run<R>(work: () => Promise<R>): Promise<R> {
    const result = this.#last.then(work, work)
    this.#last = result.catch(() => undefined)
    return result
  }

  /** When all that was asked for so far is done. */
  async idle(): Promise<void> {
    await this.#last
  }
}
