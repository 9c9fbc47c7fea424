// What other rooms may use of data/: types, values, the PVAccess encoding. Pure TypeScript, no Node, no addon.
export { any } from './values/any.js'
export { isArrayCode, isMembered, elementCode, TypeCode, type ScalarCode } from './types/codes.js'
export { deriveType } from './values/derive.js'
export { enumIndex } from './values/enum-index.js'
export { fieldsOf, snapshot } from './values/fields.js'
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
} from './types/infer.js'
export { valueToJSON } from './values/json.js'
export { Layout, type Field } from './types/layout.js'
export { borrowed, MutableValue } from './values/mutable.js'
export {
  alarm,
  timeStamp,
  type AlarmFields,
  type AlarmSeverity,
  type TimeStampFields,
} from './values/builders.js'
export { valueOfPlain } from './values/plain-value.js'
export { Storage, defaultOf } from './values/storage.js'
export { MAX_DEPTH } from './types/rules.js'
export { Member, TypeDef, trustedMember, trustedType, typeDefOf } from './types/typedef.js'
export { union } from './values/union.js'
export { Value, makeValue, storageOf } from './values/value.js'
export * from './wire/index.js'
