import { FIELD, LAYOUT, ValueBase } from './base.js'
import type { TypeDef } from '../types/typedef.js'

/** A value as plain objects and arrays that share nothing with it. */
export function plainObject(value: ValueBase, arrays: 'typed' | 'plain'): Record<string, unknown> {
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
  if (x instanceof ValueBase) return plainObject(x, arrays)
  if (ArrayBuffer.isView(x))
    return arrays === 'plain' ? Array.from(x as Float64Array) : (x as Float64Array).slice()
  if (Array.isArray(x)) return x.map((element) => plainOf(type.element, element, arrays))
  if (type.code === 'any') {
    const any = x as { readonly type: TypeDef; readonly value: unknown }
    return { type: any.type.toJSON(), value: plainOf(any.type, any.value, arrays) }
  }
  const union = x as { readonly select: string; readonly value: unknown }
  const member = type.members.find(({ name }) => name === union.select)
  return { select: union.select, value: plainOf(member?.type ?? type, union.value, arrays) }
}
