// The fields of templates: their names, their kinds, and what of JavaScript becomes of them.
import { didYouMean, isPlainObject, ownEntries, quote } from '../input/index.js'
import { checking, PiArgumentError } from './errors.js'
import { zonedTime, type PiTime } from './time.js'
import { PiState, type PiValue } from './update.js'

type Kind = 'text' | 'time' | 'bool' | 'number' | 'texts' | 'value' | 'values'

/** The kinds that a field of the shape may have here. */
type KindOf<T> = unknown extends T
  ? 'value'
  : T extends string
    ? 'text' | 'time'
    : T extends boolean
      ? 'bool'
      : T extends number
        ? 'number'
        : T extends readonly string[]
          ? 'texts'
          : 'values'

/** The fields of a template by the vendor's names, each of a kind that fits the shape. */
export type Fields<T> = { readonly [K in keyof T]?: KindOf<T[K]> }

type Given<K> = K extends 'time'
  ? PiTime
  : K extends 'text'
    ? string
    : K extends 'bool'
      ? boolean
      : K extends 'number'
        ? number | bigint
        : K extends 'texts'
          ? readonly string[]
          : K extends 'value'
            ? PiValue | Date | readonly unknown[]
            : Readonly<Record<string, unknown>>

/** What a template takes: the fields of the shape with a small first letter, and shorter names of some. */
export type Taken<F, A extends Readonly<Record<string, keyof F>>, Needed extends string> = {
  readonly [K in Exclude<Names<F, A>, Needed>]?: Given<F[FieldOf<K, F, A>]> | undefined
} & { readonly [K in Needed]: Given<F[FieldOf<K, F, A>]> }

type Names<F, A> = Uncapitalize<keyof F & string> | (keyof A & string)
type FieldOf<K, F, A extends Readonly<Record<string, keyof F>>> = K extends keyof A
  ? A[K]
  : K extends string
    ? Capitalize<K> & keyof F
    : never

export interface Template {
  readonly name: string
  readonly fields: Readonly<Record<string, Kind>>
  readonly short: Readonly<Record<string, string>>
  readonly needed: readonly string[]
}

/** The body with the vendor's names; what is wrong is told by the name that was given. */
export function fill({ name, fields, short, needed }: Template, given: unknown): Record<string, unknown> {
  if (!isPlainObject(given))
    throw new PiArgumentError(`${name} takes its fields as one object, not ${quote(given)}`)
  const body: Record<string, unknown> = {}
  const names = Object.keys(fields)
  for (const [key, value] of checking(() => ownEntries(given, `the fields of ${name}`))) {
    const field = short[key] ?? (key in fields ? key : `${key.slice(0, 1).toUpperCase()}${key.slice(1)}`)
    const kind = Object.hasOwn(fields, field) ? fields[field] : undefined
    if (kind === undefined) {
      const known = [...names.map(small), ...Object.keys(short)]
      const meant = didYouMean(small(key), known)
      throw new PiArgumentError(
        `${name} has no field ${quote(key)}${meant === '' ? `; there are ${known.join(', ')}` : meant}`,
      )
    }
    if (value === undefined) continue
    if (field in body) throw new PiArgumentError(`${name}: ${key} is given twice, for it is also ${field}`)
    body[field] = converters[kind](value, `${name}: ${key}`)
  }
  const missing = needed.find((field) => !(field in body))
  if (missing !== undefined) {
    const brief = Object.keys(short).find((key) => short[key] === missing) ?? small(missing)
    throw new PiArgumentError(`${name} needs the field "${brief}"`)
  }
  return body
}

const small = (name: string): string => `${name.slice(0, 1).toLowerCase()}${name.slice(1)}`

const isText = (value: unknown): value is string => typeof value === 'string'

const converters: Readonly<Record<Kind, (value: unknown, what: string) => unknown>> = {
  text(value, what) {
    if (isText(value)) return value
    throw new PiArgumentError(`${what} is text, not ${quote(value)}`)
  },
  time: zonedTime,
  bool(value, what) {
    if (typeof value === 'boolean') return value
    throw new PiArgumentError(`${what} is true or false, not ${quote(value)}`)
  },
  number(value, what) {
    if (typeof value === 'bigint' || Number.isFinite(value)) return value
    throw new PiArgumentError(`${what} is a number, not ${quote(value)}`)
  },
  texts(value, what) {
    if (Array.isArray(value) && value.every(isText)) return value
    throw new PiArgumentError(`${what} is an array of texts, not ${quote(value)}`)
  },
  value: plainValue,
  values(value, what) {
    if (!isPlainObject(value)) throw new PiArgumentError(`${what} is an object, not ${quote(value)}`)
    const all = Object.entries(value)
    return Object.fromEntries(all.map(([key, one]) => [key, { Value: plainValue(one, `${what}.${key}`) }]))
  },
}

/** A value as PI takes it; a digital state goes by its name. */
function plainValue(value: unknown, what: string): unknown {
  if (value instanceof PiState)
    return value.system ? { Name: value.name, Value: value.code, IsSystem: true } : value.name
  if (Object.prototype.toString.call(value) === '[object Date]') return zonedTime(value, what)
  if (Array.isArray(value)) return value.map((one, i) => plainValue(one, `${what}[${i}]`))
  if (value === null || isText(value) || typeof value === 'boolean' || typeof value === 'bigint') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new PiArgumentError(`${what} is not something that PI can hold: ${quote(value)}`)
}

/** Refuses a word that is none of these. */
export function oneOf(value: unknown, values: readonly string[], what: string): void {
  if (!values.includes(value as string))
    throw new PiArgumentError(`${what} is ${values.join(', ')}, not ${quote(value)}`)
}
