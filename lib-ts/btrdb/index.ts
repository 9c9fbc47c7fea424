// BTrDB and PredictiveGrid: a client, PVs into it and history back out.
export type { Annotations } from './annotations.js'
export { BTrDB, type ServerInfo } from './client.js'
export type { CollectionOptions, Match } from './client-input.js'
export { Points, Windows, type Point, type StatWindow } from './columns.js'
export type { ReadOptions } from './core.js'
export type { CsvOptions } from './csv.js'
export { BTrDBArgumentError, BTrDBError, type BTrDBCode, type BTrDBErrorDetails } from './errors.js'
export type { StreamFilter } from './filter.js'
export { BTrDBHistory, type BTrDBHistoryOptions } from './history.js'
export type { InsertOptions, Merge } from './insert.js'
export { JoinedTable, type JoinedRow } from './join.js'
export { LiveSubscription, type LivePoints } from './live.js'
export type { Update } from './metadata.js'
export type {
  ApiKey,
  CallOptions,
  ConnectOptions,
  RetryOptions,
  TlsOptions,
  TransportKind,
} from './options.js'
export type { PlatformBinding, PlatformMethod, PlatformOptions } from './platform-options.js'
export type { CollectionRetention, Retention, Row } from './platform.js'
export type { Plot } from './plot.js'
export type { PointsLike } from './points-input.js'
export { pvUuid } from './pv-uuid.js'
export type { RecordOptions } from './record.js'
export type { BTrDBStats } from './session.js'
export { BTrDBSink, type Place, type SinkOptions } from './sink.js'
export type { SqlParameter } from './sql.js'
export { btrdbStore, type BTrDBStore, type BTrDBStoreOptions } from './store.js'
export { StreamSet, type TableOptions } from './stream-set.js'
export type { ChangedRange, ChangesOptions } from './changes.js'
export { Stream } from './stream.js'
export type { NearestOptions, PreciseOptions } from './stream-options.js'
export { MAXIMUM_TIME, MINIMUM_TIME, pointWidth, type Range, type Time } from './time.js'
export type { UuidLike, Versions } from './versions.js'
