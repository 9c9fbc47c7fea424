import { randomUUID } from 'node:crypto'
import { pause, type KeyTable, type TableChange } from '../telemetry/index.js'
import { clientOptions, closeClient, DEFAULT_TIMEOUT, errorOf, within } from './calls.js'
import { tableOptions, type KafkaTableOptions } from './options.js'
import { loadKafka, type Consumer, type KafkaMessage, type MessagesStream } from './peers.js'
import { brokenBy, Records } from './records.js'
import { topicsOf } from './topics.js'

/** ms before a consumer that broke is made anew. */
const AGAIN = 1_000
const SESSION = 6_000
const PARTITIONS = 64
/** ms of silence after which nothing more is there: of what was compacted away only the offset is left. */
const SILENCE = 3_000
const LATEST = -1n

/**
 * A compacted topic as a table: the last text of each key.
 *
 * It is read from its beginning by a group of its own, in which nothing is committed.
 *
 * @hidden
 */
export class KafkaTable implements KeyTable {
  readonly #options: KafkaTableOptions
  readonly #ended = new AbortController()
  #consumer: Consumer | undefined

  constructor(options: KafkaTableOptions) {
    this.#options = tableOptions(options)
  }

  async *changes(): AsyncGenerator<TableChange, void, undefined> {
    let loaded = false
    while (!this.#isClosed()) {
      try {
        for await (const change of this.#session()) {
          loaded = true
          yield change
        }
      } catch (error) {
        if (this.#isClosed()) return
        if (!loaded) throw errorOf('list', error)
      } finally {
        await this.#leave()
      }
      await pause(AGAIN, this.#ended.signal)
    }
  }

  async put(entries: TableChange['entries']): Promise<void> {
    const kafka = await loadKafka()
    const options = this.#options
    const { topic } = options
    const [there] = await topicsOf(this.#made, [topic])
    const partitions = there?.partitions ?? 1
    const producer = new kafka.Producer({ ...clientOptions(options), idempotent: true, acks: -1 })
    try {
      const messages = [...entries].map(([pv, text]) => {
        const key = Buffer.from(pv)
        // The partition of the Java client's default.
        const partition = (kafka.murmur2(key) & 0x7fff_ffff) % partitions
        return { topic, partition, key, ...(text !== undefined && { value: Buffer.from(text) }) }
      })
      await within(this.#timeout, 'list', producer.send({ messages }))
    } catch (error) {
      throw errorOf('list', error)
    } finally {
      await closeClient(producer)
    }
  }

  /** Ends the following. */
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

  get #made(): KafkaTableOptions {
    const { createTopic = false } = this.#options
    if (createTopic === false) return this.#options
    const { partitions = PARTITIONS, config, ...rest } = createTopic
    return {
      ...this.#options,
      createTopic: { ...rest, partitions, config: { 'cleanup.policy': 'compact', ...config } },
    }
  }

  async *#session(): AsyncGenerator<TableChange, void, undefined> {
    const { Consumer } = await loadKafka()
    const { topic } = this.#options
    await topicsOf(this.#made, [topic])
    const ends = await this.#ends()
    const consumer = new Consumer({
      ...clientOptions(this.#options),
      groupId: `node-pvxs-list-${randomUUID()}`,
      groupProtocol: 'classic',
      sessionTimeout: SESSION,
      heartbeatInterval: SESSION / 6,
      autocommit: false,
    })
    this.#consumer = consumer
    const stream: MessagesStream = await within(
      this.#timeout + SESSION,
      'list',
      consumer.consume({ topics: [topic], mode: 'earliest', autocommit: false, maxWaitTime: 200 }),
    )
    brokenBy(consumer, stream)
    const end = (): void => {
      stream.destroy()
    }
    this.#ended.signal.addEventListener('abort', end, { once: true })
    try {
      yield* changesOf(new Records(stream), ends)
    } finally {
      this.#ended.signal.removeEventListener('abort', end)
      stream.destroy()
    }
  }

  /** The offset after the last record of each partition that has any. */
  async #ends(): Promise<Map<number, bigint>> {
    const { Admin } = await loadKafka()
    const { topic } = this.#options
    const admin = new Admin({ ...clientOptions(this.#options) })
    try {
      const metadata = await within(this.#timeout, 'list', admin.metadata({ topics: [topic] }))
      const count = metadata.topics.get(topic)?.partitionsCount ?? 0
      const partitions = Array.from({ length: count }, (_, partitionIndex) => ({
        partitionIndex,
        timestamp: LATEST,
      }))
      const [asked] = await within(
        this.#timeout,
        'list',
        admin.listOffsets({ topics: [{ name: topic, partitions }] }),
      )
      return new Map(
        asked?.partitions.filter(({ offset }) => offset > 0n).map((p) => [p.partitionIndex, p.offset]),
      )
    } finally {
      await within(1_000, 'close', admin.close()).catch(() => undefined)
    }
  }

  async #leave(): Promise<void> {
    const consumer = this.#consumer
    this.#consumer = undefined
    if (consumer !== undefined) await closeClient(consumer)
  }
}

/** All that is there up to these ends, then what comes. */
async function* changesOf(
  records: Records,
  ends: Map<number, bigint>,
): AsyncGenerator<TableChange, void, undefined> {
  const entries = new Map<string, string | undefined>()
  let taking: Promise<KafkaMessage[] | undefined> | undefined
  while (ends.size > 0) {
    taking ??= records.take(10_000)
    const silence = new AbortController()
    const taken = await Promise.race([taking, pause(SILENCE, silence.signal).then(() => 'silence' as const)])
    silence.abort()
    if (taken === 'silence') break
    taking = undefined
    if (taken === undefined) return
    for (const message of taken) {
      note(message, entries)
      if (message.offset + 1n >= (ends.get(message.partition) ?? 0n)) ends.delete(message.partition)
    }
  }
  for (const [key, text] of entries) if (text === undefined) entries.delete(key)
  yield { whole: true, entries }
  for (;;) {
    const taken = await (taking ?? records.take(10_000))
    taking = undefined
    if (taken === undefined) return
    const changed = new Map<string, string | undefined>()
    for (const message of taken) note(message, changed)
    yield { whole: false, entries: changed }
  }
}

function note({ key, value }: KafkaMessage, into: Map<string, string | undefined>): void {
  if ((key as Buffer | null | undefined) == null) return // nothing that has a name
  into.set(key.toString(), (value as Buffer | null | undefined)?.toString() ?? undefined)
}
