import { NUMBER_ARRAYS, type NumberArray, type NumberCode, type ScalarCode } from '../types/codes.js'
import { isMap, reading } from '../../input/index.js'
import { unfit } from './errors.js'
import { Refusal, toScalar } from './scalar.js'
import { defaultOf } from './storage.js'

/** The most elements that an array of V8 can hold. */
export const MOST_ELEMENTS = 0x7ff_ffff

const codesByKind = new Map(
  Object.entries(NUMBER_ARRAYS).map(([code, NumberArray]) => [NumberArray.name, code as NumberCode]),
)
codesByKind.set('Uint8ClampedArray', 'uint8')

// This getter recognises a typed array from any realm, gives its real kind even for a subclass, and runs no user code.
// eslint-disable-next-line @typescript-eslint/unbound-method -- called with the object in question as this
const kindGetter = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Int8Array.prototype),
  Symbol.toStringTag,
)?.get

/** `Int32Array` and the like, also for a Buffer and other subclasses; undefined for anything else. */
export function kindOf(x: unknown): string | undefined {
  return kindGetter?.call(x) as string | undefined
}

/** The code of the elements of a typed array; undefined for anything else. */
export function codeOfTyped(x: unknown): NumberCode | undefined {
  const kind = kindOf(x)
  return kind === undefined ? undefined : (codesByKind.get(kind) ?? 'float32') // float32 holds a Float16Array exactly
}

/** A copy of a typed array with its own memory. */
export function copyOf<A extends NumberArray>(code: NumberCode, from: A): A {
  return (from.length === 0 ? defaultOf(`${code}[]`) : new NUMBER_ARRAYS[code](from)) as A
}

/**
 * What a numeric array field reads as, from anything that has such elements. A copy, unless `borrow` allows the caller's
 * own array, as long as the caller cannot change it.
 */
export function toNumberArray(code: NumberCode, x: unknown, path: string, borrow: boolean): NumberArray {
  const kind = kindOf(x)
  if (kind === undefined) return fromList(code, listOf(x, `${code}[]`, path), path)
  const from = x as NumberArray
  if (from.length === 0) {
    if (isGone(from)) throw unfit(path, x, `${code}[]`, 'is detached, or out of the bounds of its buffer')
    return defaultOf(`${code}[]`) as NumberArray
  }
  if (kind === NUMBER_ARRAYS[code].name) return borrow ? from : new NUMBER_ARRAYS[code](from)
  return fromTyped(code, from, path)
}

/** What a `bool[]` or `string[]` reads as. */
export function toFrozenList(
  code: 'bool' | 'string',
  x: unknown,
  path: string,
): readonly (boolean | string)[] {
  if (kindOf(x) !== undefined && (x as NumberArray).length === 0 && isGone(x as NumberArray)) {
    throw unfit(path, x, `${code}[]`, 'is detached, or out of the bounds of its buffer')
  }
  const list = listOf(x, `${code}[]`, path)
  const made = new Array<boolean | string>(list.length)
  for (let i = 0; i < made.length; i++) made[i] = element(code, list[i], path, i) as boolean | string
  return Object.freeze(made)
}

/** A snapshot of what may stand where an array belongs: an array or an iterable, but not text and not a Map. */
export function listOf(x: unknown, code: string, path: string): ArrayLike<unknown> {
  if (kindOf(x) !== undefined) return x as ArrayLike<unknown>
  return reading(path === '' ? 'the array' : `the array for ${JSON.stringify(path)}`, () => {
    if (Array.isArray(x)) {
      // V8 cannot hold more elements: the array is sparse, or a Proxy claims so, and copying it would take minutes
      if (x.length > MOST_ELEMENTS) throw unfit(path, x, code, `says that it has ${x.length} elements`)
      return [...(x as readonly unknown[])]
    }
    if (typeof x !== 'object' || x === null) throw unfit(path, x, code, 'is not an array')
    if (isMap(x)) throw unfit(path, x, code, 'is a Map, not an array')
    if (typeof (x as { [Symbol.iterator]?: unknown })[Symbol.iterator] !== 'function') {
      throw unfit(path, x, code, 'is neither an array nor iterable')
    }
    return Array.from(x as Iterable<unknown>)
  })
}

function fromList(code: NumberCode, list: ArrayLike<unknown>, path: string): NumberArray {
  if (list.length === 0) return defaultOf(`${code}[]`) as NumberArray
  const made = new NUMBER_ARRAYS[code](list.length)
  const is64 = code === 'int64' || code === 'uint64'
  for (let i = 0; i < list.length; i++) {
    const item = list[i]
    if (typeof item === 'number' && !is64) {
      made[i] = item
      if (made[i] === item) continue // else a NaN, rounded, or it does not fit
    }
    made[i] = element(code, item, path, i) as number
  }
  return made
}

function fromTyped(code: NumberCode, from: NumberArray, path: string): NumberArray {
  if (holds64(from) || code === 'int64' || code === 'uint64') return fromList(code, from, path)
  const made = new NUMBER_ARRAYS[code](from) as Float64Array // as any array of numbers
  const source = from as Float64Array
  if (code === 'float64') return made
  for (let i = 0; i < source.length; i++) {
    // A result that differs is NaN, was rounded, or does not fit; element() tells which.
    if (made[i] !== source[i]) element(code, source[i], path, i)
  }
  return made
}

function element(code: ScalarCode, x: unknown, path: string, index: number): unknown {
  const made = toScalar(code, x)
  if (made instanceof Refusal) throw unfit(`${path}[${index}]`, x, code, made.why)
  return made
}

function holds64(x: NumberArray): boolean {
  return x.BYTES_PER_ELEMENT === 8 && kindOf(x) !== 'Float64Array'
}

/** Whether an array without elements has lost its memory, rather than being empty. */
function isGone(x: NumberArray): boolean {
  try {
    Int8Array.prototype.at.call(x, 0) // throws a TypeError exactly then
    return false
  } catch {
    return true
  }
}
