import type { ConnectionOptions } from 'node:tls'
import type { Dispatcher } from 'undici'
import {
  abortSignal,
  bad,
  duration,
  flag,
  headers,
  integer,
  readOptions,
  text,
  wordOf,
  type Check,
} from '../input/index.js'
import { InvalidArgumentError } from '../errors.js'
import { argument, checking } from './errors.js'

/** What the times of points count. */
export type Precision = 'ns' | 'us' | 'ms' | 's'

/** How a server is written to. */
export type Api = 'v1' | 'v2' | 'v3'

/** Who we are to the server. */
export type Auth =
  | { readonly username: string; readonly password: string; readonly via?: 'header' | 'query' }
  | { readonly token: string | (() => string | Promise<string>); readonly scheme?: 'Token' | 'Bearer' }

/** What {@link InfluxDB} takes. */
export interface InfluxOptions {
  /** Of the server; its path is a prefix, and `user:password` in it are credentials. */
  readonly url: string | URL
  /** v1 and v3: the database; v2: the bucket. */
  readonly database?: string | undefined
  readonly retentionPolicy?: string | undefined
  /** v2's. */
  readonly org?: string | undefined
  /** Path of writes, words of precision, scheme of tokens. v1. */
  readonly api?: Api | undefined
  readonly auth?: Auth | undefined
  /** ms until the head of an answer, and between two parts of its body. 30000; Infinity waits for ever. */
  readonly timeout?: number | undefined
  /** Of times that are numbers, bigints or in lines of text. ns. */
  readonly precision?: Precision | undefined
  /** Compresses bodies of 1 kB and more, both ways. */
  readonly gzip?: boolean | undefined
  /** The server's unix socket; the host of the URL is then only a name. */
  readonly socketPath?: string | undefined
  readonly tls?: ConnectionOptions | undefined
  /** More headers for each request. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Connections at most. 4. */
  readonly connections?: number | undefined
  /** An undici dispatcher of your own, which stays yours to close. */
  readonly dispatcher?: Dispatcher | undefined
}

/** What every call takes. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined
  readonly timeout?: number | undefined
  readonly database?: string | undefined
  readonly retentionPolicy?: string | undefined
}

const CONTROL = /[\u0000-\u001f\u007f]/

/** Names of databases and the like: text without control characters, which no server takes. */
export const placeName: Check<string> = (value, name) => {
  if (typeof value !== 'string' || value === '' || CONTROL.test(value) || /\p{Surrogate}/u.test(value))
    throw bad(name, 'text without control characters', value)
  return value
}

export const precisionCheck = wordOf('ns', 'us', 'ms', 's')

const tokenText: Check<string> = (value, name) => {
  // Never shown, whatever it is.
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value))
    throw new InvalidArgumentError(`option "${name}" is visible ASCII text without spaces, or a function`)
  return value
}

const secret: Check<string> = (value, name) => {
  if (typeof value !== 'string') throw new InvalidArgumentError(`option "${name}" is text`)
  return value
}

const authCheck: Check<Auth> = (value, name) => {
  if (typeof value !== 'object' || value === null)
    throw new InvalidArgumentError(`option "${name}" is { username, password } or { token }`)
  const keys = Object.keys(value)
  const known = 'token' in value ? ['token', 'scheme'] : ['username', 'password', 'via']
  const stray = keys.find((key) => !known.includes(key))
  if (stray !== undefined)
    throw new InvalidArgumentError(`option "${name}" is { username, password, via? } or { token, scheme? }`)
  const given = value as Record<string, unknown>
  if ('token' in value) {
    const { token } = given
    const scheme =
      given['scheme'] === undefined ? undefined : wordOf('Token', 'Bearer')(given['scheme'], `${name}.scheme`)
    return {
      token: typeof token === 'function' ? (token as () => string) : tokenText(token, `${name}.token`),
      ...(scheme === undefined ? {} : { scheme }),
    }
  }
  const via = given['via'] === undefined ? undefined : wordOf('header', 'query')(given['via'], `${name}.via`)
  const username = text(given['username'], `${name}.username`)
  if (username.includes(':') && via !== 'query')
    throw new InvalidArgumentError(
      `option "${name}.username" holds a colon, which basic authentication cannot say`,
    )
  return {
    username,
    password: secret(given['password'], `${name}.password`),
    ...(via === undefined ? {} : { via }),
  }
}

