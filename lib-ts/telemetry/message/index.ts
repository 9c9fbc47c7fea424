// What brokers carry: a sample as JSON, as lines of it, and as the FlatBuffers of the ESS forwarder.
export {
  brokerOptions,
  messageChecks,
  newOption,
  notEmpty,
  someOf,
  startOption,
  tlsOption,
  type BrokerTls,
} from './broker-options.js'
export { BrokerError, loadPeer, OneByOne, type BrokerErrorDetails, type ReaderBatch } from './broker.js'
export {
  CONNECTION_STATES,
  decodeFlatbuffer,
  encodeAl00,
  encodeEp01,
  encodeF144,
  type Alarm,
  type Connection,
} from './f144.js'
export { MessageReader, type Received, type RejectedMessage } from './incoming.js'
export { decodeJson, encodeJson, JsonLines, valueJson } from './json.js'
export { MessageWriter, type Message, type MessageFormat, type Messages } from './outgoing.js'
export { inSessions, type KeyTable, type TableChange } from './table.js'
