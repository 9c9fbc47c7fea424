// What other rooms may use of the client; lib-ts/index.ts says what is public.
export type { ContextOptions, EffectiveContextOptions } from './config.js'
export { Connection, type ConnectionEvent } from './connection.js'
export { Context } from './context.js'
export type { ContextStats } from './context-core.js'
export type { DiscoverOptions, DiscoveryEvent } from './discovery.js'
export type { Receiver, Receiving } from './delivery.js'
export type { MonitorChange, MonitorEvent } from './monitor-feed.js'
export type { NamedEvent, NamedValue } from './monitor-all.js'
export type {
  ConnectOptions,
  GetOptions,
  InfoOptions,
  MonitorAllOptions,
  MonitorCallbacks,
  MonitorOptions,
  OperationOptions,
  PutOptions,
  RpcOptions,
  WaitForOptions,
} from './options.js'
export type { ForEach } from './get-all.js'
export type { PutValue } from './put.js'
export { PvRequest, type RequestOption } from './request.js'
export type { PeerInfo } from './server-queries.js'
export { Subscription, type SubscriptionStats } from './subscription.js'
export { get, info, monitor, put, rpc } from './default-context.js'
