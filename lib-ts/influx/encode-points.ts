import { bad, type Check, isPlainObject, quote, readOptions } from '../input/index.js'
import { argument, checking, InfluxError } from './errors.js'
import { fieldKeys, floatField, intField, measurements, tagKeys, tagValues, textField } from './line.js'
import { precisionCheck, type Precision } from './options.js'
import { Int, UInt, type FieldValue, type Point } from './point.js'
import { TimeText } from './time.js'

/** How points become lines. */
export interface EncodeOptions {
  /** What times that are numbers or bigints count. The lines themselves always count ns. */
  readonly precision?: Precision | undefined
  /** For points that have none. */
  readonly measurement?: string | undefined
  /** For every point; its own win. */
  readonly tags?: Readonly<Record<string, string>> | undefined
}

export const tagsCheck: Check<Readonly<Record<string, string>>> = (value, name) => {
  if (!isPlainObject(value)) throw bad(name, 'an object of texts', value)
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw bad(`${name}.${key}`, 'text', text)
    tagKeys.of(key, `${name}.${key}`)
    if (text !== '') tagValues.of(text, `${name}.${key}`)
  }
  return { ...(value as Record<string, string>) }
}

export const encodeChecks = {
  precision: precisionCheck,
  measurement: ((value, name) => {
    if (typeof value !== 'string') throw bad(name, 'text', value)
    measurements.of(value, name)
    return value
  }) as Check<string>,
  tags: tagsCheck,
}

/** Writes points as lines of ns, one after another. */
export class PointEncoder {
  readonly #precision: Precision
  readonly #measurement: string | undefined
  readonly #tags: readonly (readonly [string, string])[]
  readonly #time = new TimeText()
  /** Fields that have no value line protocol could say. */
  fieldsSkipped = 0

  constructor({ precision = 'ns', measurement, tags = {} }: EncodeOptions) {
    this.#precision = precision
    this.#measurement = measurement
    this.#tags = Object.entries(tags)
      .filter(([, value]) => value !== '')
      .sort(([a], [b]) => (a < b ? -1 : 1))
  }

