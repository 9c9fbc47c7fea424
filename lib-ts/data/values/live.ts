// Structures inside a cell: elements of a struct array, a union's selected member, an any's value. They are frozen values
// as long as nobody looks; a mutable value that is read hands out mutable ones, which mark the field that holds them.
import { codeOfTyped, copyOf, type NumberArray } from './array.js'
import { isArrayCode } from '../types/codes.js'
import type { AnyValue, UnionValue } from '../types/infer.js'
import { cellsOf, insideOf } from './inside.js'
import { ValueBase } from './base.js'
import { viewOf } from './mutable.js'
import { Storage, type Holder } from './storage.js'
import type { TypeDef } from '../types/typedef.js'
import { makeValue } from './value.js'

const holders = new WeakMap<object, Holder>()

/** The holder that the structures of a live cell know; undefined when the cell has none. */
export function holderOf(cell: unknown): Holder | undefined {
  return typeof cell === 'object' && cell !== null ? holders.get(cell) : undefined
}

/** The cell of a field with mutable values for its structures. */
export function liveCell(storage: Storage, index: number): unknown {
  const cell = storage.cells[index]
  if (typeof cell !== 'object' || cell === null || ArrayBuffer.isView(cell) || holders.has(cell)) return cell
  const holder: Holder = { storage, index, cell }
  renew(holder)
  return storage.cells[index]
}

/** Makes what is still frozen in a live cell mutable too, after a write put it there. */
export function renew(holder: Holder): void {
  const { storage, index } = holder
  const cell = storage.cells[index]
  const live = lively(storage.layout.field(index).type, cell, holder)
  holder.cell = live
  if (live === cell && !holders.has(cell as object)) return // nothing in it can be mutable
  storage.cells[index] = live // the same value, so nothing is marked
  holders.set(live as object, holder)
}

function lively(type: TypeDef, x: unknown, holder: Holder): unknown {
  if (x instanceof ValueBase) {
    if (insideOf(x)?.storage.holder === holder) return x
    const storage = copyOfStorage(cellsOf(x))
    storage.holder = holder
    return viewOf(storage, 0)
  }
  return through(type, x, (inner, value) => lively(inner, value, holder))
}

/**
 * A cell for another value: structures frozen, arrays copied into memory of their own. What is immutable already is the
 * same object.
 */
export function ownCell(type: TypeDef, x: unknown): unknown {
  if (typeof x !== 'object' || x === null) return x
  if (x instanceof ValueBase) return ownValue(x)
  const code = codeOfTyped(x)
  if (code !== undefined) return copyOf(code, x as NumberArray)
  return through(type, x, ownCell)
}

/** A storage with the same content, nothing of which is shared but what is immutable. */
export function copyOfStorage(from: Storage): Storage {
  const { fields } = from.layout
  const cells = from.cells.map((cell, i) => ownCell((fields[i] as { type: TypeDef }).type, cell))
  return new Storage(from.layout, cells, from.marks.slice())
}

/** An immutable value with the content and the marks of that storage. */
export function frozenOf(from: Storage): ValueBase {
  const { layout, cells, marks } = copyOfStorage(from)
  return makeValue(layout, cells, marks) as unknown as ValueBase
}

function ownValue(x: ValueBase): ValueBase {
  const cells = cellsOf(x)
  if (insideOf(x) !== undefined) return frozenOf(cells)
  const copy = copyOfStorage(cells)
  const same = copy.cells.every((cell, i) => Object.is(cell, cells.cells[i]))
  return same ? x : (makeValue(copy.layout, copy.cells, copy.marks) as unknown as ValueBase)
}

/** Maps what stands in an array, a union or an any; the same object when nothing in it became another. */
function through(type: TypeDef, x: unknown, map: (type: TypeDef, x: unknown) => unknown): unknown {
  if (typeof x !== 'object' || x === null) return x
  if (isArrayCode(type.code)) {
    if (type.members.length === 0 && type.code !== 'any[]') return x
    const list = (x as readonly unknown[]).map((element) => map(type.element, element))
    return list.some((element, i) => element !== (x as readonly unknown[])[i]) ? Object.freeze(list) : x
  }
  if (type.code === 'any') {
    const tagged = x as AnyValue
    const value = map(tagged.type, tagged.value)
    return value === tagged.value ? x : Object.freeze({ type: tagged.type, value })
  }
  const tagged = x as UnionValue
  const member = type.members.find(({ name }) => name === tagged.select)
  if (member === undefined) return x
  const value = map(member.type, tagged.value)
  return value === tagged.value ? x : Object.freeze({ select: tagged.select, value })
}
