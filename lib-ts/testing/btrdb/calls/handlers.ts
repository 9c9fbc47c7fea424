import type { Rpc } from '../wire/schema.js'
import type { Message } from '../wire/codec.js'
import { arrowAligned, arrowMulti, arrowValues, arrowWindows } from './arrow-reads.js'
import { generateCsv } from './csv.js'
import {
  create,
  faultInject,
  info,
  listCollections,
  lookupStreams,
  metadataUsage,
  obliterate,
  setAnnotations,
  setTags,
  streamInfo,
} from './metadata.js'
import { alignedPages, changes, messages, nearest, valuePages, windowPages } from './reads.js'
import { sqlQuery } from './sql.js'
import type { State } from './state.js'
import { arrowInsert, deleteRange, flush, insert } from './writes.js'

/** What answers a call: one message, or many. What it throws as a Refusal is answered in the message itself. */
export type Handler = (state: State, request: never) => Message | Iterable<Message>

/** Answers of many messages are made one by one, as they are taken. */
export const handlers: Readonly<Record<Exclude<Rpc, 'Subscribe'>, Handler>> = {
  RawValues: (state, request) => messages(valuePages(state, request)),
  AlignedWindows: (state, request) => messages(alignedPages(state, request)),
  Windows: (state, request) => messages(windowPages(state, request)),
  ArrowRawValues: arrowValues,
  ArrowMultiValues: arrowMulti,
  ArrowAlignedWindows: arrowAligned,
  ArrowWindows: arrowWindows,
  Nearest: nearest,
  Changes: changes,
  Insert: insert,
  ArrowInsert: arrowInsert,
  Delete: deleteRange,
  Flush: flush,
  Create: create,
  StreamInfo: streamInfo,
  SetStreamTags: setTags,
  SetStreamAnnotations: setAnnotations,
  Obliterate: obliterate,
  ListCollections: listCollections,
  LookupStreams: lookupStreams,
  GetMetadataUsage: metadataUsage,
  GenerateCSV: generateCsv,
  SQLQuery: sqlQuery,
  Info: info,
  FaultInject: faultInject,
}
