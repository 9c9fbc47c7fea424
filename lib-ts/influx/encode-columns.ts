import { quote, readOptions } from '../input/index.js'
import type { Columns, FieldColumn } from './columns.js'
import { encodeChecks, type EncodeOptions } from './encode-points.js'
import { argument, checking, InfluxError } from './errors.js'
import { keepOne } from './lasting.js'
import { checkInt, fieldKeys, measurements, tagKeys, tagValues } from './line.js'
import { LineBuffer } from './line-buffer.js'
import { timeFits } from './time.js'

/** Writes the value of row `i`; false where there is none. */
type Cell = (i: number, out: LineBuffer) => boolean

interface FieldWriter {
  /** `,key=`, escaped. */
  readonly head: Uint8Array
  readonly cell: Cell
  /** 1 where there is no value. */
  readonly missing: Uint8Array | undefined
}

/** Bytes for all rows, or what writes those of row `i`. */
type TagWriter = Uint8Array | ((i: number, out: LineBuffer) => void)

const SPACE = 0x20
const LF = 0x0a
const LETTER_I = 0x69
const LETTER_U = 0x75
const LETTER_T = 0x74
const LETTER_F = 0x66
const LOW = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1
const HIGH = 1 - LOW

/** The lines of a table, row by row. */
export class ColumnLines {
  readonly length: number
  /** Measurement and tags; what is constant in front of others is one piece. */
  readonly #tags: readonly TagWriter[]
  readonly #fields: readonly FieldWriter[]
  readonly #time: BigInt64Array
  readonly #words: Uint32Array
  fieldsSkipped = 0

  /** @throws InfluxError for columns that are none; rows are looked at when they are written */
  constructor(columns: Columns, { measurement, tags = {} }: EncodeOptions) {
    checkShape(columns)
    const { length, time } = columns
    const name = (columns.name as string | undefined) ?? measurement
    if (name === undefined) throw argument('name is missing', { path: 'name' })
    this.length = length
    this.#time = time
    this.#words = new Uint32Array(time.buffer, time.byteOffset, time.length * 2)
    this.#tags = tagWriters(measurements.of(name, 'name'), { ...tags, ...columns.tags }, length)
    this.#fields = fieldWriters(columns, new Set([...Object.keys(tags), ...Object.keys(columns.tags)]))
  }

