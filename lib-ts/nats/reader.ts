import { setTimeout } from 'node:timers/promises'
import { BrokerError, MessageReader, timeOf, type ReaderBatch, type Received } from '../telemetry/index.js'
import { errorOf, NatsLink } from './connection.js'
import { openConsumer } from './consumer.js'
import { readerOptions, type NatsReaderOptions } from './options.js'
import type { ConsumerMessages, JsMsg } from './peers.js'

/** ms before a delivery that could not be opened is opened again, once there was one: the server is starting. */
const AGAIN = 200

/** The end of a batch that was given out and is not committed yet. */
interface OpenBatch {
  /** Its last message, as the present consumer delivered it; undefined while that is still to come. */
  message: JsMsg | undefined
  arrived: (() => void) | undefined
}

/**
 * The samples in a JetStream stream, in order, batch after batch.
 *
 * Nothing is committed before {@link ReaderBatch.commit}: after a crash everything that was not comes again, in order. A message
 * that is not a sample is in `rejected`, and stops nothing. A reader that is started with the name of a consumer that another
 * one reads takes it over: the other ends with `ERR_NATS_TAKEN`.
 *
 * Iterating rejects with `ERR_NATS_CONNECTION` when there is no connection at the start, `ERR_NATS_STREAM` when there is no such
 * stream, `ERR_NATS_AUTH`, `ERR_NATS_PEER`. A connection that is lost later comes back by itself.
 *
 * @example
 * await using reader = new NatsReader({ servers: ['localhost:4222'], stream: 'pvs', consumer: 'archive' })
 * for await (const { samples, commit } of reader) {
 *   for (const { series, time, value } of samples) console.log(series.id, time, value)
 *   await commit()
 *   break
 * }
 */
export class NatsReader implements AsyncIterable<ReaderBatch>, AsyncDisposable {
  readonly #options: NatsReaderOptions
  readonly #link: NatsLink
  readonly #messages = new MessageReader()
  readonly #open = new Map<number, OpenBatch>()
  #delivery: ConsumerMessages | undefined
  #given = 0
  #committed = 0
  #iterating = false

