// The messages of the service, as far as this server reads and writes them: what stands in which field. The table is not
// the client's: a wrong number that both ends read from one place would pass every test.

/** How a field is written. `uuid` is 16 bytes, and text here; `points` and `windows` are columns. */
export type Kind =
  | 'bytes'
  | 'uuid'
  | 'string'
  | 'bool'
  | 'uint32'
  | 'int32'
  | 'uint64'
  | 'int64'
  | 'sfixed64'
  | 'double'
  | 'points'
  | 'windows'

export interface Field {
  readonly name: string
  readonly kind: Kind | Schema
  readonly repeated: boolean
}

export type Schema = ReadonlyMap<number, Field>

/** `name: [number, kind]`; a kind in brackets is repeated. */
type Described = Readonly<Record<string, readonly [number, Kind | Schema | readonly [Kind | Schema]]>>

function message(fields: Described): Schema {
  return new Map(
    Object.entries(fields).map(([name, [number, kind]]) => {
      const repeated = Array.isArray(kind)
      return [number, { name, kind: (repeated ? kind[0] : kind) as Kind | Schema, repeated }]
    }),
  )
}

const optValue = message({ value: [1, 'string'] })
const keyValue = message({ key: [1, 'string'], val: [2, optValue] })
const keyCount = message({ key: [1, 'string'], count: [2, 'uint64'] })
const member = message({
  hash: [1, 'uint32'],
  nodename: [2, 'string'],
  up: [3, 'bool'],
  in: [4, 'bool'],
  enabled: [5, 'bool'],
  weight: [8, 'int64'],
  grpcEndpoints: [11, 'string'],
})
const mash = message({
  revision: [1, 'int64'],
  leader: [2, 'string'],
  leaderRevision: [3, 'int64'],
  totalWeight: [4, 'int64'],
  healthy: [5, 'bool'],
  members: [7, [member]],
})
const status = message({ code: [1, 'uint32'], msg: [2, 'string'], mash: [3, mash] })
const descriptor = message({
  uuid: [1, 'uuid'],
  collection: [2, 'string'],
  tags: [3, [keyValue]],
  annotations: [4, [keyValue]],
  propertyVersion: [5, 'uint64'],
})
const range = message({ start: [1, 'sfixed64'], end: [2, 'sfixed64'] })
const role = message({ name: [1, 'string'] })
const rounding = message({ bits: [2, 'int32'] })
const csvStream = message({ version: [1, 'uint64'], label: [2, 'string'], uuid: [3, 'uuid'] })

const span = {
  uuid: [1, 'uuid'],
  start: [2, 'sfixed64'],
  end: [3, 'sfixed64'],
  versionMajor: [4, 'uint64'],
} as const
const versions = { stat: [1, status], versionMajor: [2, 'uint64'], versionMinor: [3, 'uint64'] } as const
const onlyStatus = message({ stat: [1, status] })
const onlyVersions = message(versions)
const arrowPage = message({ ...versions, arrowBytes: [4, 'bytes'] })
const pointsPage = message({ ...versions, values: [4, 'points'] })
const windowsPage = message({ ...versions, values: [4, 'windows'] })
const aligned = message({ ...span, pointWidth: [5, 'uint32'] })
const precise = message({ ...span, width: [5, 'uint64'], depth: [6, 'uint32'] })
const onlyUuid = message({ uuid: [1, 'uuid'] })

export interface Call {
  readonly request: Schema
  readonly answer: Schema
  readonly streams?: 'answer' | 'both'
}

const unary = (request: Described | Schema, answer: Described | Schema): Call => ({
  request: schemaOf(request),
  answer: schemaOf(answer),
})
const streaming = (request: Described | Schema, answer: Described | Schema): Call => ({
  ...unary(request, answer),
  streams: 'answer',
})
const schemaOf = (given: Described | Schema): Schema =>
  given instanceof Map ? (given as Schema) : message(given as Described)

