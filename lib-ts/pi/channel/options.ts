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
  type Check,
} from '../../input/index.js'
import { checking, PiArgumentError } from '../errors.js'
import { readRefs, readRef, type PiRef, type Wanted } from '../references.js'
import { readWebId } from '../web-id.js'

/** How a channel comes back after its connection broke. */
export interface ReconnectOptions {
  /** ms before the first try. 250. */
  readonly min?: number | undefined
  /** ms between tries at most. 30000. */
  readonly max?: number | undefined
  /** What a wait is multiplied with after each try. 2. */
  readonly factor?: number | undefined
  /** The fraction by which a wait is varied. 0.2. */
  readonly jitter?: number | undefined
  /** ms without a connection after which the channel fails. One hour; Infinity: never. */
  readonly giveUpAfter?: number | undefined
}

/** What {@link PiWebApi.channel} and {@link PiWebApi.watch} take. */
export interface ChannelOptions {
  /** Whether the values at the opening are given too. true. */
  readonly includeInitialValues?: boolean | undefined
  /** The server sends an empty message after so many polls without a change. Never; 1 when `deadAfter` is given. */
  readonly heartbeatRate?: number | undefined
  /** Bytes of a URL at most; more streams take more sockets. The client's. */
  readonly maxUrlBytes?: number | undefined
  /** ms for the opening of a socket. 10000. */
  readonly openTimeout?: number | undefined
  /** Closes the channel when it aborts; what reads it gets the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** false: a connection that breaks ends the channel. */
  readonly reconnect?: ReconnectOptions | false | undefined
  /** ms without any message after which a socket is dropped and opened anew; for a server that sends heartbeats. */
  readonly deadAfter?: number | undefined
  /** ms between two pings. 20000; Infinity: none. */
  readonly pingInterval?: number | undefined
  /** ms to wait for the answer to a ping. 20000. */
  readonly pingTimeout?: number | undefined
  /** Whether the archive is read for what was missed. true. */
  readonly backfill?: boolean | undefined
  /** Messages that may wait to be read; then the sockets are not read. 1000. */
  readonly maxQueue?: number | undefined
  /** Bytes of a message at most. 64 MiB. */
  readonly maxPayload?: number | undefined
  /** false: `{ webId }` references are taken as they are; paths and names come with the messages. true. */
  readonly resolve?: boolean | undefined
}

/** All attributes of an element, an event frame or an attribute. */
export interface PiParent {
  /** Its path or WebID. */
  readonly parent: PiRef
  readonly nameFilter?: string | undefined
  readonly categoryName?: string | undefined
  readonly templateName?: string | undefined
  readonly searchFullHierarchy?: boolean | undefined
  readonly showExcluded?: boolean | undefined
  readonly showHidden?: boolean | undefined
}

/** What a channel is opened for. */
export type PiSpec = readonly PiRef[] | PiParent

/** Of a parent's URL. */
export type ParentQuery = Readonly<Record<string, string | boolean>>

/** A parent that was read. */
export interface WantedParent {
  readonly ref: string
  readonly controller: 'elements' | 'eventframes' | 'attributes'
  readonly by: 'webId' | 'path'
  readonly text: string
  readonly query: ParentQuery
}

/** What is to be opened. */
export type WantedSpec = readonly Wanted[] | WantedParent

const fraction: Check<number> = (value, name) => {
  if (typeof value !== 'number' || !(value >= 0 && value < 1))
    throw bad(name, 'a number from 0 to below 1', value)
  return value
}

const factor: Check<number> = (value, name) => {
  if (typeof value !== 'number' || !(value >= 1 && value <= 100))
    throw bad(name, 'a number from 1 to 100', value)
  return value
}

const reconnectCheck: Check<ReconnectOptions | false> = (value, name) => {
  if (value === false) return false
  const checks = { min: duration, max: duration, factor, jitter: fraction, giveUpAfter: duration }
  return readOptions(value, checks, `option "${name}"`)
}

export const channelChecks = {
  includeInitialValues: flag,
  heartbeatRate: integer(1, 1_000_000),
  maxUrlBytes: integer(200, 1_000_000),
  openTimeout: duration,
  signal: abortSignal,
  reconnect: reconnectCheck,
  deadAfter: duration,
  pingInterval: duration,
  pingTimeout: duration,
  backfill: flag,
  maxQueue: integer(1, 10_000_000),
  maxPayload: integer(1, 2 ** 31 - 1),
  resolve: flag,
}

