import { quote } from '../input/index.js'
import { argument } from './errors.js'

/** The width of windows in ns. */
export function widthIn(width: unknown, op: string): bigint {
  // Beyond 2^53 a number is still a whole one, and the one that is meant: 2 ** 60.
  const whole = typeof width === 'bigint' ? width : Number.isInteger(width) ? BigInt(width as number) : 0n
  if (whole < 1n || whole > 1n << 63n)
    throw argument(`${op}: a width is a whole number of ns from 1 to 2^63, not ${quote(width)}`, { op })
  return whole
}
