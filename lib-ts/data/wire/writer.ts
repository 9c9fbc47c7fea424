import { InvalidArgumentError } from '../../errors.js'
import { writeText } from './text.js'

const FIRST_BYTES = 4096
// A single large value must not keep its buffer forever. Many in a row should share one, since a new one has to be cleared
// first.
const KEPT_BYTES = 1 << 20
const MOST_KEPT_BYTES = 16 << 20
const SMALL_IN_A_ROW = 8
const LARGEST = 2 ** 32 - 1

/** Writes PVAccess's encoding, little endian, into a buffer that grows; made once and used again after {@link reset}. */
export class Writer {
  #dv = new DataView(new ArrayBuffer(FIRST_BYTES))
  #bytes = new Uint8Array(this.#dv.buffer)
  #p = 0
  #small = 0

  /** Forgets what was written. */
  reset(): void {
    const { length } = this.#bytes
    this.#small = this.#p > KEPT_BYTES ? 0 : this.#small + 1
    this.#p = 0
    if (length > MOST_KEPT_BYTES || (length > KEPT_BYTES && this.#small >= SMALL_IN_A_ROW))
      this.#use(new ArrayBuffer(FIRST_BYTES))
  }

  /** What was written: a view, valid until the next {@link reset} or write. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#p)
  }

  get length(): number {
    return this.#p
  }

  // Room first: growing replaces the view.
  u8(n: number): void {
    const at = this.#room(1)
    this.#dv.setUint8(at, n)
  }

  u16(n: number): void {
    const at = this.#room(2)
    this.#dv.setUint16(at, n, true)
  }

  u32(n: number): void {
    const at = this.#room(4)
    this.#dv.setUint32(at, n, true)
  }

  /** Both kinds of 64-bit integer. */
  u64(n: bigint): void {
    const at = this.#room(8)
    this.#dv.setBigUint64(at, BigInt.asUintN(64, n), true)
  }

  f32(n: number): void {
    const at = this.#room(4)
    this.#dv.setFloat32(at, n, true)
  }

  f64(n: number): void {
    const at = this.#room(8)
    this.#dv.setFloat64(at, n, true)
  }

  /** A count, or the index of a union's member. */
  size(n: number): void {
    if (n < 254) {
      this.u8(n)
      return
    }
    if (n > LARGEST) throw new InvalidArgumentError(`${n} elements or bytes are more than PVAccess can count`)
    this.u8(254)
    this.u32(n)
  }

  string(text: string): void {
    const most = text.length * 3
    if (most < 254) {
      const at = this.#room(most + 1)
      const length = writeText(this.#bytes, at + 1, text)
      this.#bytes[at] = length
      this.#p = at + 1 + length
      return
    }
    // The count stands before the text and its own length depends on it: write the text where it ends up in most cases.
    const at = this.#room(most + 5)
    const length = writeText(this.#bytes, at + 5, text)
    this.#p = at
    this.size(length)
    if (this.#p !== at + 5) this.#bytes.copyWithin(this.#p, at + 5, at + 5 + length)
    this.#p += length
  }

  /** The bytes of an array as they lie in memory. */
  raw(array: ArrayBufferView): void {
    const at = this.#room(array.byteLength)
    this.#bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at)
  }

  #room(n: number): number {
    const at = this.#p
    const end = at + n
    if (end > this.#bytes.length) this.#grow(end)
    this.#p = end
    return at
  }

  #grow(end: number): void {
    const old = this.#bytes
    this.#use(new ArrayBuffer(Math.max(end, old.length * 2)))
    this.#bytes.set(old)
  }

  #use(buffer: ArrayBuffer): void {
    this.#dv = new DataView(buffer)
    this.#bytes = new Uint8Array(buffer)
  }
}
