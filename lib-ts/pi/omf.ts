// OMF: types, containers and data for PI, sent as they are.
import { promisify } from 'node:util'
import { gzip as gzipOf } from 'node:zlib'
import { bad, flag, isPlainObject, quote, readOptions, type Check } from '../input/index.js'
import { checking, PiArgumentError } from './errors.js'
import { bodyText } from './http/json.js'
import { EncodedBody } from './http/multipart.js'
import { callChecks, type CallOptions } from './options.js'

const compress = promisify<Buffer, Buffer>(gzipOf)

/** What {@link PiWebApi.omf} takes. */
export interface OmfOptions extends Omit<CallOptions, 'query'> {
  readonly action?: 'create' | 'update' | 'delete' | undefined
  readonly version?: '1.0' | '1.1' | '1.2' | undefined
  /** Compresses the messages. true. */
  readonly gzip?: boolean | undefined
}

/** Bytes and headers of OMF messages. */
export interface OmfRequest {
  readonly body: EncodedBody
  readonly headers: Readonly<Record<string, string>>
  readonly call: CallOptions
}

const word =
  (...words: readonly string[]): Check<string> =>
  (value, name) => {
    if (!words.includes(value as string)) throw bad(name, words.join(', '), value)
    return value as string
  }

const { signal, timeout, headers } = callChecks
const type = word('type', 'container', 'data')
const checks = {
  action: word('create', 'update', 'delete'),
  version: word('1.0', '1.1', '1.2'),
  gzip: flag,
  signal,
  timeout,
  headers,
}

/** @throws {@link PiArgumentError} for another type of message, what is not a list of objects, and bad options */
export async function omfRequest([messageType, messages, options]: readonly unknown[]): Promise<OmfRequest> {
  const messagetype = checking(() => type(messageType, 'type'))
  if (!Array.isArray(messages) || !messages.every(isPlainObject))
    throw new PiArgumentError(`omf: the messages are an array of objects, not ${quote(messages)}`)
  const read = checking(() => readOptions(options, checks, 'omf'))
  const { action = 'create', version = '1.2', gzip = true } = read
  const text = Buffer.from(bodyText(messages))
  return {
    body: new EncodedBody('application/json', gzip ? await compress(text) : text),
    headers: {
      messagetype,
      messageformat: 'json',
      omfversion: version,
      action,
      ...(gzip ? { compression: 'gzip', 'content-encoding': 'gzip' } : {}),
      ...read.headers,
    },
    call: { signal: read.signal, timeout: read.timeout },
  }
}
