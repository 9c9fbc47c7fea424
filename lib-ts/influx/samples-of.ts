// From columns of the server to samples.
import type { Sample, SampleValue, Series, Severity } from '../telemetry/index.js'
import type { Columns, FieldColumn } from './columns.js'
import type { Kind } from './layout.js'
import type { Metadata } from './metadata.js'

/** The kind of rows whose measurement does not say it: by the type of their value and whether they have labels. */
function kindOfColumns({ fields }: Columns): Kind {
  const { value, label } = fields
  if (value instanceof BigUint64Array) return 'uint'
  if (value instanceof BigInt64Array) return Array.isArray(label) ? 'enum' : 'int'
  if (Array.isArray(value)) return value.some((x) => typeof x === 'boolean') ? 'bool' : 'string'
  return 'float'
}

/** Samples of a run of rows. `kind` is undefined where the measurement does not say it. */
export function samplesOf(rows: Columns, kind: Kind | undefined, metadata: Metadata): Sample[] {
  const guess = kindOfColumns(rows)
  const { time, fields, length, nulls = {} } = rows
  const read = readers(fields, nulls)
  const all = new Array<Sample>(length)
  for (let i = 0; i < length; i++) {
    const at = time[i] as bigint
    const series = metadata.at(kind, at, guess)
    const value = valueIn(read.value(i), series)
    const severity = (read.severity(i) ?? 0) as Severity
    const status = read.status(i)
    const message = read.message(i)
    const sample = { series, time: at, value, severity }
    all[i] =
      status === undefined && message === undefined
        ? sample
        : {
            ...sample,
            ...(status === undefined ? {} : { status }),
            ...(message === undefined ? {} : { message }),
          }
  }
  return all
}

interface Readers {
  value(i: number): number | bigint | boolean | string | null
  severity(i: number): number | undefined
  status(i: number): number | undefined
  message(i: number): string | undefined
}

function readers(fields: Columns['fields'], nulls: Readonly<Record<string, Uint8Array>>): Readers {
  const cell = (key: string) => {
    const column: FieldColumn | undefined = Object.hasOwn(fields, key) ? fields[key] : undefined
    const missing = Object.hasOwn(nulls, key) ? nulls[key] : undefined
    return (i: number): number | bigint | boolean | string | null => {
      const x = column?.[i] ?? null
      return missing?.[i] === 1 || (typeof x === 'number' && Number.isNaN(x)) ? null : x
    }
  }
  const integer = (key: string) => {
    const of = cell(key)
    return (i: number): number | undefined => {
      const x = of(i)
      return typeof x === 'bigint' || typeof x === 'number' ? Number(x) : undefined
    }
  }
  const message = cell('message')
  return {
    value: cell('value'),
    severity: integer('severity'),
    status: integer('status'),
    message: (i) => {
      const x = message(i)
      return typeof x === 'string' ? x : undefined
    },
  }
}

/** A value in the form of its series' type. */
function valueIn(x: number | bigint | boolean | string | null, { type }: Series): SampleValue {
  if (typeof x !== 'bigint' || type === 'int64' || type === 'uint64') return x
  return Number(x)
}
