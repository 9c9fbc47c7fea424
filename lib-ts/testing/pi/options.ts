// What piSimulator() takes, checked before a server is started.
import { bad, flag, integer, isPlainObject, list, readOptions, text, type Check } from '../../input/index.js'
import { idForms } from './ids.js'

const MOST = 10_000_000

const value: Check<unknown> = (given, name) => {
  if (!['number', 'bigint', 'string', 'boolean'].includes(typeof given))
    throw bad(name, 'a number, a bigint, text or a boolean', given)
  return given
}

const oneOf =
  (...words: readonly string[]): Check<unknown> =>
  (given, name) => {
    if (!words.includes(given as string)) throw bad(name, words.join(', '), given)
    return given
  }

const object: Check<object> = (given, name) => {
  if (!isPlainObject(given)) throw bad(name, 'an object', given)
  return given
}

const common = { units: text, description: text, value }
const point = {
  ...common,
  type: oneOf('Float64', 'Float32', 'Int32', 'Int16', 'Digital', 'String'),
  digitalSet: text,
  step: flag,
  future: flag,
}
const attribute = {
  ...common,
  type: oneOf('Double', 'Int32', 'Int64', 'String', 'Boolean'),
  static: flag,
}

/** An object whose members are all of a kind; an error names the member. */
const each =
  (check: (member: unknown, name: string) => unknown): Check<unknown> =>
  (given, name) => {
    for (const [key, member] of Object.entries(object(given, name))) check(member, `${name}.${key}`)
    return given
  }

/** Checks what a point is made of. */
export function checkPoint(options: unknown, name: string): void {
  readOptions(options, point, name)
}

const auth: Check<unknown> = (given, name) => {
  const { user, password, token } = (given ?? {}) as Readonly<Record<string, unknown>>
  const isPair = typeof user === 'string' && typeof password === 'string'
  // Not shown: it may be a secret.
  if (typeof given !== 'function' && !isPair && typeof token !== 'string')
    throw bad(name, '{ user, password }, { token } or a function', typeof given)
  return given
}

const checks = {
  points: each(checkPoint),
  digitalSets: each(list(text)),
  attributes: each((member, name) => readOptions(member, attribute, name)),
  auth,
  tls: object,
  csrf: flag,
  maxReturned: integer(1, MOST),
  pollInterval: integer(1, 3_600_000),
  webIdType: oneOf(...idForms),
  server: text,
  assetServer: text,
  port: integer(0, 65_535),
}

/** @throws InvalidArgumentError that names the option */
export function checkSimulator(options: unknown): void {
  readOptions(options, checks, 'piSimulator')
}
