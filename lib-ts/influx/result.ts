import { isoText } from '../input/index.js'
import type { Integers, MsgpackReader } from './msgpack.js'

/** The answer to a query: one entry per statement. */
export interface Result {
  readonly statements: readonly StatementResult[]
}

/** What one statement of a query gave; `index` is its number, from 0. */
export interface StatementResult {
  readonly index: number
  readonly series: readonly ResultSeries[]
  readonly messages: readonly { readonly level: string; readonly text: string }[]
}

/** Rows that share a measurement and tags. */
export interface ResultSeries {
  readonly name: string
  readonly tags: Readonly<Record<string, string>>
  readonly columns: readonly string[]
  readonly values: readonly unknown[][]
  /** More rows of it follow, in another chunk, or were left out by a limit of the server. */
  readonly partial: boolean
}

/** How times and integers are given. */
export interface ReadForm {
  readonly integers: Integers
  readonly time: 'bigint' | 'date' | 'iso'
}

/** The head of a series, before its rows. */
export interface SeriesHead {
  readonly statement: number
  readonly name: string
  readonly tags: Readonly<Record<string, string>>
  readonly columns: readonly string[]
  /** Whether the first column is the time. */
  readonly timed: boolean
}

/** Takes the rows of one series, in either form. A row of MessagePack that throws MORE comes again from its beginning. */
export interface RowTaker {
  row(reader: MsgpackReader): void
  plain(values: readonly unknown[]): void
}

/** What an answer is read into. */
export interface ResultHandler {
  series(head: SeriesHead): RowTaker
  seriesEnd(partial: boolean): void
  message(statement: number, level: string, text: string): void
  /** A statement without series has an end, too. */
  statementEnd(statement: number, partial: boolean): void
  /** A document, or chunk, is over. */
  documentEnd?(): void
  /** The statement failed; undefined when the whole query did. */
  failed(statement: number | undefined, text: string): void
}

/** Sets a key of an object, also when it is `__proto__`. */
export function setKey(object: object, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  else (object as Record<string, unknown>)[key] = value
}

export function timeIn(form: ReadForm['time'], ns: bigint): bigint | Date | string {
  if (form === 'bigint') return ns
  if (form === 'iso') return isoText(ns)
  const rest = ((ns % 1_000_000n) + 1_000_000n) % 1_000_000n
  return new Date(Number((ns - rest) / 1_000_000n))
}

/** Rows as arrays. */
export class ArrayRows implements RowTaker {
  readonly values: unknown[][] = []
  readonly #head: SeriesHead
  readonly #form: ReadForm

  constructor(head: SeriesHead, form: ReadForm) {
    this.#head = head
    this.#form = form
  }

  row(reader: MsgpackReader): void {
    const length = reader.arrayLength()
    const row = new Array<unknown>(length)
    let i = 0
    if (this.#head.timed && length > 0) row[i++] = timeIn(this.#form.time, reader.time())
    while (i < length) row[i++] = reader.value()
    this.values.push(row)
  }

  plain(values: readonly unknown[]): void {
    const [time, ...rest] = values
    this.values.push(this.#head.timed ? [timeIn(this.#form.time, time as bigint), ...rest] : [...values])
  }
}

/** Collects an answer, or one chunk of it, as a {@link Result}. */
export class ResultCollector implements ResultHandler {
  readonly #form: ReadForm
  #statements: { index: number; series: ResultSeries[]; messages: { level: string; text: string }[] }[] = []
  readonly #documents: Result[] = []
  #open: { head: SeriesHead; rows: ArrayRows } | undefined
  /** The first failure, and the statements before it. */
  failure: { readonly statement: number | undefined; readonly text: string } | undefined

  constructor(form: ReadForm) {
    this.#form = form
  }

  /** The documents that came since they were last asked for. */
  takeDocuments(): Result[] {
    return this.#documents.splice(0)
  }

  documentEnd(): void {
    if (this.#statements.length > 0) this.#documents.push({ statements: this.#statements })
    this.#statements = []
  }

  series(head: SeriesHead): RowTaker {
    const rows = new ArrayRows(head, this.#form)
    this.#open = { head, rows }
    return rows
  }

  seriesEnd(partial: boolean): void {
    if (this.#open === undefined) return
    const { head, rows } = this.#open
    const { name, tags, columns, statement } = head
    this.#statement(statement).series.push({ name, tags, columns, values: rows.values, partial })
    this.#open = undefined
  }

  message(statement: number, level: string, text: string): void {
    this.#statement(statement).messages.push({ level, text })
  }

  statementEnd(statement: number): void {
    if (this.failure === undefined) this.#statement(statement)
  }

  failed(statement: number | undefined, text: string): void {
    this.failure ??= { statement, text }
  }

  #statement(index: number) {
    const last = this.#statements.at(-1)
    if (last?.index === index) return last
    const next = { index, series: [], messages: [] }
    this.#statements.push(next)
    return next
  }
}

/** What {@link points} tells of the series that a row is of. */
export interface PointMeta {
  readonly name: string
  readonly tags: Readonly<Record<string, string>>
  readonly columns: readonly string[]
  readonly statement: number
}

/** What {@link points} takes. */
export interface PointsOptions<T> {
  /** Rows as they are (`array`, the default), or `{ time, ...tags, ...columns }`. */
  readonly as?: 'array' | 'object'
  /** Makes something else of each row. */
  readonly map?: (values: readonly unknown[], meta: PointMeta) => T
}

/** A row as an object. */
export type Row = Record<string, unknown>

/**
 * The rows of every series of every statement, one after another.
 *
 * @example
 * const result = await db.query('SELECT value FROM pv')
 * for (const { time, value } of points(result, { as: 'object' })) console.log(time, value)
 */
export function points(r: Result, o: { readonly as: 'object' }): Generator<Row, void>
export function points<T>(
  r: Result,
  o: { readonly map: (values: readonly unknown[], meta: PointMeta) => T },
): Generator<T, void>
export function points(r: Result, o?: { readonly as?: 'array' }): Generator<readonly unknown[], void>
export function* points(r: Result, o: PointsOptions<unknown> = {}): Generator<unknown, void> {
  for (const { index, series } of r.statements) {
    for (const { name, tags, columns, values } of series) {
      const meta = { name, tags, columns, statement: index }
      for (const row of values) {
        if (o.map !== undefined) yield o.map(row, meta)
        else yield o.as === 'object' ? rowObject(tags, columns, row) : row
      }
    }
  }
}

export function rowObject(
  tags: Readonly<Record<string, string>>,
  columns: readonly string[],
  values: readonly unknown[],
): Row {
  const row: Row = {}
  if (columns[0] === 'time') row['time'] = values[0]
  for (const key of Object.keys(tags)) setKey(row, key, tags[key])
  columns.forEach((column, i) => {
    setKey(row, column, values[i])
  })
  return row
}
