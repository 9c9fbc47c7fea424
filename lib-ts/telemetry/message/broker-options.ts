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
  wordOf,
  type Check,
  type Checked,
  type Checks,
  type TimeInput,
} from '../../input/index.js'
import { checkingFor } from './broker.js'

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

/** The checks of what every sink of a broker takes. */
export const messageChecks = {
  /** How a sample is written. */
  format: wordOf('json', 'f144'),
  /** A message for each sample, or for many. */
  pack: wordOf('sample', 'batch'),
}

/** What a sink makes where it is not there: false, or these. */
export function newOption<C extends Checks>(checks: C): Check<false | Checked<C>> {
  return (value, name) => (value === false ? false : readOptions(value, checks, name))
}

/**
 * The options of a sink or a reader, checked.
 *
 * @throws BrokerError with this code
 */
export function brokerOptions<C extends Checks>(
  code: string,
  op: string,
  options: unknown,
  checks: C,
  required: readonly string[],
): Checked<C> {
  return checkingFor(code, op, () => {
    const all = readOptions(options, checks, op)
    const given: Readonly<Record<string, unknown>> = all
    for (const name of required)
      if (given[name] === undefined) throw new InvalidArgumentError(`option ${quote(name)} is missing`)
    if (given['format'] === 'f144' && given['pack'] === 'batch')
      throw new InvalidArgumentError(
        'option "pack" is "batch" for format "json" alone: a message "f144" holds one value',
      )
    return all
  })
}
