import { quote, readOptions } from '../input/index.js'
import type { Columns, FieldColumn } from './columns.js'
import { encodeChecks, type EncodeOptions } from './encode-points.js'
import { argument, checking, InfluxError } from './errors.js'
import { fieldKeys, floatField, intField, measurements, tagKeys, tagValues, textField } from './line.js'
import { LAST_TIME, TimeText } from './time.js'

/** Writes the value of row `i`, '' where there is none. */
type Cell = (i: number) => string

interface FieldWriter {
  /** `key=`, escaped. */
  readonly head: string
  readonly cell: Cell
}

type TagWriter = string | ((i: number) => string)

/** The lines of a table, row by row. */
export class ColumnLines {
  readonly length: number
  readonly #measurement: string
  /** Constant tags in front of others are one text. */
  readonly #tags: readonly TagWriter[]
  readonly #fields: readonly FieldWriter[]
  readonly #time: BigInt64Array
  readonly #words: Uint32Array
  readonly #timeText = new TimeText()
  fieldsSkipped = 0

  /** @throws InfluxError for columns that are none; rows are looked at when they are written */
  constructor(columns: Columns, { measurement, tags = {} }: EncodeOptions) {
    checkShape(columns)
    const { length, time } = columns
    const name = (columns.name as string | undefined) ?? measurement
    if (name === undefined) throw argument('name is missing', { path: 'name' })
    this.length = length
    this.#measurement = measurements.of(name, 'name')
    this.#time = time
    this.#words = new Uint32Array(time.buffer, time.byteOffset, time.length * 2)
    this.#tags = tagWriters({ ...tags, ...columns.tags }, length)
    this.#fields = fieldWriters(columns, new Set([...Object.keys(tags), ...Object.keys(columns.tags)]))
  }

  /** The line of a row, with its end; '' for one without any field. */
  line(i: number): string {
    let fields = ''
    for (const { head, cell } of this.#fields) {
      const text = cell(i)
      if (text === '') this.fieldsSkipped++
      else fields += fields === '' ? head + text : `,${head}${text}`
    }
    if (fields === '') return ''
    let line = this.#measurement
    for (const tag of this.#tags) line += typeof tag === 'string' ? tag : tag(i)
    return this.#time.length === 0 ? `${line} ${fields}\n` : `${line} ${fields} ${this.#timeOf(i)}\n`
  }

  #timeOf(i: number): string {
    const high = this.#words[2 * i + HIGH] as number
    // Only there may a time be outside.
    if (high === 0x7fff_ffff || high === 0x8000_0000) {
      const time = this.#time[i] as bigint
      if (time > LAST_TIME || time < -LAST_TIME)
        throw argument(`time is ${quote(time)}, which is outside of what the servers hold`, { path: 'time' })
    }
    return this.#timeText.words(this.#words[2 * i + LOW] as number, high)
  }
}

const LOW = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1
const HIGH = 1 - LOW

function checkShape(columns: Columns): void {
  if (typeof columns !== 'object' || (columns as unknown) === null || Array.isArray(columns))
    throw argument(`columns are an object, not ${quote(columns)}`)
  const { length, time, tags, fields, nulls = {} } = columns
  if (!Number.isSafeInteger(length) || length < 0)
    throw argument(`length is ${quote(length)}, not a number of rows`, { path: 'length' })
  if (!(time instanceof BigInt64Array))
    throw argument(`time is ${quote(time)}, not a BigInt64Array`, { path: 'time' })
  for (const [path, part] of Object.entries({ tags, fields, nulls }))
    if (typeof part !== 'object' || (part as unknown) === null || Array.isArray(part))
      throw argument(`${path} is ${quote(part)}, not an object`, { path })
  if (Object.keys(fields).length === 0)
    throw argument('fields is empty: a row has at least one', { path: 'fields' })
  const check = (path: string, found: unknown): void => {
    if (found !== length)
      throw argument(`${path} has ${quote(found)} rows, and length is ${length}`, { path })
  }
  if (time.length > 0) check('time', time.length)
  for (const [key, column] of Object.entries(fields)) {
    if (!Array.isArray(column) && !(ArrayBuffer.isView(column) && !(column instanceof DataView)))
      throw argument(`fields.${key} is ${quote(column)}, not an array`, { path: `fields.${key}` })
    check(`fields.${key}`, column.length)
  }
  for (const [key, marks] of Object.entries(nulls)) {
    if (!(marks instanceof Uint8Array))
      throw argument(`nulls.${key} is ${quote(marks)}, not a Uint8Array`, { path: `nulls.${key}` })
    check(`nulls.${key}`, marks.length)
    if (!Object.hasOwn(fields, key))
      throw argument(`nulls.${key} is about a field that there is not`, { path: `nulls.${key}` })
  }
}

