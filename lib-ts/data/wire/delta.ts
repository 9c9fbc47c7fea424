// What one changed-bitset of one type asks for, worked out once.
import { Meta } from '../frozen.js'
import type { Frozen } from '../frozen.js'
import { Layout, type Field } from '../layout.js'
import type { Shape } from '../shape.js'
import { DecodeError, type Reader } from './reader.js'

/** Reads what a delta names and makes the next value. */
export type Decoder = (r: Reader, previous: Frozen, depth: number) => Frozen

/** A structure that is made anew because something in it changed. */
export interface Structure {
  readonly index: number
  readonly name: string
  /** Place of the structure around it in the delta's list, -1 for the root. */
  readonly parent: number
  /** Per member: the slot that holds its new value, or -1 where the previous value's is kept. */
  readonly sources: readonly number[]
  readonly shape: Shape
  readonly meta: Meta
}

export interface Delta {
  readonly bits: Uint8Array
  /** The fields that are read, in order; each fills the slot of its place here. */
  readonly leaves: readonly number[]
  /** The structures that are made anew, innermost first, the root last; they fill the slots behind the leaves. */
  readonly structures: readonly Structure[]
  readonly slots: number
  seen: number
  decode: Decoder | undefined
}

export function deltaOf(layout: Layout, shapes: readonly (Shape | undefined)[], bits: Uint8Array): Delta {
  const marks = marksOf(layout, bits)
  const leaves: number[] = []
  const touched: Field[] = []
  collect(layout, shapes, marks, leaves, touched)
  const order = touched.sort((a, b) => b.index - a.index)
  const slotOf = new Map<number, number>()
  for (const [slot, index] of leaves.entries()) slotOf.set(index, slot)
  for (const [place, field] of order.entries()) slotOf.set(field.index, leaves.length + place)
  const structures = order.map(({ index, name, parent, children, type, end }): Structure => {
    const own = marks.slice(index, end)
    if (isCovered(layout, marks, parent)) own[0] = 1
    return {
      index,
      name,
      parent: parent === -1 ? -1 : (slotOf.get(parent) as number) - leaves.length,
      sources: children.map((child) => slotOf.get(child) ?? -1),
      shape: shapes[index] as Shape,
      meta: new Meta(Layout.of(type), own),
    }
  })
  return { bits, leaves, structures, slots: leaves.length + structures.length, seen: 0, decode: undefined }
}

/** A byte per field; a bit inside a structure whose own bit is set says nothing new and is dropped, as PVXS does. */
function marksOf(layout: Layout, bits: Uint8Array): Uint8Array {
  const { fields } = layout
  const marks = new Uint8Array(fields.length)
  let next = 0
  for (let byte = 0; byte < bits.length; byte++) {
    for (let rest = bits[byte] as number; rest !== 0; rest &= rest - 1) {
      const bit = byte * 8 + 31 - Math.clz32(rest & -rest)
      const field = fields[bit]
      if (field === undefined)
        throw new DecodeError(`field ${bit} changed in a type of ${fields.length} fields`)
      if (bit < next) continue
      marks[bit] = 1
      next = field.end
    }
  }
  return marks
}

function collect(
  layout: Layout,
  shapes: readonly (Shape | undefined)[],
  marks: Uint8Array,
  leaves: number[],
  touched: Field[],
): void {
  const seen = new Set<number>([0])
  touched.push(layout.field(0))
  const touch = (index: number): void => {
    if (index === -1 || seen.has(index)) return
    seen.add(index)
    const field = layout.field(index)
    touched.push(field)
    touch(field.parent)
  }
  for (let bit = marks.indexOf(1); bit !== -1; bit = marks.indexOf(1, bit + 1)) {
    const { parent, end } = layout.field(bit)
    touch(parent)
    for (let i = bit; i < end; i++) {
      if (shapes[i] === undefined) leaves.push(i)
      else touch(i)
    }
  }
}

function isCovered(layout: Layout, marks: Uint8Array, index: number): boolean {
  for (let i = index; i !== -1; i = layout.field(i).parent) if (marks[i] === 1) return true
  return false
}

/** The bits of a delta in a bitset that has room for every field. */
export function bitsAt(delta: Delta, fields: number): Uint8Array {
  const bits = new Uint8Array((fields + 7) >> 3)
  bits.set(delta.bits.subarray(0, bits.length))
  return bits
}

const MOST_DELTAS = 64
const MOST_KEY_BYTES = 512 // of a bitset that is kept; a larger one is worked out each time

/** The deltas of one plan, by their bits. */
export class DeltaCache {
  readonly #deltas = new Map<number | string, Delta>()
  #last: Delta | undefined

  find(bits: Uint8Array, at: number, length: number): Delta | undefined {
    const last = this.#last
    if (last !== undefined && equal(last.bits, bits, at, length)) return last
    if (length > MOST_KEY_BYTES) return undefined
    const delta = this.#deltas.get(keyOf(bits, at, length))
    if (delta !== undefined) this.#last = delta
    return delta
  }

  add(delta: Delta): void {
    this.#last = delta
    if (delta.bits.length > MOST_KEY_BYTES) return
    if (this.#deltas.size >= MOST_DELTAS) this.#forgetRare()
    this.#deltas.set(keyOf(delta.bits, 0, delta.bits.length), delta)
  }

  /** Keeps the deltas that earned a decoder: whatever sets come, there are never more than those and {@link MOST_DELTAS}. */
  #forgetRare(): void {
    for (const [key, delta] of this.#deltas) if (delta.decode === undefined) this.#deltas.delete(key)
  }
}

function equal(a: Uint8Array, b: Uint8Array, at: number, length: number): boolean {
  if (a.length !== length) return false
  for (let i = 0; i < length; i++) if (a[i] !== b[at + i]) return false
  return true
}

/** A number for up to six bytes, text beyond. Bitsets that differ in empty bytes at the end may share a number: they mean the same. */
function keyOf(bits: Uint8Array, at: number, length: number): number | string {
  if (length > 6)
    return String.fromCharCode.apply(null, bits.subarray(at, at + length) as unknown as number[])
  let key = 0
  for (let i = length - 1; i >= 0; i--) key = key * 256 + (bits[at + i] as number)
  return key
}
