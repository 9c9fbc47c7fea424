import { isWellFormed, quote } from '../input/index.js'
import { seriesFault, valueFault, type Sample, type Series } from '../telemetry/index.js'
import { InfluxError } from './errors.js'
import {
  kindOf,
  measurementOf,
  metaMeasurement,
  sameMetadata,
  tagFault,
  type Kind,
  type Layout,
} from './layout.js'
import { measurements, tagKeys, tagValues } from './line.js'
import type { LineBuffer } from './line-buffer.js'
import { timeFits } from './time.js'

/** What all lines of a series begin with. */
interface Head {
  /** Measurement and tags, escaped. */
  readonly bytes: Uint8Array
  readonly kind: Kind
  readonly series: Series
}

/** Lines of samples, each with its metadata where that is new. */
export class SampleLines {
  readonly #layout: Layout
  /** By series; a text is why it cannot be stored. */
  readonly #heads = new WeakMap<Series, Head | string>()
  /** What the store knows of each id. */
  readonly #known = new Map<string, Series>()

  constructor(layout: Layout) {
    this.#layout = layout
  }

  /**
   * Writes the line of a sample, with its end. Returns why it cannot be stored, and nothing is written then; undefined
   * when it is. No object for each: there are millions.
   */
  write(sample: Sample, out: LineBuffer): string | undefined {
    const fault = sampleFault(sample)
    if (fault !== undefined) return fault
    const { series, time, severity, status, message } = sample
    const head = this.#head(series)
    if (typeof head === 'string') return head
    const start = out.at
    out.piece(head.bytes)
    if (!writeValue(sample, head.kind, out)) {
      out.at = start
      return reasonOf(sample)
    }
    out.piece(SEVERITY[severity] as Uint8Array)
    if (status !== undefined) {
      out.piece(STATUS)
      out.integer(status, LETTER_I)
    }
    if (message !== undefined && message !== '') {
      out.piece(MESSAGE)
      out.quoted(message)
    }
    out.time(time)
    return undefined
  }

