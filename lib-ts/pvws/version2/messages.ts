import { isPlainObject, quote } from '../../input/index.js'
import { BridgeError } from '../errors.js'

export type Format2 = 'binary' | 'json'

/** A PV and the part of it that is meant. `pv` is as it came. */
interface Named {
  readonly id: number
  readonly pv: unknown
}

/** What a client asks to be told of. */
export interface Subscribe2 extends Named {
  readonly fields: readonly string[]
  /** A pvRequest as text; '' is none. */
  readonly request: string
  /** Updates a second; undefined: as the bridge likes; 0: paused. */
  readonly rate: number | undefined
  readonly format: Format2
}

interface Timed {
  /** ms */
  readonly timeout: number
}

export interface Get2 extends Named, Timed {
  readonly type: 'get'
  readonly fields: readonly string[]
  readonly format: Format2
}

export interface Info2 extends Named, Timed {
  readonly type: 'info'
}

export interface Put2 extends Named, Timed {
  readonly type: 'put'
  readonly value: unknown
  readonly process: boolean | 'passive' | undefined
  readonly block: boolean | undefined
}

export interface Call2 extends Named, Timed {
  readonly type: 'call'
  readonly args: Readonly<Record<string, unknown>>
  readonly format: Format2
}

export interface Find2 {
  readonly type: 'find'
  readonly id: number
  readonly pattern: string
  readonly limit: number
}

export interface History2 extends Named {
  readonly type: 'history'
  /** ISO text, or ns since 1970. */
  readonly from: string
  readonly to: string
  readonly points: number
}

/** What is answered by one message. */
export type Request2 = Get2 | Info2 | Put2 | Call2 | Find2 | History2

/** What a client of version 2 may say. Entries of `subs` are read one by one: a bad one fails alone. */
export type Message2 =
  | { readonly type: 'subscribe'; readonly subs: readonly Readonly<Record<string, unknown>>[] }
  | { readonly type: 'rate'; readonly id: number; readonly rate: number }
  | { readonly type: 'clear'; readonly ids: readonly number[] }
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'ack'; readonly n: number }
  | { readonly type: 'echo' | 'ping' }
  | Request2

type Members = Readonly<Record<string, unknown>>

const TYPES = 'there are subscribe, rate, clear, get, info, put, call, find, history, cancel, ack, echo, ping'
const TIMEOUT = 5_000
const LONGEST = 300_000
const NAMES = 100
const MOST_NAMES = 10_000
const POINTS = 1_000
const MOST_POINTS = 20_000

/** @throws BridgeError for what is not such a message */
export function readMessage2(message: Members): Message2 {
  const { type } = message
  switch (type) {
    case 'subscribe':
      return { type, subs: subsIn(message) }
    case 'rate':
      return { type, id: idIn(message), rate: rateIn(message) ?? missing(type, 'rate', 'updates a second') }
    case 'clear':
      return { type, ids: idsIn(message) }
    case 'cancel':
      return { type, id: idIn(message) }
    case 'ack':
      return { type, n: count(message, 'n', Number.MAX_SAFE_INTEGER, undefined, 0) }
    case 'echo':
    case 'ping':
      return { type }
    case undefined:
      throw wrong(`a message has a "type": ${TYPES}`)
    default:
      return requestIn(message)
  }
}

function requestIn(message: Members): Request2 {
  const { type, pv } = message
  switch (type) {
    case 'get':
      return { type, ...call(message), pv, fields: fieldsIn(message), format: formatIn(message, 'json') }
    case 'info':
      return { type, ...call(message), pv }
    case 'put':
      return { type, ...call(message), pv, value: writable(message['value']), ...processingIn(message) }
    case 'call':
      return { type, ...call(message), pv, args: argsIn(message), format: formatIn(message, 'json') }
    case 'find':
      return {
        type,
        id: idIn(message),
        pattern: textIn(message, 'pattern'),
        limit: count(message, 'limit', MOST_NAMES, NAMES),
      }
    case 'history':
      return {
        type,
        id: idIn(message),
        pv,
        from: textIn(message, 'from'),
        to: textIn(message, 'to'),
        points: count(message, 'points', MOST_POINTS, POINTS),
      }
    default:
      throw wrong(`unknown type ${quote(type)}: ${TYPES}`)
  }
}

