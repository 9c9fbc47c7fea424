import type { Fields, Value as ValueType } from '../types/infer.js'
import { Layout } from '../types/layout.js'
import { ValueBase } from './base.js'
import { frozenClassOf, type FrozenClass } from './frozen-class.js'
import { Meta, type Frozen } from './frozen.js'
import { defaultOf } from './storage.js'

/**
 * A PVAccess structure; `x instanceof Value` holds for immutable values and for MutableValue alike.
 *
 * @example
 * const v = await ctx.get('lab:setpoint')
 * v instanceof Value // → true
 * const { value, alarm } = v
 * console.log(v.$id, value, alarm.severity, v['timeStamp.nanoseconds'])
 */
export type Value<T = Fields> = ValueType<T>
export const Value = ValueBase as unknown as ValueConstructor

export interface ValueConstructor {
  readonly prototype: Value
  [Symbol.hasInstance](x: unknown): x is Value
}

const makers = new WeakMap<Layout, FrozenMaker>()

/** How immutable values of one layout are made; made once per layout. */
export class FrozenMaker {
  readonly layout: Layout
  /** The class of each structure, by field number; undefined for leaves. */
  readonly classes: readonly (FrozenClass | undefined)[]
  /** All defaults, nothing marked; the bare default for a type that is not a structure. */
  readonly initial: unknown

  private constructor(layout: Layout) {
    const { fields, type } = layout
    this.layout = layout
    this.classes = fields.map(({ type, index }) =>
      type.code === 'struct' ? frozenClassOf(layout, index) : undefined,
    )
    const defaults = fields.map((field) => defaultOf(field.type.code))
    this.initial = type.code === 'struct' ? this.make(defaults, new Uint8Array(fields.length)) : defaults[0]
  }

  static of(layout: Layout): FrozenMaker {
    let maker = makers.get(layout)
    if (maker === undefined) {
      maker = new FrozenMaker(layout)
      makers.set(layout, maker)
    }
    return maker
  }

  /** A value of these cells, which are in the form that a Storage holds, with these marks. */
  make(cells: ArrayLike<unknown>, marks: Uint8Array): Frozen {
    return this.#structure(0, cells, marks.slice(), false)
  }

  #structure(index: number, cells: ArrayLike<unknown>, marks: Uint8Array, covered: boolean): Frozen {
    const { children, type } = this.layout.field(index)
    const below = covered || marks[index] === 1
    const values = children.map((child) =>
      this.classes[child] === undefined ? cells[child] : this.#structure(child, cells, marks, below),
    )
    const meta = new Meta(Layout.of(type), marks, index, covered)
    return (this.classes[index] as FrozenClass).make(meta, values)
  }
}

/** An immutable value of these cells, which are in the form that a Storage holds, with these marks. */
export function makeFrozen(layout: Layout, cells: ArrayLike<unknown>, marks: Uint8Array): Frozen {
  return FrozenMaker.of(layout).make(cells, marks)
}
