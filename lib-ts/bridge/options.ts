import {
  bad,
  callback,
  flag,
  integer,
  isPlainObject,
  list,
  readOptions,
  text,
  wordOf,
  type Check,
} from '../input/index.js'
import { InvalidArgumentError } from '../errors.js'
import { Context } from '../index.js'
import type { History } from '../telemetry/index.js'
import { authCheck, type AuthOptions } from './auth-options.js'
import type { PageOptions } from './front-page.js'
import { defaultLimits, limitsCheck, type Limits } from './limits.js'
import { patternsCheck, type Patterns } from './patterns.js'

/** A line of the log of a bridge. */
export interface LogEntry {
  readonly time: Date
  readonly level: 'info' | 'warning' | 'error'
  readonly event: string
  readonly user?: string
  readonly peer?: string
  readonly pv?: string
  readonly message: string
}

/**
 * What a {@link Bridge} takes.
 *
 * @example
 * import { Bridge } from 'node-pvxs/bridge'
 *
 * await using bridge = await Bridge.start({ port: 0, write: ['lab:*', '!lab:magnet'], rate: 5 })
 * console.log(bridge.url)
 */
export interface BridgeOptions {
  /** The client; without, one of its own, which is closed with it. */
  readonly ctx?: Context | undefined
  /** The interface that it listens on. 127.0.0.1. */
  readonly host?: string | undefined
  /** 8080; 0 takes any. */
  readonly port?: number | undefined
  /** Where the WebSocket and its companions are. /pvws. */
  readonly path?: string | undefined
  /** HTTPS: PEM texts. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer } | undefined
  /** PVs that may be read. All. */
  readonly read?: Patterns | undefined
  /** PVs that may be written. None. */
  readonly write?: Patterns | undefined
  /** Services that may be called. None. */
  readonly rpc?: Patterns | undefined
  /** Who may come in. Without, everybody. */
  readonly auth?: AuthOptions | undefined
  /** Asked after the patterns said yes; what it throws is a no. `user` is '' for who showed nothing. */
  readonly authorize?:
    ((user: string, action: 'read' | 'write' | 'rpc', pv: string) => boolean | Promise<boolean>) | undefined
  /** Writing on a host other than loopback although anybody may. */
  readonly insecureWrite?: boolean | undefined
  /** Origins of pages that may connect beside those of the same host; `*` is all. */
  readonly origins?: readonly string[] | undefined
  /** Names of this host beside its addresses, localhost and its host name. */
  readonly hosts?: readonly string[] | undefined
  /** Addresses of proxies, whose headers are believed. */
  readonly trustProxy?: readonly string[] | undefined
  /** Who sees the status pages. local. */
  readonly status?: 'local' | 'all' | 'off' | undefined
  /** Updates a second and PV that a socket gets, at most. 10. */
  readonly rate?: number | undefined
  /** The same for arrays, tables and images. 2. */
  readonly arrayRate?: number | undefined
  /** What a slash in `pva://NAME/a` begins. field. */
  readonly slash?: 'field' | 'name' | undefined
  /** Whether there is a page at `/`, and what it shows. One that listens has it, one that is mounted only when it is told to. */
  readonly page?: boolean | PageOptions | undefined
  /** ms of recent scalar values that are kept of each PV in use, for plots. 0. */
  readonly keep?: number | undefined
  /** Where older values come from: any store's. */
  readonly history?: History | undefined
  readonly limits?: Partial<Limits> | undefined
  /** Told of each write, refusal and failure. */
  readonly log?: ((entry: LogEntry) => void) | undefined
}

const perSecond: Check<number> = (value, name) => {
  if (typeof value !== 'number' || !(value > 0) || value > 1_000)
    throw bad(name, 'a number of updates a second, above 0 and up to 1000', value)
  return value
}

const pathCheck: Check<string> = (value, name) => {
  const path = text(value, name)
  if (!/^(\/[A-Za-z0-9._~-]+)+$/.test(path)) throw bad(name, "a path such as '/pvws'", value)
  return path
}

const tlsCheck: Check<NonNullable<BridgeOptions['tls']>> = (value, name) => {
  if (!isPlainObject(value) || value['cert'] === undefined || value['key'] === undefined)
    throw new InvalidArgumentError(`option "${name}" is { cert, key }, PEM texts`) // not shown: it may hold a key
  return value as unknown as NonNullable<BridgeOptions['tls']>
}

