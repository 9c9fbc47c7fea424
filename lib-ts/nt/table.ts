import {
  codesThereAre,
  int64Form,
  isScalarCode,
  Member,
  scalarCodes,
  TypeDef,
  withInt64,
  type ArrayOf,
  type CodeType,
  type FieldInput,
  type Fields,
  type Input,
  type Int64As,
  type Int64Form,
  type Int64Option,
  type MutableValue,
  type ScalarCode,
  type Value,
  type ValueMembers,
} from '../data/index.js'
import { checkOptions, quote, readOptions } from '../input/index.js'
import { about, ConversionError, InvalidArgumentError, NoFieldError, TypeMismatchError } from '../errors.js'
import { checkValue, define, hasId, memberType, NormativeType } from './builder.js'
import { alarmType, timeType, type StampedFields } from './parts.js'

/** Columns by name, in order: the code of one cell, or that of the whole column (`int32` and `int32[]` say the same). */
export type NTTableColumns = Readonly<Record<string, ScalarCode | `${ScalarCode}[]`>>

/**
 * What {@link NTTable} takes.
 *
 * @example
 * new NTTable({ s: 'float64', beta: 'float64' }, { labels: ['s / m', 'beta / m'] })
 */
export interface NTTableOptions {
  /** What to print over the columns, in their order; the names without it. */
  readonly labels?: readonly string[]
}

type CellCode<C> = C extends `${infer E extends ScalarCode}[]` ? E : C extends ScalarCode ? C : ScalarCode
type Open<C> = string extends keyof C ? true : false

/** What a value made by `new NTTable(columns)` reads as. */
export interface NTTableFields<C extends NTTableColumns> extends StampedFields {
  readonly labels: readonly string[]
  readonly value: Open<C> extends true ? Value : Value<{ -readonly [K in keyof C]: ArrayOf<CellCode<C[K]>> }>
  readonly descriptor: string
}

/** A row of a table: a cell for each column, by its name; `F` is what 64-bit integers are. */
export type NTTableRow<C extends NTTableColumns, F extends Int64Form = 'bigint'> =
  Open<C> extends true ? Fields : { readonly [K in keyof C]: CellOf<CodeType<CellCode<C[K]>>, F> }
type CellOf<T, F extends Int64Form> = [T] extends [bigint] ? Int64As<F> : T

/** What a row to be written may hold. */
export type NTTableRowInput<C extends NTTableColumns> =
  Open<C> extends true
    ? Readonly<Record<string, unknown>>
    : { readonly [K in keyof C]: FieldInput<CodeType<CellCode<C[K]>>> }

/**
 * Columns of one length, each with a name and one kind of cell.
 *
 * A value holds columns (`v.value.name` is a typed array); `rows` and `fromRows` turn them into objects and back. `create()`
 * also sets `labels`, which no post needs to repeat.
 *
 * @throws {@link InvalidArgumentError} for a column that is not a scalar, or labels that do not match the columns
 * @example
 * const Devices = new NTTable({ name: 'string', position: 'float64' }, { labels: ['Device', 'Position / mm'] })
 * const m = Devices.fromRows([{ name: 'slit', position: 1.5 }, { name: 'mirror', position: -3 }])
 * m.value.position // → Float64Array.of(1.5, -3)
 * Devices.rows(m) // → [{ name: 'slit', position: 1.5 }, { name: 'mirror', position: -3 }]
 */
export class NTTable<const C extends NTTableColumns = NTTableColumns> extends NormativeType<
  NTTableFields<C>
