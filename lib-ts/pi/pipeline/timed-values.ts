// Samples as the timed values that PI Web API takes, as JSON text: an object for each would be made for nothing.
import { quote } from '../../input/index.js'
import { seriesFault, valueFault, type Sample, type Series } from '../../telemetry/index.js'
import { isoText } from '../time.js'

/** What a stream does with an enum: takes its index as a state, its label, or its index as a number. */
export type Takes = 'states' | 'texts' | 'numbers'

export function takesOf(type: string): Takes {
  if (type === 'Digital' || type === 'EnumerationValue') return 'states'
  return type === 'String' ? 'texts' : 'numbers'
}

const YEAR_1 = -62_135_596_800_000_000_000n
const YEAR_10000 = 253_402_300_800_000_000_000n
const SECOND = 1_000_000_000n
const MOST = 9_007_199_254_740_992n // 2^53
const SEVERITIES: ReadonlySet<unknown> = new Set([0, 1, 2, 3, 4])
const QUALITY = ['', ',"Questionable":true', ',"Questionable":true', ',"Good":false', ',"Good":false']

export class TimedValues {
  /** Why the last {@link text} gave none. */
  reason = ''
  readonly #missing: string | undefined
  readonly #quality: boolean
  readonly #faults = new WeakMap<Series, string>()
  #second = 0n
  #prefix = '1970-01-01T00:00:00.'

  constructor(missing: string | undefined, quality: boolean) {
    // An object: as text it would be just a text of a String point.
    this.#missing = missing === undefined ? undefined : JSON.stringify({ Name: missing, IsSystem: true })
    this.#quality = quality
  }

  /** Why a sample can be stored in no stream; undefined when it may be. */
  fault(sample: Sample): string | undefined {
    if (typeof sample !== 'object' || (sample as unknown) === null)
      return `a sample is an object, not ${quote(sample)}`
    const { series, time, value, severity } = sample
    const fault = this.#seriesFault(series)
    if (fault !== '') return fault
    if (typeof time !== 'bigint') return `its time is ${quote(time)}, not a bigint of ns`
    if (time < YEAR_1 || time >= YEAR_10000)
      return `its time, ${quote(time)}, is not between the years 1 and 9999`
    if (!SEVERITIES.has(severity)) return `its severity is ${quote(severity)}, not 0 to 4`
    if (value === null)
      return this.#missing === undefined
        ? 'it has no value: option "missing" may name a state to store instead'
        : undefined
    if (typeof value === 'number' && !Number.isFinite(value)) return `PI cannot hold ${value}`
    const wrong = valueFault(series.type, value)
    if (wrong !== undefined) return wrong
    if (typeof value === 'bigint' && (value > MOST || value < -MOST))
      return `${value} is beyond 2^53, which PI cannot hold exactly`
    return undefined
  }

  /** The JSON of a sample that has no {@link fault}; undefined when this stream cannot take it. */
  text({ series, time, value, severity }: Sample, takes: Takes): string | undefined {
    let json: string
    if (typeof value === 'number') {
      if (series.type === 'enum' && takes === 'texts') {
        const label = series.choices?.[value]
        if (label === undefined) {
          this.reason = `${value} is not one of the ${series.choices?.length ?? 0} choices, and the point takes their texts`
          return undefined
        }
        json = JSON.stringify(label)
      } else json = value === 0 && 1 / value < 0 ? '-0.0' : `${value}`
    } else if (typeof value === 'boolean') json = value ? '1' : '0'
    else if (value === null) json = this.#missing as string
    else json = typeof value === 'string' ? JSON.stringify(value) : String(value)
    const quality = this.#quality ? (QUALITY[severity] as string) : ''
    return `{"Timestamp":"${this.#time(time)}","Value":${json}${quality}}`
  }

  /** Cut to PI's step of 100 ns. Most samples share the second of the one before. */
  #time(ns: bigint): string {
    let rest = Number(ns - this.#second)
    if (rest < 0 || rest >= 1e9) {
      this.#second = ns - (((ns % SECOND) + SECOND) % SECOND)
      this.#prefix = isoText(this.#second).slice(0, -8)
      rest = Number(ns - this.#second)
    }
    return `${this.#prefix}${String(10_000_000 + Math.floor(rest / 100)).slice(1)}Z`
  }

  /** Empty when nothing is wrong. */
  #seriesFault(series: Series): string {
    if (typeof series !== 'object' || (series as unknown) === null) return `its series is ${quote(series)}`
    let fault = this.#faults.get(series)
    if (fault === undefined) {
      fault =
        seriesFault(series) ??
        (series.type.endsWith('[]')
          ? `${series.type} is an array, which PI cannot hold: use arrays: 'stats' or 'expand'`
          : '')
      this.#faults.set(series, fault)
    }
    return fault
  }
}
