import { BoundedQueue } from '../stream/index.js'
import type { RecorderEvent } from './status.js'

const MOST = 10_000 // events that wait for one listener; then the oldest go

/** Tells each listener what happens. */
export class EventHub {
  readonly #listeners = new Set<BoundedQueue<RecorderEvent>>()
  #ended = false

  tell(event: RecorderEvent): void {
    for (const listener of this.#listeners) listener.tryPush(event)
  }

  listen(): AsyncIterableIterator<RecorderEvent> {
    const queue = new BoundedQueue<RecorderEvent>({ max: MOST, overflow: 'drop-oldest' })
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

  end(): void {
    this.#ended = true
    for (const listener of this.#listeners) listener.end()
    this.#listeners.clear()
  }
}
