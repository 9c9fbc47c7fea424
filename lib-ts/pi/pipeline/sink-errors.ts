import { SinkError } from '../../telemetry/index.js'
import { PiError, PiHttpError } from '../errors.js'

/** A failure of a whole request as a Batcher needs it; what is not the server's or the network's stays as it is. */
export function sinkErrorOf(error: unknown): unknown {
  if (!(error instanceof PiError) || error.code === 'ERR_PI_ARGUMENT') return error
  const { message, code, status } = error
  return new SinkError(message, {
    code,
    retryable: isPassing(error),
    retryAfter: error instanceof PiHttpError ? error.retryAfter : undefined,
    split: status === 413 || status === 414,
    cause: error,
  })
}

/** Whether the same batch may succeed later: what a network, a busy server or an operator repairs without us. */
export function isPassing({ code, status }: PiError): boolean {
  if (status !== undefined && status >= 400)
    return status === 401 || status === 408 || status === 429 || status >= 500
  // An answer that broke off or is none: what was done is not known, and doing it again does no harm.
  return ['ERR_PI_NETWORK', 'ERR_PI_TIMEOUT', 'ERR_PI_RESPONSE', 'ERR_PI_AUTH'].includes(code)
}
