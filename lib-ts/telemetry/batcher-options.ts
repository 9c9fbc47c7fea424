import { InvalidArgumentError } from '../errors.js'
import { bad, callback, integer, quote, readOptions, wordOf, type Check } from '../input/index.js'
import type { BackOffOptions } from './back-off.js'
import type { Sample } from './sample.js'
import { Spool } from './spool.js'

/** What a {@link Batcher} takes. */
export interface BatcherOptions {
  /** Samples in a batch at most. 5000. */
  readonly maxItems?: number | undefined
  /** Bytes in a batch at most, estimated; one sample that is larger still goes. No limit. */
  readonly maxBytes?: number | undefined
  /** ms that the first sample of a batch waits for others. 1000. */
  readonly linger?: number | undefined
  /** Samples that wait at most. 100000. */
  readonly maxBuffered?: number | undefined
  /** When it is full: `block` (the default) makes `push` wait, `drop-oldest` drops and counts. */
  readonly overflow?: 'block' | 'drop-oldest' | undefined
  /** Waits between attempts, and how many there are; no limit by default. */
  readonly retry?: (BackOffOptions & { readonly attempts?: number | undefined }) | undefined
  /** A folder on disk for what waits. */
  readonly spool?: Spool | undefined
  /** Told once per reason and batch of samples that were not and never will be stored. */
  readonly onRejected?: ((samples: readonly Sample[], reason: string) => void) | undefined
  /** Told of every write that failed, also of those that are tried again. */
  readonly onError?: ((error: Error) => void) | undefined
}

const finite: Check<number> = (value, name) => {
  if (typeof value !== 'number' || !(value >= 0) || value === Infinity)
    throw bad(name, 'a number of milliseconds of 0 or more', value)
  return value
}

const retryChecks = {
  min: finite,
  max: finite,
  jitter: ((value, name) => {
    if (typeof value !== 'number' || !(value >= 0 && value <= 1))
      throw bad(name, 'a number from 0 to 1', value)
    return value
  }) as Check<number>,
  attempts: ((value, name) => {
    if (value === Infinity) return Infinity
    return integer(1, Number.MAX_SAFE_INTEGER)(value, name)
  }) as Check<number>,
}

/**
 * Checks the `retry` option of any room.
 *
 * @hidden
 */
export const retryCheck: Check<NonNullable<BatcherOptions['retry']>> = (value, name) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(name, 'an object', value)
  const renamed = Object.fromEntries(
    Object.entries(retryChecks).map(([key, check]) => [key, (x: unknown) => check(x, `${name}.${key}`)]),
  ) as unknown as typeof retryChecks
  const read = readOptions(value, renamed, name)
  const { min = 100, max = 30_000 } = read
  if (min > max)
    throw new InvalidArgumentError(`option "${name}.min" is ${min}, which is more than "${name}.max", ${max}`)
  return read
}

export const batcherChecks = {
  maxItems: integer(1, Number.MAX_SAFE_INTEGER),
  maxBytes: ((value, name) =>
    value === Infinity ? Infinity : integer(1, Number.MAX_SAFE_INTEGER)(value, name)) as Check<number>,
  linger: finite,
  maxBuffered: integer(1, Number.MAX_SAFE_INTEGER),
  overflow: wordOf('block', 'drop-oldest'),
  retry: retryCheck,
  spool: ((value, name) => {
    if (!(value instanceof Spool)) throw bad(name, 'a Spool', value)
    return value
  }) as Check<Spool>,
  onRejected: callback as Check<NonNullable<BatcherOptions['onRejected']>>,
  onError: callback as Check<NonNullable<BatcherOptions['onError']>>,
}

/** Checks what is handed to `push`; inside, samples are trusted. */
export function checkSamples(samples: unknown): asserts samples is readonly Sample[] {
  if (!Array.isArray(samples))
    throw new InvalidArgumentError(`push takes an array of samples, not ${quote(samples)}`, { op: 'push' })
}

/**
 * An estimate of what a sample costs on its way: text by its length, arrays by their size. Of what is not a sample too: the
 * sink refuses it, and its neighbours go on.
 */
export function sizeOf(sample: Sample): number {
  const { series, value, message } = (sample as Partial<Sample> | null | undefined) ?? {}
  const rest = 64 + lengthOf((series as Partial<Sample['series']> | null | undefined)?.id) + lengthOf(message)
  if (typeof value === 'string') return rest + value.length
  if (ArrayBuffer.isView(value)) return rest + value.byteLength
  if (!Array.isArray(value)) return rest
  return (value as readonly unknown[]).reduce<number>(
    (sum, item) => sum + (typeof item === 'string' ? item.length + 2 : 1),
    rest,
  )
}

function lengthOf(text: unknown): number {
  return typeof text === 'string' ? text.length : 0
}
