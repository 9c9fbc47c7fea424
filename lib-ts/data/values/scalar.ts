import type { ScalarCode } from '../types/codes.js'
import { isWellFormed } from '../../input/index.js'

/** Why a value does not fit. Not an exception, since a union tries its members and an array has many elements. */
export class Refusal {
  readonly why: string

  constructor(why: string) {
    this.why = why
  }
}

/** A scalar in the form it reads as. */
export type Scalar = boolean | number | bigint | string

const LIMITS = {
  int8: [-0x80, 0x7f],
  int16: [-0x8000, 0x7fff],
  int32: [-0x8000_0000, 0x7fff_ffff],
  uint8: [0, 0xff],
  uint16: [0, 0xffff],
  uint32: [0, 0xffff_ffff],
} as const satisfies { readonly [C in ScalarCode]?: readonly [number, number] }

const LIMITS64 = {
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
} as const satisfies { readonly [C in ScalarCode]?: readonly [bigint, bigint] }

const NO_NUMBER = new Refusal('is not a number')
const NO_INTEGER = new Refusal('is not an integer')
const UNSAFE = new Refusal('is beyond the integers a number holds exactly: write a bigint or text')
const INEXACT = new Refusal('cannot be held exactly')
const TOO_LARGE = new Refusal('is too large')
const NO_BOOL = new Refusal('is neither a boolean nor 0, 1, "true" or "false"')
const NO_TEXT = new Refusal('is neither text, a number nor a boolean')
const LONE = new Refusal('holds a lone surrogate, which UTF-8 cannot write')

const outOfRange = new Map<ScalarCode, Refusal>(
  [...Object.entries(LIMITS), ...Object.entries(LIMITS64)].map(([code, [min, max]]) => [
    code as ScalarCode,
    new Refusal(`is out of range (${String(min)} to ${String(max)})`),
  ]),
)

/** Converts to what a field of that code reads as. Never changes a number, except to round it to `float32`. */
export function toScalar(code: ScalarCode, x: unknown): Scalar | Refusal {
  switch (code) {
    case 'bool':
      return toBool(x)
    case 'string':
      return toText(x)
    case 'float64':
      return toFloat64(x)
    case 'float32':
      return toFloat32(x)
    case 'int64':
    case 'uint64':
      return toInteger64(code, x)
    default:
      return toInteger(code, x)
  }
}

function toInteger(code: keyof typeof LIMITS, x: unknown): number | Refusal {
  const [min, max] = LIMITS[code]
  const number = typeof x === 'number' ? x : integral(x)
  if (number instanceof Refusal) return number
  if (number < min || number > max) return Number.isFinite(Number(number)) ? rangeOf(code) : NO_INTEGER
  if (typeof number === 'bigint') return Number(number)
  return Number.isInteger(number) ? number + 0 : NO_INTEGER // + 0 makes 0 of -0
}

function toInteger64(code: keyof typeof LIMITS64, x: unknown): bigint | Refusal {
  const [min, max] = LIMITS64[code]
  let integer: bigint | Refusal
  if (typeof x === 'number') {
    if (!Number.isInteger(x)) return NO_INTEGER
    if (!Number.isSafeInteger(x)) return UNSAFE
    integer = BigInt(x)
  } else {
    integer = integral(x)
  }
  if (integer instanceof Refusal) return integer
  return integer >= min && integer <= max ? integer : rangeOf(code)
}

function toFloat64(x: unknown): number | Refusal {
  switch (typeof x) {
    case 'number':
      return x
    case 'bigint': {
      const number = Number(x)
      if (!Number.isFinite(number)) return TOO_LARGE
      return BigInt(number) === x ? number : INEXACT
    }
    case 'string':
      return floatOf(x)
    case 'boolean':
      return x ? 1 : 0
    default:
      return NO_NUMBER
  }
}

function toFloat32(x: unknown): number | Refusal {
  const number = toFloat64(x)
  if (number instanceof Refusal) return number
  const rounded = Math.fround(number)
  if (Number.isFinite(number) && !Number.isFinite(rounded)) return TOO_LARGE
  return typeof x === 'bigint' && rounded !== number ? INEXACT : rounded
}

function toBool(x: unknown): boolean | Refusal {
  const plain = typeof x === 'string' ? x.trim() : x
  if (plain === true || plain === 1 || plain === 1n || plain === 'true') return true
  if (plain === false || plain === 0 || plain === 0n || plain === 'false') return false
  return NO_BOOL
}

function toText(x: unknown): string | Refusal {
  switch (typeof x) {
    case 'string':
      return isWellFormed(x) ? x : LONE
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(x)
    default:
      return NO_TEXT
  }
}

const INTEGER_TEXT = /^([+-]?)(?:0[xX]0*([0-9a-fA-F]+)|0*([0-9]+))$/
const LONGEST_INTEGER = 32 // characters; more is out of every range, and would take long to read

/** An integer of what is neither a number nor a fraction. */
function integral(x: unknown): bigint | Refusal {
  if (typeof x === 'bigint') return x
  if (typeof x === 'boolean') return x ? 1n : 0n
  if (typeof x !== 'string') return NO_NUMBER
  const match = INTEGER_TEXT.exec(x.trim())
  if (match === null) return NO_INTEGER
  const digits = match[2] ?? match[3] ?? ''
  if (digits.length > LONGEST_INTEGER) return TOO_LARGE
  const magnitude = BigInt(match[2] === undefined ? digits : `0x${digits}`)
  return match[1] === '-' ? -magnitude : magnitude
}

const DECIMAL_TEXT = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/
const HEX_TEXT = /^([+-]?)(0[xX][0-9a-fA-F]+)$/
const WORD_TEXT = /^([+-]?)(?:(nan)|inf(?:inity)?)$/i

function floatOf(text: string): number | Refusal {
  const trimmed = text.trim()
  let number: number
  if (DECIMAL_TEXT.test(trimmed)) {
    number = Number(trimmed)
  } else {
    const word = WORD_TEXT.exec(trimmed)
    if (word !== null) return word[2] !== undefined ? NaN : word[1] === '-' ? -Infinity : Infinity
    const hex = HEX_TEXT.exec(trimmed)
    if (hex === null) return NO_NUMBER
    number = hex[1] === '-' ? -Number(hex[2]) : Number(hex[2])
  }
  return Number.isFinite(number) ? number : TOO_LARGE
}

function rangeOf(code: ScalarCode): Refusal {
  return outOfRange.get(code) ?? TOO_LARGE
}
