import {
  BrokerError,
  MessageWriter,
  OneByOne,
  SinkError,
  type Message,
  type Sample,
  type Sink,
  type WriteResult,
} from '../telemetry/index.js'
import { clientOptions, closeClient, DEFAULT_TIMEOUT, meaningOf, within } from './calls.js'
import { sinkOptions, type KafkaOptions } from './options.js'
import { loadKafka, type Kafka, type Producer } from './peers.js'
import { partitionOf, topicsOf, type Topic } from './topics.js'

/** What a record and its batch have beside key and value, at most. */
const OVERHEAD = 128
const NS_PER_MS = 1_000_000n
/** ms between the times of the records of one request: the client writes a difference beyond 31 bits wrong. */
const SPAN = 2n ** 30n
const NEW_LINE = Buffer.from('\n')

/** A record for a topic, and the samples that it carries by their places in the batch. */
interface Parcel {
  readonly record: {
    readonly topic: string
    readonly partition: number
    readonly value: Buffer
    readonly timestamp: bigint
    readonly key?: Buffer
  }
  readonly most: number
  readonly indices: readonly number[]
}

/** A connected producer and what it writes to. */
interface Ready {
  readonly producer: Producer
  readonly values: Topic
  readonly alarms: Topic
  readonly kafka: Kafka
}

/**
 * Samples into a topic of Kafka, each acknowledged before `write` resolves.
 *
 * A record has the name of its PV as key, in the partition where the Java client would put it, and the time of its sample.
 * The order of the samples of a PV is kept, also through retries: writes wait for each other, and a failed one is repeated as
 * a whole.
 *
 * Codes of its errors: `ERR_KAFKA_CONNECTION`, `ERR_KAFKA_TIMEOUT` and `ERR_KAFKA_UNAVAILABLE` (a leader that changes, too few
 * replicas in step) may be tried again; `ERR_KAFKA_TOO_LARGE` in halves; `ERR_KAFKA_TOPIC`, `ERR_KAFKA_AUTH`, `ERR_KAFKA_SERVER`,
 * `ERR_KAFKA_PEER` and `ERR_KAFKA_CLOSED` not.
 *
 * @example
 * const series = { id: 'lab:temperature', type: 'float64' } as const
 * await using sink = new KafkaSink({ brokers: ['localhost:9092'], topic: 'pvs', createTopic: { partitions: 12 } })
 * const { written } = await sink.write([{ series, time: 1_790_000_000_000_000_000n, value: 21.5, severity: 0 }])
 * written // → 1
 */
export class KafkaSink implements Sink, AsyncDisposable {
  readonly #options: KafkaOptions
  readonly #writer: MessageWriter
  readonly #writes = new OneByOne()
  readonly #keys = new Map<
    string,
    { readonly key: Buffer; readonly partition: number; readonly alarm: number }
  >()
  #ready: Ready | undefined
  #closed = false

  /** @throws BrokerError ERR_KAFKA_ARGUMENT that names the option */
  constructor(options: KafkaOptions) {
    this.#options = sinkOptions(options)
    this.#writer = new MessageWriter(this.#options.format ?? 'json', 'node-pvxs')
  }

  write(batch: readonly Sample[], { signal }: { readonly signal?: AbortSignal } = {}): Promise<WriteResult> {
    // An idempotent producer must not have two sends on their way to one partition: the second is lost.
    return this.#writes.run(async () => {
      signal?.throwIfAborted()
      try {
        const ready = await this.#connected()
        return await this.#written(ready, batch, signal)
      } catch (error) {
        await this.#startAnew()
        throw sinkError(error)
      }
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#writes.idle()
    await this.#startAnew()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** After a failure: what the producer believes of its sequence may be wrong, and what was written may not have arrived. */
  async #startAnew(): Promise<void> {
    this.#writer.forget()
    this.#keys.clear()
    const ready = this.#ready
    this.#ready = undefined
    if (ready !== undefined) await closeClient(ready.producer)
  }

  async #connected(): Promise<Ready> {
    if (this.#closed)
      throw new BrokerError('KafkaSink: it was closed', { code: 'ERR_KAFKA_CLOSED', op: 'write' })
    if (this.#ready !== undefined) return this.#ready
    const options = this.#options
    const kafka: Kafka = await loadKafka()
    const { topic, alarmTopic = topic, acks = 'all' } = options
    const [values, alarms] = await topicsOf(options, [...new Set([topic, alarmTopic])])
    const producer = new kafka.Producer({
      ...clientOptions(options),
      idempotent: acks === 'all',
      acks: acks === 'all' ? -1 : 1,
      ...(options.compression !== undefined && { compression: options.compression }),
    })
    this.#ready = { producer, values: values as Topic, alarms: alarms ?? (values as Topic), kafka }
    return this.#ready
  }

  async #written(
    ready: Ready,
    batch: readonly Sample[],
    signal: AbortSignal | undefined,
  ): Promise<WriteResult> {
    const { messages, rejected } = this.#writer.write(batch)
    const parcels =
      this.#options.pack === 'batch' ? this.#packed(messages, ready) : this.#single(messages, ready)
    const refuse = ({ record, most, indices }: Parcel, limit = `${most} at most`): void => {
      const reason = `its record has ${sizeOf(record)} bytes, and topic "${record.topic}" takes ${limit}`
      for (const index of indices) rejected.push({ index, reason })
    }
    for (const group of groupsOf(parcels, refuse)) {
      signal?.throwIfAborted()
      await this.#send(this.#ready ?? ready, group, refuse)
    }
    const refused = new Map(rejected.map((it) => [it.index, it]))
    return {
      written: batch.length - refused.size,
      rejected: [...refused.values()].sort((a, b) => a.index - b.index),
    }
  }

