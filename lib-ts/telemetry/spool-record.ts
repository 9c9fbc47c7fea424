import { deserialize, serialize } from 'node:v8'
import { crc32 } from 'node:zlib'
import type { Sample, SampleValue, Series, Severity } from './sample.js'

// A record is self-contained: a check sum of four bytes, then columns. V8's serializer keeps every value exactly (bigint,
// NaN, -0, typed arrays, any text), and later versions read what earlier ones wrote.
interface Columns {
  readonly series: readonly Series[]
  readonly of: readonly number[]
  readonly time: readonly bigint[]
  readonly value: readonly SampleValue[]
  readonly severity: readonly Severity[]
  readonly status: readonly (number | undefined)[]
  readonly message: readonly (string | undefined)[]
}

const NOTHING = {} as Sample

export function encodeRecord(given: readonly Sample[]): Buffer {
  // What is not a sample becomes an empty one, which a sink refuses.
  const samples = given.map((sample) => (sample as Sample | null | undefined) ?? NOTHING)
  const numbers = new Map<Series, number>()
  const of = samples.map(({ series }) => {
    let number = numbers.get(series)
    if (number === undefined) numbers.set(series, (number = numbers.size))
    return number
  })
  const columns: Columns = {
    series: [...numbers.keys()],
    of,
    time: samples.map(({ time }) => time),
    value: samples.map(({ value }) => value),
    severity: samples.map(({ severity }) => severity),
    status: samples.map(({ status }) => status),
    message: samples.map(({ message }) => message),
  }
  const body = serialize(columns)
  const sum = Buffer.allocUnsafe(4)
  sum.writeUInt32LE(crc32(body))
  return Buffer.concat([sum, body])
}

/** Undefined when the record is damaged. */
export function decodeRecord(record: Uint8Array): Sample[] | undefined {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength)
  if (bytes.length < 4 || crc32(bytes.subarray(4)) !== bytes.readUInt32LE()) return undefined
  const { series, of, time, value, severity, status, message } = deserialize(bytes.subarray(4)) as Columns
  for (const one of series) Object.freeze(one) // what is not an object stays as it is
  return of.map((number, i) => {
    const sample = {
      series: series[number] as Series,
      time: time[i] as bigint,
      value: value[i] as SampleValue,
      severity: severity[i] as Severity,
    }
    const [state, text] = [status[i], message[i]]
    return {
      ...sample,
      ...(state === undefined ? {} : { status: state }),
      ...(text === undefined ? {} : { message: text }),
    }
  })
}
