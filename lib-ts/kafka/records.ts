// The records of topics, as a member of a consumer group reads them.
import { clientOptions, DEFAULT_TIMEOUT, leavesOf, within } from './calls.js'
import type { KafkaAccess } from './options.js'
import { loadKafka, type Consumer, type KafkaMessage, type MessagesStream } from './peers.js'

/** Kafka's default least. */
const SESSION = 6_000
/** ms that a group waits for a member to join again: one that was killed while it joined is waited for as long. */
const REBALANCE = 10_000

/** A member of a group, which commits only what it is told to. */
export async function memberOf(access: KafkaAccess, groupId: string): Promise<Consumer> {
  const { Consumer } = await loadKafka()
  return new Consumer({
    ...clientOptions(access),
    groupId,
    groupProtocol: 'classic',
    sessionTimeout: SESSION,
    rebalanceTimeout: REBALANCE,
    heartbeatInterval: SESSION / 6,
    autocommit: false,
  })
}

/** What is read, and until when. */
export interface Reading {
  readonly topics: readonly string[]
  /** Where it begins with what the group has committed nothing of. */
  readonly begin: 'earliest' | 'latest'
  /** ms that the brokers may wait for more. */
  readonly wait: number
  readonly op: string
  readonly timeout: number | undefined
  readonly ended: AbortSignal
}

/** Joins the group and hands the records on, until the membership breaks or `ended` fires. */
export async function* recordsOf<T>(
  consumer: Consumer,
  { topics, begin, wait, op, timeout = DEFAULT_TIMEOUT, ended }: Reading,
  read: (records: Records) => AsyncGenerator<T, void, undefined>,
): AsyncGenerator<T, void, undefined> {
  const stream: MessagesStream = await within(
    timeout + SESSION,
    op,
    consumer.consume({
      topics: [...topics],
      mode: 'committed',
      fallbackMode: begin,
      autocommit: false,
      maxWaitTime: wait,
    }),
  )
  consumer.on('consumer:heartbeat:error', ({ error }) => {
    // A rebalance is told so too, and the client joins again by itself.
    if (!leavesOf(error).some(({ apiId }) => apiId === 'REBALANCE_IN_PROGRESS')) stream.destroy(error)
  })
  const end = (): void => {
    stream.destroy()
  }
  ended.addEventListener('abort', end, { once: true })
  try {
    yield* read(new Records(stream))
  } finally {
    ended.removeEventListener('abort', end)
    stream.destroy()
  }
}

/** The records of a stream, as many at once as are there. */
export class Records {
  readonly #stream: MessagesStream
  #wake: (() => void) | undefined

  constructor(stream: MessagesStream) {
    this.#stream = stream
    const wake = (): void => this.#wake?.()
    // For as long as it is read: without a listener the stream stops to fetch.
    for (const event of ['readable', 'end', 'close', 'error'] as const) stream.on(event as 'close', wake)
  }

  /** At least one and at most so many; undefined at the end. Throws what broke the stream. */
  async take(most: number): Promise<KafkaMessage[] | undefined> {
    const taken: KafkaMessage[] = []
    for (;;) {
      while (taken.length < most) {
        const message = this.#stream.read() as KafkaMessage | null
        if (message === null) break
        taken.push(message)
      }
      if (taken.length > 0) return taken
      if (this.#stream.errored !== null) throw this.#stream.errored
      if (this.#stream.destroyed || this.#stream.readableEnded) return undefined
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}
