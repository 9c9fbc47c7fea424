const ESCAPE = 0x1b
const LINE_FEED = 0x0a
const RETURN = 0x0d

/** Protocol buffers, a message on each line: what would end a line is escaped. */
export class RawWriter {
  #out = Buffer.allocUnsafe(1 << 16)
  #length = 0
  #message = Buffer.allocUnsafe(1 << 12)
  #at = 0

  /** What was written since, and begins anew. */
  take(): Buffer {
    const taken = this.#out.subarray(0, this.#length)
    this.#out = Buffer.allocUnsafe(Math.max(1 << 16, this.#length))
    this.#length = 0
    return taken
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#message.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.#message.length * 2, this.#at + bytes))
    this.#message.copy(grown, 0, 0, this.#at)
    this.#message = grown
  }

  /** An unsigned number below 2^53. */
  #varint(x: number): void {
    let rest = x
    while (rest > 127) {
      this.#message[this.#at++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.#message[this.#at++] = rest
  }

  #tag(field: number, wire: number): void {
    this.#varint(field * 8 + wire)
  }

  uint(field: number, x: number): void {
    this.#room(16)
    this.#tag(field, 0)
    this.#varint(x)
  }

  /** int32: a negative number has ten bytes. */
  int(field: number, x: number): void {
    if (x >= 0) {
      this.uint(field, x)
      return
    }
    this.#room(16)
    this.#tag(field, 0)
    let rest = BigInt.asUintN(64, BigInt(x))
    for (; rest > 127n; rest >>= 7n) this.#message[this.#at++] = Number(rest & 127n) | 128
    this.#message[this.#at++] = Number(rest)
  }

  sint(field: number, x: number): void {
    this.uint(field, zigzag(x))
  }

  fixed(field: number, x: number): void {
    this.#room(8)
    this.#tag(field, 5)
    this.#at = this.#message.writeInt32LE(x, this.#at)
  }

  float(field: number, x: number): void {
    this.#room(8)
    this.#tag(field, 5)
    this.#at = this.#message.writeFloatLE(x, this.#at)
  }

  double(field: number, x: number): void {
    this.#room(12)
    this.#tag(field, 1)
    this.#at = this.#message.writeDoubleLE(x, this.#at)
  }

  bytes(field: number, bytes: Uint8Array): void {
    this.#room(16 + bytes.length)
    this.#tag(field, 2)
    this.#varint(bytes.length)
    this.#message.set(bytes, this.#at)
    this.#at += bytes.length
  }

  text(field: number, text: string): void {
    this.bytes(field, Buffer.from(text))
  }

  /** A packed array of numbers, each with one byte to ten. */
  sints(field: number, items: ArrayLike<number>): void {
    const inner = new RawWriter()
    for (let i = 0; i < items.length; i++) {
      inner.#room(16)
      inner.#varint(zigzag(items[i] as number))
    }
    this.bytes(field, inner.#message.subarray(0, inner.#at))
  }

  /** Ends the message and its line. */
  line(): void {
    const end = this.#at
    this.#at = 0
    const most = this.#length + end * 2 + 1
    if (most > this.#out.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#out.length * 2, most))
      this.#out.copy(grown, 0, 0, this.#length)
      this.#out = grown
    }
    const out = this.#out
    let to = this.#length
    for (let i = 0; i < end; i++) {
      const byte = this.#message[i] as number
      if (byte === ESCAPE || byte === LINE_FEED || byte === RETURN) {
        out[to++] = ESCAPE
        out[to++] = byte === ESCAPE ? 1 : byte === LINE_FEED ? 2 : 3
      } else out[to++] = byte
    }
    out[to++] = LINE_FEED
    this.#length = to
  }
}

function zigzag(x: number): number {
  return x >= 0 ? x * 2 : -x * 2 - 1
}
