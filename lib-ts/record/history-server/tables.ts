// Answers of the RPC services, as PVAccess has tables.
import { TypeDef, type Value } from '../../data/index.js'
import { NTScalar, NTTable } from '../../nt/index.js'
import type { Sample, Window } from '../../telemetry/index.js'
import type { SampleColumns } from './columns.js'
import { codeOf, Column, Stamps } from './columns.js'

const STAMPS = { nanoseconds: 'int32[]', severity: 'int32[]', status: 'int32[]' } as const

/** A table of samples: an NTTable, or an NTComplexTable for a series of arrays. */
export function sampleTable(id: string, columns: SampleColumns): Value {
  const { stamps, type, values } = columns
  const isArrays = type.endsWith('[]')
  const code = codeOf(type)
  const cells = isArrays ? new TypeDef('struct[]', { value: `${code}[]` }) : `${code}[]`
  return table(isArrays ? 'NTComplexTable' : 'NTTable', id, { values: cells }, {}, stamps, { values })
}

/** The figures of windows: `values` is the mean. */
export class WindowTable {
  readonly #id: string
  readonly #stamps = new Stamps()
  readonly #values = new Column(Float64Array)
  readonly #min = new Column(Float64Array)
  readonly #max = new Column(Float64Array)
  readonly #count = new Column(Int32Array)
  readonly #stddev = new Column(Float64Array)

  constructor(id: string) {
    this.#id = id
  }

  add({ time, min, mean, max, count, stddev = NaN }: Window): void {
    this.#stamps.add(time, 0, 0)
    this.#values.add(mean)
    this.#min.add(min)
    this.#max.add(max)
    this.#count.add(count)
    this.#stddev.add(stddev)
  }

  get value(): Value {
    const more = { min: 'float64[]', max: 'float64[]', count: 'int32[]', stddev: 'float64[]' }
    return table('NTTable', this.#id, { values: 'float64[]' }, more, this.#stamps, {
      values: this.#values.all,
      min: this.#min.all,
      max: this.#max.all,
      count: this.#count.all,
      stddev: this.#stddev.all,
    })
  }
}

type Codes = Readonly<Record<string, string | TypeDef>>

function table(
  kind: string,
  id: string,
  values: Codes,
  more: Codes,
  { secondsPastEpoch, nanoseconds, severity, status }: Stamps,
  cells: Readonly<Record<string, unknown>>,
): Value {
  const columns: Codes = { secondsPastEpoch: 'int64[]', ...values, ...STAMPS, ...more }
  const type = new TypeDef('struct', `epics:nt/${kind}:1.0`, {
    labels: 'string[]',
    value: new TypeDef('struct', columns as never),
    descriptor: 'string',
  })
  const stamps = {
    secondsPastEpoch: secondsPastEpoch.all,
    nanoseconds: nanoseconds.all,
    severity: severity.all,
    status: status.all,
  }
  return type.create({
    labels: Object.keys(columns),
    value: { ...stamps, ...cells },
    descriptor: id,
  } as never)
}

const SEVERAL = new TypeDef('struct', { value: 'any[]' })

/** The tables of several PVs. */
export function severalTables(tables: readonly (readonly [string, Value])[]): Value {
  const value = tables.map(([pvName, table]) => {
    const type = new TypeDef('struct', { pvName: 'string', value: table.$type as never })
    return type.create({ pvName, value: table } as never)
  })
  return SEVERAL.create({ value })
}

const States = new NTTable({
  pv: 'string',
  secondsPastEpoch: 'int64',
  values: 'string',
  nanoseconds: 'int32',
  severity: 'int32',
  status: 'int32',
})

/** The state of PVs at one time, each value as text. */
export function stateTable(samples: readonly Sample[]): Value {
  const stamps = new Stamps()
  for (const { time, severity, status = 0 } of samples) stamps.add(time, severity, status)
  return States.create({
    value: {
      pv: samples.map(({ series }) => series.id),
      secondsPastEpoch: stamps.secondsPastEpoch.all,
      values: samples.map(textOf),
      nanoseconds: stamps.nanoseconds.all,
      severity: stamps.severity.all,
      status: stamps.status.all,
    },
  })
}

/** The label of an enum; an array as JSON; nothing for no value. */
function textOf({ series, value }: Sample): string {
  if (value === null) return ''
  if (series.type === 'enum') return series.choices?.[value as number] ?? String(value)
  if (typeof value !== 'object') return Object.is(value, -0) ? '-0' : String(value)
  const items = Array.from(value as ArrayLike<unknown>, (x) =>
    typeof x === 'string' ? JSON.stringify(x) : String(x),
  )
  return `[${items.join(',')}]`
}

const Names = new NTScalar('string[]')

export function namesValue(names: readonly string[]): Value {
  return Names.create({ value: names })
}

const Text = new NTScalar('string')

export function textValue(text: string): Value {
  return Text.create({ value: text })
}
