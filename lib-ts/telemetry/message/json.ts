// A sample as a line of JSON, and back without a loss: 64-bit integers and numbers that are not finite are text, minus
// zero is -0, a float32 has its shortest digits.
import { isNumberCode, NUMBER_ARRAYS, type ScalarCode } from '../../data/index.js'
import { InvalidArgumentError } from '../../errors.js'
import { isPlainObject, quote } from '../../input/index.js'
import { sampleFault } from '../sample-fault.js'
import {
  valueFault,
  type Sample,
  type SampleValue,
  type Series,
  type SeriesType,
  type Severity,
} from '../sample.js'

type Json = Readonly<Record<string, unknown>>

/**
 * A sample as JSON on one line: `pv`, `type`, `time` (ns as text), `value`, `severity`, `status`, then `message`, `label`
 * of an enum, and what is known about the series: `choices`, `units`, `description`, `labels`.
 *
 * @example
 * import { encodeJson, type Series } from 'node-pvxs/telemetry'
 *
 * const series: Series = { id: 'lab:temperature', type: 'float64', units: 'C' }
 * encodeJson({ series, time: 1_700_000_000_000_000_000n, value: 21.5, severity: 0, status: 0 })
 * // → {"pv":"lab:temperature","type":"float64","time":"1700000000000000000","value":21.5,"severity":0,"status":0,"units":"C"}
 */
export function encodeJson(sample: Sample): string {
  return lineOf(sample, headOf(sample.series), aboutOf(sample.series))
}

function lineOf(
  { series, time, value, severity, status, message }: Sample,
  head: string,
  about: string,
): string {
  let line = `${head}${time}","value":${valueJson(series.type, value)},"severity":${severity}`
  if (status !== undefined) line += `,"status":${status}`
  if (message !== undefined && message !== '') line += `,"message":${textOf(message)}`
  if (series.type === 'enum' && value !== null) {
    const label = series.choices?.[value as number]
    if (label !== undefined) line += `,"label":${textOf(label)}`
  }
  return `${line}${about}}`
}

const headOf = ({ id, type }: Series): string => `{"pv":${textOf(id)},"type":"${type}","time":"`

function aboutOf({ choices, units, description, labels }: Series): string {
  let about = ''
  if (choices !== undefined) about += `,"choices":[${choices.map(textOf).join(',')}]`
  if (units !== undefined) about += `,"units":${textOf(units)}`
  if (description !== undefined) about += `,"description":${textOf(description)}`
  if (labels !== undefined) {
    const entries = Object.entries(labels).map(([name, text]) => `${textOf(name)}:${textOf(text)}`)
    about += `,"labels":{${entries.join(',')}}`
  }
  return about
}

/**
 * Samples as lines, where what is known about a series stands in its first line, and again when it changes: most lines
 * are half as long.
 *
 * @hidden
 */
export class JsonLines {
  #known = new Map<string, { readonly series: Series; readonly head: string; readonly about: string }>()

  /** The line of a sample, without its line break. */
  line(sample: Sample): string {
    const { series } = sample
    const known = this.#known.get(series.id)
    if (known?.series === series) return lineOf(sample, known.head, '')
    const head = headOf(series)
    const about = aboutOf(series)
    this.#known.set(series.id, { series, head, about })
    if (known === undefined) return lineOf(sample, head, about)
    if (known.about === about && known.head === head) return lineOf(sample, head, '')
    // That nothing is known any more has to be said too.
    return lineOf(sample, head, about === '' ? ',"units":""' : about)
  }

  /** Every series is introduced again: what was given out may be lost. */
  forget(): void {
    this.#known.clear()
  }
}

const ASCII = /^[ -~]*$/

