// getData.raw of the Archiver Appliance: protocol buffers, a chunk for each year.
import type { Sample, SampleArray, SampleValue, Series, SeriesType } from '../../telemetry/index.js'
import { secondsOf } from './columns.js'
import type { Format } from './format.js'
import { RawWriter } from './raw-writer.js'

interface RawType {
  /** Its number in PayloadInfo. */
  readonly number: number
  write(to: RawWriter, value: NonNullable<SampleValue>): void
}

const VALUE = 3
const numbersOf = (value: unknown): number[] => Array.from(value as ArrayLike<number>, Number)
const bytesOf = ({ buffer, byteOffset, byteLength }: SampleArray): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

const STRING: RawType = { number: 0, write: (to, value) => to.text(VALUE, value as string) }
const SHORT: RawType = { number: 1, write: (to, value) => to.sint(VALUE, Number(value)) }
const FLOAT: RawType = { number: 2, write: (to, value) => to.float(VALUE, value as number) }
const ENUM: RawType = { number: 3, write: (to, value) => to.sint(VALUE, value as number) }
const BYTE: RawType = { number: 4, write: (to, value) => to.bytes(VALUE, Uint8Array.of(value as number)) }
const INT: RawType = { number: 5, write: (to, value) => to.fixed(VALUE, value as number) }
const DOUBLE: RawType = { number: 6, write: (to, value) => to.double(VALUE, Number(value)) }
const STRINGS: RawType = {
  number: 7,
  write: (to, value) => {
    for (const text of value as readonly string[]) to.text(VALUE, text)
  },
}
const SHORTS: RawType = { number: 8, write: (to, value) => to.sints(VALUE, numbersOf(value)) }
const FLOATS: RawType = { number: 9, write: (to, value) => to.bytes(VALUE, bytesOf(value as SampleArray)) }
const BYTES: RawType = { number: 11, write: (to, value) => to.bytes(VALUE, bytesOf(value as SampleArray)) }
const INTS: RawType = {
  number: 12,
  write: (to, value) => to.bytes(VALUE, bytesOf(Int32Array.from(numbersOf(value)))),
}
const DOUBLES: RawType = {
  number: 13,
  write: (to, value) => to.bytes(VALUE, bytesOf(Float64Array.from(numbersOf(value)))),
}

/** There is no type for uint32 and 64 bits: they go as double. An unsigned byte goes as a short, for a byte has a sign. */
const TYPES: Readonly<Record<SeriesType, RawType>> = {
  string: STRING,
  bool: SHORT,
  int8: BYTE,
  uint8: SHORT,
  int16: SHORT,
  uint16: INT,
  int32: INT,
  uint32: DOUBLE,
  int64: DOUBLE,
  uint64: DOUBLE,
  float32: FLOAT,
  float64: DOUBLE,
  enum: ENUM,
  'string[]': STRINGS,
  'bool[]': SHORTS,
  'int8[]': BYTES,
  'uint8[]': SHORTS,
  'int16[]': SHORTS,
  'uint16[]': INTS,
  'int32[]': INTS,
  'uint32[]': DOUBLES,
  'int64[]': DOUBLES,
  'uint64[]': DOUBLES,
  'float32[]': FLOATS,
  'float64[]': DOUBLES,
}

/** A line for what the chunk is, and a line for each sample; a line that is empty stands between two chunks. */
export class RawFormat implements Format {
  readonly contentType = 'application/x-protobuf'
  readonly unknown = 'error'
  readonly #writer = new RawWriter()
  #series: Series | undefined
  #type = DOUBLE
  /** The seconds of the chunk's year. */
  #year = { first: 0n, end: 0n }
  #some = false
  /** What there is a chunk of, also without a sample. */
  #known: Series | undefined

  begin(): string {
    return ''
  }

  series(series: Series): Uint8Array {
    this.#introduce()
    this.#series = undefined
    this.#known = series
    return this.#writer.take()
  }

  samples(batch: readonly Sample[]): Uint8Array {
    for (const sample of batch) this.#sample(sample)
    return this.#writer.take()
  }

  #sample({ series, time, value, severity, status = 0 }: Sample): void {
    const { seconds, nanos } = secondsOf(time)
    const type = TYPES[series.type]
    // Without a value there is a sample only where it can say so.
    if (value === null && type !== DOUBLE && type !== FLOAT) return
    const { first, end } = this.#year
    if (this.#series === undefined || type !== this.#type || seconds < first || seconds >= end)
      this.#chunk(series, type, seconds, value)
    this.#series = series
    this.#known = undefined
    const to = this.#writer
    to.uint(1, Number(seconds - this.#year.first))
    to.uint(2, nanos)
    type.write(to, value ?? NaN)
    if (severity !== 0) to.int(4, severity)
    if (status !== 0) to.int(5, status)
    to.line()
  }

  #chunk(series: Series, type: RawType, seconds: bigint, value: SampleValue): void {
    const year = new Date(Number(seconds) * 1_000).getUTCFullYear()
    const startOf = (of: number): bigint => BigInt(Date.UTC(of, 0, 1)) / 1_000n
    this.#year = { first: startOf(year), end: startOf(year + 1) }
    this.#type = type
    const to = this.#writer
    if (this.#some) to.line()
    this.#some = true
    head(to, series, type, year, typeof value === 'object' && value !== null ? value.length : 1)
  }

  /** Says what a series is of which there was no sample. */
  #introduce(): void {
    if (this.#known === undefined) return
    const now = BigInt(Math.floor(Date.now() / 1_000))
    this.#chunk(this.#known, TYPES[this.#known.type], now, null)
    this.#known = undefined
  }

  end(): Uint8Array {
    this.#introduce()
    return this.#writer.take()
  }
}

/** PayloadInfo. */
function head(
  to: RawWriter,
  { id, units }: Series,
  { number }: RawType,
  year: number,
  elements: number,
): void {
  to.uint(1, number)
  to.text(2, id)
  to.int(3, year)
  to.uint(4, elements)
  if (units !== undefined) to.bytes(15, header('EGU', units))
  to.line()
}

/** FieldValue: a name and its text. */
function header(name: string, text: string): Uint8Array {
  const parts = [name, text].map((part) => Buffer.from(part))
  const field = (number: number, bytes: Buffer): Buffer =>
    Buffer.concat([Buffer.from([number * 8 + 2, ...lengthOf(bytes.length)]), bytes])
  return Buffer.concat(parts.map((bytes, i) => field(i + 1, bytes)))
}

function lengthOf(length: number): number[] {
  return length < 128 ? [length] : [(length % 128) | 128, ...lengthOf(Math.floor(length / 128))]
}
