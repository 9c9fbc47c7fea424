// Annotations are JSON values in text fields. Text goes bare, unless it would read as JSON; then it goes quoted. Python's
// client reads both right; what its own writer makes of text such as "5" it reads as a number itself.
import { parse as parseExact } from 'lossless-json'
import { isPlainObject, isWellFormed, quote } from '../input/index.js'
import { argument } from './errors.js'

/** What annotations are: JSON values, whole numbers beyond 2^53 as bigint. */
export type Annotations = Readonly<Record<string, unknown>>

/** What Python's reader takes for a number. */
const PYTHON = /^\s*-?(?:NaN|Infinity)\s*$/

export function annotationText(value: unknown, key: string, op: string): string {
  const name = `annotation ${quote(key)}`
  if (typeof value !== 'string') return jsonOf(value, name, op, [])
  checkText(value, name, op)
  return readsAsJson(value) || PYTHON.test(value) ? JSON.stringify(value) : value
}

function readsAsJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function checkText(text: string, name: string, op: string): void {
  if (!isWellFormed(text)) throw argument(`${op}: ${name} holds a lone surrogate`, { op })
}

function jsonOf(value: unknown, name: string, op: string, within: readonly object[]): string {
  switch (typeof value) {
    case 'string':
      checkText(value, name, op)
      return JSON.stringify(value)
    case 'boolean':
      return String(value)
    case 'bigint':
      return String(value)
    case 'number':
      if (!Number.isFinite(value)) break
      return Object.is(value, -0) ? '-0' : JSON.stringify(value)
    case 'object':
      if (value === null) return 'null'
      if (within.includes(value)) throw argument(`${op}: ${name} holds itself`, { op })
      return objectJson(value, name, op, [...within, value])
  }
  throw argument(`${op}: ${name} is a JSON value, not ${quote(value)}`, { op })
}

function objectJson(value: object, name: string, op: string, within: readonly object[]): string {
  if (Array.isArray(value))
    return `[${value.map((item, i) => jsonOf(item, `${name}[${i}]`, op, within)).join(',')}]`
  const { toJSON } = value as { toJSON?: unknown }
  if (typeof toJSON === 'function') return jsonOf(toJSON.call(value, ''), name, op, within)
  if (!isPlainObject(value)) throw argument(`${op}: ${name} is a JSON value, not ${quote(value)}`, { op })
  const members = Object.entries(value).flatMap(([key, item]) =>
    item === undefined ? [] : [`${JSON.stringify(key)}:${jsonOf(item, `${name}.${key}`, op, within)}`],
  )
  return `{${members.join(',')}}`
}

/** What an annotation's text says: JSON, or itself. */
export function annotationValue(text: string): unknown {
  try {
    return /\d{16}/.test(text) ? parseExact(text, null, numberOf) : (JSON.parse(text) as unknown)
  } catch {
    return text
  }
}

function numberOf(text: string): number | bigint {
  const number = Number(text)
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(number) ? BigInt(text) : number
}
