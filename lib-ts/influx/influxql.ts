import { isWellFormed, quote } from '../input/index.js'
import { argument } from './errors.js'

/** A query, or a part of one, in which no value can leave its place. Made by {@link influxql}, {@link ident}, {@link raw}. */
export class InfluxQL {
  readonly text: string
  /** @internal */
  constructor(text: string) {
    this.text = text
  }

  /** The text of the query. */
  toString(): string {
    return this.text
  }
}

/** What may stand in the gaps of {@link influxql}. */
export type QueryValue = string | number | bigint | boolean | Date | RegExp | InfluxQL | readonly QueryValue[]

/**
 * A query with values in it: each becomes a literal of its kind, whatever it holds. Names go through {@link ident}.
 *
 * @throws {@link InfluxError} `ERR_INFLUX_ARGUMENT` for null, objects, NaN, integers beyond 64 bits, and text with NUL
 * @example
 * const recent = (pv: string) => influxql`SELECT value FROM ${ident('pv')} WHERE pv = ${pv} AND time > now() - 1h`
 * recent("o'brien").text // → `SELECT value FROM "pv" WHERE pv = 'o\\'brien' AND time > now() - 1h`
 */
export function influxql(parts: TemplateStringsArray, ...values: readonly QueryValue[]): InfluxQL {
  let text = parts[0] ?? ''
  values.forEach((value, i) => {
    text += literal(value) + (parts[i + 1] ?? '')
  })
  return new InfluxQL(text)
}

/**
 * A name: of a measurement, tag or field; several are a path, such as database, policy and measurement.
 *
 * @example
 * ident('lab', 'autogen', 'pv').text // → '"lab"."autogen"."pv"'
 */
export function ident(...names: readonly string[]): InfluxQL {
  if (names.length === 0) throw argument('ident() needs a name', { op: 'ident' })
  return new InfluxQL(names.map(identifier).join('.'))
}

/**
 * A part of a query as it is. Whoever writes it answers for it.
 *
 * @example
 * const order = raw('ORDER BY time DESC')
 * influxql`SELECT value FROM pv ${order}`.text // → 'SELECT value FROM pv ORDER BY time DESC'
 */
export function raw(text: string): InfluxQL {
  if (typeof text !== 'string') throw argument(`raw() takes text, not ${quote(text)}`, { op: 'raw' })
  return new InfluxQL(text)
}

/** A name in quotes. The server reads NUL as the end of the query. */
export function identifier(name: string): string {
  if (typeof name !== 'string' || name === '')
    throw argument(`a name is text, not ${quote(name)}`, { op: 'ident' })
  if (name.includes('\0'))
    throw argument(`the name ${quote(name)} holds NUL, which would cut the query`, { op: 'ident' })
  if (!isWellFormed(name)) throw argument(`the name ${quote(name)} holds a lone surrogate`, { op: 'ident' })
  return `"${name.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n')}"`
}

export function stringLiteral(text: string): string {
  if (text.includes('\0'))
    throw argument(`${quote(text)} holds NUL, which would cut the query`, { op: 'influxql' })
  if (!isWellFormed(text)) throw argument(`${quote(text)} holds a lone surrogate`, { op: 'influxql' })
  return `'${text.replace(/[\\']/g, '\\$&').replace(/\n/g, '\\n')}'`
}

function literal(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return stringLiteral(value)
    case 'number':
      return numberLiteral(value)
    case 'bigint':
      if (BigInt.asIntN(64, value) !== value)
        throw argument(`${quote(value)} is beyond 64 bits`, { op: 'influxql' })
      return String(value)
    case 'boolean':
      return String(value)
  }
  if (value instanceof InfluxQL) return value.text
  if (Array.isArray(value)) {
    if (value.length === 0) throw argument('an empty array has no literal', { op: 'influxql' })
    return value.map(literal).join(', ')
  }
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime()))
      throw argument('a Date that is not valid has no literal', { op: 'influxql' })
    return `'${value.toISOString()}'`
  }
  if (value instanceof RegExp) return regexLiteral(value)
  throw argument(`${quote(value)} has no literal`, { op: 'influxql' })
}

/** Without an exponent, which the server does not know; large ones get `.0`, for they are no integers to it. */
export function numberLiteral(x: number): string {
  if (!Number.isFinite(x)) throw argument(`${quote(x)} has no literal`, { op: 'influxql' })
  if (Number.isSafeInteger(x)) return Object.is(x, -0) ? '-0.0' : String(x)
  const text = plainDigits(x)
  return text.includes('.') ? text : `${text}.0`
}

function plainDigits(x: number): string {
  const [mantissa = '', exponent] = String(x).split('e')
  if (exponent === undefined) return mantissa
  const sign = mantissa.startsWith('-') ? '-' : ''
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.')
  const shift = Number(exponent)
  if (shift < 0) return `${sign}0.${'0'.repeat(-shift - 1)}${whole}${fraction}`
  return `${sign}${whole}${fraction.padEnd(shift, '0')}`
}

/** The same pattern for RE2, whose `/` are escaped. */
export function regexLiteral({ source, flags }: RegExp): string {
  if (flags !== '' && flags !== 'i')
    throw argument(`a regular expression with the flags ${quote(flags)} has no literal: only i has one`, {
      op: 'influxql',
    })
  if (source.includes('\0'))
    throw argument('a regular expression with NUL would cut the query', { op: 'influxql' })
  if (/[\n\r]/.test(source))
    throw argument('a regular expression with a line break has no literal', { op: 'influxql' })
  return `/${flags === 'i' ? '(?i)' : ''}${slashed(source)}/`
}

/** `new RegExp('a/b').source` is escaped already, what stands in a class is not. */
function slashed(source: string): string {
  return source.replace(/\\[^]|\//g, (found) => (found === '/' ? '\\/' : found))
}

/** The text of a query, checked. */
export function queryText(q: string | InfluxQL, op: string): string {
  const text = q instanceof InfluxQL ? q.text : q
  if (typeof text !== 'string') throw argument(`a query is text, not ${quote(q)}`, { op })
  if (text.trim() === '') throw argument('the query is empty', { op })
  if (text.includes('\0')) throw argument('the query holds NUL, at which the server would cut it', { op })
  if (!isWellFormed(text)) throw argument('the query holds a lone surrogate', { op })
  return text
}
