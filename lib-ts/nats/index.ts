// NATS JetStream: samples of PVs into a stream, and out of it again.
export { decodeFlatbuffer, decodeJson, encodeF144, encodeJson, BrokerError } from '../telemetry/index.js'
export type {
  Alarm,
  BrokerErrorDetails,
  Connection,
  ReaderBatch,
  RejectedMessage,
} from '../telemetry/index.js'
export type { NatsAccess, NatsOptions, NatsReaderOptions, NatsTableOptions, NewStream } from './options.js'
export { NatsReader } from './reader.js'
export { NatsSink } from './sink.js'
// For the recorder.
export { NatsTable } from './table.js'
export { keyOf, pvOf, subjectOf } from './subjects.js'
