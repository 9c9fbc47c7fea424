import { DecodeError } from '../../errors.js'
import { readText } from './text.js'

// How many objects one decoding may make beyond what its bytes account for. A structure without leaves takes no bytes, so
// a few bytes of struct array could otherwise ask for any number of objects.
const FREE_OBJECTS = 100_000

/**
 * Reads PVAccess's encoding, little endian, from a part of an ArrayBuffer.
 *
 * A reader is made once per buffer and used again: set `p` and `end` before each record. Nothing is read behind `end`, and
 * every count is checked against the bytes that remain before anything is allocated for it.
 */
export class Reader {
  readonly dv: DataView
  readonly bytes: Uint8Array
  /** Where the next byte is read. */
  p: number
  /** Nothing at or behind this is read. */
  end: number
  #credit = 0

  constructor(buffer: ArrayBuffer, begin = 0, end: number = buffer.byteLength) {
    if (!(begin >= 0 && begin <= end && end <= buffer.byteLength)) {
      throw new RangeError(`bytes ${begin} to ${end} of a buffer of ${buffer.byteLength}`)
    }
    this.dv = new DataView(buffer)
    this.bytes = new Uint8Array(buffer)
    this.p = begin
    this.end = end
  }

  get remaining(): number {
    return this.end - this.p
  }

  /** Steps over `n` bytes and returns where they begin. */
  take(n: number): number {
    const at = this.p
    if (n > this.end - at) this.short(n)
    this.p = at + n
    return at
  }

  short(n: number): never {
    throw new DecodeError(`the data ends early: ${n} more bytes expected, ${this.end - this.p} left`)
  }

  u8(): number {
    return this.dv.getUint8(this.take(1))
  }

  u16(): number {
    return this.dv.getUint16(this.take(2), true)
  }

  u32(): number {
    return this.dv.getUint32(this.take(4), true)
  }

  u64(): bigint {
    return this.dv.getBigUint64(this.take(8), true)
  }

  f64(): number {
    return this.dv.getFloat64(this.take(8), true)
  }

  /** A count. */
  size(): number {
    const first = this.u8()
    if (first < 254) return first
    if (first === 255) throw new DecodeError('null where a count is expected')
    return this.u32()
  }

  /** The index of a union's member, -1 for none. */
  selector(): number {
    const first = this.u8()
    if (first < 254) return first
    return first === 255 ? -1 : this.u32()
  }

  /** A count of elements that take at least `bytes` each. */
  count(bytes: number): number {
    const n = this.size()
    if (n * bytes > this.end - this.p) this.short(n * bytes)
    return n
  }

  string(): string {
    const first = this.u8()
    if (first === 0 || first === 255) return '' // 255: how Java peers write null
    const length = first === 254 ? this.u32() : first
    return readText(this.bytes, this.take(length), length)
  }

  /** Counts objects that take no bytes. */
  charge(objects: number): void {
    this.#credit -= objects
    if (this.#credit < 0) throw new DecodeError('far more structures than the data has bytes')
  }

  /** To be called when a decoding begins. */
  restoreCredit(): void {
    this.#credit = FREE_OBJECTS + this.end - this.p
  }
}

/** Reads one value. `depth` counts how many values hold this one, as PVXS counts it. */
export type ReadLeaf = (r: Reader, depth: number) => unknown
