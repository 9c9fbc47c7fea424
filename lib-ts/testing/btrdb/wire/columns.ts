// Points and windows are nearly all that is sent: they go between bytes and columns without objects in between.
import type { Columns } from '../store/chunk.js'
import type { WindowColumns } from '../store/windows.js'

const little = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 0 : 1
/** The tags of the fields 1 and 2 of a point, each of 8 bytes. */
const TIME = 0x09
const VALUE = 0x11

/** Collects the points of a message, each of them a message in it. */
export class PointsReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #time = new BigInt64Array(64)
  #value = new Float64Array(64)
  #halves = new Uint32Array(this.#time.buffer)
  #valueHalves = new Uint32Array(this.#value.buffer)
  #length = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** Reads the point of these bytes of the message. */
  read(from: number, to: number): void {
    if (to > this.#bytes.length) throw new RangeError('a point is longer than the message')
    const at = this.#room()
    let [time, value] = [false, false]
    for (let pos = from; pos < to; pos += 9) {
      const tag = this.#bytes[pos]
      if ((tag !== TIME && tag !== VALUE) || pos + 9 > to)
        throw new RangeError(`a point of ${to - from} bytes cannot be read`)
      const into = tag === TIME ? this.#halves : this.#valueHalves
      into[2 * at + little] = this.#view.getUint32(pos + 1, true)
      into[2 * at + 1 - little] = this.#view.getUint32(pos + 5, true)
      if (tag === TIME) time = true
      else value = true
    }
    if (!time) this.#time[at] = 0n
    if (!value) this.#value[at] = 0
  }

  columns(): Columns {
    return { time: this.#time.slice(0, this.#length), value: this.#value.slice(0, this.#length) }
  }

  #room(): number {
    const at = this.#length++
    if (at < this.#time.length) return at
    const [time, value] = [new BigInt64Array(2 * at), new Float64Array(2 * at)]
    time.set(this.#time)
    value.set(this.#value)
    this.#time = time
    this.#value = value
    this.#halves = new Uint32Array(time.buffer)
    this.#valueHalves = new Uint32Array(value.buffer)
    return at
  }
}

/** Bytes that grow from left to right, to a size that is known at most. */
class Writer {
  readonly bytes: Uint8Array
  readonly #view: DataView
  at = 0

  constructor(most: number) {
    this.bytes = new Uint8Array(most)
    this.#view = new DataView(this.bytes.buffer)
  }

  /** Eight bytes behind a tag, unless they are all zero: zeros are what is there when nothing is sent. */
  eight(tag: number, halves: Uint32Array, index: number): void {
    const low = halves[2 * index + little] as number
    const high = halves[2 * index + 1 - little] as number
    if (low === 0 && high === 0) return
    this.bytes[this.at] = tag
    this.#view.setUint32(this.at + 1, low, true)
    this.#view.setUint32(this.at + 5, high, true)
    this.at += 9
  }

  taken(): Uint8Array {
    return this.bytes.subarray(0, this.at)
  }
}

const halvesOf = ({
  buffer,
  byteOffset,
  length,
}: BigInt64Array | BigUint64Array | Float64Array): Uint32Array =>
  new Uint32Array(buffer, byteOffset, 2 * length)

/** A field of many points: each in at most 18 bytes, behind a tag and a length of one byte each. */
export function pointsBytes({ time, value }: Columns, field: number): Uint8Array {
  return rows(time.length, field, [
    [TIME, halvesOf(time)],
    [VALUE, halvesOf(value)],
  ])
}

export function windowsBytes(columns: WindowColumns, field: number): Uint8Array {
  const { time, min, mean, max, count, stddev } = columns
  const inOrder = [time, min, mean, max, count, stddev]
  return rows(
    time.length,
    field,
    inOrder.map((column, i) => [((i + 1) << 3) | 1, halvesOf(column)]),
  )
}

function rows(
  length: number,
  field: number,
  columns: readonly (readonly [number, Uint32Array])[],
): Uint8Array {
  const writer = new Writer(length * (2 + 9 * columns.length))
  for (let i = 0; i < length; i++) {
    const start = writer.at
    writer.at += 2
    for (const [tag, halves] of columns) writer.eight(tag, halves, i)
    writer.bytes[start] = (field << 3) | 2
    writer.bytes[start + 1] = writer.at - start - 2
  }
  return writer.taken()
}
