// PVs in browsers: the core's calls over a bridge. No module of Node, no addon.
export { BridgeError, type BridgeCode } from '../pvws/index.js'
export { Context } from './context.js'
export type { Hello } from './hello.js'
export type { CallOptions, ContextOptions, MonitorOptions, PutOptions } from './options.js'
export type { History, HistoryRange } from './replies.js'
export type { BridgeStatus } from './link.js'
export type { WebSocketConstructor } from './web-socket.js'
export { Subscription, type MonitorCallbacks, type MonitorEvent } from './subscription.js'
