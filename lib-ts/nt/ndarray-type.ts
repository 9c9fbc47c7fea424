import {
  scalarCodes,
  TypeDef,
  type AnyValue,
  type ScalarCode,
  type UnionValue,
  type Value,
} from '../data/index.js'
import { alarmType, timeType, type Alarm, type StampedFields, type TimeStamp } from './parts.js'

/** What each member of an NTNDArray's `value` reads as. */
export interface NDElements {
  booleanValue: readonly boolean[]
  byteValue: Int8Array
  shortValue: Int16Array
  intValue: Int32Array
  longValue: BigInt64Array
  ubyteValue: Uint8Array
  ushortValue: Uint16Array
  uintValue: Uint32Array
  ulongValue: BigUint64Array
  floatValue: Float32Array
  doubleValue: Float64Array
}

/** The member of an NTNDArray's `value` that holds its elements. */
export type NDMember = keyof NDElements

/** The elements of an NTNDArray. */
export type NDData = NDElements[NDMember]

/** What an element of an NTNDArray may be. */
export type NDElementType = Exclude<ScalarCode, 'string'>

/** `codec_t`: how the elements are compressed; `''` is not at all. */
export interface CodecFields {
  readonly name: string
  readonly parameters: AnyValue | null
}

/** `dimension_t`, fastest dimension first. */
export interface DimensionFields {
  readonly size: number
  readonly offset: number
  readonly fullSize: number
  readonly binning: number
  readonly reverse: boolean
}

/** `NTAttribute`: what the source says about an image. */
export interface AttributeFields extends StampedFields {
  readonly name: string
  readonly value: AnyValue | null
  readonly tags: readonly string[]
  readonly descriptor: string
  readonly sourceType: number
  readonly source: string
}

/** What a value made by `new NTNDArray()` reads as. */
export interface NTNDArrayFields {
  readonly value: { [M in NDMember]: UnionValue<M, NDElements[M]> }[NDMember] | null
  readonly codec: Value<CodecFields>
  readonly compressedSize: bigint
  readonly uncompressedSize: bigint
  readonly uniqueId: number
  readonly dataTimeStamp: Value<TimeStamp>
  readonly alarm: Value<Alarm>
  readonly timeStamp: Value<TimeStamp>
  readonly dimension: readonly (Value<DimensionFields> | null)[]
  readonly attribute: readonly (Value<AttributeFields> | null)[]
}

const elements = new TypeDef('union', {
  booleanValue: 'bool[]',
  byteValue: 'int8[]',
  shortValue: 'int16[]',
  intValue: 'int32[]',
  longValue: 'int64[]',
  ubyteValue: 'uint8[]',
  ushortValue: 'uint16[]',
  uintValue: 'uint32[]',
  ulongValue: 'uint64[]',
  floatValue: 'float32[]',
  doubleValue: 'float64[]',
})

const dimension = new TypeDef('struct', 'dimension_t', {
  size: 'int32',
  offset: 'int32',
  fullSize: 'int32',
  binning: 'int32',
  reverse: 'bool',
})

const attribute = new TypeDef('struct', 'epics:nt/NTAttribute:1.0', {
  name: 'string',
  value: 'any',
  tags: 'string[]',
  descriptor: 'string',
  alarm: alarmType,
  timeStamp: timeType,
  sourceType: 'int32',
  source: 'string',
})

export const ndarrayType = new TypeDef('struct', 'epics:nt/NTNDArray:1.0', {
  value: elements,
  codec: new TypeDef('struct', 'codec_t', { name: 'string', parameters: 'any' }),
  compressedSize: 'int64',
  uncompressedSize: 'int64',
  uniqueId: 'int32',
  dataTimeStamp: timeType,
  alarm: alarmType,
  timeStamp: timeType,
  dimension: [dimension],
  attribute: [attribute],
})

const MEMBERS: Readonly<Record<string, NDMember>> = {
  Int8Array: 'byteValue',
  Int16Array: 'shortValue',
  Int32Array: 'intValue',
  BigInt64Array: 'longValue',
  Uint8Array: 'ubyteValue',
  Uint8ClampedArray: 'ubyteValue',
  Uint16Array: 'ushortValue',
  Uint32Array: 'uintValue',
  BigUint64Array: 'ulongValue',
  Float32Array: 'floatValue',
  Float64Array: 'doubleValue',
}

/** The member that holds such data without a loss; undefined when it is not an array of numbers or booleans. */
export function memberFor(data: unknown): NDMember | undefined {
  // The tag, not instanceof: a typed array may come from another realm, a Buffer is a Uint8Array.
  if (ArrayBuffer.isView(data)) return MEMBERS[Object.prototype.toString.call(data).slice(8, -1)]
  if (!Array.isArray(data)) return undefined
  const kind: unknown = typeof data[0]
  return kind === 'boolean' ? 'booleanValue' : kind === 'bigint' ? 'longValue' : 'doubleValue'
}

/** The place of each is pvData's number for the type of elements, as `codec.parameters` of a compressed image holds it. */
export const NDELEMENT_TYPES: readonly NDElementType[] = scalarCodes.filter((code) => code !== 'string')

/** The type of elements under pvData's number; undefined when there is none. */
export function elementTypeOf(parameters: unknown): NDElementType | undefined {
  return typeof parameters === 'number' || typeof parameters === 'bigint'
    ? NDELEMENT_TYPES[Number(parameters)]
    : undefined
}

/** pvData's number for a type of elements; undefined for what is not one. */
export function numberOfElementType(code: unknown): number | undefined {
  const number = NDELEMENT_TYPES.indexOf(code as NDElementType)
  return number < 0 ? undefined : number
}

/** How many bytes an element of that type has. */
export function bytesPerElement(code: NDElementType): number {
  return code === 'bool' ? 1 : Number(/\d+/.exec(code)?.[0]) / 8
}
