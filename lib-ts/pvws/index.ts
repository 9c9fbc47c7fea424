// The messages between a bridge and its browsers, written once for both ends.
export { BridgeError, withoutMarkup, type BridgeCode } from './errors.js'
export { type Base64 } from './version1/content.js'
export { readMessage1, type Message1 } from './version1/messages.js'
export { encodeUpdate1, isLarge1, SEVERITIES, type Update1 } from './version1/update.js'
