import { annotate, PvaError } from '../errors.js'

/** Starts a call; what is wrong with its arguments rejects the promise. */
export function promised<R>(op: string, start: () => Promise<R>): Promise<R> {
  try {
    return start()
  } catch (error) {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- passed on as it was thrown
    return Promise.reject(error instanceof PvaError ? annotate(error, { op }) : error)
  }
}
