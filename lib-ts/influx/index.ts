// InfluxDB: a client, PVs into it and history back out.
export type { ColumnType } from './column-builder.js'
export { InfluxDB, type InfluxStats } from './client.js'
export type { Columns, FieldColumn } from './columns.js'
export { encodeColumns } from './encode-columns.js'
export { encodePoints, type EncodeOptions } from './encode-points.js'
export {
  InfluxError,
  InfluxQueryError,
  InfluxWriteError,
  type InfluxCode,
  type InfluxErrorDetails,
  type RefusedLine,
} from './errors.js'
export { InfluxHistory, type SeriesColumns } from './history.js'
export { ident, influxql, InfluxQL, raw, type QueryValue } from './influxql.js'
export type { LayoutOptions } from './layout.js'
export type { DatabaseOptions, Duration, PolicyOptions, RetentionPolicy } from './management.js'
export type { Api, Auth, CallOptions, InfluxOptions, Precision } from './options.js'
export {
  pointSchema,
  type PointSchema,
  type RowOf,
  type SchemaEntry,
  type SchemaShape,
} from './point-schema.js'
export { int, Int, uint, UInt, type FieldValue, type Point } from './point.js'
export type { ChunkOptions, QueryOptions } from './reading.js'
export type { RecordOptions } from './record.js'
export {
  points,
  type PointMeta,
  type PointsOptions,
  type Result,
  type ResultSeries,
  type Row,
  type StatementResult,
} from './result.js'
export { InfluxSink, type SinkOptions } from './sink.js'
export type { Time } from './time.js'
export type { Writable, WriteOptions, WriteReport } from './writing.js'
