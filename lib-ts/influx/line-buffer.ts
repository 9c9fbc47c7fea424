import { isWellFormed } from '../input/index.js'
import { keepOne } from './lasting.js'
import { NUMBER_BYTES, writeDigits, writeFloat, writeInteger } from './number-text.js'

const FIRST_CAPACITY = 4096
/** A longer text is written by Node, a shorter one letter by letter, which costs less than the call. */
const LONGEST_COPIED = 48
const QUOTE = 0x22
const BACKSLASH = 0x5c
const LF = 0x0a
const SPACE = 0x20
const SECOND = 1_000_000_000n
const LOW = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1
const HIGH = 1 - LOW

/**
 * Lines of line protocol as they are written: bytes from the beginning, without a text for each part of each line.
 *
 * Writing begins at `at`, which a caller may set back to drop what it has begun.
 */
export class LineBuffer {
  bytes: Buffer
  at = 0
  readonly #time = new BigInt64Array(1)
  readonly #words = new Uint32Array(this.#time.buffer)
  // The second of the last time, which most times share with the one before; NaN, with which none does, when there is none.
  #low = NaN
  #high = NaN
  readonly #second = new Uint8Array(NUMBER_BYTES)
  #secondLength = 0

  constructor(capacity = FIRST_CAPACITY) {
    this.bytes = Buffer.allocUnsafeSlow(capacity)
  }

  /** Room for so many bytes more. */
  #room(count: number): void {
    if (this.at + count <= this.bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.at + count))
    larger.set(this.bytes.subarray(0, this.at))
    this.bytes = larger
  }

  byte(b: number): void {
    this.#room(1)
    this.bytes[this.at++] = b
  }

  /** Bytes that were made before. */
  piece(piece: Uint8Array): void {
    const { length } = piece
    this.#room(length)
    const { bytes, at } = this
    if (length > 16) bytes.set(piece, at)
    else for (let i = 0; i < length; i++) bytes[at + i] = piece[i] as number
    this.at = at + length
  }

  /** Text that is well-formed, as UTF-8. */
  text(text: string): void {
    const { length } = text
    this.#room(3 * length)
    const { bytes, at } = this
    if (length <= LONGEST_COPIED) {
      let i = 0
      for (; i < length; i++) {
        const c = text.charCodeAt(i)
        if (c > 0x7f) break
        bytes[at + i] = c
      }
      if (i === length) {
        this.at = at + length
        return
      }
    }
    this.at = at + bytes.write(text, at)
  }

  /** The value of a text field, in quotes. False, and nothing is written, when it holds a lone surrogate. */
  quoted(text: string): boolean {
    const { length } = text
    this.#room(3 * length + 2)
    const { bytes, at } = this
    bytes[at] = QUOTE
    let end = at + 1
    for (let i = 0; i < length; i++) {
      const c = text.charCodeAt(i)
      if (c > 0x7f || c === QUOTE || c === BACKSLASH || i === LONGEST_COPIED) return this.#quotedSlowly(text)
      bytes[end++] = c
    }
    bytes[end] = QUOTE
    this.at = end + 1
    return true
  }

  #quotedSlowly(text: string): boolean {
    if (!isWellFormed(text)) return false
    const escaped = /["\\]/.test(text) ? text.replace(/["\\]/g, '\\$&') : text
    this.#room(3 * escaped.length + 2)
    const { bytes, at } = this
    bytes[at] = QUOTE
    const end = at + 1 + bytes.write(escaped, at + 1)
    bytes[end] = QUOTE
    this.at = end + 1
    return true
  }

  /** A finite number. */
  float(x: number): void {
    this.#room(NUMBER_BYTES)
    this.at = writeFloat(this.bytes, this.at, x)
  }

  /** A safe whole number and a letter behind it: `i` or `u`. */
  integer(n: number, letter: number): void {
    this.#room(NUMBER_BYTES)
    const end = writeInteger(this.bytes, this.at, n)
    this.bytes[end] = letter
    this.at = end + 1
  }

  /** The same of a bigint. */
  bigint(x: bigint, letter: number): void {
    const n = Number(x)
    if (Number.isSafeInteger(n)) {
      this.integer(n, letter)
      return
    }
    this.text(String(x))
    this.byte(letter)
  }

  /** A space, a time in ns within range, and the end of the line. */
  time(ns: bigint): void {
    this.#time[0] = ns
    this.timeOf(this.#words[LOW] as number, this.#words[HIGH] as number)
  }

  /** The same of the halves of its 64 bits. */
  timeOf(low: number, high: number): void {
    this.#room(NUMBER_BYTES + 2)
    // Exact while it is small, and when it is not, it is not taken. With the sign: the first time there is follows the last.
    let since = ((high | 0) - this.#high) * 4_294_967_296 + (low - this.#low)
    if (!(since >= 0 && since < 1_000_000_000)) {
      this.#words[LOW] = low
      this.#words[HIGH] = high
      const whole = this.#time[0] as bigint
      if (whole < 0n) {
        this.text(` ${whole}\n`)
        return
      }
      since = this.#newSecond(whole)
    }
    const { bytes } = this
    let { at } = this
    bytes[at++] = SPACE
    const second = this.#second
    const length = this.#secondLength
    // The first second of all has no digits of its own.
    if (length === 1 && second[0] === 0x30) at = writeInteger(bytes, at, since)
    else {
      for (let i = 0; i < length; i++) bytes[at++] = second[i] as number
      at = writeDigits(bytes, at, since, 9)
    }
    bytes[at++] = LF
    this.at = at
  }

  /** Keeps the second of a time; returns the ns since. */
  #newSecond(whole: bigint): number {
    const second = whole / SECOND
    this.#secondLength = writeInteger(this.#second, 0, Number(second))
    this.#time[0] = second * SECOND
    this.#low = this.#words[LOW] as number
    this.#high = (this.#words[HIGH] as number) | 0
    return Number(whole - second * SECOND)
  }

  /** What was written, in bytes of its own. */
  copy(): Uint8Array {
    return Buffer.from(this.bytes.subarray(0, this.at))
  }

  /** What was written up to there, for good; what is behind it is the beginning of what comes. */
  take(end = this.at): Uint8Array {
    const { bytes, at } = this
    const taken = bytes.subarray(0, end)
    // As much again is likely.
    this.bytes = Buffer.allocUnsafeSlow(Math.max(FIRST_CAPACITY, bytes.length))
    bytes.copy(this.bytes, 0, end, at)
    this.at = at - end
    return taken
  }
}

keepOne(new LineBuffer(0))
