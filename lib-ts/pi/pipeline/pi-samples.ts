import { bad, callback, readOptions, type Check } from '../../input/index.js'
import type { Sample, Series, SeriesType } from '../../telemetry/index.js'
import { checking, PiArgumentError } from '../errors.js'
import { PiState, streamOf, type PiUpdate, type PiValue } from '../update.js'
import { sampleOf, seriesTypeOf } from './samples-of.js'

/** What {@link piSamples} takes. */
export interface PiSampleOptions {
  /** The id of an update's series. What was asked for: `update.ref`. */
  readonly id?: ((update: PiUpdate) => string) | undefined
  /** The severity of a questionable value. 1. */
  readonly questionable?: 0 | 1 | 2 | undefined
}

const checks = {
  id: callback as Check<(update: PiUpdate) => string>,
  questionable: ((value, name) => {
    if (value !== 0 && value !== 1 && value !== 2) throw bad(name, '0, 1 or 2', value)
    return value
  }) as Check<0 | 1 | 2>,
}

/**
 * Updates of PI as samples: a handler for a `ManagedStream`.
 *
 * The type of a series is that of its point or attribute. A digital state is its code, `choices` grow with the states that
 * come by. A state of the system is a sample without a value, severity 3, with its name as message; so is an error in
 * place of a value. What is bad has severity 3.
 *
 * @throws {@link PiArgumentError} when an option is bad
 * @example
 * const toSamples = piSamples({ id: ({ name }) => name.toLowerCase() })
 * const update = await pi.value('sinusoid')
 * toSamples(update)[0]?.series.type // → 'float64'
 */
export function piSamples(options?: PiSampleOptions): (update: PiUpdate) => Sample[] {
  const { id = ({ ref }: PiUpdate) => ref, questionable = 1 } = checking(() =>
    readOptions(options, checks, 'piSamples'),
  )
  const known = new Map<string, Series>()
  return (update) => {
    const name: unknown = id(update)
    if (typeof name !== 'string' || name === '')
      throw new PiArgumentError(`piSamples: option "id" gave ${JSON.stringify(name)}, not text`)
    const before = known.get(name)
    const series = seriesOf(name, update, before)
    if (series !== before) known.set(name, series)
    return [sampleOf(series, update, questionable)]
  }
}

/** The series of an update; the one before when nothing in it has changed. */
function seriesOf(id: string, update: PiUpdate, before: Series | undefined): Series {
  const { units, value } = update
  const stream = streamOf(update)
  const type = (stream && seriesTypeOf(stream)) ?? typeOfValue(value, before?.type)
  const description = stream === undefined ? before?.description : stream.description
  const choices = type === 'enum' ? choicesWith(value, before?.choices) : undefined
  if (
    before?.type === type &&
    (before.units ?? '') === units &&
    before.description === description &&
    before.choices === choices
  )
    return before
  return Object.freeze({
    id,
    type,
    ...(units === '' ? {} : { units }),
    ...(description === undefined ? {} : { description }),
    ...(choices === undefined ? {} : { choices }),
  })
}

/** For updates that were made by hand or of a stream that was not looked up. */
function typeOfValue(value: PiValue, before: SeriesType | undefined): SeriesType {
  if (value === null || (value instanceof PiState && value.system)) return before ?? 'float64'
  switch (typeof value) {
    case 'number':
      return before === 'int64' && Number.isInteger(value) ? 'int64' : 'float64'
    case 'bigint':
      return 'int64'
    case 'boolean':
      return 'bool'
    case 'string':
      return 'string'
    default:
      return 'enum'
  }
}

function choicesWith(value: PiValue, before: readonly string[] | undefined): readonly string[] | undefined {
  if (!(value instanceof PiState) || value.system || value.code < 0 || before?.[value.code] === value.name)
    return before
  const choices = [...(before ?? [])]
  choices[value.code] = value.name
  return Object.freeze(Array.from(choices, (choice: string | undefined) => choice ?? ''))
}
