import { randomUUID } from 'node:crypto'
import { inSessions, pause, type KeyTable, type TableChange } from '../telemetry/index.js'
import { asAdmin, END, offsetsAt, placesOf } from './admin.js'
import { clientOptions, closeClient, DEFAULT_TIMEOUT, errorOf, within } from './calls.js'
import { tableOptions, type KafkaTableOptions } from './options.js'
import { loadKafka, type Consumer, type KafkaMessage } from './peers.js'
import { memberOf, recordsOf, type Records } from './records.js'
import { partitionOf, topicsOf, type Topic } from './topics.js'

const PARTITIONS = 64
/** ms of silence after which nothing more is there: of what was compacted away only the offset is left. */
const SILENCE = 3_000

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

  changes(): AsyncGenerator<TableChange, void, undefined> {
    return inSessions(
      () => this.#session(),
      this.#ended.signal,
      (error) => errorOf('list', error),
    )
  }

  async put(entries: TableChange['entries']): Promise<void> {
    const kafka = await loadKafka()
    const options = this.#options
    const { topic } = options
    const [there] = await topicsOf(this.#made, [topic])
    const producer = new kafka.Producer({ ...clientOptions(options), idempotent: true, acks: -1 })
    try {
      const messages = [...entries].map(([pv, text]) => {
        const key = Buffer.from(pv)
        const partition = partitionOf(kafka, key, there as Topic)
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
    const { topic, timeout } = this.#options
    await topicsOf(this.#made, [topic])
    const ends = await this.#ends()
    const consumer = await memberOf(this.#options, `node-pvxs-list-${randomUUID()}`)
    this.#consumer = consumer
    const reading = {
      topics: [topic],
      begin: 'earliest',
      wait: 200,
      op: 'list',
      timeout,
      ended: this.#ended.signal,
    } as const
    try {
      yield* recordsOf(consumer, reading, (records) => changesOf(records, ends))
    } finally {
      await this.#leave()
    }
  }

  /** The offset after the last record of each partition that has any. */
  async #ends(): Promise<Map<number, bigint>> {
    const { topic } = this.#options
    const ends = await asAdmin(this.#options, async (admin) => {
      const places = await placesOf(admin, [topic], 'list', this.#timeout)
      return offsetsAt(admin, places, END, 'list', this.#timeout)
    })
    return new Map(
      [...ends]
        .filter(([, offset]) => offset > 0n)
        .map(([place, offset]) => [Number(place.slice(topic.length + 1)), offset]),
    )
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
