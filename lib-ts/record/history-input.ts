// What a caller of a History hands in, checked.
import { InvalidArgumentError } from '../errors.js'
import { abortSignal, bad, type Check, duration, integer, quote, readOptions } from '../input/index.js'
import { timeOf, type TimeInput } from '../telemetry/index.js'

const time: Check<bigint> = (value, name) => timeOf(value as TimeInput, `"${name}"`)

const rangeChecks = { from: time, to: time }
const readChecks = {
  ...rangeChecks,
  limit: ((value, name) =>
    value === Infinity ? Infinity : integer(1, Number.MAX_SAFE_INTEGER)(value, name)) as Check<number>,
  order: ((value, name) => {
    if (value !== 'asc' && value !== 'desc') throw bad(name, "'asc' or 'desc'", value)
    return value
  }) as Check<'asc' | 'desc'>,
}
const callChecks = { signal: abortSignal, timeout: duration }

export interface Range {
  readonly from: bigint
  readonly to: bigint
}

function rangeOf({ from, to }: { readonly from?: bigint; readonly to?: bigint }, op: string): Range {
  if (from === undefined || to === undefined)
    throw new InvalidArgumentError('a range is { from, to }', { op })
  return { from, to }
}

export function readRange(
  range: unknown,
): Range & { readonly limit: number; readonly order: 'asc' | 'desc' } {
  const read = readOptions(range, readChecks, 'read')
  return { ...rangeOf(read, 'read'), limit: read.limit ?? Infinity, order: read.order ?? 'asc' }
}

export function windowRange(range: unknown, width: unknown): Range {
  if (typeof width !== 'bigint' || width <= 0n)
    throw new InvalidArgumentError(`a width is a bigint above 0, in ns, not ${quote(width)}`, {
      op: 'windows',
    })
  return rangeOf(readOptions(range, rangeChecks, 'windows'), 'windows')
}

export function idOf(id: unknown, op: string): string {
  if (typeof id !== 'string' || id === '')
    throw new InvalidArgumentError(`the id of a series is text, not ${quote(id)}`, { op })
  return id
}

export function idsOf(ids: unknown): string[] {
  if (!Array.isArray(ids)) throw new InvalidArgumentError(`ids are an array, not ${quote(ids)}`, { op: 'at' })
  return (ids as unknown[]).map((id) => idOf(id, 'at'))
}

export function patternOf(pattern: unknown): string | RegExp {
  if (typeof pattern === 'string' || pattern instanceof RegExp) return pattern
  throw new InvalidArgumentError(`a pattern is text or a RegExp, not ${quote(pattern)}`, { op: 'find' })
}

/** The signal that ends a call: the caller's, or the one of its time limit, or both. */
export function signalOf(options: unknown, op: string): AbortSignal | undefined {
  const { signal, timeout = Infinity } = readOptions(options, callChecks, op)
  signal?.throwIfAborted()
  if (timeout === Infinity) return signal
  const late = AbortSignal.timeout(Math.min(timeout, 2 ** 31 - 1))
  return signal === undefined ? late : AbortSignal.any([signal, late])
}
