import { BoundedQueue } from '../../stream/index.js'
import { ChannelClosedError, PiArgumentError } from '../errors.js'
import type { ChannelMessage } from './messages.js'

const UNLIMITED = 2 ** 31 - 1 // who puts in looks at `full`

/** Messages that wait to be read. It is full at a limit, and again free when half of them were taken. */
export class Inbox {
  readonly #limit: number
  readonly #queue = new BoundedQueue<ChannelMessage>({ max: UNLIMITED })
  readonly #waiting = new Set<() => void>()
  readonly #changed: () => void
  #taking = false
  full = false

  /** `changed` is called when it becomes full or free. */
  constructor(limit: number, changed: () => void) {
    this.#limit = limit
    this.#changed = changed
  }

  put(message: ChannelMessage): void {
    this.#queue.tryPush(message)
    if (this.full || this.#queue.size < this.#limit) return
    this.full = true
    this.#changed()
  }

  /** The next message; undefined at the end. */
  async take(signal: AbortSignal | undefined): Promise<ChannelMessage | undefined> {
    if (this.#taking) throw new PiArgumentError('a channel has one reader at a time')
    this.#taking = true
    try {
      const message = await this.#queue.take({ signal })
      if (this.full && this.#queue.size <= this.#limit / 2) this.#free()
      return message
    } finally {
      this.#taking = false
    }
  }

  async takeOrFail(signal: AbortSignal | undefined): Promise<ChannelMessage> {
    const message = await this.take(signal)
    if (message === undefined) throw new ChannelClosedError('the channel is closed')
    return message
  }

  /** Resolves when it is free, or when the signal aborts. */
  room(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      this.#waiting.add(done)
      signal.addEventListener('abort', done)
      if (signal.aborted || !this.full) done()
    })
  }

  /** What waits can be taken; then the end comes, or the error. */
  end(error?: unknown): void {
    this.#queue.end(error)
  }

  #free(): void {
    this.full = false
    for (const resume of this.#waiting) resume()
    this.#changed()
  }
}
