// The same description gives the same TypeDef again: thousands of channels have few types between them, and an any carries
// its type with each value. Plans, classes and decoders are then made once.
import { MAX_DEPTH } from '../types/rules.js'
import type { TypeDef } from '../types/typedef.js'
import { DecodeError, type Reader } from './reader.js'
import { codeOfByte, readType } from './description.js'

const MOST_TYPES = 1000
const MOST_BYTES = 16_384 // of a description that is kept

interface Known {
  readonly bytes: Uint8Array
  readonly type: TypeDef
}

const known = new Map<number, Known>()

/**
 * Reads a field description; null stands for "no type". What the same bytes gave before is given again.
 *
 * @throws {@link DecodeError} for anything that is no description
 */
export function decodeType(r: Reader, depth = 0): TypeDef | null {
  const begin = r.p
  const length = descriptionLength(r, depth)
  r.p = begin
  if (length < 2 || length > MOST_BYTES) return readType(r, depth)
  const hash = hashOf(r.bytes, begin, length)
  const found = known.get(hash)
  if (found !== undefined && same(found.bytes, r.bytes, begin, length)) {
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
  if (byte === 0xff) return true
  if (byte === 0xfd || byte === 0xfe) return false
  const code = codeOfByte(byte)
  if (code === 'struct[]' || code === 'union[]') return skip(r, depth + 1)
  if (code !== 'struct' && code !== 'union') return true
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

function hashOf(bytes: Uint8Array, at: number, length: number): number {
  let hash = length
  for (let i = at; i < at + length; i++) hash = (Math.imul(hash, 31) + (bytes[i] as number)) | 0
  return hash
}

function same(a: Uint8Array, b: Uint8Array, at: number, length: number): boolean {
  if (a.length !== length) return false
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[at + i]) return false
  }
  return true
}
