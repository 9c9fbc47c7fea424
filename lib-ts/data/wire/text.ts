// Text of the wire to and from JavaScript strings.
//
// Units, labels and messages come again and again, mostly short and ASCII. They are looked up by their bytes, which costs less
// than making a string and gives one string instead of thousands.

const SHORT = 32
const SLOTS = 4096 // a power of two; each holds at most one string of at most SHORT characters

const slots: string[] = new Array<string>(SLOTS).fill('')
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new TextEncoder()
const REPLACEMENT = '\uFFFD'
let replaced = 0

/** How many times bytes that are not UTF-8 were read as U+FFFD since the process began. */
export function replacedCharacters(): number {
  return replaced
}

export function readText(bytes: Uint8Array, at: number, length: number): string {
  if (length > SHORT) return decode(bytes, at, length)
  let hash = length
  let seen = 0
  for (let i = 0; i < length; i++) {
    const byte = bytes[at + i] as number
    seen |= byte
    hash = (Math.imul(hash, 31) + byte) | 0
  }
  if (seen > 127) return decode(bytes, at, length)
  const slot = (hash ^ (hash >>> 12)) & (SLOTS - 1)
  const known = slots[slot] as string
  if (same(known, bytes, at, length)) return known
  const text = asciiText(bytes, at, length)
  slots[slot] = text
  return text
}

/** Eight characters a call: a view of the bytes to spread, or a TextDecoder, would cost more than these few characters do. */
function asciiText(bytes: Uint8Array, at: number, length: number): string {
  const byte = (i: number): number => bytes[at + i] as number
  let text = ''
  let i = 0
  for (; i + 8 <= length; i += 8) {
    text += String.fromCharCode(
      byte(i),
      byte(i + 1),
      byte(i + 2),
      byte(i + 3),
      byte(i + 4),
      byte(i + 5),
      byte(i + 6),
      byte(i + 7),
    )
  }
  for (; i < length; i++) text += String.fromCharCode(byte(i))
  return text
}

function same(text: string, bytes: Uint8Array, at: number, length: number): boolean {
  if (text.length !== length) return false
  for (let i = 0; i < length; i++) {
    if (text.charCodeAt(i) !== bytes[at + i]) return false
  }
  return true
}

function decode(bytes: Uint8Array, at: number, length: number): string {
  const part = bytes.subarray(at, at + length)
  const text = decoder.decode(part)
  if (text.includes(REPLACEMENT)) replaced += text.split(REPLACEMENT).length - 1 - ownReplacements(part)
  return text
}

/** A U+FFFD that the bytes themselves contain is an ordinary character. */
function ownReplacements(bytes: Uint8Array): number {
  let n = 0
  for (let i = bytes.indexOf(0xef); i >= 0; i = bytes.indexOf(0xef, i + 1)) {
    if (bytes[i + 1] === 0xbf && bytes[i + 2] === 0xbd) n++
  }
  return n
}

/**
 * Writes `text` as UTF-8 at `at` and returns the number of bytes; the room must be there: 3 bytes per UTF-16 unit are enough.
 * A lone surrogate becomes U+FFFD.
 */
export function writeText(bytes: Uint8Array, at: number, text: string): number {
  const { length } = text
  if (length <= SHORT) {
    let i = 0
    for (; i < length; i++) {
      const unit = text.charCodeAt(i)
      if (unit > 127) break
      bytes[at + i] = unit
    }
    if (i === length) return length
  }
  return encoder.encodeInto(text, bytes.subarray(at)).written
}