  async #send(
    { producer }: Ready,
    group: readonly Parcel[],
    refuse: (p: Parcel, limit?: string) => void,
  ): Promise<void> {
    const { timeout = DEFAULT_TIMEOUT } = this.#options
    try {
      await within(timeout, 'write', producer.send({ messages: group.map(({ record }) => record) }))
    } catch (error) {
      const [only, ...others] = group
      if (only === undefined || others.length > 0 || !meaningOf(error).tooLarge) throw error
      refuse(only, 'less')
      await this.#startAnewAfterRefusal()
    }
  }

  /** The broker refused a record, and the producer counts it as sent. */
  async #startAnewAfterRefusal(): Promise<void> {
    const producer = this.#ready?.producer
    this.#ready = undefined
    if (producer !== undefined) await closeClient(producer)
    await this.#connected()
  }

  #addressOf(
    pv: string,
    ready: Ready,
  ): { readonly key: Buffer; readonly partition: number; readonly alarm: number } {
    let address = this.#keys.get(pv)
    if (address === undefined) {
      const key = Buffer.from(pv)
      const { kafka, values, alarms } = ready
      address = { key, partition: partitionOf(kafka, key, values), alarm: partitionOf(kafka, key, alarms) }
      this.#keys.set(pv, address)
    }
    return address
  }

  #single(messages: readonly Message[], ready: Ready): Parcel[] {
    return messages.map(({ pv, index, time, payload, about }) => {
      const { key, partition, alarm } = this.#addressOf(pv, ready)
      const topic = about ? ready.alarms : ready.values
      const record = {
        topic: topic.name,
        partition: about ? alarm : partition,
        key,
        value: payload as Buffer,
        timestamp: recordTime(time, topic),
      }
      return { record, most: topic.most, indices: [index] }
    })
  }

  #packed(messages: readonly Message[], ready: Ready): Parcel[] {
    const { name: topic, most } = ready.values
    const parcels: Parcel[] = []
    const open = new Map<number, { lines: Message[]; bytes: number }>()
    const flush = (partition: number, lines: readonly Message[]): void => {
      const value = Buffer.concat(lines.flatMap((m, i) => (i === 0 ? [m.payload] : [NEW_LINE, m.payload])))
      const timestamp = recordTime((lines[0] as Message).time, ready.values)
      parcels.push({
        record: { topic, partition, value, timestamp },
        most,
        indices: lines.map((m) => m.index),
      })
    }
    for (const message of messages) {
      const { partition } = this.#addressOf(message.pv, ready)
      const bytes = message.payload.length + 1
      let group = open.get(partition)
      if (group !== undefined && group.bytes + bytes > most - OVERHEAD) {
        flush(partition, group.lines)
        group = undefined
      }
      if (group === undefined) open.set(partition, (group = { lines: [], bytes: 0 }))
      group.lines.push(message)
      group.bytes += bytes
    }
    for (const [partition, { lines }] of open) flush(partition, lines)
    return parcels
  }
}

/**
 * The time of a record in ms. A topic refuses what is too far from now, by default an hour ahead, and with it all records beside
 * it. An IOC whose clock is wrong must not stop the others: its records have the time of now, and the exact one inside.
 */
function recordTime(ns: bigint, { before, after }: Topic): bigint {
  const ms = Number(ns / NS_PER_MS)
  const now = Date.now()
  // Half of the way, since the broker's clock is another one.
  return BigInt(ms < 0 || ms > now + after / 2 || ms < now - before / 2 ? now : ms)
}

const sizeOf = ({ key, value }: Parcel['record']): number => (key?.length ?? 0) + value.length + OVERHEAD

/** Parcels that fit into one request each, in order. What is too large alone is refused. */
function* groupsOf(
  parcels: readonly Parcel[],
  refuse: (parcel: Parcel) => void,
): Generator<readonly Parcel[]> {
  let group: Parcel[] = []
  let bytes = 0
  const isFar = ({ timestamp }: Parcel['record']): boolean => {
    const first = group[0]?.record.timestamp ?? timestamp
    return timestamp - first > SPAN || first - timestamp > SPAN
  }
  for (const parcel of parcels) {
    const size = sizeOf(parcel.record)
    if (size > parcel.most) {
      refuse(parcel)
      continue
    }
    if (bytes + size > parcel.most || isFar(parcel.record)) {
      yield group
      group = []
      bytes = 0
    }
    group.push(parcel)
    bytes += size
  }
  if (group.length > 0) yield group
}

function sinkError(error: unknown): unknown {
  if (error instanceof SinkError || (error as Error).name === 'AbortError') return error
  const { code, retryable, tooLarge, text } = meaningOf(error)
  return new SinkError(text, { code, retryable, split: tooLarge, cause: error })
}
