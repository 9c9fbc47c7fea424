import { InvalidArgumentError } from '../../errors.js'
import { isMap, isPlainObject, ownEntries, quote, reading } from '../../input/index.js'
import type { NumberArray } from '../types/codes.js'
import { codeOfTyped, copyOf, MOST_ELEMENTS } from './array.js'
import { Value } from './value.js'

type Plain = Readonly<Record<string, unknown>>

const DEEPEST = 20

/**
 * What a put or a post is given, as fields: anything but a plain object or a Value is short for `{ value: … }`.
 *
 * @throws InvalidArgumentError for null, undefined and a Map
 */
export function fieldsOf(input: unknown): Plain | Value {
  if (input === null || input === undefined || input instanceof Map) {
    throw new InvalidArgumentError(`fields or a value are wanted, not ${quote(input)}`)
  }
  return input instanceof Value || isPlainObject(input) ? input : { value: input }
}

/** A copy of it as it is now: a put may have to wait for the server's type, and the user may change arrays meanwhile. */
export function snapshot(input: unknown): Plain | Value {
  return copy(fieldsOf(input), 0) as Plain | Value
}

function isMutable(value: Value): value is Value & { $freeze(): Value } {
  return typeof (value as { $freeze?: unknown }).$freeze === 'function'
}

function copy(x: unknown, depth: number): unknown {
  if (typeof x !== 'object' || x === null || depth > DEEPEST) return x
  if (x instanceof Value) return isMutable(x) ? x.$freeze() : x
  if (ArrayBuffer.isView(x)) return copyView(x)
  if (isPlainObject(x)) return copyObject(x, depth)
  return reading('an array of a put', () => copyList(x, depth))
}

function copyList(x: object, depth: number): unknown {
  const isArray = Array.isArray(x)
  // what is not an array, or claims to be too long, is refused where the field is known
  if (isArray ? x.length > MOST_ELEMENTS : !isIterable(x)) return x
  return Array.from(x as Iterable<unknown>, (item) => copy(item, depth + 1))
}

function isIterable(x: object): boolean {
  return !isMap(x) && typeof (x as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function'
}

function copyObject(x: Plain, depth: number): Plain {
  return Object.fromEntries(
    ownEntries(x, 'the fields of a put').map(([name, field]) => [name, copy(field, depth + 1)]),
  )
}

// A DataView, and an array whose buffer is gone, are refused where the field is known.
// Not by slice(): a Buffer's slice shares its memory.
function copyView(view: ArrayBufferView): unknown {
  const code = codeOfTyped(view)
  return code === undefined || view.byteLength === 0 ? view : copyOf(code, view as NumberArray)
}
