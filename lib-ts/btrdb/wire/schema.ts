// What BTrDB 5 speaks, as one table: the fields of each message and the calls. Numbers and names are the interface's.
import type { PointColumns, WindowColumns } from './columns.js'

/** A field: its number, its kind, and whether there may be many. A kind that is no scalar or column is a message. */
export type FieldSpec = readonly [number: number, kind: string] | readonly [number, string, 'many']

const stat = [1, 'Status'] as const
const uuid = [1, 'bytes'] as const
const versions = { stat, versionMajor: [2, 'uint64'], versionMinor: [3, 'uint64'] } as const
const start = 'sfixed64'
const keyValues = (number: 3 | 4) => [number, 'KeyValue', 'many'] as const
const window = { uuid, start: [2, start], end: [3, start], versionMajor: [4, 'uint64'] } as const
const nothing = {} as const

/** Every message by name: those of a call are named after it. */
export const messages = {
  /** `mash` tells of other servers of the cluster; nobody here reads it. */
  Status: { code: [1, 'uint32'], msg: [2, 'string'], mash: [3, 'bytes'] },
  /** Without `val`, as in a lookup: has the key. */
  KeyValue: { key: [1, 'string'], val: [2, 'OptionalValue'] },
  OptionalValue: { value: [1, 'string'] },
  KeyCount: { key: [1, 'string'], count: [2, 'uint64'] },
  Point: { time: [1, 'sfixed64'], value: [2, 'double'] },
  ChangedRange: { start: [1, 'sfixed64'], end: [2, 'sfixed64'] },
  Descriptor: {
    uuid,
    collection: [2, 'string'],
    tags: keyValues(3),
    annotations: keyValues(4),
    propertyVersion: [5, 'uint64'],
  },
  Rounding: { bits: [2, 'int32'] },
  Proxy: { proxyEndpoints: [1, 'string', 'many'] },
  CsvStream: { version: [1, 'uint64'], label: [2, 'string'], uuid: [3, 'bytes'] },

  RawValuesRequest: window,
  RawValuesAnswer: { ...versions, values: [4, 'points'] },
  AlignedWindowsRequest: { ...window, pointWidth: [5, 'uint32'] },
  AlignedWindowsAnswer: { ...versions, values: [4, 'windows'] },
  WindowsRequest: { ...window, width: [5, 'uint64'], depth: [6, 'uint32'] },
  WindowsAnswer: { ...versions, values: [4, 'windows'] },
  NearestRequest: { uuid, time: [2, 'sfixed64'], versionMajor: [3, 'uint64'], backward: [4, 'bool'] },
  NearestAnswer: { ...versions, value: [4, 'Point'] },
  ChangesRequest: { uuid, fromMajor: [2, 'uint64'], toMajor: [3, 'uint64'], resolution: [4, 'uint32'] },
  ChangesAnswer: { ...versions, ranges: [4, 'ChangedRange', 'many'] },
  /** `mergePolicy`: 0 never, 1 equal, 2 retain, 3 replace. */
  InsertRequest: {
    uuid,
    sync: [2, 'bool'],
    values: [3, 'points'],
    mergePolicy: [4, 'int32'],
    rounding: [5, 'Rounding'],
  },
  InsertAnswer: versions,
  ArrowInsertRequest: {
    uuid,
    sync: [2, 'bool'],
    mergePolicy: [3, 'int32'],
    rounding: [4, 'Rounding'],
    arrowBytes: [5, 'bytes'],
  },
  ArrowInsertAnswer: versions,
  DeleteRequest: { uuid, start: [2, 'sfixed64'], end: [3, 'sfixed64'] },
  DeleteAnswer: versions,
  FlushRequest: { uuid },
  FlushAnswer: versions,
  ObliterateRequest: { uuid },
  ObliterateAnswer: { stat },
  CreateRequest: { uuid, collection: [2, 'string'], tags: keyValues(3), annotations: keyValues(4) },
  CreateAnswer: { stat },
  StreamInfoRequest: { uuid, omitVersion: [2, 'bool'], omitDescriptor: [3, 'bool'] },
  StreamInfoAnswer: { ...versions, descriptor: [4, 'Descriptor'] },
  /** The collection is replaced by what is sent, by '' too. */
  SetStreamTagsRequest: {
    uuid,
    expectedPropertyVersion: [2, 'uint64'],
    tags: keyValues(3),
    collection: [4, 'string'],
    remove: [5, 'string', 'many'],
  },
  SetStreamTagsAnswer: { stat },
  SetStreamAnnotationsRequest: {
    uuid,
    expectedPropertyVersion: [2, 'uint64'],
    changes: keyValues(3),
    removals: [4, 'string', 'many'],
  },
  SetStreamAnnotationsAnswer: { stat },
  ListCollectionsRequest: { prefix: [1, 'string'] },
  ListCollectionsAnswer: { stat, collections: [2, 'string', 'many'] },
  LookupStreamsRequest: {
    collection: [1, 'string'],
    isCollectionPrefix: [2, 'bool'],
    tags: keyValues(3),
    annotations: keyValues(4),
  },
  LookupStreamsAnswer: { stat, results: [2, 'Descriptor', 'many'] },
  GetMetadataUsageRequest: { prefix: [1, 'string'] },
  GetMetadataUsageAnswer: { stat, tags: [2, 'KeyCount', 'many'], annotations: [3, 'KeyCount', 'many'] },
  /** A row is one JSON object. */
  SQLQueryRequest: { query: [1, 'string'], params: [2, 'string', 'many'] },
  SQLQueryAnswer: { stat, rows: [2, 'bytes', 'many'] },
  InfoRequest: nothing,
  InfoAnswer: {
    stat,
    mash: [2, 'bytes'],
    majorVersion: [3, 'uint32'],
    minorVersion: [4, 'uint32'],
    build: [5, 'string'],
    proxy: [6, 'Proxy'],
  },
  /** `queryType`: 0 aligned windows, 1 windows, 2 raw. Only here are times varints. */
  GenerateCSVRequest: {
    queryType: [1, 'int32'],
    startTime: [2, 'int64'],
    endTime: [3, 'int64'],
    windowSize: [4, 'uint64'],
    depth: [5, 'uint32'],
    includeVersions: [6, 'bool'],
    streams: [7, 'CsvStream', 'many'],
  },
  GenerateCSVAnswer: { stat, isHeader: [2, 'bool'], row: [3, 'string', 'many'] },
  /** `template`: an Arrow IPC stream of a schema alone, which renames and retypes the columns. */
  ArrowRawValuesRequest: { ...window, template: [5, 'bytes'] },
  ArrowRawValuesAnswer: { ...versions, arrowBytes: [4, 'bytes'] },
  ArrowAlignedWindowsRequest: { ...window, pointWidth: [5, 'uint32'] },
  ArrowAlignedWindowsAnswer: { ...versions, arrowBytes: [4, 'bytes'] },
  ArrowWindowsRequest: { ...window, width: [5, 'uint64'], depth: [6, 'uint32'] },
  ArrowWindowsAnswer: { ...versions, arrowBytes: [4, 'bytes'] },
  ArrowMultiValuesRequest: {
    uuid: [1, 'bytes', 'many'],
    versionMajor: [2, 'uint64', 'many'],
    start: [3, 'sfixed64'],
    end: [4, 'sfixed64'],
    snapPeriodNs: [5, 'int64'],
    template: [6, 'bytes'],
  },
  ArrowMultiValuesAnswer: { stat, arrowBytes: [2, 'bytes'] },
  /** `op`: 0 add, 1 remove. */
  SubscribeRequest: { op: [1, 'int32'], uuid: [2, 'bytes', 'many'] },
  SubscribeAnswer: { stat, uuid: [2, 'bytes'], arrowBytes: [3, 'bytes'] },
  /** Not the vendor's: the open service, with arguments and result as JSON. */
  PlatformRequest: { method: [1, 'string'], args: [2, 'string'] },
  PlatformAnswer: { stat, result: [2, 'string'] },
} as const satisfies Readonly<Record<string, Readonly<Record<string, FieldSpec>>>>

