import { InvalidArgumentError, PvaError } from '../errors.js'
import { quote } from './quote.js'

/** Whether this is an object literal or one without a prototype, of this realm or another. */
export function isPlainObject(x: unknown): x is Readonly<Record<string, unknown>> {
  if (typeof x !== 'object' || x === null || Array.isArray(x)) return false
  const prototype: unknown = reading('an object', () => Object.getPrototypeOf(x) as unknown)
  if (prototype === null || prototype === Object.prototype) return true
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf')
}

/**
 * The entries of a user's object, each read once.
 *
 * @throws {@link InvalidArgumentError} when a getter or a Proxy throws, or there is a symbol, which cannot name a field
 */
export function ownEntries(x: Readonly<Record<string, unknown>>, what: string): [string, unknown][] {
  return reading(what, () => {
    for (const symbol of Object.getOwnPropertySymbols(x)) {
      if (Object.prototype.propertyIsEnumerable.call(x, symbol)) {
        throw new InvalidArgumentError(`${what}: the key ${quote(symbol)} cannot name a field`)
      }
    }
    return Object.keys(x).map((name) => [name, x[name]])
  })
}

/** Runs code that reads a user's object; what its getters and traps throw becomes our error, with theirs as cause. */
export function reading<R>(what: string, read: () => R): R {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof PvaError) throw cause
    throw new InvalidArgumentError(`reading ${what} failed`, { cause })
  }
}

/** Whether a user's function returned something to wait for. */
export function isThenable(x: unknown): x is PromiseLike<unknown> {
  return typeof x === 'object' && x !== null && typeof (x as { then?: unknown }).then === 'function'
}

/** Whether this is a Map, of this realm or another. */
export function isMap(x: object): boolean {
  return Object.prototype.toString.call(x) === '[object Map]'
}
