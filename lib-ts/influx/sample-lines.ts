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
import { floatField, measurements, tagKeys, tagValues, textField } from './line.js'
import { LAST_TIME, TimeText } from './time.js'

/** What all lines of a series begin with. */
interface Head {
  /** Measurement and tags, escaped. */
  readonly text: string
  readonly kind: Kind
  readonly series: Series
}

/** Lines of samples, each with its metadata where that is new. */
export class SampleLines {
  readonly #layout: Layout
  readonly #time = new TimeText()
  /** By series; a text is why it cannot be stored. */
  readonly #heads = new WeakMap<Series, Head | string>()
  /** What the store knows of each id. */
  readonly #known = new Map<string, Series>()

  constructor(layout: Layout) {
    this.#layout = layout
  }

  /** Why the last {@link line} gave none. */
  reason = ''

  /** The line of a sample, with its end; undefined when there is none. No object for each: there are millions. */
  line(sample: Sample): string | undefined {
    const fault = sampleFault(sample)
    if (fault !== undefined) {
      this.#refuse(fault)
      return
    }
    const head = this.#head(sample.series)
    if (typeof head === 'string') {
      this.#refuse(head)
      return
    }
    const { time, severity, status, message } = sample
    const value = valueText(sample, head.kind)
    if (value === undefined) {
      this.#refuse(reasonOf(sample))
      return
    }
    let line = `${head.text} ${value}severity=${severity}i`
    if (status !== undefined) line += `,status=${status}i`
    if (message !== undefined && message !== '') line += `,message=${textField(message, 'message')}`
    return `${line} ${this.#time.ns(time)}\n`
  }

  #refuse(reason: string): undefined {
    this.reason = reason
    return undefined
  }

  /** The metadata of a series whose store does not know it yet, as of that time; undefined when it does. */
  metadata({ series, time }: Sample): string | undefined {
    if (!this.#layout.metadata) return undefined
    const known = this.#known.get(series.id)
    if (known === series || (known !== undefined && sameMetadata(known, series))) return undefined
    const { prefix } = this.#layout
    const { type, units, description, choices } = series
    let fields = `type="${type}"`
    if (units !== undefined) fields += `,units=${textField(units, 'units')}`
    if (description !== undefined) fields += `,description=${textField(description, 'description')}`
    if (choices !== undefined) fields += `,choices=${textField(JSON.stringify(choices), 'choices')}`
    const measurement = measurements.of(metaMeasurement(prefix), 'prefix')
    return `${measurement}${this.#tags(series, series.id)} ${fields} ${this.#time.ns(time)}\n`
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
    const fault = seriesFault(series)
    if (fault !== undefined) return fault
    const { layout, prefix, uint64 } = this.#layout
    const kind = kindOf(series.type, uint64)
    if (kind === undefined)
      return `${series.type} is an array, which InfluxDB cannot hold: use arrays: 'stats' or 'expand'`
    try {
      if (layout === 'measurement') {
        if (series.id === metaMeasurement(prefix))
          return `${quote(series.id)} is the measurement of the metadata`
        return { text: measurements.of(series.id, 'id') + this.#tags(series, undefined), kind, series }
      }
      const measurement = measurements.of(measurementOf(prefix, kind), 'prefix')
      return { text: measurement + this.#tags(series, series.id), kind, series }
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

/** Why it is no sample that could be stored, whatever its value is. */
function sampleFault(sample: Sample): string | undefined {
  if (typeof sample !== 'object' || (sample as unknown) === null)
    return `a sample is an object, not ${quote(sample)}`
  const { series, time, severity, status, message } = sample
  if (typeof series !== 'object' || (series as unknown) === null) return `its series is ${quote(series)}`
  if (typeof time !== 'bigint') return `its time is ${quote(time)}, not a bigint of ns`
  if (time > LAST_TIME || time < -LAST_TIME)
    return `its time, ${quote(time)}, is outside of what 64 bits of ns hold`
  if (!SEVERITIES.has(severity)) return `its severity is ${quote(severity)}, not 0 to 4`
  if (status !== undefined && !Number.isSafeInteger(status))
    return `its status is ${quote(status)}, not an integer`
  if (message !== undefined && (typeof message !== 'string' || !isWellFormed(message)))
    return 'its message is not text that can be written'
  return undefined
}

/** `value=…,` of a sample, '' for one without a value; undefined when it is not of its series' type. */
function valueText({ value, series }: Sample, kind: Kind): string | undefined {
  switch (kind) {
    case 'float':
      if (typeof value === 'number') return value - value === 0 ? `value=${floatField(value)},` : ''
      break
    case 'string':
      if (typeof value === 'string' && isWellFormed(value)) return `value=${textField(value, 'value')},`
      break
    case 'bool':
      if (typeof value === 'boolean') return value ? 'value=t,' : 'value=f,'
      break
    case 'enum':
      if (valueFault('enum', value) === undefined && value !== null) {
        const label = series.choices?.[value as number]
        return label === undefined
          ? `value=${String(value)}i,`
          : `value=${String(value)}i,label=${textField(label, 'choices')},`
      }
      break
    default:
      if (valueFault(series.type, value) === undefined && value !== null) {
        if (kind === 'uint') return `value=${String(value)}u,`
        if (typeof value === 'number' || (value as bigint) <= INT_MAX) return `value=${String(value)}i,`
        return undefined
      }
  }
  return value === null ? '' : undefined
}

const SEVERITIES: ReadonlySet<unknown> = new Set([0, 1, 2, 3, 4])
const INT_MAX = 9_223_372_036_854_775_807n

function reasonOf({ value, series }: Sample): string {
  return (
    valueFault(series.type, value) ??
    `${quote(value)} is above 2^63-1: use uint64: 'uint' with a server that takes unsigned integers`
  )
}