type Messages = typeof messages

/** The name of a message. */
export type MessageName = keyof Messages

type Big = 'uint64' | 'int64' | 'sfixed64' | 'fixed64'

type ValueOf<K> = K extends Big
  ? bigint
  : K extends 'uint32' | 'int32' | 'double'
    ? number
    : K extends 'bool'
      ? boolean
      : K extends 'string'
        ? string
        : K extends 'bytes'
          ? Uint8Array
          : K extends 'points'
            ? PointColumns
            : K extends 'windows'
              ? WindowColumns
              : never

type Read<S> = S extends readonly [number, infer K, 'many']
  ? readonly (K extends MessageName ? Message<K> : ValueOf<K>)[]
  : S extends readonly [number, infer K]
    ? K extends MessageName
      ? Message<K> | undefined
      : ValueOf<K>
    : never

type Written<S> = S extends readonly [number, infer K, 'many']
  ? readonly (K extends MessageName ? MessageInput<K> : ValueOf<K>)[]
  : S extends readonly [number, infer K]
    ? K extends MessageName
      ? MessageInput<K>
      : ValueOf<K>
    : never

/** A message as it is read: everything is there, what was not sent has its default; a message in it is undefined then. */
export type Message<N extends MessageName> = { readonly [F in keyof Messages[N]]: Read<Messages[N][F]> }

