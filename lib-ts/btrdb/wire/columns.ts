// Points and windows are nearly all bytes there are, and every one is a message of its own. They are read straight into
// columns and written straight from them; in the usual form, where no field is left out, without looking at each field.
import { cutShort, WireError } from './wire-error.js'

/** Points of a message, in the order they stand there. */
export interface PointColumns {
  readonly time: BigInt64Array
  readonly value: Float64Array
}

/** Windows of a message. */
export interface WindowColumns {
  readonly time: BigInt64Array
  readonly min: Float64Array
  readonly mean: Float64Array
  readonly max: Float64Array
  readonly count: BigUint64Array
  readonly stddev: Float64Array
}

/** Bytes, the same as a DataView, and where reading goes on. */
export interface Cursor {
  readonly bytes: Uint8Array
  readonly view: DataView
  pos: number
  readonly end: number
}

const POINT = 18
const WINDOW = 54
const FIXED64 = 1
// Where the lower half of 8 bytes goes in a Uint32Array.
const LOW = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1

/** Reads the messages with that tag (of one byte) from here on. */
export function readPoints(cursor: Cursor, tag: number): PointColumns {
  const length = countOf(cursor, tag)
  const time = new BigInt64Array(length)
  const value = new Float64Array(length)
  const words = new Uint32Array(time.buffer)
  const columns = [undefined, time, value]
  const { bytes, view } = cursor
  let { pos } = cursor
  for (let i = 0; i < length; i++) {
    if (bytes[pos + 1] === POINT && bytes[pos + 2] === 0x09 && bytes[pos + 11] === 0x11) {
      words[2 * i + LOW] = view.getUint32(pos + 3, true)
      words[2 * i + 1 - LOW] = view.getUint32(pos + 7, true)
      value[i] = view.getFloat64(pos + 12, true)
      pos += POINT + 2
    } else {
      cursor.pos = pos
      readFields(cursor, columns, i)
      pos = cursor.pos
    }
  }
  cursor.pos = pos
  return { time, value }
}

/** The same for windows. */
export function readWindows(cursor: Cursor, tag: number): WindowColumns {
  const length = countOf(cursor, tag)
  const time = new BigInt64Array(length)
  const min = new Float64Array(length)
  const mean = new Float64Array(length)
  const max = new Float64Array(length)
  const count = new BigUint64Array(length)
  const stddev = new Float64Array(length)
  const times = new Uint32Array(time.buffer)
  const counts = new Uint32Array(count.buffer)
  const columns = [undefined, time, min, mean, max, count, stddev]
  const { bytes, view } = cursor
  let { pos } = cursor
  for (let i = 0; i < length; i++) {
    if (isWholeWindow(bytes, pos)) {
      times[2 * i + LOW] = view.getUint32(pos + 3, true)
      times[2 * i + 1 - LOW] = view.getUint32(pos + 7, true)
      min[i] = view.getFloat64(pos + 12, true)
      mean[i] = view.getFloat64(pos + 21, true)
      max[i] = view.getFloat64(pos + 30, true)
      counts[2 * i + LOW] = view.getUint32(pos + 39, true)
      counts[2 * i + 1 - LOW] = view.getUint32(pos + 43, true)
      stddev[i] = view.getFloat64(pos + 48, true)
      pos += WINDOW + 2
    } else {
      cursor.pos = pos
      readFields(cursor, columns, i)
      pos = cursor.pos
    }
  }
  cursor.pos = pos
  return { time, min, mean, max, count, stddev }
}

function isWholeWindow(bytes: Uint8Array, pos: number): boolean {
  return (
    bytes[pos + 1] === WINDOW &&
    bytes[pos + 2] === 0x09 &&
    bytes[pos + 11] === 0x11 &&
    bytes[pos + 20] === 0x19 &&
    bytes[pos + 29] === 0x21 &&
    bytes[pos + 38] === 0x29 &&
    bytes[pos + 47] === 0x31
  )
}

/** How many messages with that tag follow each other. Their lengths are right after this. */
function countOf({ bytes, pos, end }: Cursor, tag: number): number {
  const at = { bytes, pos, end }
  let count = 0
  while (at.pos < end && bytes[at.pos] === tag) {
    at.pos++
    const length = varint(at)
    at.pos += length
    if (at.pos > end) throw cutShort()
    count++
  }
  return count
}

