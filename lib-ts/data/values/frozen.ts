import { changedPaths } from './changed.js'
import type { Layout } from '../types/layout.js'
import { FIELD, LAYOUT, MARKS, ValueBase } from './base.js'

export const META = Symbol('meta')

/**
 * What a frozen value carries beside its fields: its type and what changed. One object serves all updates of one
 * changed-bitset. A structure inside a value knows the marks of the whole, and cuts out its own when somebody asks.
 */
export class Meta {
  readonly layout: Layout
  readonly #all: Readonly<Uint8Array>
  readonly #index: number
  readonly #covered: boolean
  #marks: Readonly<Uint8Array> | undefined
  #changed: ReadonlySet<string> | undefined

  /** `index` is the structure's number in the layout that `marks` are of; `covered` says that one around it is marked. */
  constructor(layout: Layout, marks: Readonly<Uint8Array>, index: number, covered: boolean) {
    this.layout = layout
    this.#all = marks
    this.#index = index
    this.#covered = covered
  }

  get marks(): Readonly<Uint8Array> {
    if (this.#marks === undefined) {
      const own = this.#all.slice(this.#index, this.#index + this.layout.fields.length)
      if (this.#covered) own[0] = 1
      this.#marks = own
    }
    return this.#marks
  }

  get changed(): ReadonlySet<string> {
    this.#changed ??= changedPaths(this.layout, this.marks)
    return this.#changed
  }
}

/** The base of the generated classes: an immutable value, whose fields are its own properties. */
export abstract class Frozen extends ValueBase {
  abstract get [META](): Meta

  override get [LAYOUT](): Layout {
    return this[META].layout
  }

  override get [MARKS](): Readonly<Uint8Array> {
    return this[META].marks
  }

  override [FIELD](index: number): unknown {
    if (index === 0) return this
    const { name, parent } = this[META].layout.field(index)
    return (this[FIELD](parent) as Record<string, unknown>)[name]
  }

  override get $changed(): ReadonlySet<string> {
    return this[META].changed
  }
}
