// What one changed-bitset of one type asks for, computed once.
import { DecodeError } from '../../errors.js'
import { Layout, type Field } from '../types/layout.js'
import type { FrozenClass } from '../values/frozen-class.js'
import { Meta, type Frozen } from '../values/frozen.js'
import { isCovered } from '../values/marks.js'
import { hashOf, isSame } from './bytes.js'
import type { Reader } from './reader.js'

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
  readonly frozen: FrozenClass
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

const UNTOUCHED = -1
const TOUCHED = -2

/** Computes what a bitset asks for; the delta keeps `bits`. */
export function deltaOf(
  layout: Layout,
  classes: readonly (FrozenClass | undefined)[],
  bits: Uint8Array,
): Delta {
  const marks = new Uint8Array(layout.fields.length)
  const slotOf = new Array<number>(marks.length).fill(UNTOUCHED)
  const leaves: number[] = []
  const touched: number[] = []
  const touch = (index: number): void => {
    for (let i = index; i !== -1 && slotOf[i] === UNTOUCHED; i = layout.field(i).parent) {
      slotOf[i] = TOUCHED
      touched.push(i)
    }
  }
  touch(0)
  forEachMarked(layout, bits, (field) => {
    marks[field.index] = 1
    touch(field.parent)
    for (let i = field.index; i < field.end; i++) {
      if (classes[i] !== undefined) touch(i)
      else slotOf[i] = leaves.push(i) - 1
    }
  })
  touched.sort((a, b) => b - a)
  for (let i = 0; i < touched.length; i++) slotOf[touched[i] as number] = leaves.length + i
  const structures = touched.map((index): Structure => {
    const { name, parent, children, type } = layout.field(index)
    return {
      index,
      name,
      parent: parent === -1 ? -1 : (slotOf[parent] as number) - leaves.length,
      sources: children.map((child) => slotOf[child] as number),
      frozen: classes[index] as FrozenClass,
      meta: new Meta(Layout.of(type), marks, index, isCovered(layout, marks, parent)),
    }
  })
  return { bits, leaves, structures, slots: leaves.length + structures.length, seen: 0, decode: undefined }
}

/** The fields whose bits are set. A bit inside a structure whose own bit is set says nothing new: PVXS skips it too. */
function forEachMarked(layout: Layout, bits: Uint8Array, each: (field: Field) => void): void {
  const { fields } = layout
  let next = 0
  for (let byte = 0; byte < bits.length; byte++) {
    for (let rest = bits[byte] as number; rest !== 0; rest &= rest - 1) {
      const bit = byte * 8 + 31 - Math.clz32(rest & -rest)
      const field = fields[bit]
      if (field === undefined)
        throw new DecodeError(`field ${bit} changed in a type of ${fields.length} fields`)
      if (bit < next) continue
      next = field.end
      each(field)
    }
  }
}

/** The bits of a delta in a bitset that has room for every field. */
export function bitsAt(delta: Delta, fields: number): Uint8Array {
  const bits = new Uint8Array((fields + 7) >> 3)
  bits.set(delta.bits.subarray(0, bits.length))
  return bits
}

const MOST_DELTAS = 64
const MOST_BYTES = 512 // of a bitset that is kept; a larger one is worked out each time

/** The deltas of one plan, by their bits. */
export class DeltaCache {
  readonly #deltas = new Map<number, Delta>()
  #last: Delta | undefined

  find(bits: Uint8Array, at: number, length: number): Delta | undefined {
    const last = this.#last
    if (last !== undefined && isSame(last.bits, bits, at, length)) return last
    const delta = this.#deltas.get(hashOf(bits, at, length))
    if (delta === undefined || !isSame(delta.bits, bits, at, length)) return undefined
    this.#last = delta
    return delta
  }

  add(delta: Delta): void {
    const { bits } = delta
    if (bits.length > MOST_BYTES) return
    this.#last = delta
    if (this.#deltas.size >= MOST_DELTAS) this.#forgetRare()
    this.#deltas.set(hashOf(bits, 0, bits.length), delta)
  }

  /** Drops the deltas without a decoder, so there are never more than {@link MOST_DELTAS} besides those with one. */
  #forgetRare(): void {
    for (const [hash, delta] of this.#deltas) if (delta.decode === undefined) this.#deltas.delete(hash)
  }
}