  /**
   * The line of a point, with its end; '' for one without any field left.
   *
   * @throws {@link InfluxError} with the path in the point
   */
  line(point: Point): string {
    if (typeof point !== 'object' || (point as unknown) === null || Array.isArray(point))
      throw argument(`a point is an object, text or bytes, not ${quote(point)}`)
    const { measurement = this.#measurement, time, tags, fields } = point
    if (measurement === undefined) throw argument('measurement is missing', { path: 'measurement' })
    let head = measurements.of(measurement, 'measurement')
    if (tags != null || this.#tags.length > 0) head += this.#tagText(tags)
    const body = this.#fieldText(fields, tags)
    if (body === '') return ''
    return time === undefined
      ? `${head} ${body}\n`
      : `${head} ${body} ${this.#time.of(time, this.#precision)}\n`
  }

  #tagText(tags: Point['tags']): string {
    if (tags == null) return this.#tags.map(([key, value]) => pair(key, value)).join('')
    if (typeof tags !== 'object' || Array.isArray(tags))
      throw argument(`tags is ${quote(tags)}, not an object`, { path: 'tags' })
    const keys = Object.keys(tags)
    let sorted = this.#tags.length === 0
    for (let i = 1; i < keys.length && sorted; i++) sorted = (keys[i - 1] as string) < (keys[i] as string)
    if (sorted) {
      let text = ''
      for (const key of keys) text += tagOf(key, tags[key])
      return text
    }
    const all = new Map<string, string>()
    for (const [key, value] of this.#tags) all.set(key, pair(key, value))
    for (const key of keys) {
      const text = tagOf(key, tags[key])
      if (text !== '') all.set(key, text)
    }
    return [...all.keys()]
      .sort()
      .map((key) => all.get(key) as string)
      .join('')
  }

  #fieldText(fields: Point['fields'], tags: Point['tags']): string {
    if (typeof fields !== 'object' || (fields as unknown) === null || Array.isArray(fields))
      throw argument(`fields is ${quote(fields)}, not an object`, { path: 'fields' })
    let text = ''
    const keys = Object.keys(fields)
    if (keys.length === 0) throw argument('fields is empty: a point has at least one', { path: 'fields' })
    for (const key of keys) {
      const escaped = fieldKeys.of(key, 'fields', key)
      if (tags != null && Object.hasOwn(tags, key) && tags[key] != null && tags[key] !== '')
        throw argument(`${quote(key)} is both a tag and a field`, { path: pathOf('fields', key) })
      if (this.#isTag(key))
        throw argument(`${quote(key)} is both a tag and a field`, { path: pathOf('fields', key) })
      const value = fieldOf(fields[key], key)
      if (value === '') this.fieldsSkipped++
      else text += text === '' ? `${escaped}=${value}` : `,${escaped}=${value}`
    }
    return text
  }

  #isTag(key: string): boolean {
    for (const [tag] of this.#tags) if (tag === key) return true
    return false
  }
}

function pathOf(place: string, key: string): string {
  return `${place}.${key}`
}

function pair(key: string, value: string): string {
  return `,${tagKeys.of(key, 'tags', key)}=${tagValues.of(value, 'tags', key)}`
}

function tagOf(key: string, value: unknown): string {
  if (typeof value === 'string') return value === '' ? checkedKey(key) : pair(key, value)
  if (value == null) return checkedKey(key)
  if (typeof value === 'number') return pair(key, floatField(value))
  if (typeof value === 'bigint' || typeof value === 'boolean') return pair(key, String(value))
  throw argument(`tags.${key} is ${quote(value)}, not text`, { path: pathOf('tags', key) })
}

/** A tag without a value is left out, but its name must be one. */
function checkedKey(key: string): '' {
  tagKeys.of(key, 'tags', key)
  return ''
}

/** The text of a field's value; '' for what has none. */
function fieldOf(value: FieldValue, key: string): string {
  switch (typeof value) {
    case 'number':
      // NaN and infinities: their difference with themselves is not 0.
      return value - value === 0 ? floatField(value) : ''
    case 'string':
      return textField(value, 'fields', key)
    case 'boolean':
      return value ? 't' : 'f'
    case 'bigint':
      return intField(value, 'fields', key)
    case 'undefined':
      return ''
  }
  if (value === null) return ''
  if (value instanceof Int) return `${value.value}i`
  if (value instanceof UInt) return `${value.value}u`
  throw argument(`fields.${key} is ${quote(value)}, which is not the value of a field`, {
    path: pathOf('fields', key),
  })
}

/**
 * Points as line protocol of ns, without a client.
 *
 * @throws {@link InfluxError} `ERR_INFLUX_ARGUMENT` with `index` and `path` for the first point that cannot be written
 * @example
 * const lines = encodePoints([{ measurement: 'pv', tags: { pv: 'lab:x' }, fields: { value: 1.5 }, time: 1n }])
 * new TextDecoder().decode(lines) // → 'pv,pv=lab:x value=1.5 1\n'
 */
export function encodePoints(points: Iterable<Point> | Point, options?: EncodeOptions): Uint8Array {
  const read = checking('encodePoints', () => readOptions(options, encodeChecks, 'encodePoints'))
  const encoder = new PointEncoder(read)
  const list = Symbol.iterator in Object(points) ? (points as Iterable<Point>) : [points as Point]
  let text = ''
  let index = 0
  for (const point of list) {
    try {
      text += encoder.line(point)
    } catch (error) {
      throw error instanceof InfluxError ? atIndex(error, index, 'encodePoints') : error
    }
    index++
  }
  return Buffer.from(text)
}

/** The error with the number of the point it is about. */
export function atIndex(error: InfluxError, index: number, op: string): InfluxError {
  return argument(`point ${index}: ${error.message}`, { op, index, path: error.path, cause: error.cause })
}
