import { changedPaths } from './changed.js'
import type { Layout } from './layout.js'
import { FIELD, LAYOUT, MARKS, ValueBase } from './base.js'

export const META = Symbol('meta')

/**
 * What a frozen value carries beside its fields: its type and what changed. One object serves all updates of one
 * changed-bitset.
 */
export class Meta {
  readonly layout: Layout
  readonly marks: Readonly<Uint8Array>
  #changed: ReadonlySet<string> | undefined

  constructor(layout: Layout, marks: Readonly<Uint8Array>) {
    this.layout = layout
    this.marks = marks
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
