// Checks of options that the rooms of brokers share.
import { InvalidArgumentError } from '../../errors.js'
import {
  bad,
  isPlainObject,
  list,
  quote,
  readOptions,
  text,
  timeOf,
  type Check,
  type TimeInput,
} from '../../input/index.js'

/** TLS: whether at all, or what it needs, in PEM. */
export type BrokerTls = boolean | { readonly ca?: string; readonly cert?: string; readonly key?: string }

/** Text that is not empty. */
export const notEmpty: Check<string> = (value, name) => {
  const given = text(value, name)
  if (given === '') throw bad(name, 'text that is not empty', value)
  return given
}

/** A list of at least one. */
export function someOf(element: Check<string>, what: string): Check<readonly string[]> {
  return (value, name) => {
    const all = list(element)(value, name)
    if (all.length === 0) throw bad(name, `a list of at least one ${what}`, value)
    return all
  }
}

/** One of these words. */
export function wordOf<const T>(...words: readonly T[]): Check<T> {
  return (value, name) => {
    if (!words.includes(value as T)) throw bad(name, words.map((word) => quote(word)).join(' or '), value)
    return value as T
  }
}

/** True, false, or the texts that TLS needs. */
export const tlsOption: Check<BrokerTls> = (value, name) => {
  if (typeof value === 'boolean') return value
  if (!isPlainObject(value)) throw bad(name, 'true, false or { ca, cert, key }', value)
  return readOptions(value, { ca: notEmpty, cert: notEmpty, key: notEmpty }, name)
}

/** `earliest`, `latest`, or a time. */
export const startOption: Check<TimeInput> = (value, name) => {
  if (value === 'earliest' || value === 'latest') return value
  timeOf(value as TimeInput, name)
  return value as TimeInput
}

/** Refuses options without these. */
export function requireOptions(options: object, names: readonly string[]): void {
  for (const name of names)
    if ((options as Record<string, unknown>)[name] === undefined)
      throw new InvalidArgumentError(`option ${quote(name)} is missing`)
}
