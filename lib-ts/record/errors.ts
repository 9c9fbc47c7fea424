import { nameInstances } from '../errors.js'

/** What a {@link RecordError} is made of. */
export interface RecordErrorDetails {
  readonly code: 'ERR_RECORD_START' | 'ERR_RECORD_STATE' | 'ERR_RECORD_STORE'
  /** The sink that it is about, by its name in the configuration. */
  readonly sink?: string | undefined
  readonly cause?: unknown
}

/**
 * Why a recorder cannot start, cannot do what it was told, or why a store cannot be read.
 *
 * `ERR_RECORD_START`: what can never work, such as a sink whose folder is not there. `ERR_RECORD_STATE`: the recorder is
 * closed, or updating. `ERR_RECORD_STORE`: a store cannot be read.
 *
 * @example
 * import { RecordError } from 'node-pvxs/record'
 *
 * const error = new RecordError('sink "db": nobody answers', { code: 'ERR_RECORD_START', sink: 'db' })
 * error.sink // → "db"
 */
export class RecordError extends Error {
  static {
    nameInstances(this.prototype, 'RecordError')
  }
  readonly code: RecordErrorDetails['code']
  declare readonly sink?: string

  constructor(message: string, { code, sink, cause }: RecordErrorDetails) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    if (sink !== undefined) this.sink = sink
  }
}
