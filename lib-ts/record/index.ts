// node-pvxs/record: PVs into stores, and their history out.
export type {
  FromConfig,
  HistoryConfig,
  HttpConfig,
  ListConfig,
  PvEntry,
  RecordConfig,
  SinkConfig,
  StatusConfig,
} from './config/config.js'
export { parseConfig, type ParseOptions } from './config/parse.js'
export { ConfigError, RecordError, type ConfigFault, type RecordErrorDetails } from './errors.js'
export { JsonlStore } from './jsonl/store.js'
export type { BrokerStatus } from './broker-work.js'
export type { FeedStatus } from './feed.js'
export type { ListStatus } from './list/pv-list.js'
export type { BatchOptions, SinkStatus } from './lane.js'
export type { Policy } from './policy/policy.js'
export type { Pace } from './policy/series-policy.js'
export type { PvStatus } from './pv-recording.js'
export { Recorder } from './recorder.js'
export type { StartOptions } from './start-options.js'
export type { PvListChange, UpdateResult } from './config/change.js'
export type { RecorderEvent, RecorderState, RecorderStatus } from './status.js'
export {
  HistoryServer,
  serveHistory,
  type HistoryHttpOptions,
  type ServeHistoryOptions,
} from './history-server/serve.js'
// For the commands of this room.
export { openTable } from './list/open-table.js'
export { checkedPlan } from './config/checked.js'
export { derived, shownConfig } from './config/origin.js'
export { configSchema } from './config/schema.js'
export { openInto, openStore, serviceOfUrl, sinkOfUrl } from './store-url.js'
export { momentOf, spanOf } from './time-text.js'
