import { isPlainObject, ownEntries, reading } from '../../input/index.js'
import type { TypeCode } from '../types/codes.js'
import type { MutableValue } from '../types/infer.js'
import { checkName, MAX_DEPTH } from '../types/rules.js'
import { plainType, trustedMember, trustedType, type TypeDef } from '../types/typedef.js'
import { codeOfTyped } from './array.js'
import { LAYOUT, ValueCore } from './core.js'
import { tooDeep, unfit } from './errors.js'
import { joined } from './lookup.js'
import { tagOf, typeOfTag } from './tagged.js'

const LIMIT64 = 2n ** 63n

/**
 * The type that plain data suggests: integers are `int64`, other numbers `float64`, objects structures. Arrays of one kind
 * are arrays of that, others `any[]`; null is an any without value.
 *
 * @throws ConversionError for what suggests none: undefined, functions, symbols, class instances, what holds itself
 */
export function deriveType(x: unknown, path = '', depth = 0): TypeDef {
  if (depth > MAX_DEPTH) throw tooDeep(path, x, 'any')
  switch (typeof x) {
    case 'boolean':
      return plainType('bool')
    case 'string':
      return plainType('string')
    case 'number':
      return plainType(Number.isSafeInteger(x) && !Object.is(x, -0) ? 'int64' : 'float64')
    case 'bigint':
      return plainType(x >= LIMIT64 ? 'uint64' : 'int64')
    case 'object':
      return x === null ? plainType('any') : ofObject(x, path, depth)
    default:
      throw unfit(path, x, 'any', 'suggests no type')
  }
}

function ofObject(x: object, path: string, depth: number): TypeDef {
  const typed = codeOfTyped(x)
  if (typed !== undefined) return plainType(`${typed}[]`)
  if (x instanceof ValueCore) return x[LAYOUT].type
  if (reading(path, () => Array.isArray(x))) return ofArray(x as readonly unknown[], path, depth)
  if (!isPlainObject(x)) throw unfit(path, x, 'any', 'suggests no type')
  const tag = tagOf(x, 'type', path)
  if (tag !== undefined && typeOfTag(tag.tag) !== undefined) return plainType('any')
  const members = ownEntries(x, path).map(([name, value]) => {
    checkName(name)
    return trustedMember(name, deriveType(value, joined(path, name), depth + 1))
  })
  return trustedType('struct', '', members)
}

function ofArray(list: readonly unknown[], path: string, depth: number): TypeDef {
  const items = reading(path, () => [...list])
  if (items.length === 0) return plainType('any[]')
  if (items.every((item) => typeof item === 'boolean')) return plainType('bool[]')
  if (items.every((item) => typeof item === 'string')) return plainType('string[]')
  const numbers = ofNumbers(items)
  if (numbers !== undefined) return plainType(numbers)
  return ofStructures(items, path, depth) ?? plainType('any[]')
}

/** The code for numbers and bigints together; undefined when one is something else, or no code holds all of them. */
function ofNumbers(items: readonly unknown[]): TypeCode | undefined {
  if (items.every((item) => typeof item === 'number')) {
    return items.every((item) => Number.isSafeInteger(item) && !Object.is(item, -0)) ? 'int64[]' : 'float64[]'
  }
  const integral = items.every((item) => typeof item === 'bigint' || Number.isSafeInteger(item))
  if (!integral) return undefined
  const integers = items as readonly (number | bigint)[]
  if (integers.every((item) => item < LIMIT64)) return 'int64[]'
  return integers.every((item) => item >= 0) ? 'uint64[]' : undefined
}

/** An array of structures of one type, some of which may be null. */
function ofStructures(items: readonly unknown[], path: string, depth: number): TypeDef | undefined {
  let common: TypeDef | undefined
  for (const [i, item] of items.entries()) {
    if (item === null) continue
    const type = deriveType(item, `${path}[${i}]`, depth + 1)
    if (type.code !== 'struct' || (common !== undefined && !common.equals(type, { ids: true })))
      return undefined
    common ??= type
  }
  return common === undefined ? undefined : trustedType('struct[]', common.id, common.members)
}

/**
 * A structure made of a plain object, with the types that its values suggest. Undefined entries are left out.
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
