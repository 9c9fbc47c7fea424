import { annotate, PvaError } from '../errors.js'
import type { ContextCore } from './context-core.js'

/** Starts a call; bad arguments reject the promise. */
export function promised<R>(op: string, name: unknown, start: () => Promise<R>): Promise<R> {
  try {
    return start()
  } catch (error) {
    const details = { op, ...(typeof name === 'string' && { pv: name }) }
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- passed on as it was thrown
    return Promise.reject(error instanceof PvaError ? annotate(error, details) : error)
  }
}

/**
 * Keeps a promise that rejects because its Context was closed from ending the process: the program that closed it knows what
 * becomes of pending calls, and may look at them after `await ctx.close()`, or never.
 */
export function handled(promise: Promise<unknown>): void {
  promise.catch(() => undefined)
}

/** The same for a promise that is made of calls. */
export function handledAtClose<R>(core: ContextCore, promise: Promise<R>): Promise<R> {
  const result = promise.catch((error: unknown) => {
    if (core.closed) handled(result)
    throw error
  })
  return result
}
