import type { FailedMember } from './errors.js'
import { BoundedQueue } from './queue.js'
import type { SourceEvent } from './source.js'
import type { StreamState } from './states.js'

/**
 * What {@link ManagedStream.events} gives: what the source tells, each change of the state, what `onHandlerError: 'skip'`
 * skipped, and what an update failed to open. Times are ns since the Unix epoch.
 */
export type StreamEvent =
  | SourceEvent
  | { readonly type: 'state'; readonly from: StreamState; readonly to: StreamState; readonly time: bigint }
  | { readonly type: 'skipped'; readonly error: Error }
  | { readonly type: 'rollback'; readonly failed: readonly FailedMember[] }

const MOST = 10_000 // events that wait for one listener; then the oldest go

/** Tells each listener what happens. */
export class EventHub {
  readonly #listeners = new Set<BoundedQueue<StreamEvent>>()
  #ended = false

  tell(event: StreamEvent): void {
    for (const listener of this.#listeners) listener.tryPush(event)
  }

  end(): void {
    this.#ended = true
    for (const listener of this.#listeners) listener.end()
    this.#listeners.clear()
  }

  listen(): AsyncIterableIterator<StreamEvent> {
    const queue = new BoundedQueue<StreamEvent>({ max: MOST, overflow: 'drop-oldest' })
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
