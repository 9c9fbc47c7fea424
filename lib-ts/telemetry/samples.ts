import type { TypeDef, Value } from '../data/index.js'
import { InvalidArgumentError } from '../errors.js'
import { bad, callback, integer, quote, readOptions, wordOf, type Check } from '../input/index.js'
import { arrayStats } from './array-stats.js'
import { surfacing } from './callback.js'
import { receiveTime } from './clock.js'
import { deadbandOf, type DeadbandOptions } from './deadband.js'
import { seriesOf, sourceOf, type SeriesSource } from './pv-series.js'
import type { PvUpdate, Sample, SampleValue, Series, SeriesType, Severity } from './sample.js'

/** What {@link samples} takes. */
export interface SampleOptions extends DeadbandOptions {
  /** Whose clock: the PV's time stamp (the default; one that is zero is replaced by the time of receipt), or ours. */
  readonly time?: 'source' | 'receive' | undefined
  /** `whole` (the default): as they are; `stats`: five figures; `expand`: a series per element; `skip`: not at all. */
  readonly arrays?: 'whole' | 'stats' | 'expand' | 'skip' | undefined
  /** With `expand`: elements beyond the first so many are skipped. 64. */
  readonly maxElements?: number | undefined
  /** Enums by index (the default), or by label, as text. */
  readonly enums?: 'index' | 'label' | undefined
  /** Told once per PV of what gives no samples, and why. */
  readonly onSkipped?: ((name: string, reason: string) => void) | undefined
}

const notNegative: Check<number> = (value, name) => {
  if (typeof value !== 'number' || !(value >= 0)) throw bad(name, 'a number of 0 or more', value)
  return value
}

export const sampleChecks = {
  time: wordOf('source', 'receive'),
  arrays: wordOf('whole', 'stats', 'expand', 'skip'),
  maxElements: integer(1, 1_000_000),
  enums: wordOf('index', 'label'),
  deadband: ((value, name) => (typeof value === 'function' ? value : notNegative(value, name))) as Check<
    DeadbandOptions['deadband']
  >,
  relative: notNegative,
  every: ((value, name) => {
    if (typeof value !== 'number' || !(value > 0) || value === Infinity)
      throw bad(name, 'a number of milliseconds above 0', value)
    return value
  }) as Check<number>,
  onSkipped: callback as Check<NonNullable<SampleOptions['onSkipped']>>,
}

type Settings = ReturnType<typeof settingsOf>

function settingsOf(o: SampleOptions) {
  return {
    receive: o.time === 'receive',
    arrays: o.arrays ?? 'whole',
    maxElements: o.maxElements ?? 64,
    labels: o.enums === 'label',
    keep: deadbandOf(o),
    onSkipped: o.onSkipped,
  } as const
}

/**
 * Turns updates of PVs into samples: a function that remembers, per PV, what it needs to.
 *
 * NTScalar, NTScalarArray and NTEnum give samples, whatever else their structures hold; other types are told of by
 * `onSkipped`. The type of a series is the PV's, never the value's. A field that was not asked for is not taken for a
 * zero: without time stamp the time is that of receipt, without alarm there is no status.
 *
 * @throws InvalidArgumentError for wrong options; the function itself for what is no update
 * @example
 * const toSamples = samples({ deadband: 0.5, every: 60_000 })
 * for await (const update of ctx.monitorAll(['lab:temperature', 'lab:mode'])) {
 *   for (const { series, time, value, severity } of toSamples(update)) console.log(series.id, time, value, severity)
 *   break
 * }
 */
export function samples(options?: SampleOptions): (update: PvUpdate) => Sample[] {
  const settings = settingsOf(readOptions(options, sampleChecks, 'samples'))
  const pvs = new Map<string, PvSampler>()
  return (update) => {
    if (typeof update !== 'object' || (update as unknown) === null || typeof update.name !== 'string')
      throw new InvalidArgumentError(`an update is { name, value }, not ${quote(update)}`, { op: 'samples' })
    const { name, value } = update
    let pv = pvs.get(name)
    if (pv === undefined) pvs.set(name, (pv = new PvSampler(name, settings)))
    return value === null ? pv.disconnected() : pv.update(value)
  }
}

