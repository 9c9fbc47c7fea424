// What the package exports of server/.
export type { ChannelInfo } from './caller.js'
export type { EffectiveServerOptions, ServerOptions } from './config.js'
export type { PutOperation, RpcOperation, ServerOperation } from './operation.js'
export { Server, type ClientConfig, type ServedSource, type ServerStats } from './server.js'
export { SharedPV, type AnyPV, type Postable, type SharedPVOptions, type TypeSource } from './shared-pv.js'
export { DynamicSource, StaticSource, type DynamicSourceOptions } from './static-source.js'