const urlCheck: Check<URL> = (value, name) => {
  const given = typeof value === 'string' || value instanceof URL ? String(value) : undefined
  // The text may hold a password: it is not shown.
  const wrong = new InvalidArgumentError(`option "${name}" is an http or https URL`)
  if (given === undefined || !URL.canParse(given)) throw wrong
  const url = new URL(given)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw wrong
  if (url.search !== '' || url.hash !== '')
    throw new InvalidArgumentError(`option "${name}" holds a query or a fragment; credentials are "auth"`)
  return url
}

export const callChecks = {
  signal: abortSignal,
  timeout: duration,
  database: placeName,
  retentionPolicy: placeName,
}

const checks = {
  url: urlCheck,
  database: placeName,
  retentionPolicy: placeName,
  org: placeName,
  api: wordOf('v1', 'v2', 'v3'),
  auth: authCheck,
  timeout: duration,
  precision: precisionCheck,
  gzip: flag,
  socketPath: ((value, name) => {
    if (typeof value !== 'string' || value === '' || value.includes('\0')) throw bad(name, 'a path', value)
    return value
  }) as Check<string>,
  tls: ((value, name) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw bad(name, 'an object', undefined)
    return value
  }) as Check<ConnectionOptions>,
  headers,
  connections: integer(1, 1000),
  dispatcher: ((value, name) => {
    if (typeof (value as Partial<Dispatcher> | null)?.dispatch !== 'function')
      throw bad(name, 'a dispatcher of undici', value)
    return value as Dispatcher
  }) as Check<Dispatcher>,
}

/** Options with their defaults. */
export interface Settings extends InfluxOptions {
  readonly url: URL
  readonly api: Api
  readonly timeout: number
  readonly precision: Precision
  readonly gzip: boolean
  readonly connections: number
}

export function readInfluxOptions(options: unknown): Settings {
  const read = checking('InfluxDB', () => readOptions(options, checks, 'InfluxDB'))
  const { url } = read
  if (url === undefined) throw argument('option "url" is missing: where is the server?', { op: 'InfluxDB' })
  const auth = read.auth ?? fromUrl(url)
  url.username = url.password = ''
  return {
    api: 'v1',
    timeout: 30_000,
    precision: 'ns',
    gzip: false,
    connections: 4,
    ...read,
    url,
    auth,
  }
}

function fromUrl({ username, password }: URL): Auth | undefined {
  if (username === '' && password === '') return undefined
  try {
    return { username: decodeURIComponent(username), password: decodeURIComponent(password) }
  } catch {
    throw argument('option "url" holds credentials that are not percent-encoded as they should be', {
      op: 'InfluxDB',
    })
  }
}

/** The options that the environment holds. */
export function optionsOfEnv(env: Readonly<Record<string, string | undefined>>): Partial<InfluxOptions> {
  const read = (...names: readonly string[]): string | undefined =>
    names.map((name) => env[name]).find((value) => value !== undefined && value !== '')
  const url = read('INFLUX_URL', 'INFLUX_HOST')
  const database = read('INFLUX_DATABASE', 'INFLUX_BUCKET')
  const org = read('INFLUX_ORG')
  const token = read('INFLUX_TOKEN')
  const username = read('INFLUX_USERNAME')
  const api = read('INFLUX_API')
  return {
    // The server's own tools take a bare host, too.
    ...(url === undefined ? {} : { url: url.includes('://') ? url : `http://${url}` }),
    ...(database === undefined ? {} : { database }),
    ...(org === undefined ? {} : { org }),
    ...(api === undefined ? {} : { api: api as Api }),
    ...(token !== undefined
      ? { auth: { token } }
      : username !== undefined
        ? { auth: { username, password: read('INFLUX_PASSWORD') ?? '' } }
        : {}),
  }
}
