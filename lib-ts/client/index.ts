// What the package exports of client/.
export type { ContextOptions, EffectiveContextOptions } from './config.js'
export { Connection, type ConnectionEvent } from './connection.js'
export { Context, type ConnectOptions, type ContextStats, type PutValue } from './context.js'
export type { DiscoverOptions, DiscoveryEvent } from './discovery.js'
export type { MonitorEvent } from './monitor-feed.js'
export type { NamedValue } from './get-all.js'
export type {
  GetOptions,
  InfoOptions,
  MonitorAllOptions,
  MonitorCallbacks,
  MonitorOptions,
  OperationOptions,
  PutOptions,
  RpcOptions,
} from './options.js'
export { PvRequest, type RequestOption } from './request.js'
export type { PeerInfo } from './server-queries.js'
export { Subscription, type SubscriptionStats } from './subscription.js'
