import type { Storage } from './storage.js'
import type { ValueBase } from './base.js'
import { storageOf, type Value } from './value.js'

/** Where a mutable value's fields are: a structure of a storage, most often its root. */
export interface Inside {
  readonly storage: Storage
  readonly index: number
}

export const INSIDE = Symbol('inside')

/** The inside of a mutable value; undefined for a frozen one. */
export function insideOf(value: ValueBase | Value): Inside | undefined {
  return (value as { readonly [INSIDE]?: Inside })[INSIDE]
}

/** The cells of any value, not to be written to. */
export function cellsOf(value: ValueBase | Value): Storage {
  const inside = insideOf(value)
  if (inside === undefined) return storageOf(value)
  return inside.index === 0 ? inside.storage : inside.storage.part(inside.index)
}
