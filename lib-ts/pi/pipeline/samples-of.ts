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
    return Array.from(states, (state) => state)
  }
}

/** A value as a sample: 3 for what is bad, 1 for what is questionable. */
export function sampleOf(series: Series, update: PiUpdate): Sample {
  const { time, value, good, questionable } = update
  const system = value instanceof PiState && value.system
  return {
    series,
    time,
    value: system ? null : valueOf(series.type, value),
    severity: system || !good ? 3 : questionable ? 1 : 0,
    ...(system ? { message: value.name } : {}),
  }
}

function valueOf(type: SeriesType, value: PiValue): SampleValue {
  if (value instanceof PiState) return type === 'string' ? value.name : value.code
  if (value === null) return null
  switch (type) {
    case 'int64':
      return typeof value === 'number' ? BigInt(Math.trunc(value)) : value
    case 'bool':
      return typeof value === 'string' ? value : Boolean(value)
    case 'string':
      return typeof value === 'string' ? value : value.toString()
    default:
      return typeof value === 'bigint' ? Number(value) : value
  }
}
