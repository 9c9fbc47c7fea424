import { bad, flag, wordOf, type Check } from '../input/index.js'
import { InvalidArgumentError } from '../errors.js'
import type { Series, SeriesType } from '../telemetry/index.js'
import { tagsCheck } from './encode-points.js'
import { measurements } from './line.js'

/** How samples lie in the database. */
export interface LayoutOptions {
  /** `tag` (the default): a measurement per kind of value, the id in the tag `pv`. `measurement`: the id is the measurement. */
  readonly layout?: 'tag' | 'measurement' | undefined
  /** First word of the measurements. pv */
  readonly prefix?: string | undefined
  /** For every point; the labels of a series are added and win. */
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** Writes type, units, description and choices of each series beside its first sample, and when they change. true */
  readonly metadata?: boolean | undefined
  /** `int` (the default): as integers, above 2^63-1 rejected. `uint`: as unsigned integers, which few servers take. */
  readonly uint64?: 'int' | 'uint' | undefined
}

/** A field has one type per measurement, hence a measurement per kind of value. */
export type Kind = 'float' | 'int' | 'uint' | 'enum' | 'bool' | 'string'

export const KINDS: readonly Kind[] = ['float', 'int', 'uint', 'enum', 'bool', 'string']

const RESERVED: ReadonlySet<string> = new Set([
  'pv',
  ...['value', 'label', 'severity', 'status', 'message'],
  ...['type', 'units', 'description', 'choices'],
])

/** Why a tag of that name cannot stand beside our own; undefined when it can. */
export function tagFault(key: string): string | undefined {
  if (key === 'pv') return 'the tag "pv" is the id of a series'
  return RESERVED.has(key) ? `${JSON.stringify(key)} is a field of the samples and can be no tag` : undefined
}

const layoutTags: Check<Readonly<Record<string, string>>> = (value, name) => {
  const tags = tagsCheck(value, name)
  for (const key of Object.keys(tags)) {
    const fault = tagFault(key)
    if (fault !== undefined) throw new InvalidArgumentError(`option "${name}": ${fault}`)
  }
  return tags
}

export const layoutChecks = {
  layout: wordOf('tag', 'measurement'),
  prefix: ((value, name) => {
    if (typeof value !== 'string') throw bad(name, 'text', value)
    measurements.of(value, name)
    return value
  }) as Check<string>,
  tags: layoutTags,
  metadata: flag,
  uint64: wordOf('int', 'uint'),
}

/** Options with their defaults. */
export interface Layout {
  readonly layout: 'tag' | 'measurement'
  readonly prefix: string
  readonly tags: Readonly<Record<string, string>>
  readonly metadata: boolean
  readonly uint64: 'int' | 'uint'
}

export function layoutOf(o: LayoutOptions): Layout {
  const { layout = 'tag', prefix = 'pv', tags = {}, metadata = true, uint64 = 'int' } = o
  return { layout, prefix, tags, metadata, uint64 }
}

/** The kind of a series; undefined for arrays. */
export function kindOf(type: SeriesType, uint64: 'int' | 'uint'): Kind | undefined {
  switch (type) {
    case 'float32':
    case 'float64':
      return 'float'
    case 'uint64':
      return uint64
    case 'bool':
    case 'string':
    case 'enum':
      return type
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'uint8':
    case 'uint16':
    case 'uint32':
      return 'int'
  }
  return undefined
}

/** The measurement of a kind, where the id is a tag. */
export function measurementOf(prefix: string, kind: Kind): string {
  return kind === 'float' ? prefix : `${prefix}_${kind}`
}

export function metaMeasurement(prefix: string): string {
  return `${prefix}_meta`
}

/** The type of a series nothing else is known of. */
export const DEFAULT_TYPES: Readonly<Record<Kind, SeriesType>> = {
  float: 'float64',
  int: 'int64',
  uint: 'uint64',
  enum: 'enum',
  bool: 'bool',
  string: 'string',
}

/** What of a series is written as its metadata. */
export function sameMetadata(a: Series, b: Series): boolean {
  if (a === b) return true
  return (
    a.type === b.type &&
    a.units === b.units &&
    a.description === b.description &&
    JSON.stringify(a.choices) === JSON.stringify(b.choices)
  )
}