/** Options with their defaults. */
export interface ChannelSettings {
  readonly includeInitialValues: boolean
  readonly heartbeatRate: number | undefined
  readonly maxUrlBytes: number
  readonly openTimeout: number
  readonly signal: AbortSignal | undefined
  readonly reconnect: Required<{ [K in keyof ReconnectOptions]: number }> | false
  readonly deadAfter: number
  readonly pingInterval: number
  readonly pingTimeout: number
  readonly backfill: boolean
  readonly maxQueue: number
  readonly maxPayload: number
  readonly resolve: boolean
}

export function readChannelOptions(options: unknown, maxUrlBytes: number, op: string): ChannelSettings {
  const read = checking(() => readOptions(options, channelChecks, op))
  const { reconnect = {}, deadAfter = Infinity } = read
  const back = { min: 250, max: 30_000, factor: 2, jitter: 0.2, giveUpAfter: 3_600_000 }
  return {
    includeInitialValues: true,
    openTimeout: 10_000,
    pingInterval: 20_000,
    pingTimeout: 20_000,
    backfill: true,
    maxQueue: 1000,
    maxPayload: 64 * 1024 * 1024,
    resolve: true,
    maxUrlBytes,
    ...read,
    signal: read.signal,
    deadAfter,
    heartbeatRate: read.heartbeatRate ?? (deadAfter === Infinity ? undefined : 1),
    reconnect: reconnect === false ? false : { ...back, ...(reconnect as typeof back) },
  }
}

const PARENT_KEYS = ['nameFilter', 'categoryName', 'templateName'] as const
const PARENT_FLAGS = ['searchFullHierarchy', 'showExcluded', 'showHidden'] as const

/** References, or a parent; every one is checked. With `resolve: false` only WebIDs will do. */
export function readSpec(spec: unknown, op: string, resolve: boolean): WantedSpec {
  if (Array.isArray(spec)) {
    const all = readRefs(spec, op)
    const other = resolve ? -1 : all.findIndex(({ by }) => by !== 'webId')
    if (other >= 0)
      throw new PiArgumentError(
        `${op}: reference ${other} is looked up, and resolve: false takes WebIDs alone`,
      )
    return all
  }
  if (!isPlainObject(spec) || !('parent' in spec))
    throw new PiArgumentError(`${op} takes references as an array, or { parent }, not ${quote(spec)}`)
  const checks = {
    parent: ((value) => value) as Check<unknown>,
    ...Object.fromEntries(PARENT_KEYS.map((key) => [key, text])),
    ...Object.fromEntries(PARENT_FLAGS.map((key) => [key, flag])),
  }
  const { parent, ...query } = checking(() => readOptions(spec, checks, op)) as { parent: unknown }
  return { ...readParent(parent, `${op}: the parent`), query: query }
}

function readParent(ref: unknown, what: string): Omit<WantedParent, 'query'> {
  const { webId, path } = (typeof ref === 'object' && ref !== null ? ref : {}) as {
    webId?: unknown
    path?: unknown
  }
  const given = webId ?? path ?? ref
  if (typeof given !== 'string' || given === '')
    throw new PiArgumentError(
      `${what} is the path or WebID of an element, event frame or attribute, not ${quote(ref)}`,
    )
  if (path === undefined && !/^(\\\\|\/\/)/.test(given)) {
    const kind = readWebId(given)?.kind
    const controller = { element: 'elements', eventFrame: 'eventframes', attribute: 'attributes' } as const
    if (kind !== 'element' && kind !== 'eventFrame' && kind !== 'attribute')
      throw new PiArgumentError(
        `${what} is ${quote(given)}, which is not the WebID of an element, event frame or attribute`,
      )
    return { ref: given, controller: controller[kind], by: 'webId', text: given }
  }
  if (given.includes('|'))
    return { ref: given, controller: 'attributes', by: 'path', text: readRef({ path: given }, what).text }
  const text = given.replaceAll('/', '\\')
  if (!/^\\\\[^\\]+\\[^\\]+\\[^\\]/.test(text))
    throw new PiArgumentError(
      `${what} is ${quote(given)}, which is not a path such as '//AF/Database/Element'`,
    )
  return {
    ref: given,
    controller: /\\EventFrames\[/i.test(text) ? 'eventframes' : 'elements',
    by: 'path',
    text,
  }
}
