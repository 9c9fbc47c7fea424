import { bad, callback, flag, integer, isPlainObject, readOptions, type Check } from '../../input/index.js'
import type { Series } from '../../telemetry/index.js'
import { checking } from '../errors.js'
import type { PiRef } from '../references.js'
import type { Draft } from '../table/row.js'
import type { PiPoint } from '../table/shapes.generated.js'

/** What {@link PiWebApi.sink} takes. */
export interface PiSinkOptions {
  /** The stream of a series. Where it gives none: the tag of the series' id, characters that PI refuses as `_`. */
  readonly point?: ((series: Series) => PiRef | undefined) | undefined
  /** Makes points that are not there; a function gives more fields of them. false. */
  readonly create?: boolean | ((series: Series) => Draft<PiPoint>) | undefined
  /** What happens to an event of the same time. Replace: a batch that is written twice is stored once. */
  readonly updateOption?:
    'Replace' | 'Insert' | 'NoReplace' | 'ReplaceOnly' | 'InsertNoCompression' | undefined
  /** BufferIfPossible. */
  readonly bufferOption?: 'BufferIfPossible' | 'DoNotBuffer' | 'Buffer' | undefined
  /** What a sample without a value is: refused, or a state of the system such as `I/O Timeout`. reject. */
  readonly missing?: 'reject' | { readonly state: string } | undefined
  /** Whether severities are sent, as `Questionable` and `Good`. flags. */
  readonly quality?: 'flags' | 'none' | undefined
  /** Values of one request at most. 5000. */
  readonly maxValues?: number | undefined
}

/** Options with their defaults. */
export interface SinkSettings {
  readonly point: ((series: Series) => PiRef | undefined) | undefined
  readonly create: ((series: Series) => unknown) | undefined
  readonly updateOption: string
  readonly bufferOption: string
  /** The state of the system for samples without a value. */
  readonly missing: string | undefined
  readonly quality: boolean
  readonly maxValues: number
}

const oneOf =
  <T extends string>(...words: readonly T[]): Check<T> =>
  (value, name) => {
    if (!words.includes(value as T)) throw bad(name, words.join(', '), value)
    return value as T
  }

const checks = {
  point: callback as Check<NonNullable<SinkSettings['point']>>,
  create: ((value, name) =>
    typeof value === 'function' ? (value as (series: Series) => unknown) : flag(value, name)) as Check<
    boolean | ((series: Series) => unknown)
  >,
  updateOption: oneOf('Replace', 'Insert', 'NoReplace', 'ReplaceOnly', 'InsertNoCompression'),
  bufferOption: oneOf('BufferIfPossible', 'DoNotBuffer', 'Buffer'),
  missing: ((value, name) => {
    if (value === 'reject') return undefined
    const { state, ...rest } = isPlainObject(value) ? value : {}
    if (typeof state === 'string' && state.trim() !== '' && Object.keys(rest).length === 0) return state
    throw bad(name, "'reject' or { state: 'I/O Timeout' }", value)
  }) as Check<string | undefined>,
  quality: oneOf('flags', 'none'),
  maxValues: integer(1, 1_000_000),
}

export function readSinkOptions(options: unknown): SinkSettings {
  const read = checking(() => readOptions(options, checks, 'sink'))
  const { create = false } = read
  return {
    point: read.point,
    create: create === false ? undefined : create === true ? () => ({}) : create,
    updateOption: read.updateOption ?? 'Replace',
    bufferOption: read.bufferOption ?? 'BufferIfPossible',
    missing: read.missing,
    quality: read.quality !== 'none',
    maxValues: read.maxValues ?? 5000,
  }
}
