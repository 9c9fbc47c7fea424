// The messages between a bridge and its browsers, written once for both ends.
export { BridgeError, withoutMarkup, type BridgeCode } from './errors.js'
export { type Base64 } from './version1/content.js'
export { objectIn, readMessage1, type Message1 } from './version1/messages.js'
export { encodeUpdate1, isLarge1, SEVERITIES, type Update1 } from './version1/update.js'
export {
  idOf,
  readMessage2,
  readSubscribe2,
  type Call2,
  type Find2,
  type Format2,
  type Get2,
  type History2,
  type Info2,
  type Message2,
  type Put2,
  type Request2,
  type Subscribe2,
} from './version2/messages.js'
export {
  HEAD,
  RecordReader,
  RESULT,
  TYPE,
  typeContent,
  UPDATE,
  valueContent,
  writeHead,
  type RecordHead,
  type ValueRecord,
} from './version2/records.js'
