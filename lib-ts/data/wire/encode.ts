// Values to bytes, as PVXS's to_wire_valid, to_wire_full and "type and value" write them.
import { InvalidArgumentError } from '../../errors.js'
import type { TypeCode } from '../types/codes.js'
import type { AnyValue, UnionValue, Value } from '../types/infer.js'
import type { Layout } from '../types/layout.js'
import { MAX_DEPTH } from '../types/rules.js'
import type { Member, TypeDef } from '../types/typedef.js'
import { FIELD, LAYOUT, MARKS, type ValueCore } from '../values/core.js'
import { markedFields } from '../values/marks.js'
import { encodeNoType, encodeType } from './description.js'
import type { Writer } from './writer.js'

/** The changed-bitset, and the fields that are marked. */
export function encodeChanged(w: Writer, value: Value): void {
  const core = coreOf(value)
  encodeFields(w, value, markedFields(core[LAYOUT], core[MARKS]))
}

/** The same for fields by their numbers, in order, and none inside another. */
export function encodeFields(w: Writer, value: Value, fields: readonly number[]): void {
  const core = coreOf(value)
  writeBits(w, fields)
  for (const index of fields) writeField(w, core, core[LAYOUT], index, 0)
}

/** All fields, marked or not. */
export function encodeFull(w: Writer, value: Value): void {
  const core = coreOf(value)
  writeField(w, core, core[LAYOUT], 0, 0)
}

/** The type, then all fields: how a request or an any stands on the wire. Null is "no type". */
export function encodeTyped(w: Writer, value: Value | null): void {
  if (value === null) {
    encodeNoType(w)
    return
  }
  encodeType(w, coreOf(value)[LAYOUT].type)
  encodeFull(w, value)
}

function coreOf(value: Value): ValueCore {
  return value as unknown as ValueCore
}

function writeBits(w: Writer, marked: readonly number[]): void {
  const last = marked.at(-1)
  const bytes = last === undefined ? 0 : (last >> 3) + 1
  w.size(bytes)
  let next = 0
  for (let byte = 0; byte < bytes; byte++) {
    let bits = 0
    for (let bit = marked[next]; bit !== undefined && bit >> 3 === byte; bit = marked[++next])
      bits |= 1 << (bit & 7)
    w.u8(bits)
  }
}

/** A leaf, or all leaves of a structure. */
function writeField(w: Writer, value: ValueCore, layout: Layout, index: number, depth: number): void {
  const { type, end } = layout.field(index)
  if (type.code !== 'struct') {
    writeLeaf(w, type, value[FIELD](index), depth)
    return
  }
  for (let i = index + 1; i < end; i++) {
    const leaf = layout.field(i).type
    if (leaf.code !== 'struct') writeLeaf(w, leaf, value[FIELD](i), depth + 1)
  }
}

/** A whole value of that type, wherever it stands. */
function writeContent(w: Writer, type: TypeDef, x: unknown, depth: number): void {
  if (depth > MAX_DEPTH)
    throw new InvalidArgumentError(`values may nest ${MAX_DEPTH} deep, and this one nests deeper`)
  if (type.code !== 'struct') {
    writeLeaf(w, type, x, depth)
    return
  }
  const value = x as ValueCore
  const layout = value[LAYOUT]
  // Bytes of another structure would be read as something else, without an error.
  if (layout.type !== type && !layout.type.equals(type)) {
    throw new InvalidArgumentError(
      `a structure ${layout.type.id} stands where the type has another structure`,
    )
  }
  writeField(w, value, layout, 0, depth)
}

function writeLeaf(w: Writer, type: TypeDef, x: unknown, depth: number): void {
  WRITE[type.code](w, x as never, type, depth)
}

type Write<T> = (w: Writer, x: T, type: TypeDef, depth: number) => void

const writeNumbers: Write<Float64Array> = (w, numbers) => {
  w.size(numbers.length)
  w.raw(numbers)
}

// The conversion has made sure that a cell holds what its type says.
const WRITE: { readonly [C in TypeCode]: Write<never> } = {
  bool: (w, x: boolean) => w.u8(x ? 1 : 0),
  int8: (w, x: number) => w.u8(x),
  int16: (w, x: number) => w.u16(x),
  int32: (w, x: number) => w.u32(x),
  int64: (w, x: bigint) => w.u64(x),
  uint8: (w, x: number) => w.u8(x),
  uint16: (w, x: number) => w.u16(x),
  uint32: (w, x: number) => w.u32(x),
  uint64: (w, x: bigint) => w.u64(x),
  float32: (w, x: number) => w.f32(x),
  float64: (w, x: number) => w.f64(x),
  string: (w, x: string) => w.string(x),
  'bool[]': (w, list: readonly boolean[]) => writeList(w, list, (bool) => w.u8(bool ? 1 : 0)),
  'string[]': (w, list: readonly string[]) => writeList(w, list, (text) => w.string(text)),
  'int8[]': writeNumbers,
  'int16[]': writeNumbers,
  'int32[]': writeNumbers,
  'int64[]': writeNumbers,
  'uint8[]': writeNumbers,
  'uint16[]': writeNumbers,
  'uint32[]': writeNumbers,
  'uint64[]': writeNumbers,
  'float32[]': writeNumbers,
  'float64[]': writeNumbers,
  struct: (w, x: unknown, type, depth) => writeContent(w, type, x, depth),
  'struct[]': (w, list: readonly unknown[], type, depth) =>
    writeElements(w, list, (element) => writeContent(w, type.element, element, depth + 1)),
  union: (w, x: UnionValue | null, type, depth) => writeUnion(w, type.members, x, depth),
  'union[]': (w, list: readonly (UnionValue | null)[], type, depth) =>
    writeElements(w, list, (element) => writeUnion(w, type.members, element, depth)),
  any: (w, x: AnyValue | null, _type, depth) => writeAny(w, x, depth),
  'any[]': (w, list: readonly (AnyValue | null)[], _type, depth) =>
    writeElements(w, list, (element) => writeAny(w, element, depth)),
}

function writeList<T>(w: Writer, list: readonly T[], write: (element: T) => void): void {
  w.size(list.length)
  for (const element of list) write(element)
}

/** Elements that may be missing. */
function writeElements<T>(w: Writer, list: readonly T[], write: (element: T) => void): void {
  w.size(list.length)
  for (const element of list) {
    w.u8(element === null ? 0 : 1)
    if (element !== null) write(element)
  }
}

function writeUnion(w: Writer, members: readonly Member[], x: UnionValue | null, depth: number): void {
  if (x === null) {
    w.u8(255)
    return
  }
  const index = members.findIndex((member) => member.name === x.select)
  const member = members[index]
  if (member === undefined)
    throw new InvalidArgumentError(`the union has no member ${JSON.stringify(x.select)}`)
  w.size(index)
  writeContent(w, member.type, x.value, depth + 1)
}

function writeAny(w: Writer, x: AnyValue | null, depth: number): void {
  if (x === null) {
    encodeNoType(w)
    return
  }
  if (depth + 1 + x.type.height > MAX_DEPTH) {
    throw new InvalidArgumentError(`values may nest ${MAX_DEPTH} deep, and this one nests deeper`)
  }
  encodeType(w, x.type)
  writeContent(w, x.type, x.value, depth + 1)
}
