import { kindOf } from './array.js'
import { late, ValueBase } from './base.js'
import type { AnyValue, UnionValue, Value } from '../types/infer.js'
import { cellsOf } from './inside.js'
import type { Storage } from './storage.js'
import type { TypeDef } from '../types/typedef.js'
import { typeToJSON } from '../types/text.js'

/**
 * A value as plain data that JSON holds without a loss, and that `create()` of the same type reads back: 64-bit integers,
 * NaN, the infinities and -0 are text, a union is `{ select, value }`, an any `{ type, value }`.
 */
export function valueToJSON(value: Value | ValueBase): Record<string, unknown> {
  return structure(cellsOf(value), 0)
}

late.toJSON = valueToJSON

function structure(storage: Storage, index: number): Record<string, unknown> {
  // fromEntries defines, so that a field named __proto__ is a field.
  return Object.fromEntries(
    storage.layout.field(index).children.map((child) => {
      const { name, type } = storage.layout.field(child)
      return [name, type.code === 'struct' ? structure(storage, child) : leaf(type, storage.cells[child])]
    }),
  )
}

function leaf(type: TypeDef, x: unknown): unknown {
  switch (typeof x) {
    case 'bigint':
      return String(x)
    case 'number':
      return number(x)
    case 'object':
      return x === null ? null : compound(type, x)
    default:
      return x
  }
}

function number(x: number): number | string {
  if (Object.is(x, -0)) return '-0'
  return Number.isFinite(x) ? x : String(x)
}

function compound(type: TypeDef, x: object): unknown {
  if (x instanceof ValueBase) return valueToJSON(x)
  if (kindOf(x) !== undefined) return numbers(x as ArrayLike<number | bigint>)
  if (Array.isArray(x)) return (x as readonly unknown[]).map((item) => leaf(type.element, item))
  if (type.code === 'any') {
    const any = x as AnyValue
    return { type: typeToJSON(any.type), value: leaf(any.type, any.value) }
  }
  const { select, value } = x as UnionValue
  const member = type.members.find(({ name }) => name === select)
  return { select, value: member === undefined ? value : leaf(member.type, value) }
}

// By index: iterating throws when the array's memory was handed to another thread.
function numbers(x: ArrayLike<number | bigint>): (number | string)[] {
  const list = new Array<number | string>(x.length)
  for (let i = 0; i < list.length; i++) {
    const item = x[i] as number | bigint
    list[i] = typeof item === 'bigint' ? String(item) : number(item)
  }
  return list
}
