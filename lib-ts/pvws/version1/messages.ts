import { isPlainObject, quote } from '../../input/index.js'
import { BridgeError } from '../errors.js'

/** What a client of version 1 may say. `pvs` and `value` are as they came: a bad name fails alone, a value by its PV's type. */
export type Message1 =
  | { readonly type: 'subscribe' | 'clear'; readonly pvs: readonly unknown[] }
  | { readonly type: 'list' | 'ping' | 'echo' }
  | { readonly type: 'write'; readonly pv: unknown; readonly value: unknown }

/** @throws BridgeError for what is not such a message */
export function readMessage1(text: string): Message1 {
  const message = objectIn(text)
  const { type } = message
  switch (type) {
    case 'subscribe':
    case 'monitor':
      return { type: 'subscribe', pvs: namesIn(message, type) }
    case 'clear':
      return { type, pvs: namesIn(message, type) }
    case 'list':
    case 'ping':
    case 'echo':
      return { type }
    case 'write':
      return { type, pv: message['pv'], value: writable(message['value']) }
    case undefined:
      throw bad('a message has a "type": there are subscribe, clear, list, write, ping, echo')
    default:
      throw bad(`unknown type ${quote(type)}: there are subscribe, clear, list, write, ping, echo`)
  }
}

/** @throws BridgeError for text that is not a JSON object */
export function objectIn(text: string): Record<string, unknown> {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch {
    throw bad('a message is a JSON object; this one is not JSON')
  }
  if (!isPlainObject(read)) throw bad(`a message is a JSON object, not ${quote(read)}`)
  return read
}

function namesIn(message: Record<string, unknown>, type: string): readonly unknown[] {
  const { pvs } = message
  if (!Array.isArray(pvs)) throw bad(`"${type}" wants "pvs", a list of names, not ${quote(pvs)}`)
  return pvs as readonly unknown[]
}

function writable(value: unknown): unknown {
  if (value === undefined) throw bad('"write" wants a "value"')
  if (value === null || isPlainObject(value))
    throw bad(`"value" of a write is a number, text, a boolean or a list, not ${quote(value)}`)
  return value
}

function bad(text: string): BridgeError {
  return new BridgeError('ERR_BRIDGE_MESSAGE', text)
}
