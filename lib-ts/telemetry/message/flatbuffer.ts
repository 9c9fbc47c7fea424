// As much of FlatBuffers as three flat tables need (https://flatbuffers.dev/internals): little endian, a root offset, an
// identifier, tables that find their fields through a list of offsets. A writer that lays out forward, and a reader that
// believes nothing: each offset is checked against the message before it is followed.
import { InvalidArgumentError } from '../../errors.js'

const text = new TextEncoder()
// Kept as it is: a message with a byte order mark is not ours.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Lays a message out from its first byte to its last. */
export class FlatbufferWriter {
  #bytes: Uint8Array
  #view: DataView
  #end = 8

  /** @param identifier four letters; @param size about as many bytes as it will need */
  constructor(identifier: string, size: number) {
    this.#bytes = new Uint8Array(size)
    this.#view = new DataView(this.#bytes.buffer)
    for (let i = 0; i < 4; i++) this.#bytes[4 + i] = identifier.charCodeAt(i)
  }

  #take(bytes: number): number {
    const at = this.#end
    this.#end += bytes
    if (this.#end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#end, 2 * this.#bytes.length))
      larger.set(this.#bytes)
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    return at
  }

  /** Moves on until `ahead` bytes later stands on a multiple of `to`. */
  #align(to: number, ahead = 0): void {
    const over = (this.#end + ahead) % to
    if (over !== 0) this.#take(to - over)
  }

  /**
   * A table whose fields stand at these distances from its start (0: absent), of `size` bytes, aligned so that the field at
   * `ahead` stands on a multiple of `to`. Gives where it starts.
   */
  table(fields: readonly number[], size: number, to: number, ahead = 0): number {
    const list = 4 + 2 * fields.length
    this.#align(2)
    const vtable = this.#take(list)
    this.#view.setUint16(vtable, list, true)
    this.#view.setUint16(vtable + 2, size, true)
    for (const [i, distance] of fields.entries()) this.#view.setUint16(vtable + 4 + 2 * i, distance, true)
    this.#align(Math.max(4, to), ahead)
    const at = this.#take(size)
    this.#view.setInt32(at, at - vtable, true)
    return at
  }

  root(table: number): void {
    this.#view.setUint32(0, table, true)
  }

  /** A field that holds how far on what it means is: what is written next, once it is aligned. */
  #refer(field: number): void {
    this.#view.setUint32(field, this.#end - field, true)
  }

  refer(field: number, table: number): void {
    this.#view.setUint32(field, table - field, true)
  }

  string(field: number, value: string): void {
    this.#align(4)
    this.#refer(field)
    const bytes = text.encode(value)
    const at = this.#take(4 + bytes.length + 1)
    this.#view.setUint32(at, bytes.length, true)
    this.#bytes.set(bytes, at + 4)
  }

  vector(field: number, bytes: Uint8Array, width: number): void {
    this.#align(Math.max(4, width), 4)
    this.#refer(field)
    const at = this.#take(4 + bytes.length)
    this.#view.setUint32(at, bytes.length / width, true)
    this.#bytes.set(bytes, at + 4)
  }

  /** For numbers; ask again after each of the above, which may move what is written. */
  get view(): DataView {
    return this.#view
  }

  finish(): Uint8Array {
    this.#align(4)
    return this.#bytes.subarray(0, this.#end)
  }
}

function damaged(why: string): InvalidArgumentError {
  return new InvalidArgumentError(`a FlatBuffers message: ${why}`, { op: 'decodeFlatbuffer' })
}

/** The identifier of a message, or undefined when it has none. */
export function identifierOf(bytes: Uint8Array): string | undefined {
  if (bytes.length < 8) return undefined
  const letters = bytes.subarray(4, 8)
  return letters.every((c) => c > 0x20 && c < 0x7f) ? String.fromCharCode(...letters) : undefined
}

/** Reads one table. A field that is absent is undefined. */
export class FlatbufferTable {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #at: number
  readonly #list: number
  readonly #fields: number
  readonly #size: number

  constructor(bytes: Uint8Array, at?: number) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#at = at ?? this.#view.getUint32(this.#inside(0, 4), true)
    const list = this.#at - this.#view.getInt32(this.#inside(this.#at, 4), true)
    this.#list = this.#inside(list, 4)
    const length = this.#view.getUint16(list, true)
    this.#size = this.#view.getUint16(list + 2, true)
    if (length < 4 || length % 2 !== 0) throw damaged('the list of a table has an impossible length')
    this.#inside(list, length)
    this.#inside(this.#at, this.#size)
    this.#fields = (length - 4) / 2
  }

  #inside(at: number, length: number): number {
    if (at < 0 || at + length > this.#view.byteLength)
      throw damaged('it is cut off, or points outside of itself')
    return at
  }

  #field(slot: number, width: number): number | undefined {
    if (slot >= this.#fields) return undefined
    const distance = this.#view.getUint16(this.#list + 4 + 2 * slot, true)
    if (distance === 0) return undefined
    if (distance < 4 || distance + width > this.#size) throw damaged('a field stands outside of its table')
    return this.#at + distance
  }

  read<T>(slot: number, width: number, get: (view: DataView, at: number) => T): T | undefined {
    const at = this.#field(slot, width)
    return at === undefined ? undefined : get(this.#view, at)
  }

  #target(slot: number): number | undefined {
    const at = this.#field(slot, 4)
    return at === undefined ? undefined : at + this.#view.getUint32(at, true)
  }

  table(slot: number): FlatbufferTable | undefined {
    const at = this.#target(slot)
    return at === undefined ? undefined : new FlatbufferTable(this.#bytes, this.#inside(at, 4))
  }

  string(slot: number): string | undefined {
    const bytes = this.vector(slot, 1)
    if (bytes === undefined) return undefined
    try {
      return utf8.decode(bytes)
    } catch {
      throw damaged('a text is not UTF-8')
    }
  }

  /** The bytes of a vector, a part of the message. */
  vector(slot: number, width: number): Uint8Array | undefined {
    const at = this.#target(slot)
    if (at === undefined) return undefined
    const length = this.#view.getUint32(this.#inside(at, 4), true) * width
    return this.#bytes.subarray(this.#inside(at + 4, length), at + 4 + length)
  }
}
