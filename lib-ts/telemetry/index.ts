// Samples of PVs, and the way from them to a store and back: what every store's room is built on.
export { Batcher, type BatcherStats } from './batcher.js'
export type { BatcherOptions } from './batcher-options.js'
export type { BackOffOptions } from './back-off.js'
export type { TimeInput } from '../input/index.js'
export type { History, HistoryOptions, ReadRange, TimeRange, Window } from './history.js'
export { pipe, pipeUnless, type PipeOptions, type Updates } from './pipe.js'
export type { PvUpdate, Sample, SampleArray, SampleValue, Series, SeriesType, Severity } from './sample.js'
export {
  BrokerError,
  decodeFlatbuffer,
  decodeJson,
  encodeAl00,
  encodeEp01,
  encodeF144,
  encodeJson,
  type Alarm,
  type BrokerErrorDetails,
  type Connection,
  type ReaderBatch,
} from './message/index.js'
export { samples, type SampleOptions } from './samples.js'
export type { DeadbandOptions } from './deadband.js'
export { SinkError, type Sink, type SinkErrorDetails, type WriteResult } from './sink.js'
export { Spool, type SpoolOptions } from './spool.js'
export { SpoolError } from './spool-database.js'
// For the rooms of stores.
export { unlessAborted, watchAbort, type AbortWatch } from './abort.js'
export { BackOff, pause } from './back-off.js'
export { retryCheck } from './batcher-options.js'
export { receiveTime } from './clock.js'
export { deadbandOf } from './deadband.js'
export { sampleFault } from './sample-fault.js'
export {
  brokerOptions,
  inSessions,
  JsonLines,
  loadPeer,
  type KeyTable,
  type TableChange,
  messageChecks,
  MessageReader,
  MessageWriter,
  newOption,
  notEmpty,
  OneByOne,
  someOf,
  startOption,
  tlsOption,
  type Message,
  type MessageFormat,
  type Messages,
  type Received,
  type RejectedMessage,
  valueJson,
  type BrokerTls,
} from './message/index.js'
export { seriesFault, valueFault } from './sample.js'
export { isoTime, timeOf } from '../input/index.js'
