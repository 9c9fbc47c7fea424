import { expectTypeOf, it } from 'vitest'
import type { Context } from 'node-pvxs'
import {
  InfluxDB,
  influxql,
  pointSchema,
  points,
  type Columns,
  type Point,
  type Result,
  type Row,
  type Time,
} from 'node-pvxs/influx'
import {
  samples,
  type Batcher,
  type BatcherStats,
  type History,
  type PvUpdate,
  type Sample,
  type Sink,
} from 'node-pvxs/telemetry'

declare const db: InfluxDB
declare const ctx: Context

it('rows have the type that is named, records else', () => {
  expectTypeOf(db.rows('x')).toExtend<AsyncIterable<Row>>()
  expectTypeOf(db.rows<{ v: number }>('x')).toExtend<AsyncIterable<{ v: number }>>()
  expectTypeOf(db.columns(influxql`x`)).resolves.toEqualTypeOf<Columns[]>()
})

it('schemas infer rows both ways', () => {
  const State = { off: 0, on: 1 } as const
  const schema = pointSchema('m', { at: 'time', t: 'tag?', f: 'float', i: 'int', s: { tag: State } })
  expectTypeOf(schema.point)
    .parameter(0)
    .toEqualTypeOf<{ at: Time; f: number; i: number | bigint; s: 0 | 1; t?: string | undefined }>()
  expectTypeOf(schema.point({ at: 1n, f: 1, i: 2n, s: 1 })).toEqualTypeOf<Point>()
  // @ts-expect-error a text is not a float
  schema.point({ at: 1n, f: 'x', i: 2n, s: 1 })
  // @ts-expect-error 7 is not a state
  schema.point({ at: 1n, f: 1, i: 2n, s: 7 })
  // @ts-expect-error no such word
  pointSchema('m', { v: 'number' })
})

it('a client is a sink and a history, and takes what monitors give', () => {
  expectTypeOf(db.sink()).toExtend<Sink>()
  expectTypeOf(db.history()).toExtend<History>()
  expectTypeOf(db.record(ctx.monitorAll(['x']))).resolves.toEqualTypeOf<BatcherStats>()
  expectTypeOf(
    db.record(ctx.monitorAll(['x']), { linger: 5, arrays: 'expand', tags: { a: 'b' } }),
  ).resolves.toEqualTypeOf<BatcherStats>()
  expectTypeOf(samples()).toEqualTypeOf<(update: PvUpdate) => Sample[]>()
  expectTypeOf<Parameters<Batcher['push']>[0]>().toEqualTypeOf<readonly Sample[]>()
})

it('what is wrong does not compile', () => {
  // @ts-expect-error an option that does not exist
  new InfluxDB({ url: 'x', dataBase: 'y' })
  // @ts-expect-error an unknown precision
  new InfluxDB({ url: 'x', precision: 'h' })
  // @ts-expect-error an object is not the value of a field
  void db.write({ measurement: 'm', fields: { v: {} } })
  // @ts-expect-error null has no literal
  influxql`${null}`.text.at(0)
})

it('points of a result are mapped', () => {
  const result: Result = { statements: [] }
  expectTypeOf([...points(result, { map: (values) => values.length })]).toEqualTypeOf<number[]>()
  expectTypeOf([...points(result, { as: 'object' })]).toEqualTypeOf<Row[]>()
})