/** A message as it is written; what is absent is not sent. */
export type MessageInput<N extends MessageName> = {
  readonly [F in keyof Messages[N]]?: Written<Messages[N][F]> | undefined
}

const service = '/v5api.BTrDB/'

function call<R extends string, K extends CallKind>(rpc: R, kind: K) {
  return {
    path: `${service}${rpc}`,
    kind,
    request: `${rpc}Request`,
    answer: `${rpc}Answer`,
  } as const
}

/** One request and one answer, one request and many answers, or many of both. */
export type CallKind = 'unary' | 'stream' | 'both'

/** Every call by name: where it is, and the messages of it. */
export const calls = {
  Info: call('Info', 'unary'),
  Create: call('Create', 'unary'),
  StreamInfo: call('StreamInfo', 'unary'),
  SetStreamTags: call('SetStreamTags', 'unary'),
  SetStreamAnnotations: call('SetStreamAnnotations', 'unary'),
  Obliterate: call('Obliterate', 'unary'),
  Nearest: call('Nearest', 'unary'),
  Insert: call('Insert', 'unary'),
  ArrowInsert: call('ArrowInsert', 'unary'),
  Delete: call('Delete', 'unary'),
  Flush: call('Flush', 'unary'),
  GetMetadataUsage: call('GetMetadataUsage', 'unary'),
  RawValues: call('RawValues', 'stream'),
  AlignedWindows: call('AlignedWindows', 'stream'),
  Windows: call('Windows', 'stream'),
  Changes: call('Changes', 'stream'),
  ListCollections: call('ListCollections', 'stream'),
  LookupStreams: call('LookupStreams', 'stream'),
  SQLQuery: call('SQLQuery', 'stream'),
  GenerateCSV: call('GenerateCSV', 'stream'),
  ArrowRawValues: call('ArrowRawValues', 'stream'),
  ArrowAlignedWindows: call('ArrowAlignedWindows', 'stream'),
  ArrowWindows: call('ArrowWindows', 'stream'),
  ArrowMultiValues: call('ArrowMultiValues', 'stream'),
  Subscribe: call('Subscribe', 'both'),
  Platform: {
    path: '/nodepvxs.btrdb.v1.Platform/Call',
    kind: 'unary',
    request: 'PlatformRequest',
    answer: 'PlatformAnswer',
  },
} as const satisfies Readonly<
  Record<
    string,
    {
      readonly path: string
      readonly kind: CallKind
      readonly request: MessageName
      readonly answer: MessageName
    }
  >
>

type Calls = typeof calls

/** The name of a call. */
export type CallName = keyof Calls

/** The names of the calls of a kind. */
export type CallOfKind<K extends CallKind> = {
  [C in CallName]: Calls[C]['kind'] extends K ? C : never
}[CallName]

/** What a call is given. */
export type RequestOf<C extends CallName> = MessageInput<Calls[C]['request']>

/** What a call answers. */
export type AnswerOf<C extends CallName> = Message<Calls[C]['answer']>
