import { InvalidArgumentError } from '../errors.js'
import {
  abortSignal,
  bad,
  callback,
  duration,
  flag,
  integer,
  isPlainObject,
  list,
  quote,
  readOptions,
  text,
  type Check,
  type Checked,
} from '../input/index.js'
import type { WebSocketConstructor } from './web-socket.js'

/** What {@link Context} takes. */
export interface ContextOptions {
  /** Who asks; as the bridge's `auth.tokens` know it. */
  readonly token?: string | undefined
  /** In place of the global one. */
  readonly WebSocket?: WebSocketConstructor | undefined
  /** Updates a second of each subscription, at most; default what the bridge allows. */
  readonly rate?: number | undefined
  /** ms of a call, default 5000. */
  readonly timeout?: number | undefined
  /** How long it waits between two tries, in ms: from `min` (500), doubled each time, to `max` (10000), less up to `jitter` (0.3) of it. */
  readonly reconnect?:
    | {
        readonly min?: number | undefined
        readonly max?: number | undefined
        readonly jitter?: number | undefined
      }
    | undefined
}

/** What every call takes. */
export interface CallOptions {
  /** ms for the whole call, up to 300000; default the Context's. */
  readonly timeout?: number | undefined
  /** Gives the call up; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Which fields. */
  readonly fields?: readonly string[] | undefined
}

/** What {@link Context.put} takes. */
export interface PutOptions extends Omit<CallOptions, 'fields'> {
  /** Whether the record behind the PV is processed; `passive` leaves it to the record. */
  readonly process?: boolean | 'passive' | undefined
  /** Whether the server answers only when processing has ended. */
  readonly block?: boolean | undefined
}

const LONGEST = 300_000

const limited: Check<number> = (value, name) => {
  const ms = duration(value, name)
  if (ms > LONGEST) throw bad(name, `a number of milliseconds above 0 and up to ${LONGEST}`, value)
  return ms
}

const rate: Check<number> = (value, name) => {
  if (typeof value !== 'number' || !(value >= 0) || value === Infinity)
    throw bad(name, 'a number of updates a second, 0 to pause', value)
  return value
}

const share: Check<number> = (value, name) => {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1)) throw bad(name, 'a number from 0 to 1', value)
  return value
}

const processing: Check<boolean | 'passive'> = (value, name) => {
  if (value !== 'passive' && typeof value !== 'boolean') throw bad(name, "true, false or 'passive'", value)
  return value
}

const reconnect = (value: unknown, name: string): { min: number; max: number; jitter: number } => {
  if (!isPlainObject(value)) throw bad(name, 'an object', value)
  const {
    min = 500,
    max = 10_000,
    jitter = 0.3,
  } = readOptions(value, { min: limited, max: limited, jitter: share }, 'reconnect')
  if (min > max) throw new InvalidArgumentError(`"reconnect.min" (${min}) is above "reconnect.max" (${max})`)
  return { min, max, jitter }
}

const target = { signal: abortSignal, timeout: limited }

export const contextChecks = {
  token: text,
  WebSocket: callback,
  rate,
  timeout: limited,
  reconnect,
}
export const callChecks = target
export const getChecks = { ...target, fields: list(text) }
export const putChecks = { ...target, process: processing, block: flag }
export const monitorChecks = {
  signal: abortSignal,
  fields: list(text),
  request: text,
  rate,
  queueSize: integer(2, 1_000_000),
  latest: flag,
  events: flag,
  onUpdate: callback,
  onEvent: callback,
  onError: callback,
}
export type MonitorChecked = Checked<typeof monitorChecks>

/** What {@link Context.monitor} takes. */
export interface MonitorOptions {
  readonly signal?: AbortSignal | undefined
  readonly fields?: readonly string[] | undefined
  /** A pvRequest as text. */
  readonly request?: string | undefined
  /** Updates a second, at most; 0 pauses it. Default the Context's. */
  readonly rate?: number | undefined
  /** How many updates may wait here, 2 to 1000000, default 16; then the newest one takes in what comes. */
  readonly queueSize?: number | undefined
  /** Only the newest update waits, with the marks of all that it replaces: for displays. Excludes `queueSize`. */
  readonly latest?: boolean | undefined
  /** Whether iterating gives an event for each update and each change of the connection, instead of values. */
  readonly events?: boolean | undefined
}

/** @throws InvalidArgumentError for what is not the name of a PV */
export function checkName(name: unknown, op: string): string {
  if (typeof name !== 'string' || name === '')
    throw new InvalidArgumentError(`a PV name is text, not ${quote(name)}`, { op })
  return name
}
