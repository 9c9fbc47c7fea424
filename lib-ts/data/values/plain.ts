// Values as plain data: as objects to work with, and as what JSON holds without a loss.
import type { AnyValue, UnionValue, Value } from '../types/infer.js'
import { typeToJSON } from '../types/text.js'
import { memberNamed, type TypeDef } from '../types/typedef.js'
import { kindOf } from './array.js'
import { FIELD, LAYOUT, ValueCore } from './core.js'
import { cellsOf, type Storage } from './storage.js'

/** A value as plain objects and arrays that share nothing with it. */
export function plainObject(value: ValueCore, arrays: 'typed' | 'plain'): Record<string, unknown> {
  const layout = value[LAYOUT]
  const object: Record<string, unknown> = {}
  for (const child of layout.field(0).children) {
    const { name, type } = layout.field(child)
    const plain = plainOf(type, value[FIELD](child), arrays)
    // A plain assignment to this one name would set the object's prototype.
    if (name === '__proto__')
      Object.defineProperty(object, name, { value: plain, enumerable: true, writable: true })
    else object[name] = plain
  }
  return object
}

function plainOf(type: TypeDef, x: unknown, arrays: 'typed' | 'plain'): unknown {
  if (typeof x !== 'object' || x === null) return x
  if (x instanceof ValueCore) return plainObject(x, arrays)
  if (ArrayBuffer.isView(x))
    return arrays === 'plain' ? Array.from(x as Float64Array) : (x as Float64Array).slice()
  if (Array.isArray(x)) return x.map((element) => plainOf(type.element, element, arrays))
  if (type.code === 'any') {
    const any = x as AnyValue
    return { type: typeToJSON(any.type), value: plainOf(any.type, any.value, arrays) }
  }
  const { select, value } = x as UnionValue
  return { select, value: plainOf(memberNamed(type, select)?.type ?? type, value, arrays) }
}

/**
 * A value as plain data that JSON holds without a loss, and that `create()` of the same type reads back: 64-bit integers,
 * NaN, the infinities and -0 are text, a union is `{ select, value }`, an any `{ type, value }`.
 */
export function valueToJSON(value: ValueCore | Value): Record<string, unknown> {
  return structure(cellsOf(value), 0)
}

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
  if (x instanceof ValueCore) return valueToJSON(x)
  if (kindOf(x) !== undefined) return numbers(x as ArrayLike<number | bigint>)
  if (Array.isArray(x)) return (x as readonly unknown[]).map((item) => leaf(type.element, item))
  if (type.code === 'any') {
    const any = x as AnyValue
    return { type: typeToJSON(any.type), value: leaf(any.type, any.value) }
  }
  const { select, value } = x as UnionValue
  const member = memberNamed(type, select)
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
