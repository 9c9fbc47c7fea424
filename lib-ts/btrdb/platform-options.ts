import { callback, isPlainObject, quote, text, type Check } from '../input/index.js'
import { InvalidArgumentError } from '../errors.js'

/** What the public interface lacks. */
export const platformMethods = [
  'setCollectionRetention',
  'getCollectionProperties',
  'getDevice',
  'listDevices',
  'createDevice',
  'updateDevice',
  'deleteDevice',
  'getUnit',
  'listUnits',
  'createUnit',
  'updateUnit',
  'deleteUnit',
  'getRetention',
  'setRetention',
  'getVersionAtTime',
] as const

/** A method that the public interface lacks. */
export type PlatformMethod = (typeof platformMethods)[number]

/** One unary call of the vendor's, by those who have its schema. */
export interface PlatformBinding {
  /** `/package.Service/Method` */
  readonly path: string
  /** The request of a method's arguments; times and versions in them are text. */
  encode(args: Readonly<Record<string, unknown>>): Uint8Array
  /** What the method gives, of the answer's bytes. */
  decode(bytes: Uint8Array): unknown
}

/** Ways to what the public interface lacks. */
export interface PlatformOptions {
  readonly methods?: Readonly<Partial<Record<PlatformMethod, PlatformBinding>>> | undefined
  /** Tables that devices and units are read from by SQL. */
  readonly tables?: { readonly device?: string | undefined; readonly unit?: string | undefined } | undefined
}

const PATH = /^\/[\w.]+\/\w+$/

function methodsIn(methods: unknown): PlatformOptions['methods'] {
  if (methods === undefined) return undefined
  if (!isPlainObject(methods)) throw new InvalidArgumentError(`option "platform.methods" is an object`)
  for (const [name, binding] of Object.entries(methods)) {
    if (!(platformMethods as readonly string[]).includes(name))
      throw new InvalidArgumentError(
        `option "platform.methods" has no ${quote(name)}; there are ${platformMethods.join(', ')}`,
      )
    const where = `platform.methods.${name}`
    if (!isPlainObject(binding))
      throw new InvalidArgumentError(`option "${where}" is { path, encode, decode }, not ${quote(binding)}`)
    const path = text(binding['path'], `${where}.path`)
    if (!PATH.test(path))
      throw new InvalidArgumentError(
        `option "${where}.path" is the path of a call, such as /package.Service/Method, not ${quote(path)}`,
      )
    callback(binding['encode'], `${where}.encode`)
    callback(binding['decode'], `${where}.decode`)
  }
  return methods
}

function tablesIn(tables: unknown): PlatformOptions['tables'] {
  if (tables === undefined) return undefined
  if (!isPlainObject(tables)) throw new InvalidArgumentError(`option "platform.tables" is an object`)
  for (const [name, table] of Object.entries(tables)) {
    if (name !== 'device' && name !== 'unit')
      throw new InvalidArgumentError(`option "platform.tables" has no ${quote(name)}; there are device, unit`)
    if (table !== undefined && (typeof table !== 'string' || table === '' || table.includes('\0')))
      throw new InvalidArgumentError(
        `option "platform.tables.${name}" is the name of a table, not ${quote(table)}`,
      )
  }
  return tables
}

export const platformCheck: Check<PlatformOptions> = (value, name) => {
  if (!isPlainObject(value))
    throw new InvalidArgumentError(`option "${name}" is an object, not ${quote(value)}`)
  const stray = Object.keys(value).find((key) => key !== 'methods' && key !== 'tables')
  if (stray !== undefined)
    throw new InvalidArgumentError(`option "${name}" has no ${quote(stray)}; there are methods, tables`)
  return { methods: methodsIn(value['methods']), tables: tablesIn(value['tables']) }
}
