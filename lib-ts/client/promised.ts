import { about } from '../errors.js'

/** Starts a call; what is wrong with its arguments rejects the promise. */
export function promised<R>(op: string, name: unknown, start: () => Promise<R>): Promise<R> {
  try {
    return about({ op, ...(typeof name === 'string' && { pv: name }) }, start)
  } catch (error) {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- passed on as it was thrown
    return Promise.reject(error)
  }
}
