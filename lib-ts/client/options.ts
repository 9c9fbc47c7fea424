import { serverAddress } from '../config/index.js'
import { typeDefOf, type Fields, type TypeBuilder, type TypeDef, type Value } from '../data/index.js'
import {
  abortSignal,
  bad,
  callback,
  type Check,
  type Checked,
  duration,
  flag,
  integer,
  list,
  readOptions,
  text,
} from '../input/index.js'
import type { MonitorEvent } from './monitor-feed.js'
import { requestOption, type PvRequest } from './request.js'

/**
 * What every call takes.
 *
 * @example
 * const Thermometer = new NTScalar('float64')
 * const v = await ctx.get('lab:temp1', { fields: ['value', 'timeStamp'], timeout: 1_000, type: Thermometer })
 * console.log(v.value.toFixed(2), v.$time)
 */
export interface OperationOptions<T = Fields> {
  /** ms for the whole call; default the Context's. Infinity waits for ever. */
  readonly timeout?: number | undefined
  /** ms for searching and connecting only. */
  readonly connectTimeout?: number | undefined
  /** Gives the call up; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Which fields, and options for the server. */
  readonly request?: string | PvRequest | undefined
  /** Which fields: short for a request. */
  readonly fields?: readonly string[] | undefined
  /** Asks this server, `host[:port]`, without searching. */
  readonly server?: string | undefined
  /** What the server's type must have; the result is typed by it. */
  readonly type?: TypeDef<T> | TypeBuilder<T> | undefined
}

/**
 * What {@link Context.get} takes.
 *
 * @example
 * const v = await ctx.get('lab:temp1', { fields: ['alarm.severity'], timeout: 1_000 })
 * console.log(v.alarm.severity, [...v.$changed])
 */
export type GetOptions<T = Fields> = OperationOptions<T>
/**
 * What {@link Context.info}, {@link Context.list} and {@link Context.serverInfo} take.
 *
 * @example
 * const type = await ctx.info('lab:temp1', { connectTimeout: 1_000, timeout: 5_000 })
 */
export type InfoOptions<T = Fields> = Omit<OperationOptions<T>, 'request' | 'fields'>

/**
 * What {@link Context.put} takes.
 *
 * @example
 * await ctx.put('lab:setpoint', 21.5, { process: true, block: true, atMostOnce: true })
 */
export interface PutOptions<T = Fields> extends OperationOptions<T> {
  /** Whether the record behind the PV is processed; `passive` leaves it to the record. */
  readonly process?: boolean | 'passive' | undefined
  /** Whether the server answers only when processing has ended. */
  readonly block?: boolean | undefined
  /** Rejects with DisconnectedError instead of sending again after a broken connection. */
  readonly atMostOnce?: boolean | undefined
}

/**
 * What {@link Context.rpc} takes.
 *
 * @example
 * const sum = await ctx.rpc('lab:sum', { lhs: 1, rhs: 2 }, { timeout: 30_000, atMostOnce: true })
 */
export interface RpcOptions<T = Fields> extends OperationOptions<T> {
  /** Rejects with DisconnectedError instead of sending again after a broken connection. */
  readonly atMostOnce?: boolean | undefined
}

/**
 * Instead of iterating: what is called for each update, each other event, and the error that ends a subscription.
 *
 * @example
 * const sub = ctx.monitor('lab:temp1', {
 *   onUpdate: (v) => console.log(v.value),
 *   onEvent: (e) => console.log(e.type),
 *   onError: (error) => console.error(error.message),
 * })
 * await sub.ready
 * await sub.close()
 */
export interface MonitorCallbacks<T = Fields> {
  onUpdate?: ((value: Value<T>) => unknown) | undefined
  onEvent?: ((event: Exclude<MonitorEvent<T>, { type: 'update' }>) => unknown) | undefined
  onError?: ((error: Error) => unknown) | undefined
}

/**
 * What {@link Context.monitor} takes.
 *
 * @example
 * // Every update, in order: when this loop is slow, the server waits.
 * for await (const v of ctx.monitor('lab:temp1', { pipeline: true, queueSize: 64, fields: ['value'] })) {
 *   if (v.value > 30) break
 * }
 */