/** One message whose fields are all of 8 bytes, in any order, any of them left out: proto3 leaves out what is zero. */
function readFields(
  cursor: Cursor,
  columns: readonly (BigInt64Array | BigUint64Array | Float64Array | undefined)[],
  index: number,
): void {
  const { view } = cursor
  cursor.pos++
  const size = varint(cursor)
  const end = cursor.pos + size
  const inside = { bytes: cursor.bytes, pos: cursor.pos, end }
  while (inside.pos < end) {
    const tag = varint(inside)
    const column = columns[tag >>> 3]
    if (column === undefined || (tag & 7) !== FIXED64) {
      skip(inside, tag)
      continue
    }
    if (inside.pos + 8 > end) throw cutShort()
    if (column instanceof BigInt64Array) column[index] = view.getBigInt64(inside.pos, true)
    else if (column instanceof BigUint64Array) column[index] = view.getBigUint64(inside.pos, true)
    else column[index] = view.getFloat64(inside.pos, true)
    inside.pos += 8
  }
  cursor.pos = end
}

function skip(at: { readonly bytes: Uint8Array; pos: number; readonly end: number }, tag: number): void {
  if (tag >>> 3 === 0) throw new WireError('a field has the number 0')
  switch (tag & 7) {
    case 0:
      varint(at, true)
      break
    case 1:
      at.pos += 8
      break
    case 2: {
      const length = varint(at)
      at.pos += length
      break
    }
    case 5:
      at.pos += 4
      break
    default:
      throw new WireError(`a field has the wire type ${tag & 7}`)
  }
  if (at.pos > at.end) throw cutShort()
}

/** An unsigned varint of 32 bits; a longer one is only passed over, where that is `wide`. */
function varint(at: { readonly bytes: Uint8Array; pos: number; readonly end: number }, wide = false): number {
  let result = 0
  for (let i = 0; i < 10; i++) {
    if (at.pos >= at.end) throw cutShort()
    const byte = at.bytes[at.pos++] as number
    if (i < 4 || (i === 4 && byte < 0x10)) result += (byte & 0x7f) * 2 ** (7 * i)
    else if (!wide && byte !== 0) throw new WireError('a length does not fit 32 bits')
    if (byte < 0x80) return result
  }
  throw new WireError('a varint has more than ten bytes')
}

/** Points as messages with that tag. Every field is written: readers take both forms. */
export function writePoints({ time, value }: PointColumns, tag: number): Uint8Array {
  const { length } = time
  const bytes = new Uint8Array(length * (POINT + 2))
  const view = new DataView(bytes.buffer)
  const words = wordsOf(time)
  for (let i = 0, pos = 0; i < length; i++, pos += POINT + 2) {
    bytes[pos] = tag
    bytes[pos + 1] = POINT
    bytes[pos + 2] = 0x09
    view.setUint32(pos + 3, words[2 * i + LOW] as number, true)
    view.setUint32(pos + 7, words[2 * i + 1 - LOW] as number, true)
    bytes[pos + 11] = 0x11
    view.setFloat64(pos + 12, value[i] as number, true)
  }
  return bytes
}

/** Windows as messages with that tag. */
export function writeWindows(columns: WindowColumns, tag: number): Uint8Array {
  const { time, min, mean, max, count, stddev } = columns
  const { length } = time
  const bytes = new Uint8Array(length * (WINDOW + 2))
  const view = new DataView(bytes.buffer)
  const times = wordsOf(time)
  const counts = wordsOf(count)
  const doubles = [
    [0x11, 11, min],
    [0x19, 20, mean],
    [0x21, 29, max],
    [0x31, 47, stddev],
  ] as const
  for (let i = 0, pos = 0; i < length; i++, pos += WINDOW + 2) {
    bytes[pos] = tag
    bytes[pos + 1] = WINDOW
    bytes[pos + 2] = 0x09
    view.setUint32(pos + 3, times[2 * i + LOW] as number, true)
    view.setUint32(pos + 7, times[2 * i + 1 - LOW] as number, true)
    for (const [key, at, column] of doubles) {
      bytes[pos + at] = key
      view.setFloat64(pos + at + 1, column[i] as number, true)
    }
    bytes[pos + 38] = 0x29
    view.setUint32(pos + 39, counts[2 * i + LOW] as number, true)
    view.setUint32(pos + 43, counts[2 * i + 1 - LOW] as number, true)
  }
  return bytes
}

function wordsOf(big: BigInt64Array | BigUint64Array): Uint32Array {
  return new Uint32Array(big.buffer, big.byteOffset, big.length * 2)
}
