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

/** One thing that is wrong with a configuration. */
export interface ConfigFault {
  /** Where, as a JSON pointer: `/pvs/3/deadband`. */
  readonly pointer: string
  /** Of the text, from 1; 0 when there is no text. */
  readonly line: number
  readonly column: number
  readonly message: string
}

/**
 * What is wrong with a configuration, all of it.
 *
 * @example
 * import { ConfigError, Recorder } from 'node-pvxs/record'
 *
 * const failed = await Recorder.start({ pvs: ['lab:temperature'], sinks: { file: { type: 'jsonl' } } }).catch((e: unknown) => e)
 * failed instanceof ConfigError && failed.faults[0]?.pointer // → "/sinks/file"
 */
export class ConfigError extends Error {
  static {
    nameInstances(this.prototype, 'ConfigError')
  }
  readonly code = 'ERR_RECORD_CONFIG'
  readonly faults: readonly ConfigFault[]

  constructor(faults: readonly ConfigFault[], file?: string) {
    const lines = faults.map(({ pointer, line, column, message }) => {
      const place = line === 0 ? [] : [`${file ?? 'configuration'}:${line}:${column}`]
      return `${[...place, ...(pointer === '' ? [] : [pointer])].join(' ')}${line === 0 && pointer === '' ? '' : ': '}${message}`
    })
    super(lines.join('\n'))
    this.faults = faults
  }
}

/** The keys that lead to a place, as a JSON pointer. */
export function pointerOf(path: readonly (string | number)[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
