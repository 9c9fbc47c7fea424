import type { Layout } from '../types/layout.js'
import { ValueBase } from './base.js'
import { FIELD, LAYOUT, MARKS } from './core.js'
import { changedPaths, marksWithin, type Marks } from './marks.js'

export const META = Symbol('meta')

/**
 * What a frozen value carries besides its fields: its type and what changed. One object serves all updates of one
 * changed-bitset. A structure inside a value knows the marks of the whole, and cuts out its own when asked.
 */
export class Meta {
  readonly layout: Layout
  readonly #all: Marks
  readonly #index: number
  readonly #covered: boolean
  #marks: Marks | undefined
  #changed: ReadonlySet<string> | undefined

  /** `index` is the structure's number in the layout that `marks` are of; `covered` says that one around it is marked. */
  constructor(layout: Layout, marks: Marks, index: number, covered: boolean) {
    this.layout = layout
    this.#all = marks
    this.#index = index
    this.#covered = covered
  }

  /** Whether it is a structure inside a value, whose marks are the whole's. */
  get isPart(): boolean {
    return this.#index > 0
  }

  get marks(): Marks {
    this.#marks ??= marksWithin(
      this.#all,
      this.#index,
      this.#index + this.layout.fields.length,
      this.#covered,
    )
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

  override get [MARKS](): Marks {
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