  /**
   * Writes the line of a row, with its end. False, and nothing is written, for one without any field.
   *
   * @throws InfluxError with the path; nothing is written
   */
  write(i: number, out: LineBuffer): boolean {
    const start = out.at
    try {
      if (this.#write(i, out)) return true
    } catch (error) {
      out.at = start
      throw error
    }
    out.at = start
    return false
  }

  #write(i: number, out: LineBuffer): boolean {
    for (const tag of this.#tags) {
      if (typeof tag === 'function') tag(i, out)
      else out.piece(tag)
    }
    const start = out.at
    for (const { head, cell, missing } of this.#fields) {
      const before = out.at
      out.piece(head)
      if (missing?.[i] !== 1 && cell(i, out)) continue
      out.at = before
      this.fieldsSkipped++
    }
    if (out.at === start) return false
    out.bytes[start] = SPACE // in the place of the first comma
    if (this.#time.length === 0) out.byte(LF)
    else this.#writeTime(i, out)
    return true
  }

  #writeTime(i: number, out: LineBuffer): void {
    const high = this.#words[2 * i + HIGH] as number
    // Only there may a time be outside.
    if (high === 0x7fff_ffff || high === 0x8000_0000) {
      const time = this.#time[i] as bigint
      if (!timeFits(time))
        throw argument(`time is ${quote(time)}, which is outside of what the servers hold`, { path: 'time' })
    }
    out.timeOf(this.#words[2 * i + LOW] as number, high)
  }
}

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

function tagWriters(measurement: string, tags: Columns['tags'], length: number): TagWriter[] {
  const writers: TagWriter[] = []
  let constant = measurement
  const endConstant = (): void => {
    if (constant !== '') writers.push(Buffer.from(constant))
    constant = ''
  }
  for (const key of Object.keys(tags).sort()) {
    const path = `tags.${key}`
    const head = `,${tagKeys.of(key, path)}=`
    const value = tags[key]
    if (typeof value === 'string') constant += value === '' ? '' : head + tagValues.of(value, path)
    else if (Array.isArray(value)) {
      if (value.length !== length)
        throw argument(`${path} has ${value.length} rows, and length is ${length}`, { path })
      endConstant()
      writers.push(tagWriter(value as readonly (string | null | undefined)[], head, path))
    } else throw argument(`${path} is ${quote(value)}, not text or an array of texts`, { path })
  }
  endConstant()
  return writers
}

const MOST_TAGS = 10_000

/** Writes `,key=value`, which is made once for each value. */
function tagWriter(texts: readonly (string | null | undefined)[], head: string, path: string): TagWriter {
  const known = new Map<string, Uint8Array>()
  return (i, out) => {
    const text = texts[i]
    if (text === '' || text == null) return
    let piece = known.get(text)
    if (piece === undefined) {
      piece = Buffer.from(head + tagValues.of(text, path))
      if (known.size >= MOST_TAGS) known.clear()
      known.set(text, piece)
    }
    out.piece(piece)
  }
}

function fieldWriters({ fields, nulls = {} }: Columns, tags: ReadonlySet<string>): FieldWriter[] {
  return Object.entries(fields).map(([key, column]) => {
    const path = `fields.${key}`
    if (tags.has(key)) throw argument(`${quote(key)} is both a tag and a field`, { path })
    return {
      head: Buffer.from(`,${fieldKeys.of(key, path)}=`),
      cell: cellOf(column, path),
      missing: Object.hasOwn(nulls, key) ? nulls[key] : undefined,
    }
  })
}

function cellOf(column: FieldColumn, path: string): Cell {
  if (column instanceof Float64Array || column instanceof Float32Array)
    return (i, out) => {
      const x = column[i] as number
      if (x - x !== 0) return false
      out.float(x)
      return true
    }
  if (column instanceof BigInt64Array) return integerCell(column, 'i')
  if (column instanceof BigUint64Array) return integerCell(column, 'u')
  if (ArrayBuffer.isView(column))
    return (i, out) => {
      out.integer(column[i] as number, LETTER_I)
      return true
    }
  return (i, out) => writeCell(column[i], path, out)
}

/** By halves: a bigint is an object for each. */
function integerCell(column: BigInt64Array | BigUint64Array, letter: 'i' | 'u'): Cell {
  const code = letter === 'i' ? LETTER_I : LETTER_U
  const words = new Int32Array(column.buffer, column.byteOffset, 2 * column.length)
  return (i, out) => {
    const high = words[2 * i + HIGH] as number
    if (high >= 0 && high < 0x20_0000) {
      out.integer(high * 4_294_967_296 + ((words[2 * i + LOW] as number) >>> 0), code)
    } else out.bigint(column[i] as bigint, code)
    return true
  }
}

function writeCell(x: unknown, path: string, out: LineBuffer): boolean {
  switch (typeof x) {
    case 'number':
      if (x - x !== 0) return false
      out.float(x)
      return true
    case 'bigint':
      checkInt(x, path)
      out.bigint(x, LETTER_I)
      return true
    case 'boolean':
      out.byte(x ? LETTER_T : LETTER_F)
      return true
    case 'string':
      if (!out.quoted(x)) throw argument(`${path} holds a lone surrogate`, { path })
      return true
    case 'undefined':
      return false
  }
  if (x === null) return false
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
  const out = new LineBuffer()
  let index = 0
  for (const one of Array.isArray(columns) ? (columns as readonly Columns[]) : [columns as Columns]) {
    const lines = linesOf(one, read, op)
    for (let i = 0; i < lines.length; i++, index++) {
      try {
        lines.write(i, out)
      } catch (error) {
        throw error instanceof InfluxError ? atRow(error, index, op) : error
      }
    }
  }
  return out.copy()
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

keepOne(
  new ColumnLines({ name: 'm', length: 0, time: new BigInt64Array(0), tags: {}, fields: { f: [] } }, {}),
)