export interface MonitorOptions<T = Fields> extends MonitorCallbacks<T> {
  readonly signal?: AbortSignal | undefined
  readonly request?: string | PvRequest | undefined
  readonly fields?: readonly string[] | undefined
  readonly server?: string | undefined
  readonly type?: TypeDef<T> | TypeBuilder<T> | undefined
  /** ms for searching and connecting at first: then it ends with `TimeoutError`. Without, it searches for ever. */
  readonly connectTimeout?: number | undefined
  /**
   * How many updates may wait, 2 to 1000000, default 16: at the server, in PVXS's queue here, and as many again in the one
   * that the consumer takes from; one or two more are on the way between these.
   */
  readonly queueSize?: number | undefined
  /** Slows the server down instead of merging updates when the consumer is slow. */
  readonly pipeline?: boolean | undefined
  /** After how many updates the client acknowledges a pipeline; default half of the queue. */
  readonly ackAny?: number | `${number}%` | undefined
  /**
   * Only the newest update waits, with the marks of all that it replaces: for displays. A consumer that is slow gets what is
   * new when it asks, never what was new before. Excludes `queueSize`, `pipeline` and `ackAny`.
   */
  readonly latest?: boolean | undefined
  /** Whether iterating gives a {@link MonitorEvent} for each update and each change of the connection, instead of values. */
  readonly events?: boolean | undefined
}

/**
 * What {@link Context.monitorAll} takes.
 *
 * @example
 * for await (const { name } of ctx.monitorAll(['lab:temp1'], { fields: ['value'], queueSize: 4 })) {
 *   console.log(name)
 *   break
 * }
 */
export type MonitorAllOptions<T = Fields> = Omit<MonitorOptions<T>, keyof MonitorCallbacks>

/**
 * What {@link Context.waitFor} takes.
 *
 * @example
 * const v = await ctx.waitFor('lab:temp1', (v) => v.value > 30, { timeout: 60_000, connectTimeout: 2_000 })
 */
export interface WaitForOptions<T = Fields> extends Omit<
  MonitorOptions<T>,
  'events' | keyof MonitorCallbacks
> {
  /** ms until it rejects with {@link TimeoutError}; without, it waits for ever. */
  readonly timeout?: number | undefined
}

/**
 * What {@link Context.connect} takes.
 *
 * @example
 * await using c = ctx.connect('lab:temp1', { signal: AbortSignal.timeout(60_000) })
 * for await (const { type } of c.events()) if (type === 'connected') break
 */
export interface ConnectOptions {
  readonly signal?: AbortSignal | undefined
  readonly server?: string | undefined
}

const typeOption: Check<TypeDef> = (value, name) => {
  const type = typeDefOf(value)
  if (type === undefined) throw bad(name, 'a TypeDef or a builder of one', value)
  return type
}

const forcedServer: Check<string> = (value) => serverAddress(value, '')

const processing: Check<boolean | 'passive'> = (value, name) => {
  if (value !== 'passive' && typeof value !== 'boolean') throw bad(name, "true, false or 'passive'", value)
  return value
}

const acknowledgement: Check<number | string> = (value, name) => {
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value
  if (typeof value === 'string' && /^[0-9]{1,3}(\.[0-9]+)?%$/.test(value)) {
    const percent = parseFloat(value)
    if (percent > 0 && percent <= 100) return value
  }
  throw bad(name, "an integer above 0, or a percentage above 0 and up to 100 such as '50%'", value)
}

export const SHORTEST_QUEUE = 2
export const LONGEST_QUEUE = 1_000_000

const target = { signal: abortSignal, server: forcedServer, type: typeOption }
const limits = { timeout: duration, connectTimeout: duration }
const selection = { request: requestOption, fields: list(text) }

export const infoChecks = { ...limits, ...target }
export const getChecks = { ...limits, ...target, ...selection }
export const putChecks = { ...getChecks, process: processing, block: flag, atMostOnce: flag }
export const rpcChecks = { ...getChecks, atMostOnce: flag }
export const subscribeChecks = {
  ...target,
  connectTimeout: duration,
  ...selection,
  queueSize: integer(SHORTEST_QUEUE, LONGEST_QUEUE),
  pipeline: flag,
  latest: flag,
  ackAny: acknowledgement,
}
export const monitorAllChecks = { ...subscribeChecks, events: flag }
export const waitForChecks = { ...subscribeChecks, timeout: duration }
export const monitorChecks = {
  ...monitorAllChecks,
  onUpdate: callback,
  onEvent: callback,
  onError: callback,
}
export const connectChecks = { signal: abortSignal, server: forcedServer }
export const discoverChecks = { signal: abortSignal, ping: flag, timeout: duration }

export type CallChecked = Checked<typeof getChecks>
export type PutChecked = Checked<typeof putChecks>
export type RpcChecked = Checked<typeof rpcChecks>
export type SubscribeChecked = Checked<typeof subscribeChecks>
export type MonitorAllChecked = Checked<typeof monitorAllChecks>
export type WaitForChecked = Checked<typeof waitForChecks>
export type MonitorChecked = Checked<typeof monitorChecks>

const none: CallChecked = Object.freeze({})

/** The options of a get; by far most have none. */
export function getOptions(options: unknown): CallChecked {
  return options === undefined ? none : readOptions(options, getChecks, 'get')
}
