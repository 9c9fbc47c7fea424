// JSON whose numbers lose nothing: JSON.parse rounds an integer beyond 2^53, and makes Infinity of 1e400.
import { TypeDef } from '../data/index.js'
import { isPlainObject } from '../input/index.js'
import { UsageError } from './declare.js'

const RISKY = /\d{16}|[eE]\+?\d{3}/
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs
const INTEGER = /^-?\d+$/
const MARK = '\u0000digits:'
const LEAST = -(2n ** 63n)
const MOST = 2n ** 64n - 1n

/** The digits of a number that JavaScript's numbers do not hold. */
class Digits {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/**
 * Reads JSON for a field of that type; undefined when it is not JSON. A number that JavaScript would change is given as
 * its text, or as a bigint where no type says what it becomes.
 */
export function exactJson(text: string, type: TypeDef): unknown {
  let plain: unknown
  try {
    plain = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!RISKY.test(text)) return plain
  const marked = text.replace(TOKEN, (token) => (isExact(token) ? token : JSON.stringify(MARK + token)))
  const digits: unknown = JSON.parse(marked, (_, x: unknown) =>
    typeof x === 'string' && x.startsWith(MARK) ? new Digits(x.slice(MARK.length)) : x,
  )
  return settled(type, digits)
}

function isExact(token: string): boolean {
  if (token.startsWith('"')) return true
  const number = Number(token)
  return Number.isFinite(number) && (!INTEGER.test(token) || Number.isSafeInteger(number))
}

const anything = new TypeDef('any') as TypeDef

/** The same without digits: each becomes what its place takes. */
function settled(type: TypeDef, x: unknown): unknown {
  if (x instanceof Digits) return /^(any|union)/.test(type.code) ? numberOf(x.text) : x.text
  if (Array.isArray(x)) {
    const element = type.code.endsWith('[]') ? type.element : type
    return x.map((item) => settled(element, item))
  }
  if (!isPlainObject(x)) return x
  const { select, type: given } = x
  // fromEntries defines, so that a field named __proto__ is a field.
  return Object.fromEntries(
    Object.entries(x).map(([name, item]) => {
      if (name === 'value' && type.code === 'union' && typeof select === 'string')
        return [name, settled(memberOf(type, select), item)]
      if (name === 'value' && type.code === 'any' && given !== undefined)
        return [name, settled(typeIn(given), item)]
      return [name, settled(type.code === 'struct' ? memberOf(type, name) : anything, item)]
    }),
  )
}

function memberOf(type: TypeDef, name: string): TypeDef {
  return type.members.find((member) => member.name === name)?.type ?? anything
}

function typeIn(json: unknown): TypeDef {
  try {
    return TypeDef.fromJSON(json)
  } catch {
    return anything // the value itself is refused with a reason
  }
}

function numberOf(text: string): unknown {
  if (!INTEGER.test(text)) return text
  const integer = BigInt(text)
  return integer >= LEAST && integer <= MOST ? integer : Number(text)
}

/** The complaint about text that had to be JSON. */
export function notJson(text: string, where: string): UsageError {
  try {
    JSON.parse(text)
  } catch (error) {
    const why = (error as Error).message.replace(/^JSON\.parse: /, '')
    return new UsageError(`${where} is not JSON: ${why}`)
  }
  return new UsageError(`${where} is not the JSON that is wanted`)
}
