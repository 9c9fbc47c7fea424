// What other rooms may use of data/: types, values, the PVAccess encoding. Pure TypeScript, no Node, no addon.
export { TypeCode, type ScalarCode } from './codes.js'
export type {
  AnyValue,
  Bare,
  FieldInput,
  Fields,
  Input,
  MembersInput,
  MutableMembers,
  Read,
  Shape,
  ShapeEntry,
  TypeBuilder,
  UnionValue,
  ValueMembers,
  ValueOf,
} from './infer.js'
export { Layout, type Field } from './layout.js'
export { Storage, defaultOf } from './storage.js'
export { Member, MAX_DEPTH, TypeDef, trustedMember, trustedType, typeDefOf } from './type.js'
export { Value, makeValue, storageOf } from './value.js'
export * from './wire/index.js'
