// How the value of a field that is not a structure is read, by type.
import { DecodeError } from '../../errors.js'
import { elementCode, isNumberCode, NUMBER_ARRAYS, type NumberCode, type TypeCode } from '../types/codes.js'
import { MAX_DEPTH } from '../types/rules.js'
import type { Member, TypeDef } from '../types/typedef.js'
import { defaultOf } from '../values/storage.js'
import { decodeType } from './description.js'
import type { ReadLeaf, Reader } from './reader.js'

/**
 * Makes the reader of a whole value of a type: a structure with all its fields, a bare value otherwise. Handed in by plan.ts,
 * since a structure inside a leaf is read by a plan, and a plan is made of leaf readers.
 */
export type ContentReader = (type: TypeDef) => ReadLeaf

export function leafReader(type: TypeDef, content: ContentReader): ReadLeaf {
  switch (type.code) {
    case 'bool':
      return (r) => r.u8() !== 0
    case 'int8':
      return (r) => r.dv.getInt8(r.take(1))
    case 'int16':
      return (r) => r.dv.getInt16(r.take(2), true)
    case 'int32':
      return (r) => r.dv.getInt32(r.take(4), true)
    case 'int64':
      return (r) => r.dv.getBigInt64(r.take(8), true)
    case 'uint8':
      return (r) => r.u8()
    case 'uint16':
      return (r) => r.u16()
    case 'uint32':
      return (r) => r.u32()
    case 'uint64':
      return (r) => r.u64()
    case 'float32':
      return (r) => r.dv.getFloat32(r.take(4), true)
    case 'float64':
      return (r) => r.f64()
    case 'string':
      return (r) => r.string()
    case 'bool[]':
      return readBooleans
    case 'string[]':
      return readStrings
    case 'struct[]':
      return structsReader(type, content)
    case 'union':
      return unionReader(type.members, content)
    case 'union[]':
      return elementsReader(unionReader(type.members, content))
    case 'any':
      return anyReader(content)
    case 'any[]':
      return elementsReader(anyReader(content))
    case 'struct':
      return content(type)
    default:
      return numbersReader(type.element.code as NumberCode)
  }
}

// V8 keeps typed arrays of up to this many bytes inside the object, and makes them ten times as fast as others, unless
// their buffer is asked for.
const SMALL = 64
const small = new Uint8Array(SMALL)

/** The slab is used again, so arrays are copied out of it; that also aligns them. */
function numbersReader(code: NumberCode): ReadLeaf {
  const Numbers = NUMBER_ARRAYS[code]
  const size = Numbers.BYTES_PER_ELEMENT
  const none = defaultOf(`${code}[]`)
  const smallNumbers = new Numbers(small.buffer)
  return (r) => {
    const n = r.count(size)
    if (n === 0) return none
    const length = n * size
    const at = r.take(length)
    if (length <= SMALL) {
      for (let i = 0; i < length; i++) small[i] = r.bytes[at + i] as number
      return smallNumbers.slice(0, n)
    }
    const numbers = new Numbers(n)
    new Uint8Array(numbers.buffer).set(r.bytes.subarray(at, at + length))
    return numbers
  }
}

/** An array whose bytes came in a buffer of their own. */
export function arrayOver(code: TypeCode, buffer: ArrayBuffer): unknown {
  if (code === 'bool[]') return Object.freeze(Array.from(new Uint8Array(buffer), (byte) => byte !== 0))
  const element = elementCode(code)
  if (element === code || !isNumberCode(element)) throw new DecodeError(`${code} came beside the record`)
  const Numbers = NUMBER_ARRAYS[element]
  if (buffer.byteLength % Numbers.BYTES_PER_ELEMENT !== 0) {
    throw new DecodeError(`${buffer.byteLength} bytes are not a whole number of elements of ${code}`)
  }
  return new Numbers(buffer)
}

function readBooleans(r: Reader): readonly boolean[] {
  const n = r.count(1)
  const at = r.take(n)
  const array = new Array<boolean>(n)
  for (let i = 0; i < n; i++) array[i] = r.bytes[at + i] !== 0
  return Object.freeze(array)
}

function readStrings(r: Reader): readonly string[] {
  const n = r.count(1)
  const array = new Array<string>(n)
  for (let i = 0; i < n; i++) array[i] = r.string()
  return Object.freeze(array)
}

/** Each element stands behind a byte that says whether it is there. */
function elementsReader(readElement: ReadLeaf): ReadLeaf {
  return (r, depth) => {
    const n = r.count(1)
    const array = new Array<unknown>(n)
    for (let i = 0; i < n; i++) array[i] = r.u8() === 0 ? null : readElement(r, depth)
    return Object.freeze(array)
  }
}

function structsReader(type: TypeDef, content: ContentReader): ReadLeaf {
  const readElement = content(type.element)
  return elementsReader((r, depth) => readElement(r, deeper(depth)))
}

function unionReader(members: readonly Member[], content: ContentReader): ReadLeaf {
  const readers = members.map((member) => content(member.type))
  return (r, depth) => {
    const index = r.selector()
    if (index === -1) return null
    const member = members[index]
    const read = readers[index]
    if (member === undefined || read === undefined) {
      throw new DecodeError(`member ${index} selected in a union of ${members.length}`)
    }
    return Object.freeze({ select: member.name, value: read(r, deeper(depth)) })
  }
}

function anyReader(content: ContentReader): ReadLeaf {
  return (r, depth) => {
    const below = deeper(depth)
    const type = decodeType(r, below)
    return type === null ? null : Object.freeze({ type, value: content(type)(r, below) })
  }
}

function deeper(depth: number): number {
  if (depth >= MAX_DEPTH) throw new DecodeError(`the value nests deeper than ${MAX_DEPTH}`)
  return depth + 1
}
