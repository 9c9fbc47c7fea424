// The tagged forms `{ select, value }` of a union and `{ type, value }` of an any: read from users, and made for them.
import { isPlainObject, reading } from '../../input/index.js'
import { isTypeCode } from '../types/codes.js'
import type { AnyValue, UnionValue } from '../types/infer.js'
import { plainType, typeDefOf, typeFromJSON, type TypeDef } from '../types/typedef.js'
import { ValueCore } from './core.js'

/** The parts of a tagged value, which are read once. */
export interface Tag {
  readonly tag: unknown
  readonly value: unknown
}

/** The parts of `{ [key], value }`; undefined for what has other keys. */
export function tagOf(x: unknown, key: 'select' | 'type', path: string): Tag | undefined {
  if (x instanceof ValueCore || !isPlainObject(x)) return undefined
  return reading(path === '' ? 'the value' : `the value for ${path}`, () => {
    const keys = Object.keys(x)
    return keys.length === 2 && keys.includes(key) && keys.includes('value')
      ? { tag: x[key], value: x['value'] }
      : undefined
  })
}

/** A type, a builder of one, a code, or a type as TypeDef.toJSON writes it; undefined for data that only looks alike. */
export function typeOfTag(x: unknown): TypeDef | undefined {
  if (isTypeCode(x)) return plainType(x)
  const type = x instanceof ValueCore ? undefined : typeDefOf(x)
  if (type !== undefined) return type
  if (!isPlainObject(x) || !isTypeCode(x['code']) || !Array.isArray(x['members'])) return undefined
  return typeFromJSON(x)
}

/** An any of a known type, its value checked by it. */
export function typed(type: TypeDef, value: unknown): AnyValue {
  return Object.freeze({ type, value })
}

/** A union with a member selected, the value being in the form that member reads as. */
export function tagged(select: string, value: unknown): UnionValue {
  return Object.freeze({ select, value })
}