  /** Whether the store does not know the metadata of the sample's series yet. */
  isNew({ series }: Sample): boolean {
    if (!this.#layout.metadata) return false
    const known = this.#known.get(series.id)
    return known !== series && (known === undefined || !sameMetadata(known, series))
  }

  /** Writes the line of its metadata, as of that time. */
  writeMetadata({ series, time }: Sample, out: LineBuffer): void {
    const { type, units, description, choices } = series
    out.text(measurements.of(metaMeasurement(this.#layout.prefix), 'prefix') + this.#tags(series, series.id))
    out.text(` type="${type}"`)
    const field = (name: string, text: string): void => {
      out.text(`,${name}=`)
      out.quoted(text)
    }
    if (units !== undefined) field('units', units)
    if (description !== undefined) field('description', description)
    if (choices !== undefined) field('choices', JSON.stringify(choices))
    out.time(time)
  }

  /** The metadata of these is in the store. */
  stored(series: Iterable<Series>): void {
    for (const one of series) this.#known.set(one.id, one)
  }

  #head(series: Series): Head | string {
    let head = this.#heads.get(series)
    if (head === undefined) this.#heads.set(series, (head = this.#makeHead(series)))
    return head
  }

  #makeHead(series: Series): Head | string {
    const fault = seriesFault(series) ?? textFault(series)
    if (fault !== undefined) return fault
    const { layout, prefix, uint64 } = this.#layout
    const kind = kindOf(series.type, uint64)
    if (kind === undefined)
      return `${series.type} is an array, which InfluxDB cannot hold: use arrays: 'stats' or 'expand'`
    try {
      if (layout === 'measurement') {
        if (series.id === metaMeasurement(prefix))
          return `${quote(series.id)} is the measurement of the metadata`
        return headOf(measurements.of(series.id, 'id') + this.#tags(series, undefined), kind, series)
      }
      const measurement = measurements.of(measurementOf(prefix, kind), 'prefix')
      return headOf(measurement + this.#tags(series, series.id), kind, series)
    } catch (error) {
      if (error instanceof InfluxError) return error.message
      throw error
    }
  }

  /** Sorted; the labels of the series win over those of all. @throws InfluxError */
  #tags({ labels = {} }: Series, pv: string | undefined): string {
    const all = new Map(Object.entries(this.#layout.tags))
    for (const [key, value] of Object.entries(labels)) {
      const fault = tagFault(key)
      if (fault !== undefined || typeof value !== 'string')
        throw new InfluxError(`label ${quote(key)}: ${fault ?? 'its value is not text'}`, {
          code: 'ERR_INFLUX_ARGUMENT',
        })
      all.set(key, value)
    }
    if (pv !== undefined) all.set('pv', pv)
    return [...all.keys()]
      .sort()
      .filter((key) => all.get(key) !== '')
      .map((key) => {
        const path = key === 'pv' ? 'id' : `labels.${key}`
        return `,${tagKeys.of(key, path)}=${tagValues.of(all.get(key) as string, path)}`
      })
      .join('')
  }
}

/** What of its texts no line could hold. */
function textFault({ units, description, choices = [] }: Series): string | undefined {
  for (const [what, text] of Object.entries({ units, description }))
    if (text !== undefined && (typeof text !== 'string' || !isWellFormed(text)))
      return `the ${what} of its series is ${quote(text)}, not text that can be written`
  if (!choices.every((choice) => isWellFormed(choice))) return 'a choice of its series holds a lone surrogate'
  return undefined
}

function headOf(text: string, kind: Kind, series: Series): Head {
  return { bytes: Buffer.from(`${text} `), kind, series }
}

/** Why it is no sample that could be stored, whatever its value is. */
function sampleFault(sample: Sample): string | undefined {
  if (typeof sample !== 'object' || (sample as unknown) === null)
    return `a sample is an object, not ${quote(sample)}`
  const { series, time, severity, status, message } = sample
  if (typeof series !== 'object' || (series as unknown) === null) return `its series is ${quote(series)}`
  if (typeof time !== 'bigint') return `its time is ${quote(time)}, not a bigint of ns`
  if (!timeFits(time)) return `its time, ${quote(time)}, is outside of what 64 bits of ns hold`
  if (severity !== 0 && !SEVERITIES.has(severity)) return `its severity is ${quote(severity)}, not 0 to 4`
  if (status !== undefined && !Number.isSafeInteger(status))
    return `its status is ${quote(status)}, not an integer`
  if (message !== undefined && (typeof message !== 'string' || !isWellFormed(message)))
    return 'its message is not text that can be written'
  return undefined
}

/** Writes `value=…,`, and nothing for a sample without a value; false when it is not of its series' type. */
function writeValue({ value, series }: Sample, kind: Kind, out: LineBuffer): boolean {
  switch (kind) {
    case 'float':
      if (typeof value !== 'number') break
      if (value - value !== 0) return true
      out.piece(VALUE)
      out.float(value)
      out.byte(COMMA)
      return true
    case 'string':
      return value === null || (typeof value === 'string' && writeText(VALUE, value, out))
    case 'bool':
      if (typeof value !== 'boolean') break
      out.text(value ? 'value=t,' : 'value=f,')
      return true
    case 'enum':
      if (value === null || valueFault('enum', value) !== undefined) break
      writeWhole(value as number, LETTER_I, out)
      return (
        series.choices?.[value as number] === undefined ||
        writeText(LABEL, series.choices[value as number] as string, out)
      )
    default:
      if (value === null || valueFault(series.type, value) !== undefined) break
      if (kind !== 'uint' && typeof value === 'bigint' && value > INT_MAX) return false
      writeWhole(value as number | bigint, kind === 'uint' ? LETTER_U : LETTER_I, out)
      return true
  }
  return value === null
}

function writeWhole(value: number | bigint, letter: number, out: LineBuffer): void {
  out.piece(VALUE)
  if (typeof value === 'number') out.integer(value, letter)
  else out.bigint(value, letter)
  out.byte(COMMA)
}

function writeText(key: Uint8Array, text: string, out: LineBuffer): boolean {
  out.piece(key)
  if (!out.quoted(text)) return false
  out.byte(COMMA)
  return true
}

const LETTER_I = 0x69
const LETTER_U = 0x75
const COMMA = 0x2c
const VALUE = Buffer.from('value=')
const LABEL = Buffer.from('label=')
const STATUS = Buffer.from(',status=')
const MESSAGE = Buffer.from(',message=')
const SEVERITY = [0, 1, 2, 3, 4].map((severity) => Buffer.from(`severity=${severity}i`))
const SEVERITIES: ReadonlySet<unknown> = new Set([0, 1, 2, 3, 4])
const INT_MAX = 9_223_372_036_854_775_807n

function reasonOf({ value, series }: Sample): string {
  return (
    valueFault(series.type, value) ??
    `${quote(value)} is above 2^63-1: use uint64: 'uint' with a server that takes unsigned integers`
  )
}
