// Where PVs are in BTrDB, and what their samples are there.
import { callback, flag, text, wordOf, type Check } from '../input/index.js'
import { InvalidArgumentError } from '../errors.js'
import { seriesFault, valueFault, type Sample, type Series, type SeriesType } from '../telemetry/index.js'
import { quote } from '../input/index.js'
import { mergeCheck, type Merge } from './insert.js'
import { MAXIMUM_TIME, MINIMUM_TIME } from './time.js'
import { readUuid } from './uuid.js'

/** Where a series is: its collection, and the tag `name`. */
export interface Place {
  readonly collection: string
  readonly name: string
}

/** What {@link BTrDB.sink} takes. */
export interface SinkOptions {
  /** The collection that all others are in. pva. */
  readonly root?: string | undefined
  /** Where a series goes. `root` and the parts of its id before the last `:` are the collection, the last part the name. */
  readonly place?: ((series: Series) => Place) | undefined
  /** A uuid, for those who keep two control systems with the same names apart. */
  readonly namespace?: string | undefined
  /** replace. */
  readonly merge?: Merge | undefined
  /** Writes each sample's severity to a stream beside it. false. */
  readonly severity?: boolean | undefined
  /** When points are made durable. close. */
  readonly flush?: 'close' | 'write' | 'never' | undefined
  /** Writes to the stream that has the name already, whatever its uuid. false. */
  readonly adopt?: boolean | undefined
}

export const namespaceCheck: Check<string> = (value, name) => {
  const uuid = readUuid(value)
  if (uuid === undefined) throw new InvalidArgumentError(`option "${name}" is a uuid, not ${quote(value)}`)
  return uuid
}

export const sinkChecks = {
  root: text,
  place: callback as Check<(series: Series) => Place>,
  namespace: namespaceCheck,
  merge: mergeCheck,
  severity: flag,
  flush: wordOf('close', 'write', 'never'),
  adopt: flag,
}

export function placeOf(id: string, root: string): Place {
  const parts = id.split(':')
  const name = parts.pop() ?? ''
  return { collection: [...(root === '' ? [] : [root]), ...parts].join('/'), name }
}

/** The id of the stream that has a series' severity. */
export function severityId(id: string): string {
  return `${id}.severity`
}

/** What is wrong with a sample; undefined when nothing is. */
export function sampleFault(sample: unknown): string | undefined {
  if (typeof sample !== 'object' || sample === null) return `a sample is an object, not ${quote(sample)}`
  const { series, time, severity } = sample as Partial<Record<keyof Sample, unknown>>
  const fault = seriesFault(series)
  if (fault !== undefined) return fault
  if (typeof time !== 'bigint') return `its time is ${quote(time)}, not bigint ns`
  if (time < MINIMUM_TIME || time >= MAXIMUM_TIME) return `BTrDB cannot hold the time ${time}`
  if (typeof severity !== 'number' || !Number.isInteger(severity) || severity < 0 || severity > 4)
    return `its severity is ${quote(severity)}, not 0 to 4`
  return undefined
}

const EXACT = 2n ** 53n

/** A value as the number that BTrDB holds, or why it cannot. */
export function numberOf(type: SeriesType, value: unknown): number | string {
  const fault = valueFault(type, value)
  if (fault !== undefined) return fault
  if (typeof value === 'number') return Number.isFinite(value) ? value : `BTrDB cannot hold ${value}`
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'bigint')
    return value <= EXACT && value >= -EXACT ? Number(value) : `BTrDB cannot hold ${value} exactly`
  return `BTrDB cannot hold text`
}

/** A number as the value that it was. */
export function valueOf(type: SeriesType, number: number): Sample['value'] {
  if (type === 'bool') return number !== 0
  if (type === 'int64' || type === 'uint64') return Number.isInteger(number) ? BigInt(number) : number
  return number
}
