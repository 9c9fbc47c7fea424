// Descriptions of types, as PVAccess writes them before values.
import { DecodeError, InvalidArgumentError } from '../../errors.js'
import { elementCode, isArrayCode, isMembered, TypeCode } from '../types/codes.js'
import { MAX_DEPTH, typeTooDeep } from '../types/rules.js'
import { plainType, trustedMember, trustedType, type Member, type TypeDef } from '../types/typedef.js'
import { hashOf, isSame } from './bytes.js'
import type { Reader } from './reader.js'
import type { Writer } from './writer.js'

// The bytes of PVAccess's field description, which are also PVXS's TypeCode.
const BYTES: { readonly [C in TypeCode]: number } = {
  bool: 0x00,
  int8: 0x20,
  int16: 0x21,
  int32: 0x22,
  int64: 0x23,
  uint8: 0x24,
  uint16: 0x25,
  uint32: 0x26,
  uint64: 0x27,
  float32: 0x42,
  float64: 0x43,
  string: 0x60,
  struct: 0x80,
  union: 0x81,
  any: 0x82,
  'bool[]': 0x08,
  'int8[]': 0x28,
  'int16[]': 0x29,
  'int32[]': 0x2a,
  'int64[]': 0x2b,
  'uint8[]': 0x2c,
  'uint16[]': 0x2d,
  'uint32[]': 0x2e,
  'uint64[]': 0x2f,
  'float32[]': 0x4a,
  'float64[]': 0x4b,
  'string[]': 0x68,
  'struct[]': 0x88,
  'union[]': 0x89,
  'any[]': 0x8a,
}
const NULL = 0xff
const REMEMBER = 0xfd
const REMEMBERED = 0xfe

const CODES: readonly (TypeCode | undefined)[] = Array.from({ length: 256 }, (_, byte) =>
  Object.values(TypeCode).find((code) => BYTES[code] === byte),
)

/** PVXS numbers the fields of a type with 16 bits. Counted through unions and arrays, so that a short description cannot grow without limit. */
const MOST_FIELDS = 0xffff

/** The type code that PVXS writes as this byte. */
export function codeOfByte(byte: number): TypeCode {
  const code = CODES[byte]
  if (code === undefined)
    throw new DecodeError(`no type has the code 0x${byte.toString(16).padStart(2, '0')}`)
  return code
}

const MOST_TYPES = 1000
const MOST_BYTES = 16_384 // of a description that is kept

interface Known {
  readonly bytes: Uint8Array
  readonly type: TypeDef
}

// The same description gives the same TypeDef again: thousands of channels have few types between them, and an any carries
// its type with each value. Plans, classes and decoders are then made once.
const known = new Map<number, Known>()

/**
 * Reads a field description; null stands for "no type". The same bytes give the same TypeDef again.
 *
 * @throws {@link DecodeError} for what is not a description
 */
export function decodeType(r: Reader, depth = 0): TypeDef | null {
  const begin = r.p
  const length = descriptionLength(r, depth)
  r.p = begin
  if (length < 2 || length > MOST_BYTES) return readType(r, depth)
  const hash = hashOf(r.bytes, begin, length)
  const found = known.get(hash)
  if (found !== undefined && isSame(found.bytes, r.bytes, begin, length)) {
    if (depth + found.type.height > MAX_DEPTH)
      throw new DecodeError(`the type nests deeper than ${MAX_DEPTH}`)
    r.p = begin + length
    return found.type
  }
  const type = readType(r, depth)
  if (type !== null) {
    if (known.size >= MOST_TYPES) known.delete(known.keys().next().value as number) // the oldest
    known.set(hash, { bytes: r.bytes.slice(begin, begin + length), type })
  }
  return type
}

/** The bytes of the description that begins here; 0 when it refers to others by number and cannot be kept. */
function descriptionLength(r: Reader, depth: number): number {
  const begin = r.p
  return skip(r, depth) ? r.p - begin : 0
}

function skip(r: Reader, depth: number): boolean {
  if (depth > MAX_DEPTH) throw new DecodeError(`the type nests deeper than ${MAX_DEPTH}`)
  const byte = r.u8()
  if (byte === NULL) return true
  if (byte === REMEMBER || byte === REMEMBERED) return false
  const code = codeOfByte(byte)
  if (!isMembered(code)) return true
  if (isArrayCode(code)) return skip(r, depth + 1)
  skipText(r) // id
  for (let n = r.count(2); n > 0; n--) {
    skipText(r) // name
    if (!skip(r, depth + 1)) return false
  }
  return true
}

function skipText(r: Reader): void {
  const length = r.selector() // read like one: -1 is the null that stands for no text
  if (length > 0) r.take(length)
}

/** Descriptions that a peer has numbered, to name them later by number. */
type TypeCache = Map<number, TypeDef>

