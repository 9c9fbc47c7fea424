// What other rooms may use of native/: the addon's raw functions, and what is pending on this thread.
export {
  EventCode,
  FailureCode,
  FRESH,
  Kind,
  OperationCode,
  PvFlag,
  type Addon,
  type ConnectionReport,
  type Definitions,
  type MonitorStats,
  type ServerInfo,
} from './addon.js'
export { Acknowledgement, Call, ProgressCall, TextsCall, type Limits, type Progress } from './call.js'
export { BatchedNotify } from './batched-notify.js'
export type { CreditSource } from './credit.js'
export type { Timed } from './deadlines.js'
export { environment, environmentIfLoaded, Environment } from './environment.js'
export { Hold } from './hold.js'
export type { InboxRecord, Sink } from './inbox.js'
export { releasedByHand, whenForgotten } from './lifetime.js'
export { packageRoot } from './load.js'
export { trafficOf } from './report.js'
export { unwatch, watch, type Abortable } from './signals.js'
