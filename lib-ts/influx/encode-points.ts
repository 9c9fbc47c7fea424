import { bad, type Check, isPlainObject, quote, readOptions } from '../input/index.js'
import { argument, checking, InfluxError } from './errors.js'
import { keepOne } from './lasting.js'
import { checkInt, measurements, tagKeys, tagValues } from './line.js'
import { LineBuffer } from './line-buffer.js'
import { precisionCheck, type Precision } from './options.js'
import { Int, UInt, type FieldValue, type Point } from './point.js'
import { bothError, Heads, type FieldShape } from './point-shape.js'
import { nanoseconds, timeFits, type Time } from './time.js'

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

const LETTER_I = 0x69
const LETTER_U = 0x75
const LETTER_T = 0x74
const LETTER_F = 0x66
const SPACE = 0x20
const LF = 0x0a

/** Writes points as lines of ns, one after another. */
export class PointEncoder {
  readonly #precision: Precision
  readonly #measurement: string | undefined
  readonly #heads: Heads
  /** Fields that have no value line protocol could say. */
  fieldsSkipped = 0

  constructor({ precision = 'ns', measurement, tags = {} }: EncodeOptions) {
    this.#precision = precision
    this.#measurement = measurement
    this.#heads = new Heads(
      Object.entries(tags)
        .filter(([, value]) => value !== '')
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    )
  }

  /**
   * Writes the line of a point, with its end. False, and nothing is written, for one without any field left.
   *
   * @throws {@link InfluxError} with the path in the point; nothing is written
   */
  write(point: Point, out: LineBuffer): boolean {
    const start = out.at
    try {
      if (this.#write(point, out)) return true
    } catch (error) {
      out.at = start
      throw error
    }
    out.at = start
    return false
  }

  #write(point: Point, out: LineBuffer): boolean {
    if (typeof point !== 'object' || (point as unknown) === null || Array.isArray(point))
      throw argument(`a point is an object, text or bytes, not ${quote(point)}`)
    const { measurement = this.#measurement, time, tags, fields } = point
    if (measurement === undefined) throw argument('measurement is missing', { path: 'measurement' })
    const shape = this.#heads.shape(measurement, tags)
    out.piece(this.#heads.of(shape, tags))
    if (typeof fields !== 'object' || (fields as unknown) === null || Array.isArray(fields))
      throw argument(`fields is ${quote(fields)}, not an object`, { path: 'fields' })
    if (!this.#writeFields(shape.fields(fields), fields, tags, out)) return false
    if (time === undefined) out.byte(LF)
    else writeTime(time, this.#precision, out)
    return true
  }

  /** Whether there is one with a value. */
  #writeFields(
    { keys, heads, doubtful }: FieldShape,
    fields: Point['fields'],
    tags: Point['tags'],
    out: LineBuffer,
  ): boolean {
    for (const key of doubtful) if (tags?.[key] != null && tags[key] !== '') throw bothError(key)
    const start = out.at
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string
      const before = out.at
      out.piece(heads[i] as Uint8Array)
      if (writeField(fields[key], key, out)) continue
      out.at = before
      this.fieldsSkipped++
    }
    if (out.at === start) return false
    out.bytes[start] = SPACE // in the place of the first comma
    return true
  }
}

/** Writes the value of a field; false for what has none. */
function writeField(value: FieldValue, key: string, out: LineBuffer): boolean {
  switch (typeof value) {
    case 'number':
      // NaN and infinities: their difference with themselves is not 0.
      if (value - value !== 0) return false
      out.float(value)
      return true
    case 'string':
      if (!out.quoted(value))
        throw argument(`fields.${key} holds a lone surrogate`, { path: `fields.${key}` })
      return true
    case 'boolean':
      out.byte(value ? LETTER_T : LETTER_F)
      return true
    case 'bigint':
      checkInt(value, 'fields', key)
      out.bigint(value, LETTER_I)
      return true
    case 'undefined':
      return false
  }
  if (value === null) return false
  if (value instanceof Int) out.bigint(value.value, LETTER_I)
  else if (value instanceof UInt) out.bigint(value.value, LETTER_U)
  else
    throw argument(`fields.${key} is ${quote(value)}, which is not the value of a field`, {
      path: `fields.${key}`,
    })
  return true
}

function writeTime(time: Time, precision: Precision, out: LineBuffer): void {
  if (typeof time === 'bigint' && precision === 'ns' && timeFits(time)) out.time(time)
  else out.time(nanoseconds(time, precision))
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
  const out = new LineBuffer()
  let index = 0
  for (const point of list) {
    try {
      encoder.write(point, out)
    } catch (error) {
      throw error instanceof InfluxError ? atIndex(error, index, 'encodePoints') : error
    }
    index++
  }
  return out.copy()
}

/** The error with the number of the point it is about. */
export function atIndex(error: InfluxError, index: number, op: string): InfluxError {
  return argument(`point ${index}: ${error.message}`, { op, index, path: error.path, cause: error.cause })
}

keepOne(new PointEncoder({}))
