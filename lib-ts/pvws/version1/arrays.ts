import type { Base64, Content1 } from './content.js'

type Numbers =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array

interface Form {
  readonly vtype: string
  /** The member that holds the bytes; undefined: `b64int` when every element fits int32, else `b64dbl`. */
  readonly member?: string
}

const FORMS: Readonly<Record<string, Form>> = {
  'float64[]': { vtype: 'VDoubleArray', member: 'b64dbl' },
  'float32[]': { vtype: 'VFloatArray', member: 'b64flt' },
  'int8[]': { vtype: 'VByteArray', member: 'b64byt' },
  'uint8[]': { vtype: 'VUByteArray', member: 'b64byt' },
  'int16[]': { vtype: 'VShortArray', member: 'b64srt' },
  'int32[]': { vtype: 'VIntArray', member: 'b64int' },
  'uint16[]': { vtype: 'VUShortArray' },
  'uint32[]': { vtype: 'VUIntArray' },
  'int64[]': { vtype: 'VLongArray' },
  'uint64[]': { vtype: 'VULongArray' },
}

/** An array of numbers, booleans or texts; undefined for any other. Arrays of 64-bit integers beyond int32 become doubles. */
export function arrayContent(code: string, x: unknown, base64: Base64): Content1 | undefined {
  if (code === 'bool[]' || code === 'string[]') return listContent(code, x as readonly unknown[])
  const form = FORMS[code]
  if (form === undefined || !ArrayBuffer.isView(x)) return undefined
  return {
    vtype: form.vtype,
    value: numbersMember(x as Numbers, form.member, base64),
    numeric: true,
    large: true,
  }
}

function listContent(code: string, list: readonly unknown[]): Content1 {
  const text = JSON.stringify(`[${list.join(', ')}]`)
  return code === 'bool[]'
    ? { vtype: 'VBooleanArray', value: `,"text":${text},"bools":${JSON.stringify(list)}`, large: true }
    : { vtype: 'VStringArray', value: `,"text":${text},"strings":${JSON.stringify(list)}`, large: true }
}

/** The member of an update that holds these numbers in little-endian base64, with a comma before it. */
export function numbersMember(x: Numbers, member: string | undefined, base64: Base64): string {
  if (member !== undefined) return encoded(member, x, base64)
  return fitsInt32(x)
    ? encoded('b64int', Int32Array.from(x as Iterable<number | bigint>, Number), base64)
    : encoded('b64dbl', Float64Array.from(x as Iterable<number | bigint>, Number), base64)
}

function encoded(member: string, x: Numbers, base64: Base64): string {
  return `,"${member}":"${base64(new Uint8Array(x.buffer, x.byteOffset, x.byteLength))}"`
}

function fitsInt32(x: Numbers): boolean {
  if (x instanceof Uint16Array) return true
  for (const element of x) if (element > 2_147_483_647 || element < -2_147_483_648) return false
  return true
}

/** The code of an array by its class, as images need it, whose elements are in a union. */
export function codeOfArray(x: Numbers): string {
  return CODES.get(x.constructor) ?? ''
}

const CODES: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [Int8Array, 'int8[]'],
  [Uint8Array, 'uint8[]'],
  [Int16Array, 'int16[]'],
  [Uint16Array, 'uint16[]'],
  [Int32Array, 'int32[]'],
  [Uint32Array, 'uint32[]'],
  [BigInt64Array, 'int64[]'],
  [BigUint64Array, 'uint64[]'],
  [Float32Array, 'float32[]'],
  [Float64Array, 'float64[]'],
])

export type { Numbers }

/** The member for arrays of this code; undefined where it follows from the elements. */
export function memberOf(code: string): string | undefined {
  return FORMS[code]?.member
}
