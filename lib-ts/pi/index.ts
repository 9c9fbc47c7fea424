// PI Web API: a client with every action, and the PI end of the pipeline.
export type { AuthHeaders, PiAuth, PiAuthContext } from './auth/auth.js'
export { type Batch, type BatchEntry, type BatchEntryOptions, type BatchResult } from './batch.js'
export { basic, bearer, type Token } from './auth/basic.js'
export { chain } from './auth/chain.js'
export { Channel, type ChannelState, type ChannelUpdateOptions } from './channel/channel.js'
export type { ChannelEvent, ChannelMessage, ChannelStats } from './channel/messages.js'
export type { ChannelOptions, PiParent, PiSpec, ReconnectOptions } from './channel/options.js'
export type { PiWatch } from './channel/watch.js'
export { negotiate, type NegotiateOptions } from './auth/negotiate.js'
export { errorsOf, rows, select, type BodyError } from './bodies.js'
export type { PiCheck } from './check.js'
export { PiWebApi, type PiControllers } from './client.js'
export type { OmfOptions } from './omf.js'
export { columns, type PiColumns } from './columns.js'
export {
  ChannelClosedError,
  ChannelDeadError,
  ChannelRollbackError,
  ChannelUpdateError,
  PiArgumentError,
  PiAuthError,
  PiClosedError,
  PiError,
  PiHttpError,
  PiNetworkError,
  PiNotFoundError,
  PiResponseError,
  PiTimeoutError,
  type PiCode,
  type PiErrorDetails,
  type PiPhase,
} from './errors.js'
export { type PiHistory, type PiHistoryOptions } from './pipeline/history.js'
export { piSamples, type PiSampleOptions } from './pipeline/pi-samples.js'
export type { PiSink } from './pipeline/sink.js'
export type { PiSinkOptions } from './pipeline/sink-options.js'
export type { PiSourceOptions } from './pipeline/source.js'
export type { PiStats } from './http/transport.js'
export type { CallOptions, PiOptions, PiTlsOptions, RequestSeen } from './options.js'
export type { Placeholder } from './placeholder.js'
export type { PiRef } from './references.js'
export type { PiRequest } from './request.js'
export type { PiStream } from './resolver.js'
export { PiResponse, type ResponseHeaders } from './response.js'
export type { Actions } from './table/actions.generated.js'
export type { AnswerOf, Argument, Created, Draft, Items, Multipart, Row } from './table/row.js'
export type * from './table/shapes.generated.js'
export type { BuildOptions, Builders, Controllers } from './table/tree.js'
export {
  annotation,
  attribute,
  element,
  enumerationSet,
  eventFrame,
  point,
  securityEntry,
  timedValue,
  type AnnotationFields,
  type AttributeFields,
  type ElementFields,
  type EnumerationSetFields,
  type EventFrameFields,
  type PointFields,
  type SecurityEntryFields,
  type TimedValueFields,
} from './templates.js'
export type { PiTime } from './time.js'
export type { UpdatesOptions } from './updates/updates.js'
export { PiState, type PiUpdate, type PiValue } from './update.js'
export { webId, type WebIdKind, type WebIdParts, type WebIdType } from './web-id.js'
