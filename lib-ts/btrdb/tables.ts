// Columns to Arrow and back. Arrow's tables share the memory of the columns.
import type { DataType, Table } from 'apache-arrow'
import { loadArrow, type Arrow } from './peers.js'
import type { PointColumns, WindowColumns } from './wire/index.js'

type Column = BigInt64Array | BigUint64Array | Float64Array

/** A column: its name, its values, and the bits of those that are there, where some are not. */
export interface NamedColumn {
  readonly name: string
  readonly values: Column
  readonly valid?: { readonly bits: Uint8Array; readonly nulls: number }
}

export async function pointsTable({ time, value }: PointColumns): Promise<Table> {
  const arrow = await loadArrow('toArrow()', 'toArrow')
  return tableOf(arrow, [
    { name: 'time', values: time },
    { name: 'value', values: value },
  ])
}

export async function windowsTable(windows: WindowColumns): Promise<Table> {
  const arrow = await loadArrow('toArrow()', 'toArrow')
  return tableOf(
    arrow,
    (['time', 'min', 'mean', 'max', 'count', 'stddev'] as const).map((name) => ({
      name,
      values: windows[name],
    })),
  )
}

export function tableOf(arrow: Arrow, columns: readonly NamedColumn[]): Table {
  const { Field, makeData, RecordBatch, Schema, Struct, Table: ArrowTable } = arrow
  const fields = columns.map(
    ({ name, values, valid }) => new Field(name, typeOf(arrow, values), valid !== undefined),
  )
  const schema = new Schema(fields)
  const length = columns[0]?.values.length ?? 0
  const children = columns.map(({ values, valid }, i) =>
    makeData({
      type: (fields[i] as (typeof fields)[number]).type as never,
      length,
      nullCount: valid?.nulls ?? 0,
      nullBitmap: valid?.bits ?? null,
      data: values as never,
    }),
  )
  const data = makeData({ type: new Struct(fields), length, nullCount: 0, children: children as never })
  return new ArrowTable(schema, [new RecordBatch(schema, data as never)])
}

function typeOf({ Float64, TimestampNanosecond, Uint64 }: Arrow, column: Column): DataType {
  if (column instanceof BigInt64Array) return new TimestampNanosecond('UTC')
  return column instanceof BigUint64Array ? new Uint64() : new Float64()
}
