import { nameInstances } from '../../errors.js'

/** Bytes that are not the message they should be. */
export class WireError extends Error {
  static {
    nameInstances(this.prototype, 'WireError')
  }
}

export function cutShort(): WireError {
  return new WireError('it is cut short')
}
