import { FIELD, LAYOUT, MARKS, ValueBase } from './base.js'
import type { Fields, Value as ValueType } from '../types/infer.js'
import type { Layout } from '../types/layout.js'
import { Storage } from './storage.js'
import { DecodePlan } from '../wire/plan.js'

export { FIELD, LAYOUT, MARKS, ValueBase }

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

/** An immutable value of these cells, which must be in the form that a {@link Storage} holds, with these marks. */
export function makeValue(layout: Layout, cells: ArrayLike<unknown>, marks: Uint8Array): Value {
  return DecodePlan.of(layout.type).make(cells, marks)
}

/** The inside of a value, of either kind: its cells are the value's own objects, its marks a copy. */
export function storageOf(value: ValueBase | Value): Storage {
  const base = value as ValueBase
  const layout = base[LAYOUT]
  const cells = layout.fields.map((field) =>
    field.type.code === 'struct' ? undefined : base[FIELD](field.index),
  )
  return new Storage(layout, cells, base[MARKS].slice())
}
