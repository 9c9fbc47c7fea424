// What sinks and readers of Kafka take.
import { InvalidArgumentError } from '../errors.js'
import { bad, integer, isPlainObject, quote, readOptions, text, wordOf, type Check } from '../input/index.js'
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

/** How to reach the brokers, and as whom. */
export interface KafkaAccess {
  /** `host:port` of some brokers of the cluster. */
  readonly brokers: readonly string[]
  /** By what name the brokers log us: `node-pvxs`. */
  readonly clientId?: string | undefined
  /** True for TLS, or what it needs, in PEM. */
  readonly tls?: BrokerTls | undefined
  readonly sasl?:
    | {
        readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
        readonly username: string
        readonly password: string
      }
    | undefined
  /** ms that a call to the brokers may take: 10000. */
  readonly timeout?: number | undefined
}

/** A topic as {@link KafkaOptions.createTopic} makes it. */
export interface NewTopic {
  readonly partitions?: number | undefined
  /** Copies of each partition. Without it the brokers' default. */
  readonly replicas?: number | undefined
  /** Settings of the topic: `{ 'retention.ms': '86400000' }`. */
  readonly config?: Readonly<Record<string, string>> | undefined
}

/** What a {@link KafkaSink} takes. */
export interface KafkaOptions extends KafkaAccess {
  readonly topic: string
  /** With `f144`: the topic of alarms and connections. Default: `topic`. */
  readonly alarmTopic?: string | undefined
  /** `json` (the default), or `f144`: FlatBuffers as the ESS forwarder writes them. */
  readonly format?: 'json' | 'f144' | undefined
  /** `sample` (the default): a record each; `batch`: the samples of a batch that share a partition as lines of JSON in one. */
  readonly pack?: 'sample' | 'batch' | undefined
  /** `all` (the default): every replica in step has it, and a record that is sent again is stored once; `leader`: one has it. */
  readonly acks?: 'all' | 'leader' | undefined
  readonly compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd' | undefined
  /** The topics to make when they are not there; false (the default): that is an error. */
  readonly createTopic?: false | NewTopic | undefined
}

/** What a {@link KafkaReader} takes. */
export interface KafkaReaderOptions extends KafkaAccess {
  readonly topics: readonly string[]
  /** The consumer group: its readers share the partitions, and it keeps the place of what was committed. */
  readonly group: string
  /** Where a group that is new begins: `earliest` (the default), `latest`, or a time. */
  readonly from?: TimeInput | undefined
  /** Records in a batch at most: 5000. */
  readonly maxBatch?: number | undefined
}

const broker: Check<string> = (value, name) => {
  const one = notEmpty(value, name)
  const [, port] = /^[^\s/]+:(\d{1,5})$/.exec(one) ?? []
  if (port === undefined || Number(port) < 1 || Number(port) > 65_535)
    throw bad(name, 'a list of "host:port"', one)
  return one
}

const topicName: Check<string> = (value, name) => {
  const given = notEmpty(value, name)
  if (!/^[A-Za-z0-9._-]{1,249}$/.test(given) || given === '.' || given === '..')
    throw bad(name, 'a topic: 1 to 249 of A-Z a-z 0-9 . _ -', value)
  return given
}

const saslChecks = {
  mechanism: wordOf('PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'),
  username: notEmpty,
  password: text,
}

const sasl: Check<NonNullable<KafkaAccess['sasl']>> = (value, name) => {
  if (!isPlainObject(value))
    throw new InvalidArgumentError(`option ${quote(name)} is { mechanism, username, password }`)
  const { mechanism, username, password } = readOptions(value, saslChecks, name)
  if (mechanism === undefined || username === undefined || password === undefined)
    throw new InvalidArgumentError(`option ${quote(name)} is { mechanism, username, password }`)
  return { mechanism, username, password }
}

const access = {
  brokers: someOf(broker, 'broker'),
  clientId: notEmpty,
  tls: tlsOption,
  sasl,
  timeout: integer(1, 3_600_000),
}

const settings: Check<Readonly<Record<string, string>>> = (value, name) => {
  if (!isPlainObject(value) || !Object.values(value).every((x) => typeof x === 'string'))
    throw bad(name, 'an object of texts', value)
  return value as Record<string, string>
}

const newTopic = { partitions: integer(1, 100_000), replicas: integer(1, 32_767), config: settings }

const sinkChecks = {
  ...access,
  topic: topicName,
  alarmTopic: topicName,
  ...messageChecks,
  acks: wordOf('all', 'leader'),
  compression: wordOf('none', 'gzip', 'snappy', 'lz4', 'zstd'),
  createTopic: newOption(newTopic),
}

const readerChecks = {
  ...access,
  topics: someOf(topicName, 'topic'),
  group: notEmpty,
  from: startOption,
  maxBatch: integer(1, 100_000),
}

export function sinkOptions(o: unknown): KafkaOptions {
  return brokerOptions('ERR_KAFKA_ARGUMENT', 'KafkaSink', o, sinkChecks, ['brokers', 'topic']) as KafkaOptions
}

export function readerOptions(o: unknown): KafkaReaderOptions {
  return brokerOptions('ERR_KAFKA_ARGUMENT', 'KafkaReader', o, readerChecks, [
    'brokers',
    'topics',
    'group',
  ]) as KafkaReaderOptions
}

/** What a table in a compacted topic takes. */
export interface KafkaTableOptions extends KafkaAccess {
  readonly topic: string
  /** The topic to make when it is not there: compacted, with 64 partitions. */
  readonly createTopic?: false | NewTopic | undefined
}

export function tableOptions(o: unknown): KafkaTableOptions {
  const checks = { ...access, topic: topicName, createTopic: newOption(newTopic) }
  return brokerOptions('ERR_KAFKA_ARGUMENT', 'list', o, checks, ['brokers', 'topic']) as KafkaTableOptions
}
