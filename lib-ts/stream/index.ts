// node-pvxs/stream: sets of PVs, and other sources, that stay alive and can be changed while they run.
export {
  StreamArgumentError,
  StreamEndedError,
  StreamRollbackError,
  StreamStateError,
  StreamTimeoutError,
  StreamUpdateError,
  type FailedMember,
  type StreamErrorDetails,
} from './errors.js'
export type { StreamEvent } from './events.js'
export {
  StreamGroup,
  type GroupErrorInfo,
  type GroupOptions,
  type GroupStats,
  type RestartOptions,
} from './group.js'
export type { Handled, Handler } from './pump.js'
export {
  pvSource,
  type Monitors,
  type PvChange,
  type PvMember,
  type PvSourceOptions,
  type PvSpec,
  type PvUpdate,
} from './pv-source.js'
export { BoundedQueue, type Overflow, type QueueOptions } from './queue.js'
export type {
  ChangeOptions,
  Delta,
  ListChange,
  OpenOptions,
  OpenSource,
  Source,
  SourceEvent,
} from './source.js'
export type { StreamState } from './states.js'
export type { StartOptions, StreamErrorInfo, StreamOptions, StreamStats, UpdateOptions } from './options.js'
export { ManagedStream } from './stream.js'
// For the other rooms.
export { EventHub } from './event-hub.js'
