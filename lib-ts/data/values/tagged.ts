import { ValueBase } from './base.js'
import { isTypeCode } from '../types/codes.js'
import { isPlainObject, reading } from '../../input/index.js'
import { plainType, typeDefOf, typeFromJSON, type TypeDef } from '../types/typedef.js'

/** The parts of a tagged value, which are read once. */
export interface Tag {
  readonly tag: unknown
  readonly value: unknown
}

/** The parts of `{ [key], value }`; undefined for what has other keys. */
export function tagOf(x: unknown, key: 'select' | 'type', path: string): Tag | undefined {
  if (x instanceof ValueBase || !isPlainObject(x)) return undefined
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
  const type = x instanceof ValueBase ? undefined : typeDefOf(x)
  if (type !== undefined) return type
  if (!isPlainObject(x) || !isTypeCode(x['code']) || !Array.isArray(x['members'])) return undefined
  return typeFromJSON(x)
}
