// MessagePack, as far as InfluxDB writes it. Reading may stop at any byte and go on when there are more.

import { keepOne } from './lasting.js'

/** What integers are read as. */
export type Integers = 'auto' | 'bigint' | 'number'

/** Thrown by reads for which there are not enough bytes yet; the reader stands where the caller puts it back to. */
export const MORE: Error = new Error('more bytes')

/** An answer that is not what it says it is. */
export class FormatError extends Error {}

const EMPTY = Buffer.alloc(0)
const NIL = 0xc0
const TIME_EXTENSION = 5
const LONGEST_KEPT = 32
const KEPT = 256 // a power of two

/** Reads values from bytes that arrive in parts. */
export class MsgpackReader {
  bytes: Buffer = EMPTY
  view: DataView = new DataView(EMPTY.buffer, 0, 0)
  at = 0
  integers: Integers = 'auto'
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #wanted = 0

  /** Adds bytes; false when what the last read asked for is still not all there. */
  push(part: Buffer): boolean {
    this.#waiting.push(part)
    this.#waitingBytes += part.length
    const rest = this.bytes.length - this.at
    if (rest + this.#waitingBytes < this.#wanted) return false
    // Joined once per attempt, not once per part: a long text in small parts would be copied again and again.
    const all =
      rest === 0 && this.#waiting.length === 1
        ? part
        : Buffer.concat([this.bytes.subarray(this.at), ...this.#waiting])
    this.#waiting = []
    this.#waitingBytes = 0
    this.#wanted = 0
    this.bytes = all
    this.view = new DataView(all.buffer, all.byteOffset, all.byteLength)
    this.at = 0
    return true
  }

  /** Whether nothing is left that was not read. */
  get empty(): boolean {
    return this.at === this.bytes.length && this.#waitingBytes === 0
  }

  /** Takes `count` bytes and returns where they begin. */
  take(count: number): number {
    const start = this.at
    if (start + count > this.bytes.length) {
      this.#wanted = start + count - this.#start
      throw MORE
    }
    this.at = start + count
    return start
  }

  /** Where the caller will put the reader back to. */
  #start = 0

  mark(): number {
    return (this.#start = this.at)
  }

  back(): void {
    this.at = this.#start
  }

  byte(): number {
    return this.bytes[this.take(1)] as number
  }

  arrayLength(): number {
    const b = this.byte()
    if (b >= 0x90 && b <= 0x9f) return b & 0x0f
    if (b === 0xdc) return this.view.getUint16(this.take(2))
    if (b === 0xdd) return this.view.getUint32(this.take(4))
    if (b === NIL) return 0
    throw new FormatError(`an array was expected, and byte 0x${b.toString(16)} came`)
  }

  mapLength(): number {
    const b = this.byte()
    if (b >= 0x80 && b <= 0x8f) return b & 0x0f
    if (b === 0xde) return this.view.getUint16(this.take(2))
    if (b === 0xdf) return this.view.getUint32(this.take(4))
    if (b === NIL) return 0
    throw new FormatError(`a map was expected, and byte 0x${b.toString(16)} came`)
  }

  string(): string {
    const value = this.value()
    if (typeof value === 'string') return value
    throw new FormatError('a text was expected, and something else came')
  }

  /** A time in ns: an integer, or the extension for times. */
  time(): bigint {
    const b = this.byte()
    if (b === 0xd3) return this.view.getBigInt64(this.take(8))
    this.at--
    const { integers } = this
    this.integers = 'bigint'
    try {
      const value = this.value()
      if (typeof value === 'bigint') return value
    } finally {
      this.integers = integers
    }
    throw new FormatError('a time was expected, and something else came')
  }

  value(): unknown {
    const b = this.byte()
    if (b === 0xcb) return this.view.getFloat64(this.take(8))
    if (b <= 0x7f) return this.integers === 'bigint' ? BigInt(b) : b
    if (b >= 0xe0) return this.integers === 'bigint' ? BigInt(b - 256) : b - 256
    if (b >= 0xa0 && b <= 0xbf) return this.text(b & 0x1f)
    if (b === NIL) return null
    if (b === 0xc2) return false
    if (b === 0xc3) return true
    if (b >= 0xcc && b <= 0xd3) return this.#integer(b)
    return this.#rare(b)
  }

  text(length: number): string {
    const start = this.take(length)
    if (length > LONGEST_KEPT) return this.bytes.toString('utf8', start, start + length)
    const { bytes } = this
    let hash = length
    for (let i = 0; i < length; i++) hash = (Math.imul(hash, 31) + (bytes[start + i] as number)) | 0
    const slot = (hash ^ (hash >>> 9)) & (KEPT - 1)
    const kept = this.#kept[slot] as string
    if (kept.length === length && isText(kept, bytes, start)) return kept
    const text = bytes.toString('utf8', start, start + length)
    // As many letters as bytes: it is ASCII, and its bytes are its letters.
    if (text.length === length) this.#kept[slot] = text
    return text
  }

  /** Short texts that were read before: names and the values of tags come again and again. */
  readonly #kept: string[] = Array.from({ length: KEPT }, () => '')

  #integer(b: number): number | bigint {
    switch (b) {
      case 0xcc:
        return this.#small(this.byte())
      case 0xcd:
        return this.#small(this.view.getUint16(this.take(2)))
      case 0xce:
        return this.#small(this.view.getUint32(this.take(4)))
      case 0xd0:
        return this.#small(this.view.getInt8(this.take(1)))
      case 0xd1:
        return this.#small(this.view.getInt16(this.take(2)))
      case 0xd2:
        return this.#small(this.view.getInt32(this.take(4)))
      case 0xcf:
        return this.#large(this.view.getBigUint64(this.take(8)))
      default:
        return this.#large(this.view.getBigInt64(this.take(8)))
    }
  }

  #small(x: number): number | bigint {
    return this.integers === 'bigint' ? BigInt(x) : x
  }

  #large(x: bigint): number | bigint {
    if (this.integers === 'bigint') return x
    const number = Number(x)
    if (Number.isSafeInteger(number)) return number
    if (this.integers === 'auto') return x
    throw new UnsafeInteger(x)
  }

  #rare(b: number): unknown {
    switch (b) {
      case 0xca:
        return this.view.getFloat32(this.take(4))
      case 0xd9:
        return this.text(this.byte())
      case 0xda:
        return this.text(this.view.getUint16(this.take(2)))
      case 0xdb:
        return this.text(this.view.getUint32(this.take(4)))
      case 0xc7:
        return this.#extension(this.byte())
      case 0xd8:
        return this.#extension(16)
    }
    if ((b >= 0x90 && b <= 0x9f) || b === 0xdc || b === 0xdd) {
      this.at--
      const length = this.arrayLength()
      const array: unknown[] = []
      for (let i = 0; i < length; i++) array.push(this.value())
      return array
    }
    if ((b >= 0x80 && b <= 0x8f) || b === 0xde || b === 0xdf) {
      this.at--
      return new Map(Array.from({ length: this.mapLength() }, () => [this.string(), this.value()]))
    }
    throw new FormatError(`byte 0x${b.toString(16)} begins nothing that is known here`)
  }

  /** A time as InfluxDB writes it without `epoch`: seconds and nanoseconds. */
  #extension(length: number): bigint {
    const type = this.byte()
    if (type !== TIME_EXTENSION || length !== 12)
      throw new FormatError(`an extension of type ${type} is not known here`)
    const start = this.take(12)
    return this.view.getBigInt64(start) * 1_000_000_000n + BigInt(this.view.getInt32(start + 8))
  }
}

function isText(text: string, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false
  return true
}

keepOne(new MsgpackReader())

/** An integer that the caller wants as a number, and no number holds. */
export class UnsafeInteger extends Error {
  constructor(x: bigint) {
    super(`${x} is an integer that no number holds: read it with integers: 'auto' or 'bigint'`)
  }
}
