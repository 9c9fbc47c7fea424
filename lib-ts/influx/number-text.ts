// Numbers as text straight into bytes: String() makes a text of each, which costs several times as much.

const ZERO = 0x30
const MINUS = 0x2d
const POINT = 0x2e
const SIX = 1_000_000
const TO_WORD = 2 ** 32
const OF_WORD = 2 ** -32
/** What the comparisons of doubles below may be wrong by, with room to spare. */
const DOUBT = 1e-15
/** Below, the fraction has more than 64 bits; from MOST on, a fraction has hardly a digit. */
const LEAST = 2 ** -12
const MOST = 2 ** 50
const LARGEST_PLAIN = 1e15

/** How many bytes a number takes at most. */
export const NUMBER_BYTES = 32

const bits = new Float64Array(1)
const words = new Uint32Array(bits.buffer)
const HIGH = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0

/** The three digits of each number below 1000. */
const THREES = Buffer.from(Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, '0')).join(''))

function writeSix(bytes: Uint8Array, at: number, n: number): number {
  const top = (n / 1000) | 0
  const a = 3 * top
  const b = 3 * (n - 1000 * top)
  bytes[at] = THREES[a] as number
  bytes[at + 1] = THREES[a + 1] as number
  bytes[at + 2] = THREES[a + 2] as number
  bytes[at + 3] = THREES[b] as number
  bytes[at + 4] = THREES[b + 1] as number
  bytes[at + 5] = THREES[b + 2] as number
  return at + 6
}

/** Writes so many digits of a whole number below 2^31, with zeros in front. Returns where they end. */
export function writeDigits(bytes: Uint8Array, at: number, n: number, width: number): number {
  let rest = n | 0
  for (let i = at + width - 1; i >= at; i--) {
    const tens = (rest / 10) | 0
    bytes[i] = ZERO + rest - tens * 10
    rest = tens
  }
  return at + width
}

/** Writes a whole number, a safe one. Returns where it ends. */
export function writeInteger(bytes: Uint8Array, at: number, n: number): number {
  if (n < 0) {
    bytes[at] = MINUS
    return writeInteger(bytes, at + 1, -n)
  }
  if (n >= 1e8) {
    const top = Math.floor(n / 1e8)
    return writeDigits(bytes, writeInteger(bytes, at, top), n - top * 1e8, 8)
  }
  return writeDigits(bytes, at, n, widthOf(n))
}

/** Digits of a whole number below 10^8. */
function widthOf(n: number): number {
  if (n < 1e4) {
    if (n < 100) return n < 10 ? 1 : 2
    return n < 1e3 ? 3 : 4
  }
  if (n < 1e6) return n < 1e5 ? 5 : 6
  return n < 1e7 ? 7 : 8
}

/**
 * Writes a finite number as `String` does: the shortest digits that are read back as the same number, and of those the
 * nearest. Returns where they end.
 *
 * The fraction is held exactly, as 64 bits behind the point, and its digits are taken six at a time, until what is left
 * is nearer than half the distance to the next number. Where a comparison is too close for a double, `String` decides.
 */
export function writeFloat(bytes: Uint8Array, start: number, x: number): number {
  const size = x < 0 ? -x : x
  const whole = Math.floor(size)
  if (whole === size) {
    if (size >= LARGEST_PLAIN || (size === 0 && Object.is(x, -0))) return writeSlowly(bytes, start, x)
    return writeInteger(bytes, start, x)
  }
  if (size < LEAST || size >= MOST) return writeSlowly(bytes, start, x)
  let at = start
  if (x < 0) bytes[at++] = MINUS
  at = writeInteger(bytes, at, whole)
  bytes[at++] = POINT
  const end = writeFraction(bytes, at, size - whole, halfStep(size))
  return end < 0 ? writeSlowly(bytes, start, x) : end
}

/** Half of the distance to the next larger number. */
function halfStep(size: number): number {
  bits[0] = size
  words[HIGH] = ((words[HIGH] as number) & 0x7ff0_0000) - (53 << 20)
  words[1 - HIGH] = 0
  return bits[0]
}

/** Where the digits end; -1 when a comparison was too close. */
function writeFraction(bytes: Uint8Array, start: number, fraction: number, half: number): number {
  let at = start
  let reach = half
  const scaled = fraction * TO_WORD
  let high = Math.floor(scaled)
  let low = (scaled - high) * TO_WORD
  while (reach * SIX <= 0.5) {
    low *= SIX
    const carry = Math.floor(low * OF_WORD)
    low -= carry * TO_WORD
    high = high * SIX + carry
    const digits = Math.floor(high * OF_WORD)
    high -= digits * TO_WORD
    reach *= SIX
    const rest = (high + low * OF_WORD) * OF_WORD
    const nearest = rest < 0.5 ? rest : 1 - rest
    if (nearest < reach + DOUBT) {
      if (nearest > reach - DOUBT) return -1
      return writeLastSix(bytes, at, rest < 0.5 ? digits : digits + 1)
    }
    at = writeSix(bytes, at, digits)
  }
  return writeLastFew(bytes, at, (high + low * OF_WORD) * OF_WORD, reach)
}

/** Six digits without the zeros at their end. Those before end with another digit than 9, or it would have ended there. */
function writeLastSix(bytes: Uint8Array, at: number, digits: number): number {
  if (digits >= SIX) return -1
  let rest = digits
  let width = 6
  while (width > 1 && rest % 10 === 0) {
    rest = rest / 10
    width--
  }
  return writeDigits(bytes, at, rest, width)
}

function writeLastFew(bytes: Uint8Array, at: number, rest: number, reach: number): number {
  let scale = 1
  for (let width = 1; width <= 6; width++) {
    scale *= 10
    const exact = rest * scale
    const digits = Math.round(exact)
    const off = Math.abs(exact - digits)
    const allowed = reach * scale
    if (off < allowed * 1.000001) {
      if (off > allowed * 0.999999 || off > 0.499999 || digits >= scale) return -1
      return writeDigits(bytes, at, digits, width)
    }
  }
  return -1
}

function writeSlowly(bytes: Uint8Array, at: number, x: number): number {
  const text = Object.is(x, -0) ? '-0' : String(x)
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i)
  return at + text.length
}
