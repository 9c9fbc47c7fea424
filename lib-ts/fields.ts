import { MOST_ELEMENTS } from './data/array.js'
import { Value } from './data/index.js'
import { isPlainObject, ownEntries } from './data/plain-object.js'
import { quote } from './data/quote.js'
import { InvalidArgumentError } from './errors.js'

type Plain = Readonly<Record<string, unknown>>

const DEEPEST = 20

/**
 * What a put or a post is given, as fields: what is no plain object and no Value is short for `{ value: … }`.
 *
 * @throws InvalidArgumentError for null, undefined and a Map
 */
export function fieldsOf(input: unknown): Plain | Value {
  if (input === null || input === undefined || input instanceof Map) {
    throw new InvalidArgumentError(`fields or a value are wanted, not ${quote(input)}`)
  }
  return input instanceof Value || isPlainObject(input) ? input : { value: input }
}

/** The same as it is now: a put may have to wait for the server's type, and meanwhile the user's arrays are his. */
export function snapshot(input: unknown): Plain | Value {
  return copy(fieldsOf(input), 0) as Plain | Value
}

function isMutable(value: Value): value is Value & { $freeze(): Value } {
  return typeof (value as { $freeze?: unknown }).$freeze === 'function'
}

function copy(x: unknown, depth: number): unknown {
  if (typeof x !== 'object' || x === null || depth > DEEPEST) return x
  if (x instanceof Value) return isMutable(x) ? x.$freeze() : x
  if (Array.isArray(x)) {
    const list = x as readonly unknown[]
    return list.length > MOST_ELEMENTS ? list : Array.from(list, (item) => copy(item, depth + 1)) // refused later
  }
  if (ArrayBuffer.isView(x)) return copyView(x)
  return isPlainObject(x) ? copyObject(x, depth) : x
}

function copyObject(x: Plain, depth: number): Plain {
  return Object.fromEntries(
    ownEntries(x, 'the fields of a put').map(([name, field]) => [name, copy(field, depth + 1)]),
  )
}

// A DataView, and an array whose buffer is gone, are refused where the field is known.
function copyView(view: ArrayBufferView): unknown {
  const array = view as Partial<Uint8Array>
  return view.byteLength > 0 && typeof array.slice === 'function' ? array.slice() : view
}
