import { BoundedQueue } from './queue.js'

const MOST = 10_000 // events that wait for one listener; then the oldest go

/**
 * Tells each listener what happens.
 *
 * @hidden
 */
export class EventHub<T> {
  readonly #listeners = new Set<BoundedQueue<T>>()
  #ended = false

  /** Gives it to all who listen. */
  tell(event: T): void {
    for (const listener of this.#listeners) listener.tryPush(event)
  }

  /** Ends what all of them iterate. */
  end(): void {
    this.#ended = true
    for (const listener of this.#listeners) listener.end()
    this.#listeners.clear()
  }

  /** What is told from now on; leaving the loop stops listening. */
  listen(): AsyncIterableIterator<T> {
    const queue = new BoundedQueue<T>({ max: MOST, overflow: 'drop-oldest' })
    if (this.#ended) queue.end()
    else this.#listeners.add(queue)
    const events = queue[Symbol.asyncIterator]()
    const leave = events.return?.bind(events)
    events.return = (value?: unknown) => {
      this.#listeners.delete(queue)
      return leave?.(value) ?? Promise.resolve({ done: true, value: undefined })
    }
    return events
  }
}