const originCheck: Check<string> = (value, name) => {
  if (value === '*' || value === 'null') return value
  const origin = text(value, name)
  if (!URL.canParse(origin) || new URL(origin).origin !== origin.toLowerCase())
    throw bad(name, "a list of origins such as 'https://lab.example'", value)
  return origin.toLowerCase()
}

const contextCheck: Check<Context> = (value, name) => {
  if (!(value instanceof Context)) throw bad(name, 'a Context', value)
  return value
}

// A year: more is a store's work.
const LONGEST_KEEP = 31_536_000_000

const keepCheck: Check<number> = (value, name) => {
  if (typeof value === 'number' && value >= 0 && value <= LONGEST_KEEP) return value
  throw bad(name, `a number of ms from 0 to ${LONGEST_KEEP}`, value)
}

const pageCheck: Check<boolean | PageOptions> = (value, name) =>
  typeof value === 'boolean' ? value : readOptions(value, { pvs: list(text), title: text }, name)

const historyCheck: Check<History> = (value, name) => {
  const methods = ['read', 'windows', 'at', 'find']
  if (typeof value === 'object' && value !== null)
    if (methods.every((method) => typeof Reflect.get(value, method) === 'function')) return value as History
  throw bad(name, 'a History: what has read, windows, at and find', value)
}

const checks = {
  ctx: contextCheck,
  host: text,
  port: integer(0, 65_535),
  path: pathCheck,
  tls: tlsCheck,
  read: patternsCheck,
  write: patternsCheck,
  rpc: patternsCheck,
  auth: authCheck,
  authorize: callback as Check<NonNullable<BridgeOptions['authorize']>>,
  insecureWrite: flag,
  origins: list(originCheck),
  hosts: list(text),
  trustProxy: list(text),
  status: wordOf('local', 'all', 'off'),
  rate: perSecond,
  arrayRate: perSecond,
  slash: wordOf('field', 'name'),
  page: pageCheck,
  keep: keepCheck,
  history: historyCheck,
  limits: limitsCheck,
  log: callback as Check<(entry: LogEntry) => void>,
}

/** Options with their defaults. */
export interface Settings {
  readonly ctx: Context | undefined
  readonly host: string
  readonly port: number
  readonly path: string
  readonly tls: BridgeOptions['tls']
  readonly read: Patterns | undefined
  readonly write: Patterns | undefined
  readonly rpc: Patterns | undefined
  readonly auth: AuthOptions | undefined
  readonly authorize: BridgeOptions['authorize']
  readonly insecureWrite: boolean
  readonly origins: readonly string[]
  readonly hosts: readonly string[]
  readonly trustProxy: readonly string[]
  readonly status: 'local' | 'all' | 'off'
  readonly rate: number
  readonly arrayRate: number
  readonly slash: 'field' | 'name'
  /** Undefined: there is none. */
  readonly page: PageOptions | undefined
  readonly keep: number
  readonly history: History | undefined
  readonly limits: Limits
  readonly log: (entry: LogEntry) => void
}

/** @throws InvalidArgumentError that names the option */
export function settingsOf(options: BridgeOptions | undefined): Settings {
  const read = readOptions(options, checks, 'Bridge')
  return {
    ctx: read.ctx,
    host: read.host ?? '127.0.0.1',
    port: read.port ?? 8080,
    path: read.path ?? '/pvws',
    tls: read.tls,
    read: read.read,
    write: read.write,
    rpc: read.rpc,
    auth: read.auth,
    authorize: read.authorize,
    insecureWrite: read.insecureWrite ?? false,
    origins: read.origins ?? [],
    hosts: read.hosts ?? [],
    trustProxy: read.trustProxy ?? [],
    status: read.status ?? 'local',
    rate: read.rate ?? 10,
    arrayRate: read.arrayRate ?? 2,
    slash: read.slash ?? 'field',
    page: read.page === true ? {} : read.page || undefined,
    keep: read.keep ?? 0,
    history: read.history,
    limits: read.limits ?? defaultLimits,
    log: read.log ?? silent,
  }
}

function silent(): void {
  // a program that wants to know gives a function
}
