// Apache Kafka: samples of PVs into a topic, and out of it again.
export { BrokerError, decodeFlatbuffer, decodeJson, encodeF144, encodeJson } from '../telemetry/index.js'
export type {
  Alarm,
  BrokerErrorDetails,
  Connection,
  ReaderBatch,
  RejectedMessage,
} from '../telemetry/index.js'
export type { KafkaAccess, KafkaOptions, KafkaReaderOptions, KafkaTableOptions, NewTopic } from './options.js'
export { KafkaReader } from './reader.js'
export { KafkaSink } from './sink.js'
// For the recorder.
export { KafkaTable } from './table.js'
