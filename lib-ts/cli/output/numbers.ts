// Numbers as text.
import type { TypeCode } from '../../data/index.js'

/** How numbers of a type are written. */
export type NumberText = (x: number | bigint, code: TypeCode | '') => string

/** The shortest text that reads back exactly; nan, inf and -0 as C writes them. */
export const shortest: NumberText = (x, code) => {
  if (typeof x === 'bigint') return String(x)
  if (Number.isInteger(x)) return Object.is(x, -0) ? '-0' : String(x)
  if (!Number.isFinite(x)) return notFinite(x)
  return code.startsWith('float32') ? shortestSingle(x) : String(x)
}

/** As C's `%.Ng`. */
export function rounded(digits: number): NumberText {
  return (x, code) =>
    typeof x === 'number' && code.startsWith('float') ? general(x, digits) : shortest(x, code)
}

function notFinite(x: number): string {
  return Number.isNaN(x) ? 'nan' : x > 0 ? 'inf' : '-inf'
}

// 9 digits tell all floats apart, and 6 are never too many.
function shortestSingle(x: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const candidate = Number(x.toPrecision(digits))
    if (Math.fround(candidate) === x) return String(candidate)
  }
  return String(Number(x.toPrecision(9)))
}

function general(x: number, precision: number): string {
  if (!Number.isFinite(x)) return notFinite(x)
  if (x === 0) return Object.is(x, -0) ? '-0' : '0'
  const [digits = '', exponentText = ''] = evenly(x, precision).split('e')
  const exponent = Number(exponentText)
  if (exponent < -4 || exponent >= precision) {
    const size = String(Math.abs(exponent)).padStart(2, '0')
    return `${withoutZeros(digits)}e${exponent < 0 ? '-' : '+'}${size}`
  }
  return withoutZeros(placed(digits, exponent))
}

// JavaScript rounds a tie up, C to the even digit.
function evenly(x: number, precision: number): string {
  const up = x.toExponential(precision - 1)
  if (precision >= 100) return up
  const exact = x.toExponential(100)
  const mantissa = exact.slice(0, exact.indexOf('e')).replace(/0+$/, '')
  const isTie = mantissa.endsWith('5') && digitsOf(mantissa).length === precision + 1
  if (!isTie) return up
  const kept = digitsOf(mantissa).slice(0, -1)
  if (Number(kept.at(-1)) % 2 === 1) return up
  const sign = x < 0 ? '-' : ''
  const rest = kept.slice(1)
  return `${sign}${kept.slice(0, 1)}${rest === '' ? '' : `.${rest}`}${exact.slice(exact.indexOf('e'))}`
}

const digitsOf = (text: string): string => text.replace(/\D/g, '')

/** Digits with their point where the exponent puts it. */
function placed(mantissa: string, exponent: number): string {
  const sign = mantissa.startsWith('-') ? '-' : ''
  const digits = digitsOf(mantissa)
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1)
  const part = digits.slice(exponent + 1)
  return `${sign}${whole}${part === '' ? '' : `.${part}`}`
}

function withoutZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}
