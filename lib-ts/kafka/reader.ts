import {
  BrokerError,
  MessageReader,
  pause,
  timeOf,
  type ReaderBatch,
  type Received,
  type RejectedMessage,
} from '../telemetry/index.js'
import { closeClient, DEFAULT_TIMEOUT, errorOf, leavesOf, within } from './calls.js'
import { beginAt, passDeleted } from './group-start.js'
import { readerOptions, type KafkaReaderOptions } from './options.js'
import type { Consumer, KafkaMessage } from './peers.js'
import { memberOf, recordsOf, type Records } from './records.js'

/** ms before a consumer that broke is made anew: it does not come back by itself. */
const AGAIN = 1_000

const placeOf = (topic: string, partition: number): string => `${topic}/${partition}`

/** How far a partition was given out: the offset after the last record. */
interface Place {
  readonly topic: string
  readonly partition: number
  readonly next: bigint
}

/**
 * The samples in topics of Kafka, batch after batch, in order within each partition, which means in order for each PV.
 *
 * Nothing is committed before {@link ReaderBatch.commit}: after a crash everything that was not comes again. Readers of one group
 * share the partitions. A record that is not a sample is in `rejected`, and stops nothing; so is what the topic deleted before it
 * was read. When the brokers go away the reader
 * waits, and goes on when they are back.
 *
 * Iterating rejects when the first connection fails: `ERR_KAFKA_CONNECTION`, `ERR_KAFKA_TIMEOUT`, `ERR_KAFKA_TOPIC`,
 * `ERR_KAFKA_AUTH`, `ERR_KAFKA_PEER`.
 *
 * @example
 * await using reader = new KafkaReader({ brokers: ['localhost:9092'], topics: ['pvs'], group: 'archive' })
 * for await (const { samples, commit } of reader) {
 *   for (const { series, time, value } of samples) console.log(series.id, time, value)
 *   await commit()
 *   break
 * }
 */
export class KafkaReader implements AsyncIterable<ReaderBatch>, AsyncDisposable {
  readonly #options: KafkaReaderOptions
  readonly #messages = new MessageReader()
  readonly #given = new Map<string, Place>()
  /** What the topic deleted before it was read, until a batch tells of it. */
  readonly #missing: RejectedMessage[] = []
  readonly #ended = new AbortController()
  #consumer: Consumer | undefined
  #joined = false
  #iterating = false

  /** @throws BrokerError ERR_KAFKA_ARGUMENT that names the option */
  constructor(options: KafkaReaderOptions) {
    this.#options = readerOptions(options)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ReaderBatch, void, undefined> {
    if (this.#iterating)
      throw new BrokerError('KafkaReader: it is being read already', {
        code: 'ERR_KAFKA_STATE',
        op: 'KafkaReader',
      })
    this.#iterating = true
    try {
      while (!this.#isClosed()) {
        let deleted = false
        try {
          yield* this.#session()
        } catch (error) {
          if (this.#isClosed()) return
          deleted = leavesOf(error).some(({ apiId }) => apiId === 'OFFSET_OUT_OF_RANGE')
          const told = errorOf('KafkaReader', error)
          // A coordinator that is still being chosen is there soon; one that nobody reaches may be a wrong address.
          const soon = told.code === 'ERR_KAFKA_UNAVAILABLE'
          if (!deleted && (!told.retryable || (!this.#joined && !soon))) throw told
        }
        await this.#leave()
        await pause(AGAIN, this.#ended.signal)
        if (deleted) await this.#passDeleted()
      }
    } finally {
      this.#iterating = false
      await this.#leave()
    }
  }

  /** Leaves the group. What was not committed comes again to the others, or to the next reader. */
  async close(): Promise<void> {
    this.#ended.abort()
    await this.#leave()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #isClosed(): boolean {
    return this.#ended.signal.aborted
  }

  get #timeout(): number {
    return this.#options.timeout ?? DEFAULT_TIMEOUT
  }

  /** The batches of one membership of the group, until it breaks. */
  async *#session(): AsyncGenerator<ReaderBatch, void, undefined> {
    const { topics, group, from = 'earliest', timeout } = this.#options
    if (typeof from !== 'string' || /\d/.test(from))
      await beginAt(this.#options, timeOf(from, 'from'), this.#timeout)
    const consumer = await memberOf(this.#options, group)
    this.#consumer = consumer
    const begin = from === 'latest' ? 'latest' : 'earliest'
    const reading = {
      topics,
      begin,
      wait: 500,
      op: 'KafkaReader',
      timeout,
      ended: this.#ended.signal,
    } as const
    yield* recordsOf(consumer, reading, (records) => this.#batches(records))
  }

  async *#batches(records: Records): AsyncGenerator<ReaderBatch, void, undefined> {
    this.#joined = true
    const { maxBatch = 5_000 } = this.#options
    for (;;) {
      const taken = await records.take(maxBatch)
      if (taken === undefined) return
      const batch = this.#batchOf(taken)
      if (batch !== undefined) yield batch
    }
  }

  #batchOf(messages: readonly KafkaMessage[]): ReaderBatch | undefined {
    const received: Received = { samples: [], rejected: this.#missing.splice(0) }
    let fresh = received.rejected.length > 0
    for (const { topic, partition, offset, value } of messages) {
      const place = placeOf(topic, partition)
      // Given out before the connection broke.
      if (offset < (this.#given.get(place)?.next ?? 0n)) continue
      fresh = true
      this.#given.set(place, { topic, partition, next: offset + 1n })
      // A record without a value removes what had its key, in a topic that is compacted.
      if ((value as Buffer | null | undefined) != null)
        this.#messages.read(value, `${place}@${offset}`, received)
    }
    if (!fresh) return undefined
    const places = [...this.#given.values()]
    return { ...received, commit: () => this.#commit(places) }
  }

  async #commit(places: readonly Place[]): Promise<void> {
    const consumer = this.#consumer
    if (consumer === undefined || this.#isClosed())
      throw new BrokerError('commit: the reader was closed, or is joining its group', {
        code: this.#isClosed() ? 'ERR_KAFKA_CLOSED' : 'ERR_KAFKA_UNAVAILABLE',
        op: 'commit',
        retryable: !this.#isClosed(),
      })
    const assigned = new Set(
      (consumer.assignments ?? []).flatMap(({ topic, partitions }) =>
        partitions.map((p) => placeOf(topic, p)),
      ),
    )
    // A partition that went to another reader is that one's to commit: ours would take it back.
    const offsets = places
      .filter(({ topic, partition }) => assigned.has(placeOf(topic, partition)))
      .map(({ topic, partition, next }) => ({ topic, partition, offset: next, leaderEpoch: -1 }))
    if (offsets.length === 0) return
    try {
      await within(this.#timeout, 'commit', consumer.commit({ offsets }))
    } catch (error) {
      throw errorOf('commit', error)
    }
  }

  /** The topic deleted what was not read yet: it goes on with what is there. */
  async #passDeleted(): Promise<void> {
    try {
      for (const { place, told } of await passDeleted(this.#options, this.#timeout)) {
        this.#given.delete(place)
        this.#missing.push(told)
      }
    } catch {
      // Another member is there, or the brokers are away: it is seen again when it reads.
    }
  }

  async #leave(): Promise<void> {
    const consumer = this.#consumer
    this.#consumer = undefined
    if (consumer !== undefined) await closeClient(consumer)
  }
}
