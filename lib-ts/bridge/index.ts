// PVs for web pages: a WebSocket server that speaks PVWS.
export { Bridge } from './bridge.js'
export type { Limits } from './limits.js'
export type { BridgeStats } from './metrics.js'
export type { BridgeOptions, LogEntry } from './options.js'
export type { Patterns } from './patterns.js'
export { BridgeError, type BridgeCode } from '../pvws/index.js'
