// Arrays that were read from a mutable value. JavaScript has no trap for a write into a typed array, so they are compared
// with what they were whenever somebody asks for marks or content.
import { isArrayCode, type NumberArray } from '../types/codes.js'
import type { AnyValue, UnionValue } from '../types/infer.js'
import { memberNamed, type TypeDef } from '../types/typedef.js'
import { codeOfTyped } from './array.js'
import { ValueCore } from './core.js'
import { insideOf, type Lent, type Storage } from './storage.js'

/** Remembers what is in a cell that goes out to the user. */
export function lend(storage: Storage, index: number, cell: object): void {
  const lent: Lent = { cell, arrays: [], inner: [] }
  collect(storage.layout.field(index).type, cell, lent)
  storage.lent ??= []
  storage.lent[index] = lent
}

function collect(type: TypeDef, x: unknown, lent: Lent): void {
  if (typeof x !== 'object' || x === null) return
  if (x instanceof ValueCore) {
    const inside = insideOf(x)
    if (inside !== undefined) lent.inner.push(inside.storage)
  } else if (codeOfTyped(x) !== undefined) {
    const array = x as NumberArray
    if (array.length > 0) lent.arrays.push({ array, before: array.slice() })
  } else if (isArrayCode(type.code)) {
    if (type.members.length === 0 && type.code !== 'any[]') return
    for (const element of x as readonly unknown[]) collect(type.element, element, lent)
  } else if (type.code === 'any') {
    collect((x as AnyValue).type, (x as AnyValue).value, lent)
  } else {
    const { select, value } = x as UnionValue
    collect(memberNamed(type, select)?.type ?? type, value, lent)
  }
}