/** Text that a terminal may show too: JSON leaves DEL, C1 controls and controls of the writing direction as they are. */
function textOf(text: string): string {
  const json = JSON.stringify(text)
  return ASCII.test(text)
    ? json
    : json.replace(
        /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
        (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
}

/**
 * A value as JSON, without a loss.
 *
 * @hidden
 */
export function valueJson(type: SeriesType, value: SampleValue): string {
  if (value === null) return 'null'
  if (type.endsWith('[]')) {
    const element = type.slice(0, -2) as SeriesType
    const items = value as ArrayLike<number | bigint | boolean | string>
    let text = ''
    for (let i = 0; i < items.length; i++)
      text += (i === 0 ? '' : ',') + scalarText(element, items[i] as SampleValue)
    return `[${text}]`
  }
  return scalarText(type, value)
}

function scalarText(type: SeriesType, value: SampleValue): string {
  switch (typeof value) {
    case 'number':
      if (Number.isInteger(value)) return Object.is(value, -0) ? '-0' : String(value)
      if (!Number.isFinite(value)) return `"${value}"`
      return type === 'float32' ? shortestSingle(value) : String(value)
    case 'bigint':
      return `"${value}"`
    case 'string':
      return textOf(value)
    default:
      return String(value)
  }
}

// 9 digits tell all floats apart, and 6 are never too many.
function shortestSingle(x: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const candidate = Number(x.toPrecision(digits))
    if (Math.fround(candidate) === x) return String(candidate)
  }
  return String(Number(x.toPrecision(9)))
}

/**
 * The sample that {@link encodeJson} made a line of. Fields may stand in any order; those it does not know are passed over.
 *
 * @param known series of earlier lines, by id: a line that says nothing about its series has theirs. New ones are added.
 * @throws InvalidArgumentError that says what is wrong with the line
 * @example
 * import { decodeJson } from 'node-pvxs/telemetry'
 *
 * const { series, value } = decodeJson('{"pv":"lab:n","type":"int64","time":"1700000000000000000","value":"9007199254740993","severity":0}')
 * series.id // → "lab:n"
 * value // → 9007199254740993n
 */
export function decodeJson(text: string, known?: Map<string, Series>): Sample {
  const json = parsed(text)
  const { pv, type, time, value, severity, status, message } = json
  if (typeof pv !== 'string' || pv === '') throw wrong(`"pv" is the name of a PV, not ${quote(pv)}`)
  if (typeof type !== 'string') throw wrong(`"type" is the type of a series, not ${quote(type)}`)
  if (typeof time !== 'string' || !/^-?\d{1,19}$/.test(time))
    throw wrong(`"time" is nanoseconds as text, not ${quote(time)}`)
  const series = seriesIn(json, pv, type as SeriesType, known?.get(pv))
  const sample = {
    series,
    time: BigInt(time),
    value: valueIn(series.type, value),
    severity: severity as Severity,
    ...(status === undefined ? {} : { status: status as number }),
    ...(message === undefined || message === '' ? {} : { message: message as string }),
  }
  const fault = sampleFault(sample)
  if (fault !== undefined) throw wrong(fault)
  known?.set(pv, series)
  return sample
}

function parsed(text: string): Json {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new InvalidArgumentError('a sample as JSON: the line is not JSON', { op: 'decodeJson', cause })
  }
  if (!isPlainObject(json)) throw wrong(`it is an object, not ${quote(json)}`)
  return json
}

function wrong(fault: string): InvalidArgumentError {
  return new InvalidArgumentError(`a sample as JSON: ${fault}`, { op: 'decodeJson' })
}

function seriesIn(json: Json, id: string, type: SeriesType, before: Series | undefined): Series {
  const { choices, units, description, labels } = json
  if (choices === undefined && units === undefined && description === undefined && labels === undefined)
    return before?.type === type ? before : Object.freeze({ id, type })
  for (const [name, text] of Object.entries({ units, description }))
    if (text !== undefined && typeof text !== 'string') throw wrong(`"${name}" is text, not ${quote(text)}`)
  if (
    labels !== undefined &&
    !(isPlainObject(labels) && Object.values(labels).every((x) => typeof x === 'string'))
  )
    throw wrong(`"labels" is an object of texts, not ${quote(labels)}`)
  return Object.freeze({
    id,
    type,
    ...(choices === undefined ? {} : { choices: choices as readonly string[] }),
    ...(units === undefined || units === '' ? {} : { units: units as string }),
    ...(description === undefined || description === '' ? {} : { description: description as string }),
    ...(labels === undefined ? {} : { labels: labels as Readonly<Record<string, string>> }),
  })
}

const NOT_FINITE: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity }

function valueIn(type: SeriesType, json: unknown): SampleValue {
  if (!type.endsWith('[]')) return scalarIn(type, json) as SampleValue
  if (json === null) return null
  if (!Array.isArray(json)) throw wrong(`a value of type ${type} is an array, not ${quote(json)}`)
  const element = type.slice(0, -2) as ScalarCode
  const items = json.map((item) => scalarIn(element, item))
  if (!isNumberCode(element)) return items as readonly string[]
  for (const item of items) {
    // A typed array would wrap or round it.
    const fault = item === null ? 'an element is null' : valueFault(element, item)
    if (fault !== undefined) throw wrong(fault)
  }
  return new NUMBER_ARRAYS[element](items)
}

function scalarIn(type: SeriesType, json: unknown): unknown {
  if (typeof json === 'number') return type === 'float32' ? Math.fround(json) : json
  if (typeof json !== 'string') return json
  if (type === 'float64' || type === 'float32')
    return Object.hasOwn(NOT_FINITE, json) ? NOT_FINITE[json] : json
  if (type === 'int64' || type === 'uint64') return /^-?\d{1,20}$/.test(json) ? BigInt(json) : json
  return json
}