/** @throws BridgeError for an entry of a subscription that is none */
export function readSubscribe2(entry: Members): Subscribe2 {
  const { request = '' } = entry
  if (typeof request !== 'string') throw wrong(`"request" is a pvRequest as text, not ${quote(request)}`)
  return {
    id: idIn(entry),
    pv: entry['pv'],
    fields: fieldsIn(entry),
    request,
    rate: rateIn(entry),
    format: formatIn(entry, 'binary'),
  }
}

/** The id that a client chose, or undefined when it is none: what its error is sent for. */
export function idOf(x: unknown): number | undefined {
  return typeof x === 'number' && Number.isInteger(x) && x >= 0 && x <= 0xffff_ffff ? x : undefined
}

function idIn({ id }: Members): number {
  const found = idOf(id)
  if (found === undefined) throw wrong(`"id" is an integer from 0 to 4294967295, not ${quote(id)}`)
  return found
}

function idsIn({ ids }: Members): readonly number[] {
  if (!Array.isArray(ids) || ids.some((id) => idOf(id) === undefined))
    throw wrong(`"clear" wants "ids", a list of integers, not ${quote(ids)}`)
  return ids as readonly number[]
}

function subsIn(message: Members): readonly Members[] {
  const { subs } = message
  if (subs === undefined) return [message]
  if (!Array.isArray(subs) || !subs.every(isPlainObject))
    throw wrong(`"subs" is a list of { id, pv, … }, not ${quote(subs)}`)
  return subs
}

function call(message: Members): { readonly id: number; readonly timeout: number } {
  const id = idIn(message)
  const { timeout = TIMEOUT } = message
  if (typeof timeout !== 'number' || !(timeout > 0) || timeout > LONGEST)
    throw wrong(`"timeout" is a number of ms above 0 and up to ${LONGEST}, not ${quote(timeout)}`)
  return { id, timeout }
}

function rateIn({ rate }: Members): number | undefined {
  if (rate === undefined) return undefined
  if (typeof rate === 'number' && rate >= 0 && Number.isFinite(rate)) return rate
  throw wrong(`"rate" is a number of updates a second, 0 to pause, not ${quote(rate)}`)
}

function formatIn({ format }: Members, otherwise: Format2): Format2 {
  if (format === undefined) return otherwise
  if (format === 'binary' || format === 'json') return format
  throw wrong(`"format" is "binary" or "json", not ${quote(format)}`)
}

function fieldsIn({ fields = [] }: Members): readonly string[] {
  if (!Array.isArray(fields) || fields.some((field) => typeof field !== 'string' || field === ''))
    throw wrong(`"fields" is a list of paths such as "alarm.severity", not ${quote(fields)}`)
  return fields as readonly string[]
}

function argsIn({ args = {} }: Members): Members {
  if (!isPlainObject(args)) throw wrong(`"args" is an object, not ${quote(args)}`)
  return args
}

function textIn(message: Members, name: string): string {
  const text = message[name]
  if (typeof text !== 'string' || text === '') throw wrong(`"${name}" is text, not ${quote(text)}`)
  return text
}

function count(message: Members, name: string, most: number, otherwise?: number, least = 1): number {
  const n = message[name] ?? otherwise
  if (typeof n === 'number' && Number.isInteger(n) && n >= least && n <= most) return n
  throw wrong(`"${name}" is an integer from ${least} to ${most}, not ${quote(n)}`)
}

function processingIn({ process, block }: Members): Pick<Put2, 'process' | 'block'> {
  if (process !== undefined && process !== 'passive' && typeof process !== 'boolean')
    throw wrong(`"process" is true, false or "passive", not ${quote(process)}`)
  if (block !== undefined && typeof block !== 'boolean')
    throw wrong(`"block" is true or false, not ${quote(block)}`)
  return { process, block }
}

function writable(value: unknown): unknown {
  if (value === undefined || value === null) throw wrong('"put" wants a "value"')
  return value
}

function missing(type: string, name: string, what: string): never {
  throw wrong(`"${type}" wants "${name}", ${what}`)
}

function wrong(text: string): BridgeError {
  return new BridgeError('ERR_BRIDGE_MESSAGE', text)
}