  /** @throws BrokerError ERR_NATS_ARGUMENT that names the option */
  constructor(options: NatsReaderOptions) {
    this.#options = readerOptions(options)
    // What was on its way when the connection broke is not delivered again by itself: a new delivery is.
    this.#link = new NatsLink(this.#options, 'NatsReader', () => this.#delivery?.stop())
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ReaderBatch, void, undefined> {
    if (this.#iterating)
      throw new BrokerError('NatsReader: it is being read already', {
        code: 'ERR_NATS_STATE',
        op: 'NatsReader',
      })
    this.#iterating = true
    try {
      const state = { began: false }
      while (!this.#link.closed) {
        try {
          yield* this.#delivered(() => (state.began = true))
        } catch (error) {
          const told = errorOf('NatsReader', error)
          if (!state.began || !told.retryable) throw told
          await setTimeout(AGAIN)
        }
      }
    } finally {
      this.#iterating = false
      this.#delivery?.stop()
    }
  }

  /** Ends the reading. What was not committed comes again to the next reader. */
  async close(): Promise<void> {
    this.#delivery?.stop()
    for (const { arrived } of this.#open.values()) arrived?.()
    await this.#link.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** The batches of one delivery, until it is stopped. */
  async *#delivered(begun: () => void): AsyncGenerator<ReaderBatch, void, undefined> {
    const { maxBatch = 5_000, from = 'earliest' } = this.#options
    let delivery: ConsumerMessages
    try {
      const connection = await this.#link.get()
      const start = typeof from === 'string' && !/\d/.test(from) ? from : timeOf(from, 'from')
      const consumer = await openConsumer(
        connection,
        this.#options,
        start,
        this.#committed,
        this.#link.timeout,
      )
      // The client asks again for a message that it was told of when half of these have come.
      delivery = await consumer.consume({ max_messages: maxBatch, abort_on_missing_resource: true })
    } catch (error) {
      if (this.#link.closed) return
      if ((error as Error).name === 'StreamNotFoundError')
        throw new BrokerError(`NatsReader: there is no stream "${this.#options.stream}"`, {
          code: 'ERR_NATS_STREAM',
          op: 'NatsReader',
          cause: error,
        })
      throw errorOf('NatsReader', error)
    }
    begun()
    this.#delivery = delivery
    for (const batch of this.#open.values()) batch.message = undefined
    const arriving = new Arriving(delivery)
    for (;;) {
      const messages = await this.#taken(arriving, maxBatch)
      if (messages === undefined) return
      const batch = this.#batchOf(messages)
      if (batch !== undefined) yield batch
    }
  }

  /** What waits, or what comes next; undefined when the delivery has ended. */
  async #taken(arriving: Arriving, most: number): Promise<JsMsg[] | undefined> {
    try {
      return await arriving.take(most)
    } catch (error) {
      if (this.#link.closed) return undefined
      if (/consumer ?(?:not ?found|deleted)/i.test(String(error)))
        throw new BrokerError(`NatsReader: another reader took the consumer "${this.#options.consumer}"`, {
          code: 'ERR_NATS_TAKEN',
          op: 'NatsReader',
          cause: error,
        })
      throw errorOf('NatsReader', error)
    }
  }

  #batchOf(messages: readonly JsMsg[]): ReaderBatch | undefined {
    const received: Received = { samples: [], rejected: [] }
    let last: JsMsg | undefined
    for (const message of messages) {
      const { seq } = message
      if (seq <= this.#given) {
        // Delivered again, after the connection broke: it was given out.
        const open = this.#open.get(seq)
        if (open !== undefined) {
          open.message = message
          open.arrived?.()
        }
        continue
      }
      this.#messages.read(message.data, `${this.#options.stream}@${seq}`, received)
      last = message
      this.#given = seq
    }
    if (last === undefined) return undefined
    const { seq } = last
    this.#open.set(seq, { message: last, arrived: undefined })
    return { ...received, commit: () => this.#commit(seq) }
  }

  async #commit(seq: number): Promise<void> {
    if (seq <= this.#committed) return
    const message = await this.#messageOf(seq)
    if (message === undefined || this.#link.closed)
      throw new BrokerError('commit: the reader was closed', { code: 'ERR_NATS_CLOSED', op: 'commit' })
    let done: boolean
    try {
      done = await message.ackAck({ timeout: this.#link.timeout })
    } catch (error) {
      throw errorOf('commit', error)
    }
    if (!done)
      throw new BrokerError('commit: it was not confirmed', {
        code: 'ERR_NATS_TIMEOUT',
        op: 'commit',
        retryable: true,
      })
    if (seq > this.#committed) this.#committed = seq
    for (const open of this.#open.keys()) if (open <= seq) this.#open.delete(open)
  }

  /** The last message of a batch, as the present consumer delivered it. */
  async #messageOf(seq: number): Promise<JsMsg | undefined> {
    const open = this.#open.get(seq)
    if (open !== undefined && open.message === undefined)
      await new Promise<void>((resolve) => (open.arrived = resolve))
    return open?.message
  }
}

/** Messages of a delivery, as many at once as are there. */
class Arriving {
  readonly #messages: AsyncIterator<JsMsg>
  #next: Promise<IteratorResult<JsMsg>> | undefined

  constructor(delivery: ConsumerMessages) {
    this.#messages = delivery[Symbol.asyncIterator]()
  }

  /** At least one; undefined at the end. */
  async take(most: number): Promise<JsMsg[] | undefined> {
    const taken: JsMsg[] = []
    let next = await (this.#next ?? this.#messages.next())
    this.#next = undefined
    // What waits comes in microtasks, before this. The client's count of what waits has things in it that are no messages.
    const nothingMore = new Promise<undefined>((resolve) => setImmediate(resolve, undefined))
    while (next.done !== true) {
      taken.push(next.value)
      if (taken.length === most) return taken
      const following = this.#messages.next()
      const come = await Promise.race([following, nothingMore])
      if (come === undefined) {
        this.#next = following
        following.catch(() => undefined) // whoever takes next sees it
        return taken
      }
      next = come
    }
    return taken.length === 0 ? undefined : taken
  }
}
