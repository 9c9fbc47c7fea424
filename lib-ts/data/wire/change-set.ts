// Which fields of a type are meant, as an object that is the same for the same fields: what several updates changed together.
import type { Value } from '../types/infer.js'
import { Layout } from '../types/layout.js'
import type { TypeDef } from '../types/typedef.js'
import { LAYOUT, MARKS, type ValueCore } from '../values/core.js'
import { markedFields, type Marks } from '../values/marks.js'
import { fieldsToJSON } from '../values/plain.js'
import { encodeFields } from './encode.js'
import type { Writer } from './writer.js'

// Sets of one type that are kept to be found again; a type with more is rare, and those beyond are only made anew.
const MOST_KEPT = 256

const known = new WeakMap<Layout, Map<string, ChangeSet>>()
const byMarks = new WeakMap<Marks, ChangeSet>()

/** Fields of one type. Two sets of the same fields are mostly the same object, so that what is made for one serves both. */
export class ChangeSet {
  readonly type: TypeDef
  readonly #layout: Layout
  /** A marked structure stands for all in it. */
  readonly #marked: readonly number[]
  #paths: readonly string[] | undefined

  private constructor(layout: Layout, marked: readonly number[]) {
    this.type = layout.type
    this.#layout = layout
    this.#marked = marked
  }

  /** What an update changed. */
  static of(value: Value): ChangeSet {
    const core = value as unknown as ValueCore
    const marks = core[MARKS]
    let found = byMarks.get(marks)
    if (found === undefined) {
      found = interned(core[LAYOUT], marks)
      byMarks.set(marks, found)
    }
    return found
  }

  /** These fields, or all when none is named; names that are not there are left out, as PVAccess does. */
  static fields(type: TypeDef, paths: readonly string[]): ChangeSet {
    const layout = Layout.of(type)
    const marks = new Uint8Array(layout.fields.length)
    if (paths.length === 0) marks[0] = 1
    for (const path of paths) {
      const at = layout.byPath.get(path)
      if (at !== undefined) marks[at] = 1
    }
    return interned(layout, marks)
  }

  /** @internal Made by {@link interned} alone. */
  static make(layout: Layout, marked: readonly number[]): ChangeSet {
    return new ChangeSet(layout, marked)
  }

  /** The fields of both, which are of one type. */
  with(other: ChangeSet): ChangeSet {
    if (other === this) return this
    const marks = new Uint8Array(this.#layout.fields.length)
    for (const index of this.#marked) marks[index] = 1
    for (const index of other.#marked) marks[index] = 1
    return interned(this.#layout, marks)
  }

  /** The dotted paths of the fields that hold a value. */
  get paths(): readonly string[] {
    this.#paths ??= this.#marked.flatMap((index) =>
      this.#layout.fields
        .slice(index, this.#layout.field(index).end)
        .filter(({ type }) => type.code !== 'struct')
        .map(({ path }) => path),
    )
    return this.#paths
  }

  /** Writes the changed-bitset, and these fields of the value. */
  encode(w: Writer, value: Value): void {
    encodeFields(w, value, this.#marked)
  }

  /** These fields of the value, as its `toJSON()` writes them. */
  toJSON(value: Value): Record<string, unknown> {
    return fieldsToJSON(value, this.#marked)
  }
}

function interned(layout: Layout, marks: Marks): ChangeSet {
  const marked = markedFields(layout, marks)
  const key = marked.join()
  let sets = known.get(layout)
  if (sets === undefined) {
    sets = new Map<string, ChangeSet>()
    known.set(layout, sets)
  }
  let found = sets.get(key)
  if (found === undefined) {
    found = ChangeSet.make(layout, marked)
    if (sets.size < MOST_KEPT) sets.set(key, found)
  }
  return found
}