/** What is marked in an update; one object serves all updates that change the same fields. */
interface Marks {
  readonly value: boolean
  readonly alarm: boolean
  readonly time: boolean
  readonly about: boolean
}

function marksOf(changed: ReadonlySet<string>): Marks {
  const marks = { value: false, alarm: false, time: false, about: false }
  for (const path of changed) {
    if (path === 'value' || path === 'value.index') marks.value = true
    else if (path.startsWith('alarm.')) marks.alarm = true
    else if (path.startsWith('timeStamp.')) marks.time = true
    else if (path === 'value.choices') marks.about = marks.value = true
    else if (path.startsWith('display.') || path === 'descriptor') marks.about = true
  }
  return marks
}

class PvSampler {
  readonly #name: string
  readonly #settings: Settings
  readonly #given = new Map<string, Sample>()
  #source: SeriesSource | undefined
  #type: TypeDef | undefined
  #changed: ReadonlySet<string> | undefined
  #marks: Marks = { value: false, alarm: false, time: false, about: false }
  #last: Value | undefined
  #lastAlarm: Value | undefined
  #lastTime: Value | undefined
  #series: Series | undefined
  #derived = new Map<string, Series>()
  #told = false

  constructor(name: string, settings: Settings) {
    this.#name = name
    this.#settings = settings
  }

  update(update: Value): Sample[] {
    const type = (update as Value | undefined)?.$type as TypeDef | undefined
    if (type === undefined)
      throw new InvalidArgumentError(`the value of an update is a Value or null, not ${quote(update)}`, {
        op: 'samples',
        pv: this.#name,
      })
    if (type !== this.#type) this.#introduce(type)
    const source = this.#source
    if (source === undefined) return []
    const changed = update.$changed
    if (changed !== this.#changed) {
      this.#changed = changed
      this.#marks = marksOf(changed)
    }
    const { value, alarm, time, about } = this.#marks
    if (about || this.#series === undefined) this.#describe(update, source)
    if (!value && !alarm && !time) return []
    // A monitor's updates are complete, others may hold what is marked only: what is not comes from the last that had it.
    if (value) this.#last = update
    if (alarm) this.#lastAlarm = update
    if (time) this.#lastTime = update
    return this.#samplesOf(source)
  }

  disconnected(): Sample[] {
    const series = this.#derived.size > 0 ? [...this.#derived.values()] : this.#series ? [this.#series] : []
    this.#last = this.#lastAlarm = this.#lastTime = undefined
    const time = receiveTime()
    const all = series.map((s): Sample => ({ series: s, time, value: null, severity: 4 }))
    for (const sample of all) this.#given.set(sample.series.id, sample)
    return all
  }

  #introduce(type: TypeDef): void {
    this.#type = type
    this.#source = undefined
    this.#series = undefined
    this.#derived = new Map()
    this.#changed = undefined
    this.#last = this.#lastAlarm = this.#lastTime = undefined
    const source = sourceOf(type)
    const { arrays } = this.#settings
    if (typeof source === 'string') this.#skip(source)
    else if (source.array && arrays === 'skip') this.#skip('it is an array, and arrays are skipped')
    else if (source.type === 'string[]' && arrays === 'stats')
      this.#skip('an array of texts has no statistics')
    else this.#source = source
  }

  #skip(reason: string): void {
    const { onSkipped } = this.#settings
    if (this.#told || onSkipped === undefined) return
    this.#told = true
    surfacing(() => {
      onSkipped(this.#name, reason)
    })
  }

  #describe(update: Value, source: SeriesSource): void {
    const series = seriesOf(this.#name, source, update, this.#settings.labels, this.#series)
    if (series === this.#series) return
    this.#series = series
    this.#derived = new Map()
  }

  #samplesOf(source: SeriesSource): Sample[] {
    const time = this.#time()
    const raw = this.#last === undefined ? null : (this.#last['value'] as unknown)
    if (source.type === 'enum') return this.#one(this.#series as Series, time, this.#choice(raw))
    if (!source.array || this.#settings.arrays === 'whole')
      return this.#one(this.#series as Series, time, raw as SampleValue)
    const array = raw as ArrayLike<number | bigint | boolean | string> | null
    if (array === null) return []
    return this.#settings.arrays === 'stats'
      ? this.#stats(array as ArrayLike<number>, time)
      : this.#expanded(array, time, source.type.slice(0, -2) as SeriesType)
  }

  #choice(raw: unknown): SampleValue {
    if (raw === null) return null
    const { index } = raw as { readonly index: number }
    if (!this.#settings.labels) return index
    return (raw as { readonly choices: readonly string[] }).choices[index] ?? String(index)
  }

  #time(): bigint {
    const stamped = this.#lastTime
    if (this.#settings.receive || stamped === undefined) return receiveTime()
    const { secondsPastEpoch = 0n, nanoseconds = 0 } = stamped['timeStamp'] as Partial<{
      secondsPastEpoch: bigint
      nanoseconds: number
    }>
    const time = nanosecondsOf(secondsPastEpoch, nanoseconds)
    return time === 0n ? receiveTime() : time
  }

  #one(series: Series, time: bigint, value: SampleValue): Sample[] {
    const sample = this.#sample(series, time, value)
    return this.#settings.keep === undefined || this.#kept(sample) ? [sample] : []
  }

  #sample(series: Series, time: bigint, value: SampleValue): Sample {
    const alarmed = this.#lastAlarm
    if (alarmed === undefined) return { series, time, value, severity: 0 }
    const {
      severity = 0,
      status,
      message = '',
    } = alarmed['alarm'] as Partial<{
      severity: number
      status: number
      message: string
    }>
    // What is outside is not known: UNDEFINED.
    const known = (severity >= 0 && severity <= 4 ? severity : 4) as Severity
    if (status === undefined) return { series, time, value, severity: known }
    return message === ''
      ? { series, time, value, severity: known, status }
      : { series, time, value, severity: known, status, message }
  }

  #kept(sample: Sample): boolean {
    const { id } = sample.series
    const prev = this.#given.get(id)
    if (
      prev !== undefined &&
      prev.series.type === sample.series.type &&
      this.#settings.keep?.(prev, sample) === false
    )
      return false
    this.#given.set(id, sample)
    return true
  }

