// The package: see the README for a start, docs/ for more.
export * from './client/index.js'
export * from './server/index.js'
export * from './nt/index.js'
export * from './errors.js'
export { get, info, monitor, put, rpc } from './default-context.js'
export { debug } from './debug.js'
export { setLogger, setLogLevel, type LogLevel, type LogLine } from './log.js'
export { version, type Versions } from './version.js'
export {
  alarm,
  any,
  Member,
  MutableValue,
  timeStamp,
  TypeCode,
  TypeDef,
  union,
  Value,
  type AlarmFields,
  type AlarmSeverity,
  type AnyValue,
  type FieldInput,
  type Fields,
  type Input,
  type ScalarCode,
  type Shape,
  type ShapeEntry,
  type TimeStampFields,
  type TypeBuilder,
  type UnionValue,
  type ValueOf,
} from './data/index.js'
