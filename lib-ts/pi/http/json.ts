import { parse, stringify } from 'lossless-json'
import { isPlainObject } from '../../input/index.js'
import { PiArgumentError } from '../errors.js'

/** An integer that a double may not hold. Digits after a point are not meant: nearly every measurement has 16 of them. */
const LONG_INTEGER = /(?<![\d.])\d{16,}(?![\d.eE])/

/** JSON as objects; integers beyond 2^53 are bigint. */
export function parseExact(text: string): unknown {
  return LONG_INTEGER.test(text) ? parse(text, undefined, exactNumber) : (JSON.parse(text) as unknown)
}

function exactNumber(digits: string): number | bigint {
  const number = Number(digits)
  return Number.isSafeInteger(number) || !/^-?\d+$/.test(digits) ? number : BigInt(digits)
}

/** A body as JSON, its bigints as exact integers. What JSON cannot say is told, and not sent as null. */
export function bodyText(body: unknown): string {
  const state = { big: false }
  look(body, 'body', [], state)
  const text = state.big ? stringify(body) : JSON.stringify(body)
  if (text === undefined) throw new PiArgumentError('the body is not something that JSON can say')
  return text
}

function look(x: unknown, path: string, above: readonly object[], state: { big: boolean }): void {
  if (typeof x === 'bigint') state.big = true
  else if (typeof x === 'number' && !Number.isFinite(x))
    throw new PiArgumentError(`${path} is ${x}, which JSON cannot say`)
  else if (typeof x === 'function' || typeof x === 'symbol')
    throw new PiArgumentError(`${path} is a ${typeof x}, which JSON cannot say`)
  else if (typeof x === 'object' && x !== null) {
    if (above.includes(x)) throw new PiArgumentError(`${path} is an object that holds itself`)
    if (x instanceof Date) {
      if (Number.isNaN(x.getTime())) throw new PiArgumentError(`${path} is a Date that is not valid`)
      return
    }
    const inside = [...above, x]
    if (Array.isArray(x)) x.forEach((item, i) => look(item, `${path}[${i}]`, inside, state))
    else if (isPlainObject(x))
      for (const [key, value] of Object.entries(x)) look(value, `${path}.${key}`, inside, state)
  }
}
