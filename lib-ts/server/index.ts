// What other rooms may use of the server; lib-ts/index.ts says what is public.
export type { ChannelInfo } from './caller.js'
export type { EffectiveServerOptions, ServerOptions } from './config.js'
export type { PutOperation, RpcOperation, ServerOperation } from './operation.js'
export type { RpcArguments } from './rpc-arguments.js'
export { Server } from './server.js'
export type { ClientConfig, ServedSource, ServerStats } from './server-core.js'
export {
  SharedPV,
  type AnyPV,
  type MailboxOptions,
  type Postable,
  type SharedPVOptions,
  type TypeSource,
} from './shared-pv.js'
export { DynamicSource, type DynamicSourceOptions } from './dynamic-source.js'
export { StaticSource } from './static-source.js'
