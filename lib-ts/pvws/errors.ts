import { BRAND, nameInstances, PvaError, type ErrorDetails } from '../errors.js'

/** What a bridge refuses beside what the core's calls do. */
export type BridgeCode =
  | 'ERR_BRIDGE_MESSAGE'
  | 'ERR_BRIDGE_FORBIDDEN'
  | 'ERR_BRIDGE_LIMIT'
  | 'ERR_BRIDGE_RATE'
  | 'ERR_BRIDGE_TOO_LARGE'
  | 'ERR_BRIDGE_CANCELLED'
  | 'ERR_BRIDGE_NO_HISTORY'
  | 'ERR_BRIDGE_UNSAFE'
  | 'ERR_BRIDGE_ORIGIN'
  | 'ERR_BRIDGE_HOST'
  | 'ERR_BRIDGE_LOGIN'
  | 'ERR_BRIDGE_PATH'
  | 'ERR_BRIDGE_METHOD'
  | 'ERR_BRIDGE_MEDIA'
  | 'ERR_BRIDGE_VERSION'

/**
 * What a bridge refuses: a malformed message, a PV that the user may not write, a limit. `code` says which.
 *
 * @example
 * import { Bridge, BridgeError } from 'node-pvxs/bridge'
 *
 * try {
 *   await Bridge.start({ host: '0.0.0.0', write: ['*'] })
 * } catch (e) {
 *   if (e instanceof BridgeError) console.log(e.code) // ERR_BRIDGE_UNSAFE: anybody could write
 * }
 */
export class BridgeError extends PvaError {
  static override readonly [BRAND]: string = 'ERR_BRIDGE'
  static {
    nameInstances(this.prototype, 'BridgeError')
  }

  constructor(code: BridgeCode, message: string, details?: ErrorDetails) {
    super(message, details)
    Object.defineProperty(this, 'code', { value: code, enumerable: true })
  }
}

const MARKUP: Readonly<Record<string, string>> = { '<': '‹', '>': '›', '&': '＆' }

/** Text that old pages may put into HTML as it is: with look-alikes in place of what would be markup. */
export function withoutMarkup(text: string): string {
  return text.replace(/[<>&]/g, (character) => MARKUP[character] as string)
}
