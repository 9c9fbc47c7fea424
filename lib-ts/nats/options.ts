// What sinks and readers of NATS take.
import { bad, integer, isPlainObject, list, quote, readOptions, text, type Check } from '../input/index.js'
import { checkingFor, formatFault, timeOf, type TimeInput } from '../telemetry/index.js'
import { InvalidArgumentError } from '../errors.js'

/** How to reach the servers, and as whom. */
export interface NatsAccess {
  /** `host:port` or URLs of the servers of one cluster. */
  readonly servers: readonly string[]
  readonly token?: string | undefined
  readonly user?: string | undefined
  readonly pass?: string | undefined
  /** Path of a file of credentials (a JSON web token and a seed). */
  readonly credsFile?: string | undefined
  readonly nkeySeed?: string | undefined
  /** True for TLS, or what it needs, in PEM. */
  readonly tls?: boolean | { readonly ca?: string; readonly cert?: string; readonly key?: string } | undefined
  /** ms that a connection, and the answers to what is sent, may take: 5000. */
  readonly timeout?: number | undefined
}

/** A stream as {@link NatsOptions.createStream} makes it. */
export interface NewStream {
  /** ms that messages are kept. Default: for ever. */
  readonly maxAge?: number | undefined
  /** Bytes of messages that are kept, the newest ones. Default: no limit. */
  readonly maxBytes?: number | undefined
  /** Servers that hold a copy: 1. */
  readonly replicas?: number | undefined
  /** `file` (the default) or `memory`. */
  readonly storage?: 'file' | 'memory' | undefined
}

/** What a {@link NatsSink} takes. */
export interface NatsOptions extends NatsAccess {
  /** The name of the JetStream stream that stores the messages. */
  readonly stream: string
  /** What subjects begin with: `pv`, for `pv.<name>`. */
  readonly subject?: string | undefined
  /** `json` (the default), or `f144`: FlatBuffers as the ESS forwarder writes them. */
  readonly format?: 'json' | 'f144' | undefined
  /** `sample` (the default): a message each; `batch`: the samples of a batch as lines of JSON in few messages. */
  readonly pack?: 'sample' | 'batch' | undefined
  /**
   * `retry` (the default): what is sent again is stored once; `series-time`: so is the same sample of another recorder; `false`:
   * no message ids.
   */
  readonly dedup?: 'retry' | 'series-time' | false | undefined
  /** The stream to make when there is none of that name; false (the default): that is an error. */
  readonly createStream?: false | NewStream | undefined
}

/** What a {@link NatsReader} takes. */
export interface NatsReaderOptions extends NatsAccess {
  readonly stream: string
  /** The name of the durable consumer, which keeps the place of what was committed. One reader at a time. */
  readonly consumer: string
  /** Only messages of these subjects, with the wildcards of NATS. Default: all of the stream. */
  readonly subject?: string | undefined
  /** Where a consumer that is new begins: `earliest` (the default), `latest`, or a time. */
  readonly from?: TimeInput | undefined
  /** Messages in a batch at most: 5000. */
  readonly maxBatch?: number | undefined
}

const notEmpty: Check<string> = (value, name) => {
  const given = text(value, name)
  if (given === '') throw bad(name, 'text that is not empty', value)
  return given
}

const servers: Check<readonly string[]> = (value, name) => {
  const all = list(notEmpty)(value, name)
  if (all.length === 0) throw bad(name, 'a list of at least one server', value)
  return all
}

/** The name of a stream or a consumer. */
const streamName: Check<string> = (value, name) => {
  const given = notEmpty(value, name)
  if (/[\s.*>/\\\u0000-\u001f]/.test(given)) throw bad(name, 'a name without spaces, . * > / and \\', value)
  return given
}

const subject: Check<string> = (value, name) => {
  const given = notEmpty(value, name)
  if (/\s/.test(given) || given.split('.').some((token) => token === ''))
    throw bad(name, 'tokens with a dot between each and the next', value)
  return given
}

const prefix: Check<string> = (value, name) => {
  const given = subject(value, name)
  if (/[*>]/.test(given)) throw bad(name, 'a subject without wildcards', value)
  return given
}

function oneOf<const T>(...words: readonly T[]): Check<T> {
  return (value, name) => {
    if (!words.includes(value as T)) throw bad(name, words.map((word) => quote(word)).join(' or '), value)
    return value as T
  }
}

const tls: Check<NonNullable<NatsAccess['tls']>> = (value, name) => {
  if (typeof value === 'boolean') return value
  if (!isPlainObject(value)) throw bad(name, 'true, false or { ca, cert, key }', value)
  return readOptions(value, { ca: notEmpty, cert: notEmpty, key: notEmpty }, name)
}

const access = {
  servers,
  token: notEmpty,
  user: notEmpty,
  pass: text,
  credsFile: notEmpty,
  nkeySeed: notEmpty,
  tls,
  timeout: integer(1, 3_600_000),
}

const newStream = {
  maxAge: integer(1, Number.MAX_SAFE_INTEGER / 1_000_000),
  maxBytes: integer(1, Number.MAX_SAFE_INTEGER),
  replicas: integer(1, 5),
  storage: oneOf('file', 'memory'),
}

const sinkChecks = {
  ...access,
  stream: streamName,
  subject: prefix,
  format: oneOf('json', 'f144'),
  pack: oneOf('sample', 'batch'),
  dedup: oneOf<'retry' | 'series-time' | false>('retry', 'series-time', false),
  createStream: ((value, name) => {
    if (value === false) return false
    return readOptions(value, newStream, name)
  }) as Check<false | NewStream>,
}

const start: Check<NonNullable<NatsReaderOptions['from']>> = (value, name) => {
  if (value === 'earliest' || value === 'latest') return value
  timeOf(value as TimeInput, name)
  return value as TimeInput
}

const readerChecks = {
  ...access,
  stream: streamName,
  consumer: streamName,
  subject,
  from: start,
  maxBatch: integer(1, 100_000),
}

function required(o: object, names: readonly string[]): void {
  for (const name of names)
    if ((o as Record<string, unknown>)[name] === undefined)
      throw new InvalidArgumentError(`option ${quote(name)} is missing`)
}

export function sinkOptions(o: unknown): NatsOptions {
  return checkingFor('ERR_NATS_ARGUMENT', 'NatsSink', () => {
    const all = readOptions(o, sinkChecks, 'NatsSink')
    required(all, ['servers', 'stream'])
    const fault = formatFault(all.format, all.pack)
    if (fault !== undefined) throw new InvalidArgumentError(fault)
    return all as NatsOptions
  })
}

export function readerOptions(o: unknown): NatsReaderOptions {
  return checkingFor('ERR_NATS_ARGUMENT', 'NatsReader', () => {
    const all = readOptions(o, readerChecks, 'NatsReader')
    required(all, ['servers', 'stream', 'consumer'])
    return all as NatsReaderOptions
  })
}
