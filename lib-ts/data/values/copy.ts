// Copies, which share only immutable parts with the original.
import { isArrayCode, type NumberArray } from '../types/codes.js'
import type { AnyValue, UnionValue } from '../types/infer.js'
import { memberNamed, type TypeDef } from '../types/typedef.js'
import { codeOfTyped, copyOf } from './array.js'
import { ValueCore } from './core.js'
import { cellsOf, insideOf, Storage } from './storage.js'
import type { Frozen } from './frozen.js'
import { tagged, typed } from './tagged.js'
import { makeFrozen } from './value.js'

/**
 * A cell for another value: structures frozen, arrays copied into their own memory. What is already immutable stays
 * the same object.
 */
export function ownCell(type: TypeDef, x: unknown): unknown {
  if (typeof x !== 'object' || x === null) return x
  if (x instanceof ValueCore) return ownValue(x)
  const code = codeOfTyped(x)
  if (code !== undefined) return copyOf(code, x as NumberArray)
  return through(type, x, ownCell)
}

/** A storage with the same content, sharing only immutable parts. */
export function copyOfStorage(from: Storage): Storage {
  const { fields } = from.layout
  const cells = from.cells.map((cell, i) => ownCell((fields[i] as { type: TypeDef }).type, cell))
  return new Storage(from.layout, cells, from.marks.slice())
}

/** An immutable value with the content and the marks of that storage. */
export function frozenOf(from: Storage): Frozen {
  const { layout, cells, marks } = copyOfStorage(from)
  return makeFrozen(layout, cells, marks)
}

function ownValue(x: ValueCore): ValueCore {
  const cells = cellsOf(x)
  if (insideOf(x) !== undefined) return frozenOf(cells)
  const copy = copyOfStorage(cells)
  const same = copy.cells.every((cell, i) => Object.is(cell, cells.cells[i]))
  return same ? x : makeFrozen(copy.layout, copy.cells, copy.marks)
}

/** Maps the content of an array, a union or an any; gives the same object when nothing in it changed. */
export function through(type: TypeDef, x: unknown, map: (type: TypeDef, x: unknown) => unknown): unknown {
  if (typeof x !== 'object' || x === null) return x
  if (isArrayCode(type.code)) {
    if (type.members.length === 0 && type.code !== 'any[]') return x
    const list = (x as readonly unknown[]).map((element) => map(type.element, element))
    return list.some((element, i) => element !== (x as readonly unknown[])[i]) ? Object.freeze(list) : x
  }
  if (type.code === 'any') {
    const any = x as AnyValue
    const value = map(any.type, any.value)
    return value === any.value ? x : typed(any.type, value)
  }
  const union = x as UnionValue
  const member = memberNamed(type, union.select)
  if (member === undefined) return x
  const value = map(member.type, union.value)
  return value === union.value ? x : tagged(union.select, value)
}
