import type { ConnectionOptions } from 'node:tls'
import {
  abortSignal,
  bad,
  callback,
  duration,
  headers,
  integer,
  isPlainObject,
  quote,
  readOptions,
  text,
  type Check,
} from '../input/index.js'
import { InvalidArgumentError } from '../errors.js'
import type { PiAuth } from './auth/auth.js'
import { isAuth } from './auth/chain.js'
import { checking, PiArgumentError } from './errors.js'
import type { PiResponse } from './response.js'

/** What a hook sees of a request: no credentials. Headers it adds are sent. */
export interface RequestSeen {
  readonly verb: string
  readonly url: string
  readonly headers: Record<string, string>
  readonly body?: unknown
}

/** What {@link PiWebApi} takes beside the URL. */
export interface PiOptions {
  readonly auth?: PiAuth | undefined
  /** The data server of references that are only a tag name. The only one, when there is one. */
  readonly dataServer?: string | undefined
  readonly tls?: PiTlsOptions | undefined
  /** URL of an HTTP proxy; credentials in it go to the proxy only. */
  readonly proxy?: string | undefined
  /** More headers for each request. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** ms for a whole request, with its retries. 30000; Infinity waits for ever. */
  readonly timeout?: number | undefined
  /** Connections at most. 8. */
  readonly connections?: number | undefined
  /** How often a GET is tried again after a network error or a status 429, 502, 503 or 504. 2. */
  readonly retries?: number | undefined
  /** Bytes of a URL at most, where a call may be split. 4000. */
  readonly maxUrlBytes?: number | undefined
  /** What `X-Requested-With` says; servers refuse writes without it. node-pvxs. */
  readonly requestedWith?: string | undefined
  readonly onRequest?: ((request: RequestSeen) => void) | undefined
  readonly onResponse?: ((response: PiResponse) => void) | undefined
  /** The form of WebID that calls by reference ask for. IDOnly. */
  readonly webIdType?: string | undefined
}

/** Of a TLS connection, as Node's `tls.connect` takes them. */
export type PiTlsOptions = Pick<
  ConnectionOptions,
  'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'servername' | 'rejectUnauthorized'
>

/** What every call takes. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined
  /** ms. The client's. */
  readonly timeout?: number | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Pairs for the query that the table does not know. */
  readonly query?:
    | Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>
    | readonly (readonly [string, string])[]
    | URLSearchParams
    | undefined
}

const TLS_KEYS = ['ca', 'cert', 'key', 'pfx', 'passphrase', 'servername', 'rejectUnauthorized']

const tlsCheck: Check<PiTlsOptions> = (value, name) => {
  if (!isPlainObject(value)) throw bad(name, 'an object', undefined)
  const stray = Object.keys(value).find((key) => !TLS_KEYS.includes(key))
  if (stray !== undefined)
    throw new InvalidArgumentError(
      `option "${name}" has no ${quote(stray)}; there are ${TLS_KEYS.join(', ')}`,
    )
  return value
}

const proxyCheck: Check<string> = (value, name) => {
  // The text may hold a password: it is not shown.
  if (typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol))
    return value
  throw new InvalidArgumentError(`option "${name}" is an http or https URL`)
}

const authCheck: Check<PiAuth> = (value, name) => {
  if (isAuth(value)) return value
  throw new InvalidArgumentError(
    `option "${name}" is basic(…), bearer(…), chain(…) or an object with a function headers`,
  )
}

const word: Check<string> = (value, name) => {
  const read = text(value, name)
  if (!/^[\x20-\x7e]+$/.test(read)) throw bad(name, 'visible ASCII text', value)
  return read
}

const WEB_ID_TYPES = ['Full', 'IDOnly', 'PathOnly', 'LocalIDOnly', 'DefaultIDOnly']

const checks = {
  auth: authCheck,
  dataServer: ((value, name) => {
    const read = text(value, name).replace(/^[\\/]+/, '')
    if (read === '' || /[\\/]/.test(read)) throw bad(name, 'the name of a data server', value)
    return read
  }) as Check<string>,
  tls: tlsCheck,
  proxy: proxyCheck,
  headers,
  timeout: duration,
  connections: integer(1, 1000),
  retries: integer(0, 100),
  maxUrlBytes: integer(200, 1_000_000),
  requestedWith: word,
  onRequest: callback as Check<(request: RequestSeen) => void>,
  onResponse: callback as Check<(response: PiResponse) => void>,
  webIdType: ((value, name) => {
    if (!WEB_ID_TYPES.includes(value as string)) throw bad(name, WEB_ID_TYPES.join(', '), value)
    return value as string
  }) as Check<string>,
}

export const callChecks = {
  signal: abortSignal,
  timeout: duration,
  headers,
  query: ((value) => value) as Check<unknown>,
}

/** Options with their defaults. */
export interface Settings extends PiOptions {
  /** Without a slash at the end. */
  readonly base: string
  readonly origin: string
  readonly timeout: number
  readonly connections: number
  readonly retries: number
  readonly maxUrlBytes: number
  readonly requestedWith: string
  readonly webIdType: string
}

export function readPiOptions(url: unknown, options: unknown): Settings {
  const { origin, path } = baseOf(url)
  return {
    timeout: 30_000,
    connections: 8,
    retries: 2,
    maxUrlBytes: 4000,
    requestedWith: 'node-pvxs',
    webIdType: 'IDOnly',
    ...checking(() => readOptions(options, checks, 'PiWebApi')),
    origin,
    base: origin + path,
  }
}

/** Origin and path of the server; credentials in the URL are dropped. */
function baseOf(url: unknown): { origin: string; path: string } {
  const wrong = 'the URL of PI Web API is an http or https URL, such as https://pi.lab/piwebapi'
  if (typeof url !== 'string' && !(url instanceof URL)) throw new PiArgumentError(wrong)
  const text = String(url)
  // The text may hold a password: it is not shown.
  if (!URL.canParse(text)) throw new PiArgumentError(wrong)
  const { protocol, origin, pathname, search, hash } = new URL(text)
  if (protocol !== 'http:' && protocol !== 'https:') throw new PiArgumentError(wrong)
  if (search !== '' || hash !== '')
    throw new PiArgumentError('the URL of PI Web API holds a query or a fragment, which it has no use for')
  const path = pathname.replace(/\/{2,}/g, '/').replace(/\/$/, '')
  return { origin, path: path === '' ? '/piwebapi' : path }
}

/** The options of a call; `more` names what else it takes. */
export function readCallOptions(options: unknown, op: string): ReadCallOptions {
  return checking(() => readOptions(options, callChecks, op))
}

/** What {@link readCallOptions} gives. */
export interface ReadCallOptions {
  readonly signal?: AbortSignal
  readonly timeout?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly query?: unknown
}
