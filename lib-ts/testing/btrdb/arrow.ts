// Pages as Arrow IPC streams. The package is handed in, since it may not be installed.
import type * as Arrow from 'apache-arrow'
import type { Columns } from './store/chunk.js'
import { refuse } from './store/refusal.js'
import type { WindowColumns } from './store/windows.js'

export type ArrowModule = typeof Arrow

/** Values of several streams, joined by time; null where a stream has none. */
export interface Joined {
  readonly time: BigInt64Array
  readonly columns: readonly { readonly name: string; readonly values: readonly (number | null)[] }[]
}

/** A schema that renames and retypes the columns of an answer. */
export type Template = Arrow.Schema

export class ArrowPages {
  readonly #arrow: ArrowModule
  readonly #points: Arrow.Schema
  readonly #windows: Arrow.Schema

  constructor(arrow: ArrowModule) {
    this.#arrow = arrow
    const { Field, Float64, Schema, Uint64 } = arrow
    const number = (name: string): Arrow.Field => new Field(name, new Float64(), false)
    this.#points = new Schema([this.#time(), number('value')])
    this.#windows = new Schema([
      this.#time(),
      number('min'),
      number('mean'),
      number('max'),
      new Field('count', new Uint64(), false),
      number('stddev'),
    ])
  }

  pointsPage({ time, value }: Columns, template: Template = this.#points): Uint8Array {
    const [timeField, valueField] = template.fields as [Arrow.Field, Arrow.Field]
    return this.#stream(template, [this.#timeData(timeField, time), this.#numbers(valueField, value)])
  }

  windowsPage({ time, min, mean, max, count, stddev }: WindowColumns): Uint8Array {
    const { makeData } = this.#arrow
    const [timeField, number, , , countField] = this.#windows.fields
    const column = (values: Float64Array): Arrow.Data => this.#numbers(number as Arrow.Field, values)
    const { type } = countField as Arrow.Field<Arrow.Uint64>
    return this.#stream(this.#windows, [
      this.#timeData(timeField as Arrow.Field, time),
      column(min),
      column(mean),
      column(max),
      makeData({ type, length: count.length, nullCount: 0, data: count }),
      column(stddev),
    ])
  }

  joinedPage({ time, columns }: Joined, template?: Template): Uint8Array {
    const { Field, Float64, Schema, vectorFromArray } = this.#arrow
    const schema =
      template ??
      new Schema([this.#time(), ...columns.map(({ name }) => new Field(name, new Float64(), true))])
    const [timeField, ...fields] = schema.fields as [Arrow.Field, ...Arrow.Field[]]
    const data = columns.map(
      ({ values }, i) => vectorFromArray(values, (fields[i] as Arrow.Field).type).data[0] as Arrow.Data,
    )
    return this.#stream(schema, [this.#timeData(timeField, time), ...data])
  }

  /** The schema of a template for so many columns; undefined where none was sent. */
  template(bytes: Uint8Array, columns: number): Template | undefined {
    if (bytes.length === 0) return undefined
    const { schema } = this.#read(() => this.#arrow.tableFromIPC(bytes))
    if (schema.fields.length !== columns) refuse('arguments', `a template has ${columns} columns here`)
    return schema
  }

  /** The points of an insert: two columns, a time and a number. */
  points(bytes: Uint8Array): Columns {
    const { DataType, TimeUnit } = this.#arrow
    const table = this.#read(() => this.#arrow.tableFromIPC(bytes))
    const [time, value] = [table.getChildAt(0), table.getChildAt(1)]
    if (time === null || value === null || table.numCols !== 2)
      refuse('arguments', 'points have two columns, time and value')
    if (!DataType.isTimestamp(time.type) || time.type.unit !== TimeUnit.NANOSECOND)
      refuse('arguments', `the times of points are timestamps in ns, not ${String(time.type)}`)
    if (!DataType.isFloat(value.type)) refuse('arguments', `values are floats, not ${String(value.type)}`)
    if (time.nullCount + value.nullCount > 0) refuse('badValue', 'a point has no null')
    const points = { time: new BigInt64Array(table.numRows), value: new Float64Array(table.numRows) }
    fill(points.time, time.data)
    fill(points.value, value.data)
    return points
  }

  #time(): Arrow.Field {
    const { Field, TimeUnit, Timestamp } = this.#arrow
    return new Field('time', new Timestamp(TimeUnit.NANOSECOND, 'UTC'), false)
  }

  #timeData({ type }: Arrow.Field, time: BigInt64Array): Arrow.Data {
    const { DataType, makeData, TimeUnit } = this.#arrow
    if (!DataType.isTimestamp(type) || type.unit !== TimeUnit.NANOSECOND)
      refuse('arguments', `times are timestamps in ns, not ${String(type)}`)
    return makeData({ type, length: time.length, nullCount: 0, data: time })
  }

  #numbers({ type }: Arrow.Field, values: Float64Array): Arrow.Data {
    const { DataType, makeData, Precision } = this.#arrow
    const { length } = values
    if (!DataType.isFloat(type) || type.precision === Precision.HALF)
      refuse('arguments', `values are float64 or float32, not ${String(type)}`)
    const data = type.precision === Precision.SINGLE ? Float32Array.from(values) : values
    return makeData({ type, length, nullCount: 0, data } as never)
  }

  #stream(schema: Arrow.Schema, children: readonly Arrow.Data[]): Uint8Array {
    const { makeData, RecordBatch, RecordBatchStreamWriter, Struct } = this.#arrow
    const length = (children[0] as Arrow.Data).length
    const type = new Struct(schema.fields)
    const batch = new RecordBatch(schema, makeData({ type, length, nullCount: 0, children: [...children] }))
    return RecordBatchStreamWriter.writeAll([batch]).toUint8Array(true)
  }

  #read<T>(work: () => T): T {
    try {
      return work()
    } catch {
      refuse('arguments', 'the bytes are not an Arrow IPC stream')
    }
  }
}

function fill(into: BigInt64Array | Float64Array, parts: readonly unknown[]): void {
  let at = 0
  for (const { values, length } of parts as readonly Arrow.Data[]) {
    into.set((values as typeof into).subarray(0, length) as never, at)
    at += length
  }
}
