import { annotate, InvalidArgumentError } from '../errors.js'
import { didYouMean } from './nearest.js'
import { isPlainObject } from './objects.js'
import { quote } from './quote.js'

/** Reads one option: checks it and gives the value to use. What it throws names the option. */
export type Check<T> = (value: unknown, name: string) => T

/** The options a function takes, by name. */
export type Checks = Readonly<Record<string, Check<unknown>>>

/** What {@link readOptions} returns: options that were not given, or are undefined, are absent. */
export type Checked<C extends Checks> = { readonly [K in keyof C]?: ReturnType<C[K]> }

/**
 * Reads an options object at the public door: every option once, each checked, none unknown.
 *
 * @throws InvalidArgumentError that names the option; also when a getter or a Proxy throws
 */
export function readOptions<C extends Checks>(options: unknown, checks: C, op: string): Checked<C> {
  if (options === undefined) return {}
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    const instead =
      typeof options === 'function' && Object.hasOwn(checks, 'onUpdate')
        ? `: a function of each update goes in as { onUpdate: … }`
        : ''
    throw new InvalidArgumentError(`the options of ${op} are an object, not ${quote(options)}${instead}`, {
      op,
    })
  }
  const read: Record<string, unknown> = {}
  for (const [name, value] of entries(options, op)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    if (check === undefined)
      throw new InvalidArgumentError(unknownOption(name, Object.keys(checks), op), { op })
    if (value === undefined) continue
    try {
      read[name] = check(value, name)
    } catch (error) {
      throw error instanceof InvalidArgumentError
        ? annotate(error, { op })
        : new InvalidArgumentError(`option ${quote(name)} could not be read`, { op, cause: error })
    }
  }
  return read as Checked<C>
}

function entries(options: object, op: string): [string, unknown][] {
  try {
    return Object.entries(options)
  } catch (cause) {
    throw new InvalidArgumentError('reading the options failed', { op, cause })
  }
}

function unknownOption(name: string, known: readonly string[], op: string): string {
  const there = known.length === 1 ? `the only one is ${known.join()}` : `there are ${known.join(', ')}`
  const meant = didYouMean(name, known)
  return `unknown option ${quote(name)} of ${op}${meant === '' ? `; ${there}` : `${meant} (${there})`}`
}

/**
 * Refuses what is not an options object, and options that nobody reads: a misspelt option must not pass in silence.
 * For functions that check the values where they use them.
 */
export function checkOptions(options: unknown, known: readonly string[], op: string): void {
  readOptions(options, Object.fromEntries(known.map((name) => [name, anything])), op)
}

const anything: Check<unknown> = (value) => value

export function bad(name: string, wanted: string, value: unknown): InvalidArgumentError {
  return new InvalidArgumentError(`option ${quote(name)} is ${wanted}, not ${quote(value)}`)
}

export const flag: Check<boolean> = (value, name) => {
  if (typeof value !== 'boolean') throw bad(name, 'true or false', value)
  return value
}

/** A duration in ms: above 0, or Infinity. */
export const duration: Check<number> = (value, name) => {
  if (typeof value !== 'number' || !(value > 0))
    throw bad(name, 'a number of milliseconds above 0, or Infinity', value)
  return value
}

export function integer(least: number, most: number): Check<number> {
  return (value, name) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
      throw bad(name, `an integer from ${least} to ${most}`, value)
    }
    return value
  }
}

export const callback: Check<(...args: never[]) => unknown> = (value, name) => {
  if (typeof value !== 'function') throw bad(name, 'a function', value)
  return value as (...args: never[]) => unknown
}

export const text: Check<string> = (value, name) => {
  if (typeof value !== 'string') throw bad(name, 'text', value)
  return value
}

/** One of these words. */
export function wordOf<const T extends string>(...words: readonly T[]): Check<T> {
  return (value, name) => {
    if (typeof value !== 'string' || !(words as readonly string[]).includes(value))
      throw bad(name, words.map((word) => `'${word}'`).join(' or '), value)
    return value as T
  }
}

/** An array; its elements are read once. */
export function list<T>(element: Check<T>): Check<T[]> {
  return (value, name) => {
    if (!Array.isArray(value)) throw bad(name, 'an array', value)
    return Array.from(value as readonly unknown[], (item) => element(item, name))
  }
}

export const abortSignal: Check<AbortSignal> = (value, name) => {
  if (value instanceof AbortSignal) return value
  // One of another realm, as test environments have them.
  const like = value as Partial<AbortSignal> | null
  if (
    typeof like === 'object' &&
    typeof like?.aborted === 'boolean' &&
    typeof like.addEventListener === 'function'
  ) {
    return like as AbortSignal
  }
  throw bad(name, 'an AbortSignal', value)
}

/** Headers of HTTP requests, their names in lower case. */
export const headers: Check<Readonly<Record<string, string>>> = (value, name) => {
  if (!isPlainObject(value)) throw bad(name, 'an object of texts', value)
  const checked: Record<string, string> = {}
  for (const [key, content] of Object.entries(value)) {
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(key))
      throw new InvalidArgumentError(
        `option "${name}" holds ${quote(key)}, which is not the name of a header`,
      )
    if (typeof content !== 'string' || /[^\t\x20-\x7e\x80-\xff]/.test(content))
      throw new InvalidArgumentError(`option "${name}.${key}" is text that a header can hold`)
    checked[key.toLowerCase()] = content
  }
  return checked
}
