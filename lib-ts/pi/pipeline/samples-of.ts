// Values of PI as samples.
import type { HistoryOptions, Sample, SampleValue, Series, SeriesType } from '../../telemetry/index.js'
import type { PiStream } from '../resolver.js'
import type { Controllers } from '../table/tree.js'
import { PiState, type PiUpdate, type PiValue } from '../update.js'

const TYPES: Readonly<Record<string, SeriesType>> = {
  Float64: 'float64',
  Float32: 'float32',
  Float16: 'float32',
  Int32: 'int32',
  Int16: 'int16',
  Digital: 'enum',
  Double: 'float64',
  Single: 'float32',
  Int64: 'int64',
  Byte: 'uint8',
  Boolean: 'bool',
  EnumerationValue: 'enum',
}

/** The series of streams; the states of a digital set are asked for once. */
export class SeriesOf {
  readonly #api: Controllers
  readonly #choices = new Map<string, Promise<readonly string[] | undefined>>()

  constructor(api: Controllers) {
    this.#api = api
  }

  async of(stream: PiStream, id: string, call: HistoryOptions): Promise<Series> {
    const { type, units, description, digitalSet, kind, path } = stream
    const seriesType = TYPES[type] ?? 'string'
    const server = /^\\\\([^\\]+)/.exec(path)?.[1] ?? ''
    const choices =
      seriesType === 'enum' && kind === 'point' && digitalSet !== undefined
        ? await this.#states(server, digitalSet, call)
        : undefined
    return {
      id,
      type: seriesType,
      ...(units === '' ? {} : { units }),
      ...(description === undefined ? {} : { description }),
      ...(choices === undefined ? {} : { choices }),
    }
  }

  #states(server: string, name: string, call: HistoryOptions): Promise<readonly string[] | undefined> {
    const key = `${server}\\${name}`.toUpperCase()
    let states = this.#choices.get(key)
    if (states === undefined) {
      states = this.#ask(server, name, call)
      states.catch(() => this.#choices.delete(key))
      this.#choices.set(key, states)
    }
    return states
  }

  async #ask(server: string, name: string, call: HistoryOptions): Promise<readonly string[] | undefined> {
    const { WebId } = await this.#api.dataservers.getByName({ name: server }, call)
    const { Items: sets } = await this.#api.dataservers.getEnumerationSets({ webId: WebId }, call)
    const set = sets.find((one) => one.Name.toUpperCase() === name.toUpperCase())
    if (set === undefined) return undefined
    const { Items: values } = await this.#api.enumerationsets.getValues({ webId: set.WebId }, call)
    const states: string[] = []
    for (const { Value, Name } of values) states[Value] = Name
    return Array.from(states, (state: string | undefined) => state ?? '')
  }
}

/** The type of the samples of a stream; undefined when the stream was not looked up. */
export function seriesTypeOf({ type }: PiStream): SeriesType | undefined {
  return type === '' ? undefined : (TYPES[type] ?? 'string')
}

/** A value as a sample: 3 for what is bad, 1 for what is questionable. */
export function sampleOf(series: Series, update: PiUpdate, questionable: 0 | 1 | 2 = 1): Sample {
  const { time, value, good, errors } = update
  const instead = insteadOf(series, value) ?? errors?.join('; ')
  const missing = value === null || instead !== undefined
  return {
    series,
    time,
    value: missing ? null : valueOf(series.type, value),
    severity: missing || !good ? 3 : update.questionable ? questionable : 0,
    ...(instead === undefined ? {} : { message: instead }),
  }
}

/** What stands where there is no value: the name of a state of the system, or a text in a stream of numbers. */
function insteadOf({ type, choices }: Series, value: PiValue): string | undefined {
  if (value instanceof PiState) {
    // Older servers do not say whose state it is; one that the set does not have is the system's.
    const foreign = type === 'enum' && choices !== undefined && choices[value.code] === undefined
    return value.system || foreign ? value.name : undefined
  }
  return typeof value === 'string' && type !== 'string' ? value : undefined
}

function valueOf(type: SeriesType, value: Exclude<PiValue, null>): SampleValue {
  if (value instanceof PiState) return type === 'string' ? value.name : value.code
  switch (type) {
    case 'int64':
      return typeof value === 'number' ? BigInt(Math.trunc(value)) : BigInt(value)
    case 'bool':
      return Boolean(value)
    case 'string':
      return value.toString()
    default:
      return Number(value)
  }
}
