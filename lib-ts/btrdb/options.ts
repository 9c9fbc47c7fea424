import {
  abortSignal,
  bad,
  duration,
  flag,
  integer,
  isPlainObject,
  quote,
  readOptions,
  text,
  wordOf,
  type Check,
} from '../input/index.js'
import { InvalidArgumentError } from '../errors.js'
import { checking, argument } from './errors.js'
import { platformCheck, type PlatformOptions } from './platform-options.js'

/** A key, or what gives one: it is asked at each call. */
export type ApiKey = string | (() => string | Promise<string>)

/** How TLS is spoken. */
export interface TlsOptions {
  /** PEM of the roots that are trusted. */
  readonly ca?: string | Uint8Array | undefined
  /** PEM of our own certificate, and of its key. */
  readonly cert?: string | Uint8Array | undefined
  readonly key?: string | Uint8Array | undefined
  /** The name in the server's certificate, where it is not the endpoint's. */
  readonly serverName?: string | undefined
}

/** How calls are repeated that the server did not answer. */
export interface RetryOptions {
  /** How often at most, the first included. 5. */
  readonly attempts?: number | undefined
  /** ms before the second; it doubles with each. 100. */
  readonly min?: number | undefined
  /** ms at most. 3000. */
  readonly max?: number | undefined
  /** The fraction by which a wait is varied. 0.2. */
  readonly jitter?: number | undefined
}

/** Messages of protocol buffers, or Arrow; `auto` is Arrow where both sides have it. */
export type TransportKind = 'proto' | 'arrow' | 'auto'

/** What {@link BTrDB.connect} takes. */
export interface ConnectOptions {
  /** A profile of the credentials file. */
  readonly profile?: string | undefined
  /** `host:port` or `[v6]:port`; several are tried in order. Port 4411 means TLS. */
  readonly endpoint?: string | readonly string[] | undefined
  readonly apiKey?: ApiKey | undefined
  /** How many calls run at once. 16. */
  readonly concurrencyLimit?: number | undefined
  readonly tls?: boolean | TlsOptions | undefined
  /** Whether `grpc_proxy`, `https_proxy`, `no_grpc_proxy` and `no_proxy` count. true. */
  readonly proxy?: boolean | undefined
  /** ms for each call, and between two pages of one that streams. 30000; Infinity waits for ever. */
  readonly timeout?: number | undefined
  /** ms to connect. 10000. */
  readonly connectTimeout?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly transport?: TransportKind | undefined
  /** Points of one insert at most. 25000. */
  readonly insertBatch?: number | undefined
  readonly retry?: RetryOptions | false | undefined
  /** Ways to what the public interface lacks. */
  readonly platform?: PlatformOptions | undefined
  /** The variables. `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** The folder that has `.predictivegrid`. The home folder. */
  readonly home?: string | undefined
}

/** What every call takes. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined
  /** ms. The client's. */
  readonly timeout?: number | undefined
}

/** Options with their defaults. */
export interface Settings extends ConnectOptions {
  readonly concurrencyLimit: number
  readonly timeout: number
  readonly connectTimeout: number
  readonly insertBatch: number
  readonly transport: TransportKind
  readonly retry: Required<{ [K in keyof RetryOptions]: number }> | false
  readonly env: Readonly<Record<string, string | undefined>>
}

const keyCheck: Check<ApiKey> = (value, name) => {
  if (typeof value === 'function') return value as () => string
  // Never shown, whatever it is.
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value))
    throw new InvalidArgumentError(`option "${name}" is visible ASCII text without spaces, or a function`)
  return value
}

const endpointCheck: Check<string | readonly string[]> = (value, name) => {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (!list.every((x) => typeof x === 'string')) throw bad(name, 'text or an array of texts', value)
  return list
}

const pem: Check<string | Uint8Array> = (value, name) => {
  if (typeof value === 'string' || value instanceof Uint8Array) return value
  throw new InvalidArgumentError(`option "tls.${name}" is PEM, as text or bytes`)
}

const tlsCheck: Check<boolean | TlsOptions> = (value, name) => {
  if (typeof value === 'boolean') return value
  if (!isPlainObject(value)) throw new InvalidArgumentError(`option "${name}" is true, false or an object`)
  return readOptions(value, { ca: pem, cert: pem, key: pem, serverName: text }, 'tls')
}

const fraction: Check<number> = (value, name) => {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1)) throw bad(name, 'a number from 0 to 1', value)
  return value
}

const wait: Check<number> = (value, name) => {
  if (typeof value !== 'number' || !(value >= 0 && value < Infinity))
    throw bad(name, 'a number of milliseconds', value)
  return value
}

const retryCheck: Check<RetryOptions | false> = (value, name) => {
  if (value === false) return false
  if (!isPlainObject(value)) throw bad(name, 'an object, or false', value)
  return readOptions(value, { attempts: integer(1, 1000), min: wait, max: wait, jitter: fraction }, 'retry')
}

const envCheck: Check<Readonly<Record<string, string | undefined>>> = (value, name) => {
  if (typeof value !== 'object' || value === null) throw bad(name, 'an object of texts', value)
  return value as Readonly<Record<string, string | undefined>>
}

const someText: Check<string> = (value, name) => {
  if (text(value, name) === '') throw bad(name, 'text', value)
  return value as string
}

export const limitCheck: Check<number> = integer(1, Number.MAX_SAFE_INTEGER)

export const transportCheck = wordOf('proto', 'arrow', 'auto')

const checks = {
  profile: someText,
  endpoint: endpointCheck,
  apiKey: keyCheck,
  concurrencyLimit: limitCheck,
  tls: tlsCheck,
  proxy: flag,
  timeout: duration,
  connectTimeout: duration,
  signal: abortSignal,
  transport: transportCheck,
  insertBatch: integer(1, 10_000_000),
  retry: retryCheck,
  platform: platformCheck,
  env: envCheck,
  home: someText,
}

export const callChecks = { signal: abortSignal, timeout: duration }

const LIMIT = 'PINGTHINGS_CONCURRENCY_LIMIT'

export function readConnectOptions(options: unknown): Settings {
  const read = checking('connect', () => readOptions(options, checks, 'connect'))
  const env = read.env ?? process.env
  const { retry = {} } = read
  return {
    ...read,
    env,
    concurrencyLimit: read.concurrencyLimit ?? limitOf(env[LIMIT] ?? ''),
    timeout: read.timeout ?? 30_000,
    connectTimeout: read.connectTimeout ?? 10_000,
    insertBatch: read.insertBatch ?? 25_000,
    transport: read.transport ?? 'proto',
    retry:
      retry === false
        ? false
        : {
            attempts: retry.attempts ?? 5,
            min: retry.min ?? 100,
            max: retry.max ?? 3_000,
            jitter: retry.jitter ?? 0.2,
          },
  }
}

function limitOf(variable: string): number {
  if (variable === '') return 16
  const limit = Number(variable)
  if (!/^\s*\d+\s*$/.test(variable) || !Number.isSafeInteger(limit) || limit < 1)
    throw argument(`connect: ${LIMIT} is a whole number of 1 or more, not ${quote(variable)}`, {
      op: 'connect',
    })
  return limit
}

/** The options of a call. A signal that has aborted ends it here. */
export function readCall(options: unknown, op: string): CallOptions {
  const read = checking(op, () => readOptions(options, callChecks, op))
  read.signal?.throwIfAborted()
  return read
}

export function abortSignalOf(options: unknown, op: string): AbortSignal | undefined {
  const { signal } = checking(op, () => readOptions(options, { signal: abortSignal }, op))
  signal?.throwIfAborted()
  return signal
}
