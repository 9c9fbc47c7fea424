import { deriveType } from './derive.js'
import type { MutableValue } from '../types/infer.js'
import { isPlainObject, ownEntries } from '../../input/index.js'

/**
 * A structure made of a plain object, with the types that its values suggest. What is undefined is absent.
 *
 * @throws ConversionError for what suggests no type, with its path
 */
export function valueOfPlain(plain: Readonly<Record<string, unknown>>, what: string): MutableValue {
  const given = withoutUndefined(plain, what, 0)
  return deriveType(given).create(given)
}

const DEEPEST = 100 // an object that holds itself; deriveType says so

function withoutUndefined(
  plain: Readonly<Record<string, unknown>>,
  what: string,
  depth: number,
): Record<string, unknown> {
  const kept = ownEntries(plain, what).filter(([, value]) => value !== undefined)
  if (depth > DEEPEST) return Object.fromEntries(kept)
  return Object.fromEntries(
    kept.map(([name, value]) => [
      name,
      isPlainObject(value) ? withoutUndefined(value, what, depth + 1) : value,
    ]),
  )
}
