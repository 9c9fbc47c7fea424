import { TypeDef, Value, type MembersFields, type MembersInput } from '../data/index.js'
import { RemoteError } from '../errors.js'
import { bad, isPlainObject, quote, type Check } from '../input/index.js'
import { memberType, NTURI } from '../nt/index.js'

/**
 * The arguments that an RPC handler gets: those of the NTURI that its PV was made with, else whatever the client sent. 64-bit integers
 * are numbers where a number holds them exactly.
 */
export type RpcArguments<M extends MembersInput> = string extends keyof MembersFields<M>
  ? Record<string, unknown>
  : PlainFields<MembersFields<M>>

type PlainFields<F> = { -readonly [K in keyof F]: Plain<F[K]> }
type Plain<T> = T extends bigint ? number | bigint : T extends Value<infer F> ? PlainFields<F> : T

/** The arguments in what a client sent: an NTURI's query, else the fields of the structure. */
export function argumentsIn(value: Value | null): Record<string, unknown> {
  const holder = holderIn(value)
  return holder === undefined ? {} : (withNumbers(holder.$toObject()) as Record<string, unknown>)
}

function holderIn(value: Value | null): Value | undefined {
  if (!(value instanceof Value)) return undefined
  const query: unknown = /^(epics:nt|ev4:nt)\/NTURI:/.test(value.$id) ? value['query'] : undefined
  return query instanceof Value ? query : value
}

/** Takes the arguments out of what a client sent. */
export type ArgumentReader = (value: Value | null) => Record<string, unknown>

/** The option `args`: arguments are converted to the types of this NTURI. */
export const argumentsOption: Check<ArgumentReader> = (value, name) => {
  if (!(value instanceof NTURI)) throw bad(name, 'an NTURI', value)
  return readerOf(memberType((value as NTURI).build(), 'query') ?? new TypeDef('struct', []))
}

function readerOf(type: TypeDef): ArgumentReader {
  const wanted = type.members.map(({ name, code }) => ({ name, code }))
  const known = new Set<string>(wanted.map(({ name }) => name))
  return (value) => {
    const given = Object.entries(holderIn(value) ?? {})
    const names = new Set(given.map(([name]) => name))
    const stranger = given.find(([name]) => !known.has(name))?.[0]
    if (stranger !== undefined) {
      const takes = known.size === 0 ? 'there is none' : `there are ${[...known].join(', ')}`
      throw new RemoteError(`unknown argument ${quote(stranger)}: ${takes}`)
    }
    const missing = wanted.find(({ name }) => !names.has(name))
    if (missing !== undefined)
      throw new RemoteError(`the argument ${quote(missing.name)} (${missing.code}) is missing`)
    try {
      return withNumbers(type.create(Object.fromEntries(given)).$toObject()) as Record<string, unknown>
    } catch (cause) {
      throw new RemoteError(`an argument does not fit: ${(cause as Error).message}`, { cause })
    }
  }
}

/**
 * 64-bit integers as numbers, each that a number holds exactly. Arrays of them stay what they are: the type of an array must not
 * depend on its numbers.
 */
function withNumbers(x: unknown): unknown {
  if (typeof x === 'bigint') return numberOf(x)
  if (Array.isArray(x)) return x.some(mayHold) ? x.map(withNumbers) : x
  if (!isPlainObject(x)) return x
  for (const [key, value] of Object.entries(x)) {
    // Defined, not assigned: there may be an argument of the name __proto__.
    if (mayHold(value)) Object.defineProperty(x, key, { value: withNumbers(value) })
  }
  return x
}

const mayHold = (x: unknown): boolean => typeof x === 'bigint' || (typeof x === 'object' && x !== null)

function numberOf(x: bigint): number | bigint {
  return x >= Number.MIN_SAFE_INTEGER && x <= Number.MAX_SAFE_INTEGER ? Number(x) : x
}