function tagWriters(tags: Columns['tags'], length: number): TagWriter[] {
  const writers: TagWriter[] = []
  for (const key of Object.keys(tags).sort()) {
    const path = `tags.${key}`
    const head = `,${tagKeys.of(key, path)}=`
    const value = tags[key]
    if (typeof value === 'string') {
      const text = value === '' ? '' : head + tagValues.of(value, path)
      const last = writers.at(-1)
      if (typeof last === 'string') writers[writers.length - 1] = last + text
      else writers.push(text)
    } else if (Array.isArray(value)) {
      if (value.length !== length)
        throw argument(`${path} has ${value.length} rows, and length is ${length}`, { path })
      const texts = value as readonly (string | null | undefined)[]
      writers.push((i) => {
        const text = texts[i]
        return text === '' || text == null ? '' : head + tagValues.of(text, path)
      })
    } else throw argument(`${path} is ${quote(value)}, not text or an array of texts`, { path })
  }
  return writers
}

function fieldWriters({ fields, nulls = {} }: Columns, tags: ReadonlySet<string>): FieldWriter[] {
  return Object.entries(fields).map(([key, column]) => {
    const path = `fields.${key}`
    if (tags.has(key)) throw argument(`${quote(key)} is both a tag and a field`, { path })
    const cell = cellOf(column, path)
    const missing = Object.hasOwn(nulls, key) ? nulls[key] : undefined
    return {
      head: `${fieldKeys.of(key, path)}=`,
      cell: missing === undefined ? cell : (i: number) => (missing[i] === 1 ? '' : cell(i)),
    }
  })
}

function cellOf(column: FieldColumn, path: string): Cell {
  if (column instanceof Float64Array || column instanceof Float32Array)
    return (i) => {
      const x = column[i] as number
      return x - x === 0 ? floatField(x) : ''
    }
  if (column instanceof BigInt64Array) return (i) => `${String(column[i])}i`
  if (column instanceof BigUint64Array) return (i) => `${String(column[i])}u`
  if (ArrayBuffer.isView(column)) return (i) => `${String(column[i])}i`
  return (i) => textOf(column[i], path)
}

function textOf(x: unknown, path: string): string {
  switch (typeof x) {
    case 'number':
      return x - x === 0 ? floatField(x) : ''
    case 'bigint':
      return intField(x, path)
    case 'boolean':
      return x ? 't' : 'f'
    case 'string':
      return textField(x, path)
    case 'undefined':
      return ''
  }
  if (x === null) return ''
  throw argument(`${path} holds ${quote(x)}, which is not the value of a field`, { path })
}

/**
 * A table as line protocol, without a client.
 *
 * @throws {@link InfluxError} `ERR_INFLUX_ARGUMENT` with `index`, the row, and `path`
 * @example
 * const [columns] = await db.columns('SELECT value FROM pv')
 * if (columns) console.log(encodeColumns(columns).length)
 */
export function encodeColumns(columns: Columns | readonly Columns[], options?: EncodeOptions): Uint8Array {
  const op = 'encodeColumns'
  const read = checking(op, () => readOptions(options, encodeChecks, op))
  let text = ''
  let index = 0
  for (const one of Array.isArray(columns) ? (columns as readonly Columns[]) : [columns as Columns]) {
    const lines = linesOf(one, read, op)
    for (let i = 0; i < lines.length; i++, index++) {
      try {
        text += lines.line(i)
      } catch (error) {
        throw error instanceof InfluxError ? atRow(error, index, op) : error
      }
    }
  }
  return Buffer.from(text)
}

/** The lines of a table; an error of its shape names what was called. */
export function linesOf(columns: Columns, o: EncodeOptions, op: string): ColumnLines {
  try {
    return new ColumnLines(columns, o)
  } catch (error) {
    if (!(error instanceof InfluxError)) throw error
    throw argument(error.message, { op, path: error.path })
  }
}

function atRow(error: InfluxError, index: number, op: string): InfluxError {
  return argument(`row ${index}: ${error.message}`, { op, index, path: error.path })
}