> {
  /** The names of the columns, in order. */
  readonly columns: readonly (keyof C & string)[]
  /** What `create()` writes into the field of that name. */
  readonly labels: readonly string[]

  constructor(columns: C | readonly Member[], options?: NTTableOptions) {
    checkOptions(options, ['labels'], 'NTTable')
    const members = about({ op: 'NTTable' }, () => columnMembers(columns))
    super(
      new TypeDef('struct', 'epics:nt/NTTable:1.0', {
        labels: 'string[]',
        value: new TypeDef('struct', members),
        descriptor: 'string',
        alarm: alarmType,
        timeStamp: timeType,
      }),
    )
    this.columns = members.map(({ name }) => name)
    this.labels = checkedLabels(options?.labels ?? this.columns, this.columns)
  }

  /**
   * The table type that a value has, with its labels: for tables whose columns are known only when they arrive.
   *
   * @throws {@link InvalidArgumentError} when the value is not a table
   * @example
   * const v = await ctx.get('lab:devices')
   * for (const row of NTTable.from(v).rows(v)) console.log(row)
   */
  static from(value: ValueMembers<unknown>): NTTable {
    checkValue(value, 'NTTable.from')
    const columns = memberType(value.$type, 'value')
    if (columns?.code !== 'struct')
      throw new InvalidArgumentError(`${value.$id || 'the value'} is not a table`, { op: 'NTTable.from' })
    const labels: unknown = value.$has('labels') ? value.$get('labels') : undefined
    const isComplete = Array.isArray(labels) && labels.length === columns.members.length
    return new NTTable(columns.members, isComplete ? { labels: labels as readonly string[] } : {})
  }

  override create(initial?: Input<NTTableFields<C>>): MutableValue<NTTableFields<C>> {
    const table = super.create({ labels: this.labels })
    return initial === undefined ? table : about({ op: 'create' }, () => table.$assign(initial))
  }

  override is(value: unknown): value is Value<NTTableFields<C>> {
    if (!hasId(value, 'epics:nt/NTTable')) return false
    const columns = memberType(value.$type, 'value')
    if (columns?.code !== 'struct') return false
    const own = memberType(this.build(), 'value')
    return (own?.members ?? []).every(({ name, code }) => memberType(columns, name)?.code === code)
  }

  /**
   * A table as objects, one for each row, with a property for each column the value has. Where a column is shorter than
   * another, its cells are undefined.
   *
   * @param options.int64 what 64-bit integers become: `bigint` (the default), `number` or `string`, which JSON takes
   * @throws {@link TypeMismatchError} when the value lacks a column of this table
   * @example
   * const Devices = new NTTable({ name: 'string', position: 'float64' })
   * for (const { name, position } of Devices.rows(await ctx.get('lab:devices'))) console.log(name, position)
   */
  rows<const F extends Int64Form = 'bigint'>(
    value: ValueMembers<unknown>,
    options?: Int64Option<F>,
  ): NTTableRow<C, F>[] {
    checkValue(value, 'NTTable.rows')
    const { int64 = 'bigint' } = readOptions(options, { int64: int64Form }, 'NTTable.rows')
    const columns = columnsOf(value)
    const lacking = this.columns.filter((name) => !columns.some(([present]) => present === name))
    if (lacking.length > 0) {
      throw new TypeMismatchError(`${value.$id || 'the value'} has no column ${lacking.join(', ')}`, {
        op: 'rows',
      })
    }
    const rows: Record<string, unknown>[] = []
    const length = columns.reduce((longest, [, cells]) => Math.max(longest, cells.length), 0)
    for (let at = 0; at < length; at++) {
      const row: Record<string, unknown> = {}
      for (const [name, cells] of columns) define(row, name, withInt64(cells[at], int64))
      rows.push(row)
    }
    return rows as NTTableRow<C, F>[]
  }

  /**
   * A table of rows. Every row has a cell for every column, and nothing else. Only the columns are marked, so a put or a
   * post of it leaves the labels as they are.
   *
   * @throws {@link ConversionError} for a cell that is missing or does not fit, with its path; {@link NoFieldError} for one
   *   that has no column
   * @example
   * const Devices = new NTTable({ name: 'string', position: 'float64' })
   * await ctx.put('lab:devices', Devices.fromRows([{ name: 'slit', position: 1.5 }]))
   */
  fromRows(rows: Iterable<NTTableRowInput<C>>): MutableValue<NTTableFields<C>> {
    return about({ op: 'fromRows' }, () => this.#fromRows(rows))
  }

  #fromRows(rows: Iterable<NTTableRowInput<C>>): MutableValue<NTTableFields<C>> {
    if (typeof (rows as Partial<Iterable<unknown>> | null)?.[Symbol.iterator] !== 'function')
      throw new InvalidArgumentError(`the rows of a table are an iterable, not ${quote(rows)}`)
    const cells = new Map<string, unknown[]>(this.columns.map((name) => [name, []]))
    let at = 0
    for (const row of rows as Iterable<unknown>) {
      if (typeof row !== 'object' || row === null)
        throw new InvalidArgumentError(`row ${at} is not an object`)
      this.#checkRow(row, at)
      for (const [name, column] of cells) column.push((row as Record<string, unknown>)[name])
      at++
    }
    const value: Record<string, unknown> = {}
    for (const [name, column] of cells) define(value, name, column)
    // Unmarked: on an IOC the labels are a record of their own, which a put of rows would overwrite.
    return this.create()
      .$unmark()
      .$assign({ value } as unknown as Input<NTTableFields<C>>)
  }

  #checkRow(row: object, at: number): void {
    for (const name of Object.keys(row)) {
      if (this.columns.includes(name)) continue
      throw new NoFieldError(`row ${at}: there is no column ${quote(name)}`, {
        path: `value.${name}`,
        fields: this.columns,
      })
    }
    for (const name of this.columns) {
      if (Object.hasOwn(row, name) && (row as Record<string, unknown>)[name] !== undefined) continue
      const path = `value.${name}[${at}]`
      throw new ConversionError(`${path}: row ${at} has no ${quote(name)}`, { path })
    }
  }
}

