import type { NumberArray } from '../types/codes.js'

/**
 * Whether two typed arrays of one kind and length hold the same bytes, so that a NaN is the same as itself. In words of
 * four bytes where the memory allows it.
 */
export function hasSameBytes(a: NumberArray, b: NumberArray): boolean {
  const inWords = (a.byteOffset | a.byteLength) % 4 === 0
  const x = inWords ? words(a) : bytes(a)
  const y = inWords ? words(b) : bytes(b)
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return false
  return true
}

const words = (array: NumberArray): ArrayLike<number> =>
  new Int32Array(array.buffer, array.byteOffset, array.byteLength / 4)
const bytes = (array: NumberArray): ArrayLike<number> =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
