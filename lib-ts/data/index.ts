// What other rooms may use of data/: types, values, the PVAccess encoding. Pure TypeScript, no Node, no addon.
export {
  codesThereAre,
  isNumberCode,
  isScalarCode,
  NUMBER_ARRAYS,
  pvDataWords,
  scalarCodes,
  TypeCode,
  type NumberArray,
  type NumberCode,
  type ScalarCode,
} from './types/codes.js'
export type {
  AnyValue,
  ArrayOf,
  AValue,
  CodeType,
  FieldInput,
  Fields,
  Input,
  MembersFields,
  MembersInput,
  MembersUnion,
  NotFields,
  PlainOptions,
  Read,
  Shape,
  ShapeEntry,
  TypeBuilder,
  UnionValue,
  UntypedInput,
  ValueMembers,
  ValueOf,
  WholeInput,
} from './types/infer.js'
export { Member, memberNamed, TypeDef, typeDefOf } from './types/typedef.js'
export { alarm, any, timeStamp, union, type AlarmFields, type TimeStampFields } from './values/builders.js'
export {
  AlarmSeverity,
  AlarmStatus,
  type AlarmSeverityName,
  type AlarmStatusName,
} from './values/alarm-names.js'
export { deriveType, valueOfPlain } from './values/derive.js'
export { enumIndex } from './values/enum-index.js'
export { fieldsOf, snapshot } from './values/fields.js'
export { int64Form, withInt64, type Int64As, type Int64Form, type Int64Option } from './values/plain.js'
export { peek } from './values/lookup.js'
export { markedPaths } from './values/marks.js'
export { borrowed, MutableValue } from './values/mutable.js'
export { Value } from './values/value.js'
export { ChangeSet } from './wire/change-set.js'
export { decodeType, encodeType } from './wire/description.js'
export { encodeChanged, encodeTyped } from './wire/encode.js'
export { DecodePlan } from './wire/plan.js'
export { Reader } from './wire/reader.js'
export { replacedCharacters } from './wire/text.js'
export { Writer } from './wire/writer.js'
