// The first value of a PV, from the text of its definition.
import type { ScalarCode } from '../../data/index.js'
import { quote } from '../../input/index.js'
import { UsageError } from '../declare.js'
import type { Kind } from './kinds.js'

/**
 * What the field `value` begins with.
 *
 * @throws UsageError for text that does not fit the type
 */
export function firstValue(kind: Kind, text: string, where: string): unknown {
  const wrong = (reason: string): UsageError => new UsageError(`${where}: ${reason}`)
  switch (kind.kind) {
    case 'scalar':
      return scalar(kind.code, text, wrong)
    case 'array':
      return itemsOf(text, wrong).map((item) => scalar(kind.code, item, wrong))
    case 'enum': {
      const label = kind.choices.indexOf(text)
      const index = label >= 0 ? label : /^\d{1,9}$/.test(text) ? Number(text) : -1
      if (index < 0 || index >= kind.choices.length)
        throw wrong(
          `${quote(text)} is not one of ${kind.choices.map(quote).join(', ')}, and not the index of one`,
        )
      return { index, choices: kind.choices }
    }
    case 'table':
      return columnsOf(kind.columns, text, wrong)
    case 'image':
      throw wrong('an image begins black: it takes no value')
  }
}

type Wrong = (reason: string) => UsageError

function scalar(code: ScalarCode, text: string, wrong: Wrong): unknown {
  if (code === 'string') return text
  if (code === 'bool') {
    const found = { true: true, false: false, '1': true, '0': false }[text]
    if (found === undefined) throw wrong(`${quote(text)} is not true, false, 1 or 0`)
    return found
  }
  const isInteger = !code.startsWith('float')
  const number = isInteger ? integerIn(text) : numberIn(text)
  if (number === undefined) throw wrong(`${quote(text)} is not ${isInteger ? 'an integer' : 'a number'}`)
  if (typeof number === 'bigint') {
    const bits = Number(/\d+/.exec(code)?.[0])
    const fit = code.startsWith('u') ? BigInt.asUintN(bits, number) : BigInt.asIntN(bits, number)
    if (fit !== number) throw wrong(`${text} does not fit into ${code}`)
    return bits === 64 ? number : Number(number)
  }
  return number
}

function integerIn(text: string): bigint | undefined {
  const [, sign, digits] = /^([+-]?)(\d+|0x[0-9a-f]+)$/i.exec(text) ?? []
  if (digits === undefined || digits.length > 40) return undefined
  return sign === '-' ? -BigInt(digits) : BigInt(digits)
}

function numberIn(text: string): number | undefined {
  const [, sign, word] = /^([+-]?)(inf(?:inity)?|nan)$/i.exec(text) ?? []
  if (word !== undefined) return word.toLowerCase() === 'nan' ? NaN : sign === '-' ? -Infinity : Infinity
  if (/^[+-]?0x[0-9a-f]+$/i.test(text)) return Number(integerIn(text))
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined
}

/** The items of an array as text: JSON in brackets, or between commas. */
function itemsOf(text: string, wrong: Wrong): string[] {
  const inside = /^\s*\[(.*)\]\s*$/s.exec(text)?.[1]
  if (inside === undefined) return text === '' ? [] : text.split(',').map((item) => item.trim())
  if (inside.trim() === '') return []
  // Not JSON.parse for numbers: it would round 64-bit integers.
  if (!inside.includes('"')) return inside.split(',').map((item) => item.trim())
  return listIn(text, wrong).map((item) => String(item))
}

function listIn(text: string, wrong: Wrong): unknown[] {
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch (error) {
    throw wrong(`${quote(text)} is not JSON: ${(error as Error).message}`)
  }
  if (!Array.isArray(list)) throw wrong(`${quote(text)} is not a list`)
  return list as unknown[]
}

function columnsOf(columns: Readonly<Record<string, string>>, text: string, wrong: Wrong): unknown {
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch (error) {
    throw wrong(`${quote(text)} is not JSON: ${(error as Error).message}`)
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw wrong(`a table's value is its columns, such as {"i":[1,2]}, not ${quote(text)}`)
  const known = Object.keys(columns)
  const other = Object.keys(given).find((name) => !known.includes(name))
  if (other !== undefined) throw wrong(`there is no column ${quote(other)} (${known.join(', ')})`)
  return given
}
