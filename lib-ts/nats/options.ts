// What sinks and readers of NATS take.
import { bad, flag, integer, text, wordOf, type Check } from '../input/index.js'
import {
  brokerOptions,
  messageChecks,
  newOption,
  notEmpty,
  someOf,
  startOption,
  tlsOption,
  type BrokerTls,
  type TimeInput,
} from '../telemetry/index.js'

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
  readonly tls?: BrokerTls | undefined
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

const access = {
  servers: someOf(notEmpty, 'server'),
  token: notEmpty,
  user: notEmpty,
  pass: text,
  credsFile: notEmpty,
  nkeySeed: notEmpty,
  tls: tlsOption,
  timeout: integer(1, 3_600_000),
}

const newStream = {
  maxAge: integer(1, Number.MAX_SAFE_INTEGER / 1_000_000),
  maxBytes: integer(1, Number.MAX_SAFE_INTEGER),
  replicas: integer(1, 5),
  storage: wordOf('file', 'memory'),
}

const dedup: Check<'retry' | 'series-time' | false> = (value, name) => {
  if (value === false) return false
  if (value !== 'retry' && value !== 'series-time') throw bad(name, "'retry', 'series-time' or false", value)
  return value
}

const sinkChecks = {
  ...access,
  stream: streamName,
  subject: prefix,
  ...messageChecks,
  dedup,
  createStream: newOption(newStream),
}

const readerChecks = {
  ...access,
  stream: streamName,
  consumer: streamName,
  subject,
  from: startOption,
  maxBatch: integer(1, 100_000),
}

export function sinkOptions(o: unknown): NatsOptions {
  return brokerOptions('ERR_NATS_ARGUMENT', 'NatsSink', o, sinkChecks, ['servers', 'stream']) as NatsOptions
}

export function readerOptions(o: unknown): NatsReaderOptions {
  return brokerOptions('ERR_NATS_ARGUMENT', 'NatsReader', o, readerChecks, [
    'servers',
    'stream',
    'consumer',
  ]) as NatsReaderOptions
}

/** What a table in a bucket takes. */
export interface NatsTableOptions extends NatsAccess {
  readonly bucket: string
  /** Whether the bucket is made when it is not there: false. */
  readonly createBucket?: boolean | undefined
}

export function tableOptions(o: unknown): NatsTableOptions {
  const checks = { ...access, bucket: streamName, createBucket: flag }
  return brokerOptions('ERR_NATS_ARGUMENT', 'list', o, checks, ['servers', 'bucket']) as NatsTableOptions
}
