// What other rooms may use of data/: types, values, the PVAccess encoding. Pure TypeScript, no Node, no addon.
export { any } from './any.js'
export { isArrayCode, isMembered, elementCode, TypeCode, type ScalarCode } from './codes.js'
export { deriveType } from './derive.js'
export { enumIndex } from './enum-index.js'
export type {
  AnyValue,
  ArrayOf,
  Bare,
  CodeType,
  FieldInput,
  Fields,
  Input,
  MembersFields,
  MembersInput,
  MembersUnion,
  Merged,
  MutableMembers,
  Read,
  Shape,
  ShapeEntry,
  TypeBuilder,
  UnionValue,
  ValueMembers,
  ValueOf,
} from './infer.js'
export { valueToJSON } from './json.js'
export { Layout, type Field } from './layout.js'
export { borrowed, MutableValue } from './mutable.js'
export { alarm, timeStamp, type AlarmFields, type AlarmSeverity, type TimeStampFields } from './stamp.js'
export { Storage, defaultOf } from './storage.js'
export { Member, MAX_DEPTH, TypeDef, trustedMember, trustedType, typeDefOf } from './type.js'
export { union } from './union.js'
export { Value, makeValue, storageOf } from './value.js'
export * from './wire/index.js'