function columnMembers(columns: unknown): Member[] {
  const given: (readonly [string, unknown])[] = Array.isArray(columns)
    ? columns.map((member: unknown) => {
        if (member instanceof Member) return [member.name, member.code]
        throw new InvalidArgumentError('the columns of NTTable are an object or an array of Member', {
          op: 'NTTable',
        })
      })
    : Object.entries(checkedObject(columns))
  return given.map(([name, code]) => {
    const cell = typeof code === 'string' ? code.replace(/\[\]$/, '') : ''
    if (!isScalarCode(cell)) {
      throw new InvalidArgumentError(
        `column ${quote(name)} of NTTable must have the code of a scalar, not ${quote(code)}${codesThereAre(code, scalarCodes)}`,
        { op: 'NTTable' },
      )
    }
    return new Member(`${cell}[]`, name)
  })
}

function checkedObject(columns: unknown): object {
  if (typeof columns === 'object' && columns !== null) return columns
  throw new InvalidArgumentError('the columns of NTTable are an object or an array of Member', {
    op: 'NTTable',
  })
}

function checkedLabels(labels: unknown, columns: readonly string[]): readonly string[] {
  const texts: unknown[] = Array.isArray(labels) ? labels : []
  if (!texts.every((label) => typeof label === 'string') || texts.length !== columns.length) {
    throw new InvalidArgumentError(
      `the labels of NTTable must be ${columns.length} texts, one for each column`,
      { op: 'NTTable' },
    )
  }
  return Object.freeze([...texts])
}

function columnsOf(value: ValueMembers<unknown>): [string, ArrayLike<unknown>][] {
  const table = value.$has('value') ? value.$get('value') : undefined
  if (typeof table !== 'object' || table === null) {
    throw new TypeMismatchError(`${value.$id || 'the value'} is not a table: it has no structure "value"`, {
      op: 'rows',
    })
  }
  return Object.entries(table).map(([name, cells]: [string, unknown]) => {
    if (Array.isArray(cells) || ArrayBuffer.isView(cells))
      return [name, cells as unknown as ArrayLike<unknown>]
    throw new TypeMismatchError(`${value.$id || 'the value'} is not a table: value.${name} is not a column`, {
      op: 'rows',
    })
  })
}
