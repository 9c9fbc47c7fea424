import { InvalidArgumentError, nameInstances } from '../errors.js'

/** The codes of this room's errors. */
export type PiCode =
  | 'ERR_PI_HTTP'
  | 'ERR_PI_NOT_FOUND'
  | 'ERR_PI_AUTH'
  | 'ERR_PI_FORBIDDEN'
  | 'ERR_PI_RESPONSE'
  | 'ERR_PI_NETWORK'
  | 'ERR_PI_TIMEOUT'
  | 'ERR_PI_ARGUMENT'
  | 'ERR_PI_CLOSED'
  | 'ERR_PI_PEER'
  | 'ERR_PI_CHANNEL_CLOSED'
  | 'ERR_PI_CHANNEL_DEAD'
  | 'ERR_PI_CHANNEL_UPDATE'
  | 'ERR_PI_CHANNEL_ROLLBACK'

/** What is known about a failure beside its text. */
export interface PiErrorDetails {
  readonly verb?: string | undefined
  /** Without credentials, and without long WebIDs. */
  readonly url?: string | undefined
  /** The HTTP status, or that of a `WebException`. */
  readonly status?: number | undefined
  /** The server's texts. */
  readonly errors?: readonly string[] | undefined
  readonly hint?: string | undefined
  readonly cause?: unknown
}

/**
 * The base of this room's errors. `code` is stable and meant for programs.
 *
 * @example
 * const failed = await pi.value('no such tag').catch((e: unknown) => e)
 * failed instanceof PiError && failed.code // → 'ERR_PI_NOT_FOUND'
 */
export class PiError extends Error {
  static {
    nameInstances(this.prototype, 'PiError')
  }
  readonly code: PiCode
  readonly errors: readonly string[]
  declare readonly verb?: string
  declare readonly url?: string
  declare readonly status?: number
  declare readonly hint?: string

  constructor(message: string, code: PiCode, details: PiErrorDetails = {}) {
    const { hint, cause, errors = [] } = details
    super(hint === undefined ? message : `${message} (${hint})`, cause === undefined ? undefined : { cause })
    this.code = code
    this.errors = errors
    for (const key of ['verb', 'url', 'status', 'hint'] as const) {
      const value = details[key]
      if (value !== undefined) Object.assign(this, { [key]: value })
    }
  }
}

/** The server answered with a status of 400 or more; `errors` has its texts. */
export class PiHttpError extends PiError {
  static {
    nameInstances(this.prototype, 'PiHttpError')
  }
  /** The same request may succeed later: 429 and 502 to 504. */
  readonly retryable: boolean
  /** ms that the server asks to wait. */
  declare readonly retryAfter?: number

  constructor(message: string, details: PiErrorDetails & { readonly retryAfter?: number | undefined }) {
    super(message, 'ERR_PI_HTTP', details)
    this.retryable = isBusy(details.status)
    if (details.retryAfter !== undefined) this.retryAfter = details.retryAfter
  }
}

/** Whether a status says that the same request may succeed later. */
export function isBusy(status: number | undefined): boolean {
  return status === 429 || status === 502 || status === 503 || status === 504
}

/** A point, attribute or element that the server does not have. */
export class PiNotFoundError extends PiError {
  static {
    nameInstances(this.prototype, 'PiNotFoundError')
  }
  /** What was asked for. */
  readonly ref: string

  constructor(message: string, ref: string, details: PiErrorDetails = {}) {
    super(message, 'ERR_PI_NOT_FOUND', details)
    this.ref = ref
  }
}

/** Status 401 (`ERR_PI_AUTH`) or 403 (`ERR_PI_FORBIDDEN`). */
export class PiAuthError extends PiError {
  static {
    nameInstances(this.prototype, 'PiAuthError')
  }
  /** What the server offers, as it names it: `Negotiate`, `Basic`, … */
  readonly schemes: readonly string[]

  constructor(
    message: string,
    code: 'ERR_PI_AUTH' | 'ERR_PI_FORBIDDEN',
    details: PiErrorDetails & { readonly schemes?: readonly string[] } = {},
  ) {
    super(message, code, details)
    this.schemes = details.schemes ?? []
  }
}

/** An answer that is not JSON, is cut off, or carries a `WebException`, which comes with status 200. */
export class PiResponseError extends PiError {
  static {
    nameInstances(this.prototype, 'PiResponseError')
  }
  constructor(message: string, details: PiErrorDetails = {}) {
    super(message, 'ERR_PI_RESPONSE', details)
  }
}

/** The server was not reached: refused, reset, name not found, certificate not trusted. */
export class PiNetworkError extends PiError {
  static {
    nameInstances(this.prototype, 'PiNetworkError')
  }
  constructor(message: string, details: PiErrorDetails = {}) {
    super(message, 'ERR_PI_NETWORK', details)
  }
}

/** What a call waited for. */
export type PiPhase = 'connection' | 'headers' | 'body'

/** A call took longer than its time limit. */
export class PiTimeoutError extends PiError {
  static {
    nameInstances(this.prototype, 'PiTimeoutError')
  }
  readonly phase: PiPhase

  constructor(message: string, phase: PiPhase, details: PiErrorDetails = {}) {
    super(message, 'ERR_PI_TIMEOUT', details)
    this.phase = phase
  }
}

/** A bad parameter, reference, time or option. Nothing was sent. */
export class PiArgumentError extends PiError {
  static {
    nameInstances(this.prototype, 'PiArgumentError')
  }
  constructor(message: string, details: PiErrorDetails = {}) {
    super(message, 'ERR_PI_ARGUMENT', details)
  }
}

/** The client was closed. */
export class PiClosedError extends PiError {
  static {
    nameInstances(this.prototype, 'PiClosedError')
  }
  constructor(message: string, details: PiErrorDetails = {}) {
    super(message, 'ERR_PI_CLOSED', details)
  }
}

/** A channel that is closed, or was ended by its `cause`. */
export class ChannelClosedError extends PiError {
  static {
    nameInstances(this.prototype, 'ChannelClosedError')
  }
  constructor(message: string, details: PiErrorDetails = {}) {
    super(message, 'ERR_PI_CHANNEL_CLOSED', details)
  }
}

/** A channel whose connection did not come back in time; `cause` is what the last try ended with. */
export class ChannelDeadError extends PiError {
  static {
    nameInstances(this.prototype, 'ChannelDeadError')
  }
  constructor(message: string, details: PiErrorDetails = {}) {
    super(message, 'ERR_PI_CHANNEL_DEAD', details)
  }
}

/** An update of a channel that failed, and the channel with it; or one that came during another, which goes on. */
export class ChannelUpdateError extends PiError {
  static {
    nameInstances(this.prototype, 'ChannelUpdateError')
  }
  constructor(message: string, details: PiErrorDetails = {}) {
    super(message, 'ERR_PI_CHANNEL_UPDATE', details)
  }
}

/** An update of a channel that failed; the channel goes on as it was. `cause` is the server's answer. */
export class ChannelRollbackError extends PiError {
  static {
    nameInstances(this.prototype, 'ChannelRollbackError')
  }
  constructor(message: string, details: PiErrorDetails = {}) {
    super(message, 'ERR_PI_CHANNEL_ROLLBACK', details)
  }
}

/** Runs a check of the rooms below; what it refuses becomes an error of this room. */
export function checking<R>(check: () => R): R {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    throw new PiArgumentError(error.message, { cause: error.cause })
  }
}
