import type { ValueBase } from './base.js'
import type { TypeCode } from '../types/codes.js'
import { Layout } from '../types/layout.js'

// Shared by all values: nothing can be written into what has no elements, and frozen they cannot be told apart.
const none = {
  bool: Object.freeze<boolean[]>([]),
  string: Object.freeze<string[]>([]),
  values: Object.freeze<unknown[]>([]),
  int8: Object.freeze(new Int8Array(0)),
  int16: Object.freeze(new Int16Array(0)),
  int32: Object.freeze(new Int32Array(0)),
  int64: Object.freeze(new BigInt64Array(0)),
  uint8: Object.freeze(new Uint8Array(0)),
  uint16: Object.freeze(new Uint16Array(0)),
  uint32: Object.freeze(new Uint32Array(0)),
  uint64: Object.freeze(new BigUint64Array(0)),
  float32: Object.freeze(new Float32Array(0)),
  float64: Object.freeze(new Float64Array(0)),
} as const

const defaults: { readonly [C in TypeCode]: unknown } = {
  bool: false,
  int8: 0,
  int16: 0,
  int32: 0,
  int64: 0n,
  uint8: 0,
  uint16: 0,
  uint32: 0,
  uint64: 0n,
  float32: 0,
  float64: 0,
  string: '',
  'bool[]': none.bool,
  'int8[]': none.int8,
  'int16[]': none.int16,
  'int32[]': none.int32,
  'int64[]': none.int64,
  'uint8[]': none.uint8,
  'uint16[]': none.uint16,
  'uint32[]': none.uint32,
  'uint64[]': none.uint64,
  'float32[]': none.float32,
  'float64[]': none.float64,
  'string[]': none.string,
  struct: undefined,
  'struct[]': none.values,
  union: null,
  'union[]': none.values,
  any: null,
  'any[]': none.values,
}

/** What a field of that code reads as before anything is written to it; `undefined` for a structure. */
export function defaultOf(code: TypeCode): unknown {
  return defaults[code]
}

const emptyCells = new WeakMap<Layout, readonly unknown[]>()

/** Where a structure stands in another storage, while that field's cell is `cell`. */
export interface Holder {
  readonly storage: Storage
  readonly index: number
  cell: unknown
}

/**
 * What a mutable value is inside: a cell and a mark for each numbered field of its layout.
 *
 * A cell holds a leaf's value in the form it reads as, always of the exact kind: an `int64` is a bigint, an `int32[]`
 * an Int32Array, a union `{ select, value } | null`, an any `{ type, value } | null`, a struct array an array of Value or
 * null. The cell of a structure is undefined. A mark on a structure covers everything below it.
 */
export class Storage {
  readonly layout: Layout
  readonly cells: unknown[]
  readonly marks: Uint8Array
  /** The field that holds this structure as an element, a union's member or an any's value; it is marked with this. */
  holder: Holder | undefined
  /** The mutable values over structures of this storage, by field number, as far as there are any. */
  readonly views: ValueBase[] = []

  constructor(layout: Layout, cells: unknown[], marks: Uint8Array) {
    this.layout = layout
    this.cells = cells
    this.marks = marks
  }

  /** All defaults, nothing marked. */
  static empty(layout: Layout): Storage {
    let cells = emptyCells.get(layout)
    if (cells === undefined) {
      cells = layout.fields.map((field) => defaultOf(field.type.code))
      emptyCells.set(layout, cells)
    }
    return new Storage(layout, cells.slice(), new Uint8Array(cells.length))
  }

  /** Sets a cell and marks it. */
  set(index: number, cell: unknown): void {
    this.cells[index] = cell
    this.mark(index)
  }

  /** Marks a field, and the fields of other storages that hold this one. */
  mark(index: number): void {
    this.marks[index] = 1
    const { holder } = this
    // What was read from a field before another value was written to it belongs to it no more.
    if (holder !== undefined && holder.storage.cells[holder.index] === holder.cell)
      holder.storage.mark(holder.index)
  }

  /**
   * Removes the marks of a field and of all below it. A structure around it that is marked as a whole is then marked by
   * its other leaves instead.
   */
  unmark(index: number): void {
    const { fields } = this.layout
    const { end } = this.layout.field(index)
    for (let at = this.layout.field(index).parent; at >= 0; at = this.layout.field(at).parent) {
      if (this.marks[at] !== 1) continue
      this.marks[at] = 0
      for (const field of fields.slice(at + 1, this.layout.field(at).end)) {
        if (field.type.code !== 'struct') this.marks[field.index] = 1
      }
    }
    this.marks.fill(0, index, end)
  }

  /** Whether a field, or a structure that holds it, is marked. */
  covered(index: number): boolean {
    for (let at = index; at >= 0; at = this.layout.field(at).parent) {
      if (this.marks[at] === 1) return true
    }
    return false
  }

  /** A copy of one structure inside, as a storage of its own; its cells are the same objects. */
  part(index: number): Storage {
    const field = this.layout.field(index)
    const part = new Storage(
      Layout.of(field.type),
      this.cells.slice(index, field.end),
      this.marks.slice(index, field.end),
    )
    if (this.covered(index)) part.marks[0] = 1
    return part
  }
}