/** Reads a field description, anew each time; null stands for "no type". */
function readType(r: Reader, depth = 0, cache?: TypeCache): TypeDef | null {
  if (depth > MAX_DEPTH) throw new DecodeError(`the type nests deeper than ${MAX_DEPTH}`)
  const byte = r.u8()
  if (byte === NULL) return null
  if (byte === REMEMBER) {
    const key = r.u16()
    const types = cache ?? new Map<number, TypeDef>()
    const type = required(readType(r, depth + 1, types))
    types.set(key, type)
    return type
  }
  if (byte === REMEMBERED) return recall(cache, r.u16(), depth)
  const code = codeOfByte(byte)
  if (!isMembered(code)) return plainType(code)
  const types = cache ?? new Map<number, TypeDef>()
  return isArrayCode(code) ? arrayType(r, code, depth, types) : memberedType(r, code, depth, types)
}

function recall(cache: TypeCache | undefined, key: number, depth: number): TypeDef {
  const type = cache?.get(key)
  if (type === undefined) throw new DecodeError(`the type names description ${key}, which was not sent`)
  if (depth + type.height > MAX_DEPTH) throw new DecodeError(`the type nests deeper than ${MAX_DEPTH}`)
  return type
}

function arrayType(r: Reader, code: TypeCode, depth: number, cache: TypeCache): TypeDef {
  const element = required(readType(r, depth + 1, cache))
  if (element.code !== elementCode(code))
    throw new DecodeError(`${code} described with elements of ${element.code}`)
  return counted(trustedType(code, element.id, element.members))
}

function memberedType(r: Reader, code: TypeCode, depth: number, cache: TypeCache): TypeDef {
  const id = r.string()
  const length = r.count(2)
  const members: Member[] = []
  const names = new Set<string>()
  for (let i = 0; i < length; i++) {
    const name = r.string()
    if (names.has(name)) throw new DecodeError(`the type has two members ${JSON.stringify(name)}`)
    // Would hide what every value has: $type, $changed, …
    if (name.startsWith('$')) throw new DecodeError(`the type has a member ${JSON.stringify(name)}`)
    names.add(name)
    members.push(trustedMember(name, required(readType(r, depth + 1, cache))))
  }
  return counted(trustedType(code, id, members))
}

function required(type: TypeDef | null): TypeDef {
  if (type === null) throw new DecodeError('a type description is missing')
  return type
}

const sizes = new WeakMap<TypeDef, number>()

/** How many nodes describe the type, members of unions and of array elements among them. */
function nodesOf(type: TypeDef): number {
  let n = sizes.get(type)
  if (n === undefined) {
    n = type.members.reduce((sum, member) => sum + nodesOf(member.type), 1)
    sizes.set(type, n)
  }
  return n
}

function counted(type: TypeDef): TypeDef {
  if (nodesOf(type) > MOST_FIELDS) throw new DecodeError(`the type has more than ${MOST_FIELDS} fields`)
  return type
}

/** Counts the fields that hold a value, and all nodes including structures. */
function refuseHollow(type: TypeDef): { readonly fields: number; readonly nodes: number } {
  const members = type.members.map((member) => refuseHollow(member.type))
  if (type.code !== 'struct') return { fields: 1, nodes: 1 }
  const fields = members.reduce((sum, member) => sum + member.fields, 0)
  const nodes = members.reduce((sum, member) => sum + member.nodes, 1)
  if (nodes > (fields + 1) * MAX_DEPTH)
    throw new InvalidArgumentError(
      `the structure ${JSON.stringify(type.id)} holds ${nodes - fields} structures and only ${fields} fields`,
    )
  return { fields, nodes }
}

const described = new WeakMap<TypeDef, Uint8Array>()

/**
 * Writes the description of a type.
 *
 * @throws {@link InvalidArgumentError} for a type that is not accepted at the other end: nested deeper than 20, with 65,536
 * fields, or with hardly anything but empty structures
 */
export function encodeType(w: Writer, type: TypeDef): void {
  const known = described.get(type)
  if (known !== undefined) {
    w.raw(known)
    return
  }
  if (type.height > MAX_DEPTH) throw typeTooDeep()
  if (nodesOf(type) > MOST_FIELDS)
    throw new InvalidArgumentError(`a type may have ${MOST_FIELDS} fields, not more`)
  refuseHollow(type)
  const begin = w.length
  write(w, type)
  described.set(type, w.bytes().slice(begin))
}

/** For "no type", as in an empty any. */
export function encodeNoType(w: Writer): void {
  w.u8(NULL)
}

function write(w: Writer, type: TypeDef): void {
  const { code } = type
  w.u8(BYTES[code])
  if (!isMembered(code)) return
  if (isArrayCode(code)) w.u8(BYTES[elementCode(code)])
  w.string(type.id)
  w.size(type.members.length)
  for (const member of type.members) {
    w.string(member.name)
    write(w, member.type)
  }
}
