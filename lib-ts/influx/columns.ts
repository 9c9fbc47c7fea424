import { ColumnBuilder, TimeBuilder, type ColumnType } from './column-builder.js'
import { keepOne } from './lasting.js'
import type { MsgpackReader } from './msgpack.js'
import { setKey, type ResultHandler, type RowTaker, type SeriesHead } from './result.js'

/** What a field's column may be. */
export type FieldColumn =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array
  | readonly boolean[]
  | readonly string[]
  | readonly (number | bigint | boolean | string | null)[]

/**
 * A series, or a table to write, by columns. What `columns()` gives, `writeColumns()` takes.
 *
 * @example
 * const columns: Columns = {
 *   name: 'pv',
 *   length: 2,
 *   time: BigInt64Array.of(1_700_000_000_000_000_000n, 1_700_000_001_000_000_000n),
 *   tags: { pv: 'lab:temperature' },
 *   fields: { value: Float64Array.of(20.5, 20.6) },
 * }
 */
export interface Columns {
  readonly name: string
  readonly length: number
  /** ns. Empty for answers without times. */
  readonly time: BigInt64Array
  /** One text for all rows, or one per row. */
  readonly tags: Readonly<Record<string, string | readonly string[]>>
  readonly fields: Readonly<Record<string, FieldColumn>>
  /** Per column of integers: 1 where there is no value. */
  readonly nulls?: Readonly<Record<string, Uint8Array>>
}

type Types = Readonly<Record<string, ColumnType>>

/** Columns, and which statement they answer. */
export interface StatementColumns {
  readonly statement: number
  readonly columns: Columns
}

/** Rows straight into typed arrays. */
class TypedRows implements RowTaker {
  readonly head: SeriesHead
  readonly #time = new TimeBuilder()
  readonly #columns: readonly ColumnBuilder[]
  #length = 0

  constructor(head: SeriesHead, types: Types, exact: boolean) {
    this.head = head
    this.#columns = head.columns
      .slice(head.timed ? 1 : 0)
      .map((name) => new ColumnBuilder(name, Object.hasOwn(types, name) ? types[name] : undefined, exact))
  }

  get types(): Types {
    const names = this.head.columns.slice(this.head.timed ? 1 : 0)
    const known = names.map((name, i) => [name, this.#columns[i]?.type] as const)
    return Object.fromEntries(known.filter(([, type]) => type !== undefined)) as Types
  }

  get length(): number {
    return this.#length
  }

  row(reader: MsgpackReader): void {
    const i = this.#length
    reader.arrayLength()
    if (this.head.timed) this.#time.read(reader, i)
    for (const column of this.#columns) column.read(reader, i)
    this.#length++
  }

  plain(values: readonly unknown[]): void {
    const i = this.#length
    const first = this.head.timed ? 1 : 0
    if (this.head.timed) this.#time.set(i, values[0] as bigint)
    this.#columns.forEach((column, k) => {
      const x = values[first + k]
      column.set(i, x, Number.isInteger(x))
    })
    this.#length++
  }

  finish(): Columns {
    const { name, tags, columns, timed } = this.head
    const fields: Record<string, FieldColumn> = {}
    const nulls: Record<string, Uint8Array> = {}
    this.#columns.forEach((column, k) => {
      const key = columns[k + (timed ? 1 : 0)] as string
      const finished = column.finish(this.#length)
      setKey(fields, key, finished.data)
      if (finished.nulls !== undefined) setKey(nulls, key, finished.nulls)
    })
    return {
      name,
      length: this.#length,
      time: timed ? this.#time.finish(this.#length) : new BigInt64Array(0),
      tags,
      fields,
      ...(Object.keys(nulls).length === 0 ? {} : { nulls }),
    }
  }
}

/** Collects the series of an answer; with `chunks` each piece of one as soon as it is there. */
export class ColumnsCollector implements ResultHandler {
  readonly #types: Types
  readonly #chunks: boolean
  readonly #exact: boolean
  readonly #finished: StatementColumns[] = []
  #open: TypedRows | undefined
  /** Of a series that goes on in the next piece. */
  #known: { readonly head: SeriesHead; readonly types: Types } | undefined
  failure: { readonly statement: number | undefined; readonly text: string } | undefined

  constructor(types: Types, chunks: boolean, exact: boolean) {
    this.#types = types
    this.#chunks = chunks
    this.#exact = exact
  }

  /** What is complete by now. */
  takeFinished(): StatementColumns[] {
    return this.#finished.splice(0)
  }

  series(head: SeriesHead): RowTaker {
    if (this.#open !== undefined && sameSeries(this.#open.head, head)) return this.#open
    this.end()
    const known = this.#known !== undefined && sameSeries(this.#known.head, head) ? this.#known.types : {}
    this.#open = new TypedRows(head, { ...known, ...this.#types }, this.#exact)
    return this.#open
  }

  seriesEnd(): void {
    if (!this.#chunks || this.#open === undefined) return
    this.#known = { head: this.#open.head, types: this.#open.types }
    this.end()
  }

  /** Nothing more comes. */
  end(): void {
    if (this.#open !== undefined)
      this.#finished.push({ statement: this.#open.head.statement, columns: this.#open.finish() })
    this.#open = undefined
  }

  message(): void {
    // columns are of values
  }

  statementEnd(): void {
    // a statement without series has no columns
  }

  failed(statement: number | undefined, text: string): void {
    this.failure ??= { statement, text }
  }
}

function sameSeries(a: SeriesHead, b: SeriesHead): boolean {
  if (a.statement !== b.statement || a.name !== b.name || a.columns.length !== b.columns.length) return false
  if (!a.columns.every((column, i) => column === b.columns[i])) return false
  const keys = Object.keys(a.tags)
  return keys.length === Object.keys(b.tags).length && keys.every((key) => a.tags[key] === b.tags[key])
}

keepOne(new TypedRows({ statement: 0, name: 'm', tags: {}, columns: ['time', 'c'], timed: true }, {}, true))
