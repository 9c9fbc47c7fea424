import { didYouMean, isPlainObject, ownEntries, quote } from '../input/index.js'
import { checking, PiArgumentError } from './errors.js'
import { Placeholder } from './placeholder.js'
import type { Action, Parameter } from './table/parse.js'
import { timeText } from './time.js'

/** A request, as `pi.build` makes it and `pi.request` takes it. */
export interface PiRequest {
  readonly verb: string
  /** Below the base URL, percent-encoded, without a leading slash. */
  readonly path: string
  /** Pairs, not encoded; a repeated parameter is a pair per element. */
  readonly query: readonly (readonly [string, string])[]
  /** The whole URL. */
  readonly url: string
  readonly body?: unknown
  /** The answer is a file, not JSON. */
  readonly binary?: boolean
}

/** Windows' HTTP layer refuses longer segments before PI sees them. */
const LONGEST_SEGMENT = 255

/** A query as text, with its question mark; nothing for no pairs. */
export function queryText(query: PiRequest['query']): string {
  if (query.length === 0) return ''
  return `?${query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&')}`
}

/** The request of an action with these arguments; everything wrong is told here, before anything is sent. */
export function buildRequest(
  base: string,
  action: Action,
  given: unknown,
  more: PiRequest['query'],
): PiRequest {
  const op = `${action.controller}.${action.name}`
  const args = readArguments(action, given, op)
  const path = action.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    segment(args.get(name), `${op}: parameter ${name}`),
  )
  const query: (readonly [string, string])[] = []
  for (const parameter of action.parameters.values()) {
    const value = args.get(parameter.name)
    if (value === undefined || parameter.inPath) continue
    for (const text of textsOf(parameter, value, `${op}: parameter ${parameter.name}`))
      query.push([parameter.name, text])
  }
  query.push(...more)
  const body = args.get('body')
  return {
    verb: action.verb,
    path,
    query,
    url: `${base}/${path}${queryText(query)}`,
    ...(body === undefined ? {} : { body }),
    ...(action.binary ? { binary: true } : {}),
  }
}

function readArguments(action: Action, given: unknown, op: string): ReadonlyMap<string, unknown> {
  if (given !== undefined && !isPlainObject(given))
    throw new PiArgumentError(`${op} takes its parameters as one object, not ${quote(given)}`)
  const args = new Map<string, unknown>()
  const known = [...action.parameters.keys(), ...(action.body === '' ? [] : ['body'])]
  for (const [name, value] of checking(() => ownEntries(given ?? {}, `the parameters of ${op}`))) {
    if (!known.includes(name)) {
      const meant = didYouMean(name, known)
      const there = known.length === 0 ? '; it takes none' : `; there are ${known.join(', ')}`
      throw new PiArgumentError(`${op} has no parameter ${quote(name)}${meant === '' ? there : meant}`)
    }
    if (value !== undefined) args.set(name, value)
  }
  for (const { name, required } of action.parameters.values())
    if (required && !args.has(name)) throw new PiArgumentError(`${op} needs the parameter ${quote(name)}`)
  if (action.body !== '' && !args.has('body')) throw new PiArgumentError(`${op} needs a body`)
  return args
}

function segment(value: unknown, what: string): string {
  if (value instanceof Placeholder) return value.token
  if (typeof value !== 'string' || value === '')
    throw new PiArgumentError(`${what} is text, not ${quote(value)}`)
  if (value.length > LONGEST_SEGMENT)
    throw new PiArgumentError(
      `${what} has ${value.length} characters, and a server takes ${LONGEST_SEGMENT} in a path`,
      { hint: "use the ID-only WebID, which webIdType: 'IDOnly' asks for, or the ad-hoc call" },
    )
  // A dot segment would be resolved away, encoded or not.
  if (value === '.' || value === '..')
    throw new PiArgumentError(`${what} is ${quote(value)}, which is a step in a path`)
  return encoded(value, what)
}

function encoded(text: string, what: string): string {
  try {
    return encodeURIComponent(text)
  } catch {
    throw new PiArgumentError(`${what} holds a lone surrogate`)
  }
}

function textsOf(parameter: Parameter, value: unknown, what: string): string[] {
  if (!parameter.list && !parameter.repeated) return [textOf(parameter, value, what)]
  const items = Array.isArray(value) ? (value as unknown[]) : [value]
  if (items.length === 0) {
    if (parameter.required) throw new PiArgumentError(`${what} is an empty list`)
    return []
  }
  const texts = items.map((item, i) => textOf(parameter, item, items.length > 1 ? `${what}[${i}]` : what))
  return parameter.list ? [texts.join(';')] : texts
}

function textOf({ kind }: Parameter, value: unknown, what: string): string {
  if (value instanceof Placeholder) return value.token
  switch (kind) {
    case 'time':
      return timeText(value, what)
    case 'bool':
      if (typeof value === 'boolean') return String(value)
      throw new PiArgumentError(`${what} is true or false, not ${quote(value)}`)
    case 'int':
      if (typeof value === 'bigint' || Number.isSafeInteger(value)) return String(value)
      throw new PiArgumentError(`${what} is an integer, not ${quote(value)}`)
    default:
      if (typeof value !== 'string') throw new PiArgumentError(`${what} is text, not ${quote(value)}`)
      encoded(value, what)
      return value
  }
}

/** More pairs for a query, from an object, pairs or URLSearchParams. */
export function pairsOf(query: unknown, what: string): (readonly [string, string])[] {
  if (query === undefined) return []
  const pairs: (readonly [string, string])[] = []
  const add = (name: unknown, value: unknown): void => {
    if (typeof name !== 'string' || name === '')
      throw new PiArgumentError(`${what} holds a name that is not text: ${quote(name)}`)
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value])
      if (one !== undefined) pairs.push([name, freeText(one, `${what}.${name}`)])
  }
  if (query instanceof URLSearchParams) for (const [name, value] of query) add(name, value)
  else if (Array.isArray(query))
    for (const pair of query as unknown[]) {
      if (!Array.isArray(pair)) throw new PiArgumentError(`${what} is an object or pairs, not ${quote(pair)}`)
      add(pair[0], pair[1])
    }
  else if (isPlainObject(query)) for (const [name, value] of Object.entries(query)) add(name, value)
  else throw new PiArgumentError(`${what} is an object or pairs, not ${quote(query)}`)
  return pairs
}

function freeText(value: unknown, what: string): string {
  if (typeof value === 'string') {
    encoded(value, what)
    return value
  }
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  if (value instanceof Date) return timeText(value, what)
  if (typeof value === 'bigint') return String(value)
  throw new PiArgumentError(`${what} is text, a number or a boolean, not ${quote(value)}`)
}
