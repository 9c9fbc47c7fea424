// Values of expressions. null is unknown, as in SQL: what is compared with it is unknown too.
import { refuse } from '../store/refusal.js'
import type { Expression } from './parser.js'

/** Keys and values of annotations; a value may be null. */
export type Hstore = Readonly<Record<string, string | null>>
export type Value = string | number | boolean | null | Hstore

export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly Readonly<Record<string, Value>>[]
  /** The columns that are uuids. */
  readonly uuids: readonly string[]
}

export interface Row {
  readonly table: Table
  readonly values: Readonly<Record<string, Value>>
  readonly params: readonly string[]
}

const numbers = [
  'int',
  'int2',
  'int4',
  'int8',
  'integer',
  'bigint',
  'smallint',
  'float',
  'float8',
  'numeric',
  'double',
  'real',
]
const texts = ['text', 'varchar', 'character', 'char', 'bpchar', 'name', 'json', 'jsonb']

export function evaluate(of: Expression, row: Row): Value {
  switch (of.kind) {
    case 'value':
      return of.value
    case 'parameter': {
      const text = row.params[of.index - 1]
      return text ?? refuse('sql', `there is no parameter $${of.index}`)
    }
    case 'column':
      return column(of.name, row)
    case 'cast':
      return cast(evaluate(of.of, row), of.type)
    case 'not': {
      const truth = truthOf(of.of, row)
      return truth === null ? null : !truth
    }
    case 'null':
      return evaluate(of.of, row) === null
    case 'in':
      return isIn(of, row)
    case 'binary':
      return binary(of, row)
    case 'call':
      return call(of, row)
  }
}

/** True, false, or null where that is not known. */
export function truthOf(of: Expression, row: Row): boolean | null {
  const value = evaluate(of, row)
  if (value === null || typeof value === 'boolean') return value
  refuse('sql', 'argument of WHERE must be type boolean')
}

function column(name: string, { table, values }: Row): Value {
  const short = name.split('.').at(-1) as string
  if (!table.columns.includes(short)) refuse('sql', `column "${name}" does not exist`)
  return values[short] ?? null
}

function cast(value: Value, type: string): Value {
  if (value === null) return null
  if (texts.includes(type)) return textOf(value)
  if (type === 'uuid') return uuidOf(value)
  if (numbers.includes(type)) return numberOf(value)
  if (type === 'bool' || type === 'boolean') return booleanOf(value)
  refuse('sql', `type "${type}" does not exist`)
}

function isIn(of: Extract<Expression, { kind: 'in' }>, row: Row): boolean | null {
  let unknown = false
  for (const one of of.list) {
    const equal = compared('=', of.of, one, row)
    if (equal === true) return true
    unknown ||= equal === null
  }
  return unknown ? null : false
}

function binary(of: Extract<Expression, { kind: 'binary' }>, row: Row): Value {
  const { sign, left, right } = of
  if (sign === 'and' || sign === 'or') {
    const decided = sign === 'or'
    const [a, b] = [truthOf(left, row), truthOf(right, row)]
    if (a === decided || b === decided) return decided
    return a === null || b === null ? null : !decided
  }
  if (sign === '->' || sign === '?') {
    const [store, key] = [evaluate(left, row), evaluate(right, row)]
    if (store === null || key === null) return null
    if (typeof store !== 'object') refuse('sql', `operator does not exist: ${typeof store} ${sign} text`)
    const has = Object.hasOwn(store, textOf(key))
    return sign === '?' ? has : has ? (store[textOf(key)] ?? null) : null
  }
  if (sign === 'like' || sign === 'ilike') {
    const [text, pattern] = [evaluate(left, row), evaluate(right, row)]
    if (text === null || pattern === null) return null
    return likeness(textOf(pattern), sign === 'ilike').test(textOf(text))
  }
  if (sign === '||') {
    const [a, b] = [evaluate(left, row), evaluate(right, row)]
    return a === null || b === null ? null : textOf(a) + textOf(b)
  }
  return compared(sign, left, right, row)
}

function compared(sign: string, left: Expression, right: Expression, row: Row): boolean | null {
  let [a, b] = [evaluate(left, row), evaluate(right, row)]
  if (a === null || b === null) return null
  if (isUuid(left, row) || isUuid(right, row)) [a, b] = [uuidOf(a), uuidOf(b)]
  else if (typeof a === 'number' || typeof b === 'number') [a, b] = [numberOf(a), numberOf(b)]
  else if (typeof a === 'boolean' || typeof b === 'boolean') [a, b] = [booleanOf(a), booleanOf(b)]
  const order = orderOf(a, b)
  if (sign === '=') return order === 0
  if (sign === '<>') return order !== 0
  if (sign === '<') return order < 0
  if (sign === '>') return order > 0
  return sign === '<=' ? order <= 0 : order >= 0
}

/** Below 0 when `a` comes first. Nulls are not among these values. */
export function orderOf(a: Value, b: Value): number {
  const [x, y] = typeof a === 'object' || typeof b === 'object' ? [textOf(a), textOf(b)] : [a, b]
  return x === y ? 0 : x < y ? -1 : 1
}

function isUuid(of: Expression, { table }: Row): boolean {
  if (of.kind === 'cast') return of.type === 'uuid'
  return of.kind === 'column' && table.uuids.includes(of.name.split('.').at(-1) as string)
}

function call(of: Extract<Expression, { kind: 'call' }>, row: Row): Value {
  if (of.name !== 'lower' && of.name !== 'upper') refuse('sql', `${of.name}() is not allowed here`)
  const value = of.of === '*' ? null : evaluate(of.of, row)
  if (value === null) return null
  return of.name === 'lower' ? textOf(value).toLowerCase() : textOf(value).toUpperCase()
}

/** A pattern of LIKE: `%` is any text, `_` one character, `\` takes the next one as it is. */
function likeness(pattern: string, anyCase: boolean): RegExp {
  let source = ''
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i] as string
    if (character === '%') source += '.*'
    else if (character === '_') source += '.'
    else
      source += escaped(character === '\\' && i + 1 < pattern.length ? (pattern[++i] as string) : character)
  }
  return new RegExp(`^${source}$`, anyCase ? 'is' : 's')
}

const escaped = (character: string): string => character.replace(/[.*+?^${}()|[\]\\/]/, '\\$&')

export function textOf(value: Value): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function numberOf(value: Value): number {
  if (typeof value === 'number') return value
  const text = textOf(value)
  const number = Number(text)
  if (typeof value !== 'string' || text.trim() === '' || !Number.isFinite(number))
    refuse('sql', `invalid input syntax for type bigint: "${text}"`)
  return number
}

function booleanOf(value: Value): boolean {
  if (typeof value === 'boolean') return value
  const text = textOf(value).toLowerCase()
  if (['t', 'true', 'yes', 'on', '1'].includes(text)) return true
  if (['f', 'false', 'no', 'off', '0'].includes(text)) return false
  refuse('sql', `invalid input syntax for type boolean: "${text}"`)
}

function uuidOf(value: Value): string {
  const text = textOf(value)
  const digits = text
    .toLowerCase()
    .replace(/^\{|\}$/g, '')
    .replaceAll('-', '')
  if (!/^[0-9a-f]{32}$/.test(digits)) refuse('sql', `invalid input syntax for type uuid: "${text}"`)
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
