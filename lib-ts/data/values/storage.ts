import { NUMBER_ARRAYS, type NumberArray, type NumberCode, type TypeCode } from '../types/codes.js'
import type { Value } from '../types/infer.js'
import { Layout } from '../types/layout.js'
import type { ValueCore } from './core.js'
import { FIELD, LAYOUT, MARKS } from './core.js'
import { isCovered, marksWithin, unmark } from './marks.js'
import { hasSameBytes } from './same-bytes.js'

// Shared by all values: nothing can be written into an array without elements.
const noElements = Object.freeze<unknown[]>([])
const noBooleans = Object.freeze<boolean[]>([])
const noTexts = Object.freeze<string[]>([])
const noNumbers = (code: NumberCode): unknown => Object.freeze(new NUMBER_ARRAYS[code](0))

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
  'bool[]': noBooleans,
  'int8[]': noNumbers('int8'),
  'int16[]': noNumbers('int16'),
  'int32[]': noNumbers('int32'),
  'int64[]': noNumbers('int64'),
  'uint8[]': noNumbers('uint8'),
  'uint16[]': noNumbers('uint16'),
  'uint32[]': noNumbers('uint32'),
  'uint64[]': noNumbers('uint64'),
  'float32[]': noNumbers('float32'),
  'float64[]': noNumbers('float64'),
  'string[]': noTexts,
  struct: undefined,
  'struct[]': noElements,
  union: null,
  'union[]': noElements,
  any: null,
  'any[]': noElements,
}

/** What a field of that code reads as before anything is written to it; `undefined` for a structure. */
export function defaultOf(code: TypeCode): unknown {
  return defaults[code]
}

/** The field of another storage that a structure stands in, while that field's cell is `cell`. */
export interface Parent {
  readonly storage: Storage
  readonly index: number
  cell: unknown
  /** Makes what a write put into the cell mutable too. */
  renew(): void
}

// By the cell whose structures know it.
const parents = new WeakMap<object, Parent>()

/** The parent that the structures of a cell know; undefined when none of them is mutable. */
export function parentOf(cell: unknown): Parent | undefined {
  return typeof cell === 'object' && cell !== null ? parents.get(cell) : undefined
}

export function setParent(cell: object, parent: Parent): void {
  parents.set(cell, parent)
}

/** What a field's cell held when it went out to the user. */
export interface Lent {
  readonly cell: object
  readonly arrays: { readonly array: NumberArray; before: NumberArray }[]
  /** The mutable structures in it. */
  readonly inner: Storage[]
}

const emptyCells = new WeakMap<Layout, readonly unknown[]>()

/**
 * What a mutable value is inside: a cell and a mark for each numbered field of its layout.
 *
 * A cell holds a leaf's value in the form it reads as, always of the exact kind: an `int64` is a bigint, an `int32[]`
 * an Int32Array, a union `{ select, value } | null`, an any `{ type, value } | null`, a struct array an array of Value or
 * null. The cell of a structure is undefined.
 */
export class Storage {
  readonly layout: Layout
  readonly cells: unknown[]
  readonly marks: Uint8Array
  /** The field that holds this structure as an element, a union's member or an any's value; it is marked with this. */
  parent: Parent | undefined
  /** The mutable values over structures of this storage, by field number, as far as there are any. */
  readonly views: ValueCore[] = []
  /** What was read from the fields that hold arrays, by field number; see lent.ts. */
  lent: (Lent | undefined)[] | undefined

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
    const { parent } = this
    // A structure no longer belongs to the field it was read from once another value was written there.
    if (parent !== undefined && parent.storage.cells[parent.index] === parent.cell)
      parent.storage.mark(parent.index)
  }

  /** Marks the fields whose arrays the user has written to since the last time. */
  noticeWrites(): void {
    const { lent } = this
    if (lent === undefined) return
    for (let index = 0; index < lent.length; index++) {
      const entry = lent[index]
      if (entry === undefined) continue
      if (entry.cell !== this.cells[index]) {
        lent[index] = undefined // another value was written to the field: these arrays belong to it no longer
        continue
      }
      for (const pair of entry.arrays) {
        // an array that has lost its memory to another thread was not written to
        if (pair.array.length === 0 || hasSameBytes(pair.array, pair.before)) continue
        pair.before = pair.array.slice()
        this.mark(index)
      }
      for (const inner of entry.inner) inner.noticeWrites()
    }
  }

  /** Removes the marks of a field and of all below it. */
  unmark(index: number): void {
    this.noticeWrites()
    unmark(this.layout, this.marks, index)
  }

  /** Whether a field, or a structure around it, is marked. */
  covered(index: number): boolean {
    return isCovered(this.layout, this.marks, index)
  }

  /** A copy of one structure inside, as a storage of its own; its cells are the same objects. */
  part(index: number): Storage {
    const { type, end } = this.layout.field(index)
    const marks = marksWithin(this.marks, index, end, this.covered(index))
    return new Storage(Layout.of(type), this.cells.slice(index, end), marks)
  }
}

/** The inside of a value, of either kind: its cells are the value's own objects, its marks a copy. */
export function storageOf(value: ValueCore | Value): Storage {
  const core = value as ValueCore
  const layout = core[LAYOUT]
  const cells = layout.fields.map((field) =>
    field.type.code === 'struct' ? undefined : core[FIELD](field.index),
  )
  return new Storage(layout, cells, core[MARKS].slice())
}

/** Where a mutable value's fields are: a structure of a storage, most often its root. */
export interface Inside {
  readonly storage: Storage
  readonly index: number
}

export const INSIDE = Symbol('inside')

/** The inside of a mutable value; undefined for a frozen one. */
export function insideOf(value: ValueCore | Value): Inside | undefined {
  return (value as { readonly [INSIDE]?: Inside })[INSIDE]
}

/** The cells of any value, not to be written to. */
export function cellsOf(value: ValueCore | Value): Storage {
  const inside = insideOf(value)
  if (inside === undefined) return storageOf(value)
  inside.storage.noticeWrites()
  return inside.index === 0 ? inside.storage : inside.storage.part(inside.index)
}

/**
 * One write. Nothing changes before `commit`, so a write that throws leaves no trace.
 */
export class Stage {
  /** The caller's own arrays may be kept: they are encoded before anyone can change them. */
  readonly borrow: boolean
  #entries: { readonly storage: Storage; readonly index: number; readonly cell: unknown }[] = []
  #later: (() => void)[] = []

  constructor(borrow = false) {
    this.borrow = borrow
  }

  /** A cell as it will be after `commit`. */
  read(storage: Storage, index: number): unknown {
    const entry = this.#entries.findLast((entry) => entry.storage === storage && entry.index === index)
    return entry === undefined ? storage.cells[index] : entry.cell
  }

  /** Sets a cell and marks it. */
  write(storage: Storage, index: number, cell: unknown): void {
    this.#entries.push({ storage, index, cell })
  }

  /** For what is changed in place: the mark comes with `write`. */
  later(change: () => void): void {
    this.#later.push(change)
  }

  commit(): void {
    for (const { storage, index, cell } of this.#entries) storage.set(index, cell)
    for (const change of this.#later) change()
  }
}
