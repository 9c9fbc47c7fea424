// What other rooms may use of nt/: the normative types of EPICS, over data/ alone.
export { NTEnum, type NTEnumFields, type NTEnumOptions } from './enum.js'
export { choicesIn, enumFields, isEnum, withIndex } from './enum-input.js'
export { NTMultiChannel, type ChannelReading, type NTMultiChannelFields } from './multichannel.js'
export { NTNDArray, type NDArrayContent, type NDUnwrapOptions, type NDWrapOptions } from './ndarray.js'
export type {
  AttributeFields,
  CodecFields,
  DimensionFields,
  NDData,
  NDElements,
  NDElementType,
  NDMember,
  NTNDArrayFields,
} from './ndarray-type.js'
export type { Alarm, EnumFields, StampedFields, TimeStamp } from './parts.js'
export { NTScalar, type NTScalarCode, type NTScalarFields, type NTScalarOptions } from './scalar.js'
export {
  NTTable,
  type NTTableColumns,
  type NTTableFields,
  type NTTableOptions,
  type NTTableRow,
  type NTTableRowInput,
} from './table.js'
export { NTUnion, type NTUnionFields } from './union.js'
export { memberType } from './builder.js'
export { checkShort, checkWhole, hasWhole } from './whole.js'
export { NTURI, type NTURIArguments, type NTURIFields } from './uri.js'
