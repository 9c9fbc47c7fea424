import { isScalarCode, type ScalarCode, type Value } from '../data/index.js'
import { isWellFormed, quote } from '../input/index.js'

/** What the values of a series are: the code of a scalar, of an array of one, or an enum's index. */
export type SeriesType = ScalarCode | `${ScalarCode}[]` | 'enum'

/**
 * What is known about a PV beside its values. One object serves all samples until something in it changes.
 *
 * @example
 * const series: Series = { id: 'lab:mode', type: 'enum', choices: ['Off', 'On'] }
 */
export interface Series {
  /** The PV's name, or what was derived from it (`lab:wave.mean`, `lab:wave[3]`). */
  readonly id: string
  readonly type: SeriesType
  readonly units?: string
  readonly description?: string
  /** The texts of an enum. */
  readonly choices?: readonly string[]
  /** Words of your own, which a sink may store beside the samples. */
  readonly labels?: Readonly<Record<string, string>>
}

/** The typed arrays that samples of arrays hold. */
export type SampleArray =
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Float32Array
  | Float64Array

/** What a sample holds; null when there is no value, as while a PV is disconnected. */
export type SampleValue =
  number | bigint | boolean | string | SampleArray | readonly string[] | readonly boolean[] | null

/** 0 none, 1 minor, 2 major, 3 invalid, 4 undefined: PVAccess's. */
export type Severity = 0 | 1 | 2 | 3 | 4

/**
 * One value of a series at one time.
 *
 * `int64` and `uint64` are bigint, every smaller number and an enum's index a number.
 *
 * @example
 * const series: Series = { id: 'lab:temperature', type: 'float64', units: 'C' }
 * const sample: Sample = { series, time: 1_700_000_000_000_000_000n, value: 21.5, severity: 0 }
 */
export interface Sample {
  readonly series: Series
  /** ns since the Unix epoch. */
  readonly time: bigint
  readonly value: SampleValue
  readonly severity: Severity
  /** PVAccess's alarm status. */
  readonly status?: number
  /** The alarm's text, absent when there is none. */
  readonly message?: string
}

/** An update of a PV; null says that it is disconnected. */
export interface PvUpdate {
  readonly name: string
  readonly value: Value | null
}

/**
 * What is wrong with a series, for a sink that was handed one; undefined when nothing is.
 *
 * @hidden
 */
export function seriesFault(x: unknown): string | undefined {
  if (typeof x !== 'object' || x === null) return `its series is ${quote(x)}`
  const { id, type, choices, labels } = x as Partial<Record<keyof Series, unknown>>
  if (typeof id !== 'string' || id === '') return `the id of its series is ${quote(id)}, not text`
  if (!isWellFormed(id)) return 'the id of its series holds a lone surrogate'
  const code = typeof type === 'string' ? type.replace(/\[\]$/, '') : ''
  if (type !== 'enum' && !isScalarCode(code)) return `the type of its series is ${quote(type)}`
  if (choices !== undefined && !(Array.isArray(choices) && choices.every((c) => typeof c === 'string')))
    return 'the choices of its series are not a list of texts'
  if (labels !== undefined && (typeof labels !== 'object' || labels === null || Array.isArray(labels)))
    return 'the labels of its series are not an object'
  return undefined
}

const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  int8: [-128, 127],
  int16: [-32_768, 32_767],
  int32: [-2_147_483_648, 2_147_483_647],
  uint8: [0, 255],
  uint16: [0, 65_535],
  uint32: [0, 4_294_967_295],
  enum: [-2_147_483_648, 2_147_483_647],
}

/**
 * What is wrong with a single value of that type; undefined when nothing is. Null is right for every type.
 *
 * @hidden
 */
export function valueFault(type: SeriesType, value: unknown): string | undefined {
  if (value === null) return undefined
  switch (type) {
    case 'float32':
    case 'float64':
      return typeof value === 'number' ? undefined : notOf(type, value, 'a number')
    case 'bool':
      return typeof value === 'boolean' ? undefined : notOf(type, value, 'true or false')
    case 'string':
      if (typeof value !== 'string') return notOf(type, value, 'text')
      return isWellFormed(value) ? undefined : 'the text holds a lone surrogate'
    case 'int64':
    case 'uint64': {
      if (typeof value !== 'bigint') return notOf(type, value, 'a bigint')
      const wrapped = type === 'int64' ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value)
      return wrapped === value ? undefined : `${quote(value)} does not fit ${type}`
    }
  }
  const range = RANGES[type]
  if (range === undefined) return `${type} is an array`
  if (typeof value !== 'number' || !Number.isInteger(value)) return notOf(type, value, 'an integer')
  return value >= range[0] && value <= range[1] ? undefined : `${value} does not fit ${type}`
}

function notOf(type: string, value: unknown, wanted: string): string {
  return `a value of a series of type ${type} is ${wanted}, not ${quote(value)}`
}
