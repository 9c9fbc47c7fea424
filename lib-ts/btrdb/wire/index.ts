// BTrDB's messages: for its client, and for the server of tests.
export { loadCodec, type Codec } from './codec.js'
export type { PointColumns, WindowColumns } from './columns.js'
export {
  calls,
  type AnswerOf,
  type CallKind,
  type CallName,
  type CallOfKind,
  type Message,
  type MessageInput,
  type MessageName,
  type RequestOf,
} from './schema.js'
export { WireError } from './wire-error.js'