/** The calls of the interface of version 5.34, by name. */
export const calls = {
  RawValues: streaming(span, pointsPage),
  ArrowRawValues: streaming({ ...span, templateBytes: [5, 'bytes'] }, arrowPage),
  ArrowMultiValues: streaming(
    {
      uuid: [1, ['uuid']],
      versionMajor: [2, ['uint64']],
      start: [3, 'sfixed64'],
      end: [4, 'sfixed64'],
      snapPeriodNs: [5, 'int64'],
      templateBytes: [6, 'bytes'],
    },
    { stat: [1, status], arrowBytes: [2, 'bytes'] },
  ),
  AlignedWindows: streaming(aligned, windowsPage),
  ArrowAlignedWindows: streaming(aligned, arrowPage),
  Windows: streaming(precise, windowsPage),
  ArrowWindows: streaming(precise, arrowPage),
  StreamInfo: unary(
    { uuid: [1, 'uuid'], omitVersion: [2, 'bool'], omitDescriptor: [3, 'bool'], role: [100, role] },
    { ...versions, descriptor: [4, descriptor] },
  ),
  SetStreamAnnotations: unary(
    {
      uuid: [1, 'uuid'],
      expectedPropertyVersion: [2, 'uint64'],
      changes: [3, [keyValue]],
      removals: [4, ['string']],
    },
    onlyStatus,
  ),
  SetStreamTags: unary(
    {
      uuid: [1, 'uuid'],
      expectedPropertyVersion: [2, 'uint64'],
      tags: [3, [keyValue]],
      collection: [4, 'string'],
      remove: [5, ['string']],
    },
    onlyStatus,
  ),
  Create: unary(
    { uuid: [1, 'uuid'], collection: [2, 'string'], tags: [3, [keyValue]], annotations: [4, [keyValue]] },
    onlyStatus,
  ),
  ListCollections: streaming(
    { prefix: [1, 'string'], role: [100, role] },
    { stat: [1, status], collections: [2, ['string']] },
  ),
  LookupStreams: streaming(
    {
      collection: [1, 'string'],
      isCollectionPrefix: [2, 'bool'],
      tags: [3, [keyValue]],
      annotations: [4, [keyValue]],
      role: [100, role],
    },
    { stat: [1, status], results: [2, [descriptor]] },
  ),
  Nearest: unary(
    { uuid: [1, 'uuid'], time: [2, 'sfixed64'], versionMajor: [3, 'uint64'], backward: [4, 'bool'] },
    { ...versions, value: [4, message({ time: [1, 'sfixed64'], value: [2, 'double'] })] },
  ),
  Changes: streaming(
    { uuid: [1, 'uuid'], fromMajor: [2, 'uint64'], toMajor: [3, 'uint64'], resolution: [4, 'uint32'] },
    { ...versions, ranges: [4, [range]] },
  ),
  Insert: unary(
    {
      uuid: [1, 'uuid'],
      sync: [2, 'bool'],
      values: [3, 'points'],
      mergePolicy: [4, 'uint32'],
      rounding: [5, rounding],
    },
    onlyVersions,
  ),
  ArrowInsert: unary(
    {
      uuid: [1, 'uuid'],
      sync: [2, 'bool'],
      mergePolicy: [3, 'uint32'],
      rounding: [4, rounding],
      arrowBytes: [5, 'bytes'],
    },
    onlyVersions,
  ),
  Delete: unary({ uuid: [1, 'uuid'], start: [2, 'sfixed64'], end: [3, 'sfixed64'] }, onlyVersions),
  Info: unary(
    {},
    {
      stat: [1, status],
      mash: [2, mash],
      majorVersion: [3, 'uint32'],
      minorVersion: [4, 'uint32'],
      build: [5, 'string'],
      proxy: [6, message({ proxyEndpoints: [1, ['string']] })],
    },
  ),
  FaultInject: unary({ type: [1, 'uint64'], params: [2, 'bytes'] }, { stat: [1, status], rv: [2, 'bytes'] }),
  Flush: unary(onlyUuid, onlyVersions),
  Obliterate: unary(onlyUuid, onlyStatus),
  GetMetadataUsage: unary(
    { prefix: [1, 'string'], role: [100, role] },
    { stat: [1, status], tags: [2, [keyCount]], annotations: [3, [keyCount]] },
  ),
  GenerateCSV: streaming(
    {
      queryType: [1, 'uint32'],
      startTime: [2, 'int64'],
      endTime: [3, 'int64'],
      windowSize: [4, 'uint64'],
      depth: [5, 'uint32'],
      includeVersions: [6, 'bool'],
      streams: [7, [csvStream]],
    },
    { stat: [1, status], isHeader: [2, 'bool'], row: [3, ['string']] },
  ),
  SQLQuery: streaming(
    { query: [1, 'string'], params: [2, ['string']], role: [100, role] },
    { stat: [1, status], rows: [2, ['bytes']] },
  ),
  Subscribe: {
    ...unary(
      { op: [1, 'uint32'], uuid: [2, ['uuid']] },
      { stat: [1, status], uuid: [2, 'uuid'], arrowBytes: [3, 'bytes'] },
    ),
    streams: 'both',
  },
} satisfies Readonly<Record<string, Call>>

export type Rpc = keyof typeof calls

/** The call for what the public interface lacks; its path is of no vendor. */
export const platformCall: Call = unary(
  { method: [1, 'string'], args: [2, 'string'] },
  { stat: [1, status], result: [2, 'string'] },
)
