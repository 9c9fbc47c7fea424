// Tables of a history service, as samples and windows.
import { isScalarCode, Value } from '../../data/index.js'
import { memberType } from '../../nt/index.js'
import type { Sample, SampleValue, Series, SeriesType, Severity, Window } from '../../telemetry/index.js'

const NS = 1_000_000_000n

type Column = ArrayLike<unknown>

/** The columns of a table by name. */
function columnsIn(table: Value): Readonly<Record<string, Column | undefined>> {
  const columns: unknown = table.$has('value') ? table.$get('value') : undefined
  return columns instanceof Value ? Object.fromEntries(Object.entries(columns)) : {}
}

function timesIn(columns: Readonly<Record<string, Column | undefined>>): bigint[] {
  const { secondsPastEpoch = [], nanoseconds = [] } = columns
  return Array.from(
    secondsPastEpoch as ArrayLike<bigint | number>,
    (seconds, i) => BigInt(seconds) * NS + BigInt((nanoseconds[i] as number | undefined) ?? 0),
  )
}

/** The type of the samples in a table; a table of another kind is taken for one of floats. */
export function typeIn(table: Value): SeriesType {
  const columns = memberType(table.$type, 'value')
  const values = columns === undefined ? undefined : memberType(columns, 'values')
  if (values === undefined) return 'float64'
  // Waveforms stand in structures.
  if (values.code === 'struct[]') return (memberType(values, 'value')?.code ?? 'float64[]') as SeriesType
  const code = values.code.replace(/\[\]$/, '')
  return isScalarCode(code) ? code : 'float64'
}

export function samplesIn(table: Value, id: string): Sample[] {
  const columns = columnsIn(table)
  const { values = [], severity = [], status = [] } = columns
  const series: Series = { id, type: typeIn(table) }
  const isFloat = series.type.startsWith('float')
  return timesIn(columns).map((time, i) => {
    const cell = values[i]
    const value = (cell instanceof Value ? cell['value'] : cell) as SampleValue
    const level = Math.min(4, Math.max(0, Number(severity[i] ?? 0))) as Severity
    // As the service says it.
    const isNone = isFloat && level === 4 && Number.isNaN(value)
    return { series, time, value: isNone ? null : value, severity: level, status: Number(status[i] ?? 0) }
  })
}

/** Undefined for a service that knows no windows. */
export function windowsIn(table: Value, width: bigint): Window[] | undefined {
  const columns = columnsIn(table)
  const { values: mean = [], min, max, count, stddev } = columns
  if (min === undefined || max === undefined || count === undefined) return undefined
  return timesIn(columns).map((time, i) => {
    const deviation = Number(stddev?.[i] ?? NaN)
    return {
      time,
      width,
      min: Number(min[i]),
      mean: Number(mean[i]),
      max: Number(max[i]),
      count: Number(count[i]),
      ...(Number.isNaN(deviation) ? {} : { stddev: deviation }),
    }
  })
}
