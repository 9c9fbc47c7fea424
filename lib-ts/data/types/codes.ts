import { nearest, quote } from '../../input/index.js'

/** The codes of single values. */
export type ScalarCode =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'float32'
  | 'float64'
  | 'string'

/** The codes of numbers, whose arrays are typed arrays. */
export type NumberCode = Exclude<ScalarCode, 'bool' | 'string'>

/** The codes of fields that have members. */
export type MemberedCode = 'struct' | 'struct[]' | 'union' | 'union[]'

/** Every PVAccess type, by the name this package gives it. */
export type TypeCode = ScalarCode | `${ScalarCode}[]` | MemberedCode | 'any' | 'any[]'

/** The type codes under the names PVXS gives them: `TypeCode.Int32A` is `'int32[]'`. */
export const TypeCode = {
  Bool: 'bool',
  Int8: 'int8',
  Int16: 'int16',
  Int32: 'int32',
  Int64: 'int64',
  UInt8: 'uint8',
  UInt16: 'uint16',
  UInt32: 'uint32',
  UInt64: 'uint64',
  Float32: 'float32',
  Float64: 'float64',
  String: 'string',
  BoolA: 'bool[]',
  Int8A: 'int8[]',
  Int16A: 'int16[]',
  Int32A: 'int32[]',
  Int64A: 'int64[]',
  UInt8A: 'uint8[]',
  UInt16A: 'uint16[]',
  UInt32A: 'uint32[]',
  UInt64A: 'uint64[]',
  Float32A: 'float32[]',
  Float64A: 'float64[]',
  StringA: 'string[]',
  Struct: 'struct',
  StructA: 'struct[]',
  Union: 'union',
  UnionA: 'union[]',
  Any: 'any',
  AnyA: 'any[]',
} as const satisfies Record<string, TypeCode>

const all: ReadonlySet<string> = new Set(Object.values(TypeCode))

/** The codes of single values, in the order of pvData's numbers for them. */
export const scalarCodes: readonly ScalarCode[] = Object.values(TypeCode).filter(
  (code): code is ScalarCode => !code.endsWith('[]') && !/^(struct|union|any)$/.test(code),
)
const scalars: ReadonlySet<unknown> = new Set(scalarCodes)

export function isScalarCode(x: unknown): x is ScalarCode {
  return scalars.has(x)
}

export function isTypeCode(x: unknown): x is TypeCode {
  return typeof x === 'string' && all.has(x)
}

/** What pvData calls the codes, and PVXS, where they are others than ours. */
export const pvDataWords: Readonly<Record<string, ScalarCode>> = {
  boolean: 'bool',
  byte: 'int8',
  short: 'int16',
  int: 'int32',
  long: 'int64',
  ubyte: 'uint8',
  ushort: 'uint16',
  uint: 'uint32',
  ulong: 'uint64',
  float: 'float32',
  double: 'float64',
}

// With what other languages call them.
const FAMILIAR: Readonly<Record<string, ScalarCode>> = {
  ...pvDataWords,
  number: 'float64',
  char: 'int8',
  integer: 'int32',
  bigint: 'int64',
  uchar: 'uint8',
  text: 'string',
  str: 'string',
}

/** For the error about a code that there is not: the one that was meant, as far as that can be told, and all there are. */
export function codesThereAre(x: unknown, codes: readonly string[] = [...all]): string {
  const there = `the codes are ${codes.join(', ')}`
  if (typeof x !== 'string') return `; ${there}`
  const [element = '', array = ''] = x.toLowerCase().split(/(?=\[\]$)/)
  const familiar = Object.hasOwn(FAMILIAR, element) ? `${FAMILIAR[element] ?? ''}${array}` : undefined
  const meant = familiar !== undefined && all.has(familiar) ? familiar : nearest(x, codes)
  return meant === undefined ? `; ${there}` : `; did you mean ${quote(meant)}? (${there})`
}

/** Whether it is a single number. */
export function isNumberCode(code: TypeCode): code is NumberCode {
  return Object.hasOwn(NUMBER_ARRAYS, code)
}

export function isMembered(code: TypeCode): code is MemberedCode {
  return code === 'struct' || code === 'struct[]' || code === 'union' || code === 'union[]'
}

export function isArrayCode(code: TypeCode): boolean {
  return code.endsWith('[]')
}

/** The code of an element: `int32` for `int32[]`; a code that is not an array is its own. */
export function elementCode(code: TypeCode): TypeCode {
  return (code.endsWith('[]') ? code.slice(0, -2) : code) as TypeCode
}

/** The typed arrays that fields read as. */
export type NumberArray =
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Float32Array
  | Float64Array

interface NumberArrayClass {
  readonly name: string
  readonly BYTES_PER_ELEMENT: number
  new (lengthOrFrom: number | object): NumberArray
}

export const NUMBER_ARRAYS: { readonly [C in NumberCode]: NumberArrayClass } = {
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array,
}