  #stats(array: ArrayLike<number | bigint | boolean>, time: bigint): Sample[] {
    // 64-bit extremes stay exact; a double holds all others.
    const element = (this.#source as SeriesSource).type.slice(0, -2) as SeriesType
    const extremes = typeof array[0] === 'bigint' ? element : 'float64'
    const n = this.#one(this.#part('.n', 'int32'), time, array.length)
    if (array.length === 0) return n
    const { min, max, mean, std } = arrayStats(array)
    return [
      ...this.#one(this.#part('.min', extremes), time, min),
      ...this.#one(this.#part('.max', extremes), time, max),
      ...this.#one(this.#part('.mean', 'float64'), time, mean),
      ...this.#one(this.#part('.std', 'float64'), time, std),
      ...n,
    ]
  }

  #expanded(array: ArrayLike<unknown>, time: bigint, type: SeriesType): Sample[] {
    const { maxElements } = this.#settings
    if (array.length > maxElements)
      this.#skip(`it has ${array.length} elements, of which the first ${maxElements} are taken`)
    const all: Sample[] = []
    for (let i = 0; i < array.length && i < maxElements; i++)
      all.push(...this.#one(this.#part(`[${i}]`, type), time, array[i] as SampleValue))
    return all
  }

  /** The series of a part of an array, one object each as long as the PV's own is the same. */
  #part(suffix: string, type: SeriesType): Series {
    let series = this.#derived.get(suffix)
    if (series === undefined) {
      const { id, units, description } = this.#series as Series
      series = Object.freeze({
        id: id + suffix,
        type,
        ...(units !== undefined && suffix !== '.n' ? { units } : {}),
        ...(description !== undefined ? { description } : {}),
      })
      this.#derived.set(suffix, series)
    }
    return series
  }
}

const SECOND = 1_000_000_000n
let secondsOfBase = 0n
let nanosecondsOfBase = 0n

/** Nanoseconds of 10^9 and more carry over. A product of bigints costs as much as all else, and seconds repeat. */
function nanosecondsOf(seconds: bigint, nanoseconds: number): bigint {
  if (seconds !== secondsOfBase) {
    secondsOfBase = seconds
    nanosecondsOfBase = seconds * SECOND
  }
  return nanosecondsOfBase + BigInt(nanoseconds)
}
