// Values as plain data: as objects to work with, and as what JSON holds without a loss.
import { bad, isPlainObject, type Check } from '../../input/index.js'
import type { NumberArray } from '../types/codes.js'
import type { AnyValue, UnionValue, Value } from '../types/infer.js'
import { typeToJSON } from '../types/text.js'
import { memberNamed, type TypeDef } from '../types/typedef.js'
import { kindOf } from './array.js'
import { FIELD, LAYOUT, ValueCore } from './core.js'
import { cellsOf, type Storage } from './storage.js'

/** What 64-bit integers become: themselves, the nearest number, or text. */
export type Int64Form = 'bigint' | 'number' | 'string'

/** What a 64-bit integer becomes in that form. */
export type Int64As<F extends Int64Form> = { bigint: bigint; number: number; string: string }[F]

/** The option `int64`, wherever values become plain data. */
export interface Int64Option<F extends Int64Form = Int64Form> {
  /** What 64-bit integers become: `bigint` (the default), `number`, which rounds beyond 2^53, or `string`. */
  readonly int64?: F
}

const INT64: ReadonlySet<unknown> = new Set(['bigint', 'number', 'string'])

/** @throws InvalidArgumentError for another form */
export const int64Form: Check<Int64Form> = (value, name) => {
  if (!INT64.has(value)) throw bad(name, "'bigint', 'number' or 'string'", value)
  return value as Int64Form
}

/** Plain data with its 64-bit integers in that form; arrays of them become Float64Array or lists of text. */
export function withInt64(x: unknown, form: Int64Form): unknown {
  if (form === 'bigint') return x
  if (typeof x === 'bigint') return int64As(x, form)
  const kind = kindOf(x)
  if (kind === 'BigInt64Array' || kind === 'BigUint64Array') return listOfInt64(x as BigInt64Array, form)
  if (Array.isArray(x)) return x.map((element) => withInt64(element, form))
  if (!isPlainObject(x)) return x
  return Object.fromEntries(Object.entries(x).map(([name, field]) => [name, withInt64(field, form)]))
}

function int64As(x: bigint, form: Int64Form): unknown {
  return form === 'bigint' ? x : form === 'number' ? Number(x) : String(x)
}

function listOfInt64(x: BigInt64Array, form: Int64Form): unknown {
  if (form === 'bigint') return x.slice()
  return form === 'number' ? Float64Array.from(x, Number) : Array.from(x, String)
}

/** How {@link plainObject} writes arrays and 64-bit integers. */
export interface PlainForm {
  readonly arrays: 'typed' | 'plain'
  readonly int64: Int64Form
}

/** A value as plain objects and arrays that share nothing with it. */
export function plainObject(value: ValueCore, form: PlainForm): Record<string, unknown> {
  const layout = value[LAYOUT]
  const object: Record<string, unknown> = {}
  for (const child of layout.field(0).children) {
    const { name, type } = layout.field(child)
    const plain = plainOf(type, value[FIELD](child), form)
    // A plain assignment to this one name would set the object's prototype.
    if (name === '__proto__')
      Object.defineProperty(object, name, { value: plain, enumerable: true, writable: true })
    else object[name] = plain
  }
  return object
}

function plainOf(type: TypeDef, x: unknown, form: PlainForm): unknown {
  if (typeof x === 'bigint') return int64As(x, form.int64)
  if (typeof x !== 'object' || x === null) return x
  if (x instanceof ValueCore) return plainObject(x, form)
  if (ArrayBuffer.isView(x)) return plainNumbers(x as NumberArray, form)
  if (Array.isArray(x)) return x.map((element) => plainOf(type.element, element, form))
  if (type.code === 'any') {
    const any = x as AnyValue
    return { type: typeToJSON(any.type), value: plainOf(any.type, any.value, form) }
  }
  const { select, value } = x as UnionValue
  return { select, value: plainOf(memberNamed(type, select)?.type ?? type, value, form) }
}

function plainNumbers(x: NumberArray, { arrays, int64 }: PlainForm): unknown {
  const kind = kindOf(x)
  const copy =
    kind === 'BigInt64Array' || kind === 'BigUint64Array' ? listOfInt64(x as BigInt64Array, int64) : x.slice()
  return arrays === 'plain' ? Array.from(copy as ArrayLike<unknown>) : copy
}

/**
 * A value as plain data that JSON holds without a loss, and that `create()` of the same type reads back: 64-bit integers,
 * NaN, the infinities and -0 are text, a union is `{ select, value }`, an any `{ type, value }`.
 */
export function valueToJSON(value: ValueCore | Value): Record<string, unknown> {
  return structure(cellsOf(value), 0)
}

/** The same for some fields by their numbers, in order, and none inside another: what is around them is there, the rest is not. */
export function fieldsToJSON(value: ValueCore | Value, fields: readonly number[]): Record<string, unknown> {
  const storage = cellsOf(value)
  return fields[0] === 0 ? structure(storage, 0) : someOf(storage, 0, fields)
}

function someOf(storage: Storage, index: number, fields: readonly number[]): Record<string, unknown> {
  const { layout } = storage
  return Object.fromEntries(
    layout.field(index).children.flatMap((child): [string, unknown][] => {
      const { name, type, end } = layout.field(child)
      if (fields.includes(child))
        return [[name, type.code === 'struct' ? structure(storage, child) : leaf(type, storage.cells[child])]]
      const inside = fields.filter((field) => field > child && field < end)
      return inside.length === 0 ? [] : [[name, someOf(storage, child, inside)]]
    }),
  )
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
