import { leavesOf } from './calls.js'
import type { Consumer, KafkaMessage, MessagesStream } from './peers.js'

/** A consumer that loses its group ends its stream with the reason. */
export function brokenBy(consumer: Consumer, stream: MessagesStream): void {
  consumer.on('consumer:heartbeat:error', ({ error }) => {
    // A rebalance is told so too, and the client joins again by itself.
    if (!leavesOf(error).some(({ apiId }) => apiId === 'REBALANCE_IN_PROGRESS')) stream.destroy(error)
  })
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
