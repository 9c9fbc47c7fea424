import { nameInstances } from '../errors.js'
import type { Sample } from './sample.js'

/** What a sink did with a batch: `written + rejected.length` is its length. */
export interface WriteResult {
  readonly written: number
  /** The samples that the store will never take, by their place in the batch, and why. */
  readonly rejected: readonly { readonly index: number; readonly reason: string }[]
}

/**
 * Where samples go.
 *
 * `write` resolves when the store has answered for every sample of the batch. It rejects with a {@link SinkError} that
 * says what may be done about it; any other exception is a fault of the sink. Writing the same sample twice must store it
 * once: a batch whose answer was lost is written again.
 *
 * @example
 * const sink: Sink = {
 *   write: async (batch) => {
 *     for (const { series, time, value } of batch) console.log(series.id, time, value)
 *     return { written: batch.length, rejected: [] }
 *   },
 *   close: async () => undefined,
 * }
 */
export interface Sink {
  /** Stores samples; what is refused is `rejected` by its index. Rejects with a {@link SinkError} when all of it failed. */
  write(batch: readonly Sample[], options?: { readonly signal?: AbortSignal }): Promise<WriteResult>
  /** Frees what it holds. */
  close(): Promise<void>
}

/** What a {@link SinkError} says beside its text. */
export interface SinkErrorDetails {
  readonly code: string
  /** The same batch may succeed later. */
  readonly retryable?: boolean | undefined
  /** ms that the store asks to wait. */
  readonly retryAfter?: number | undefined
  /** The batch is too large: its halves may succeed. */
  readonly split?: boolean | undefined
  readonly cause?: unknown
}

const BRAND = Symbol.for('node-pvxs.SinkError')

/**
 * Why a batch was not written. Neither `retryable` nor `split`: it never will be.
 *
 * @example
 * const busy = new SinkError('the store is starting', { code: 'ERR_STORE_BUSY', retryable: true, retryAfter: 2_000 })
 * busy.retryable // → true
 */
export class SinkError extends Error {
  static {
    nameInstances(this.prototype, 'SinkError')
    // Another copy of the package may have made it.
    Object.defineProperty(this.prototype, BRAND, { value: true })
  }
  readonly code: string
  readonly retryable: boolean
  readonly split: boolean
  declare readonly retryAfter?: number

  constructor(message: string, details: SinkErrorDetails) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined)
    this.code = details.code
    this.retryable = details.retryable ?? false
    this.split = details.split ?? false
    if (details.retryAfter !== undefined) this.retryAfter = details.retryAfter
  }

  static override [Symbol.hasInstance](x: unknown): boolean {
    if (this !== SinkError) return Function.prototype[Symbol.hasInstance].call(this, x)
    return typeof x === 'object' && x !== null && BRAND in x
  }
}
