import { BoundedQueue } from '../../stream/index.js'

const MOST = 10_000 // events that wait for one listener; then the oldest go

/** Tells each listener what happens. */
export class Hub<T> {
  readonly #listeners = new Set<BoundedQueue<T>>()
  #ended = false

  tell(event: T): void {
    for (const listener of this.#listeners) listener.tryPush(event)
  }

  end(): void {
    this.#ended = true
    for (const listener of this.#listeners) listener.end()
    this.#listeners.clear()
  }

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
