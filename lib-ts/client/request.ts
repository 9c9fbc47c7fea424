import { Member, TypeDef, type Value } from '../data/index.js'
import { isPlainObject, quote } from '../input/index.js'
import { about, InvalidArgumentError } from '../errors.js'
import { parseRequest } from './request-text.js'

/** What an option of a request may be: it keeps its type on the way to the server. */
export type RequestOption = string | number | bigint | boolean

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

// An interface, so that it may refer to itself.
interface Selection extends Map<string, Selection> {
  readonly size: number
}

/**
 * A pvRequest: which fields are wanted, and options for the server.
 *
 * Wherever a request is taken, its text form will do as well. Options set by {@link PvRequest.record} keep their type,
 * those of the text form are text.
 *
 * @example
 * const request = new PvRequest().field('value').field('alarm.severity').record('process', true)
 * await ctx.get('lab:temp1', { request })
 */
export class PvRequest {
  readonly #fields: Selection = new Map()
  readonly #options = new Map<string, RequestOption>()

  /**
   * Reads `field(a,b.c)record[k=v]`; bare names are short for `field(…)`.
   *
   * @throws InvalidArgumentError that shows the place
   * @example
   * const request = PvRequest.parse('field(value,alarm.severity)record[process=true]')
   * request.option('process') // → 'true'
   */
  static parse(text: string): PvRequest {
    const request = new PvRequest()
    about({ op: 'PvRequest.parse' }, () => {
      parseRequest(text, request)
    })
    return request
  }

  /**
   * Asks for a field, or with a structure for all in it. Without any, everything is asked for.
   *
   * @example
   * String(new PvRequest().field('value').field('timeStamp')) // → 'field(value,timeStamp)'
   */
  field(path: string): this {
    const names = typeof path === 'string' ? path.split('.') : []
    if (names.length === 0 || !names.every((name) => NAME.test(name))) {
      throw new InvalidArgumentError(`${quote(path)} is not a field's path`, { op: 'PvRequest.field' })
    }
    let at = this.#fields
    for (const name of names) {
      let below = at.get(name)
      if (below?.size === 0) return this // all of it is asked for already
      if (below === undefined) at.set(name, (below = new Map()))
      at = below
    }
    at.clear() // and now all below
    return this
  }

  /**
   * Sets an option, such as `process`, `queueSize`, `DBE` or `atomic`.
   *
   * @example
   * String(new PvRequest().record('queueSize', 4).record('pipeline', true)) // → 'field()record[queueSize=4,pipeline=true]'
   */
  record(key: string, value: RequestOption): this {
    if (typeof key !== 'string' || !NAME.test(key))
      throw new InvalidArgumentError(`${quote(key)} is not an option's name`, { op: 'PvRequest.record' })
    if (codeOf(value) === undefined) {
      throw new InvalidArgumentError(
        `option ${quote(key)} of a request is text, a number or a boolean, not ${quote(value)}`,
        { op: 'PvRequest.record' },
      )
    }
    this.#options.set(key, value)
    return this
  }

  /**
   * The option of that name, if it was set.
   *
   * @example
   * new PvRequest().record('atomic', true).option('atomic') // → true
   */
  option(key: string): RequestOption | undefined {
    return this.#options.get(key)
  }

  /**
   * The text form.
   *
   * @example
   * PvRequest.parse('value, alarm').toString() // → 'field(value,alarm)'
   */
  toString(): string {
    const options = [...this.#options].map(([key, value]) => `${key}=${String(value)}`)
    return `field(${paths(this.#fields).join(',')})${options.length > 0 ? `record[${options.join(',')}]` : ''}`
  }

  /** The fields that are asked for. @internal */
  get paths(): readonly string[] {
    return paths(this.#fields)
  }

  /** Equal for requests that mean the same. @internal */
  get key(): string {
    const types = [...this.#options.values()].map((value) => codeOf(value)).join(',')
    return `${this.toString()}${types}`
  }

  /** A request of its own with the same content. @internal */
  copy(): PvRequest {
    const copy = new PvRequest()
    for (const path of paths(this.#fields)) copy.field(path)
    for (const [key, value] of this.#options) copy.record(key, value)
    return copy
  }

  /** What goes to the server. @internal */
  toValue(): Value {
    const members: Member[] = [new Member('struct', 'field', membersOf(this.#fields))]
    const options = [...this.#options].map(([key, value]) => new Member(codeOf(value) ?? 'string', key))
    if (options.length > 0) {
      members.push(new Member('struct', 'record', [new Member('struct', '_options', options)]))
    }
    const value = new TypeDef('struct', members).create()
    if (options.length > 0) value.$assign({ record: { _options: Object.fromEntries(this.#options) } })
    return value.$mark().$freeze()
  }
}

function paths(selection: Selection): string[] {
  return [...selection].flatMap(([name, below]) =>
    below.size === 0 ? [name] : paths(below).map((path) => `${name}.${path}`),
  )
}

function membersOf(selection: Selection): Member[] {
  return [...selection].map(([name, below]) => new Member('struct', name, membersOf(below)))
}

function codeOf(value: unknown): 'string' | 'bool' | 'int32' | 'int64' | 'float64' | undefined {
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'boolean':
      return 'bool'
    case 'bigint':
      return BigInt.asIntN(64, value) === value ? 'int64' : undefined
    case 'number':
      if (!Number.isInteger(value)) return 'float64'
      return (value | 0) === value ? 'int32' : Number.isSafeInteger(value) ? 'int64' : 'float64'
    default:
      return undefined
  }
}

/** A request from what users give: text, a {@link PvRequest}, a list of fields, or text and a list. */
export function requestFrom(
  request: string | PvRequest | undefined,
  fields: readonly string[] | undefined,
): PvRequest {
  const made =
    request === undefined
      ? new PvRequest()
      : typeof request === 'string'
        ? PvRequest.parse(request)
        : request.copy()
  for (const field of fields ?? []) made.field(field)
  return made
}

/** The `request` option. */
export function requestOption(value: unknown, name: string): string | PvRequest {
  if (typeof value === 'string' || value instanceof PvRequest) return value
  const like = isPlainObject(value) ? 'an object' : quote(value)
  throw new InvalidArgumentError(`option ${quote(name)} is a request as text or a PvRequest, not ${like}`)
}
