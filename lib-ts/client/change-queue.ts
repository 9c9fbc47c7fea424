import type { Hold } from '../native/index.js'
import { Queue, QueueIterator, type QueueOwner } from './queue.js'

// A consumer that never takes anything must not use memory without limit: the oldest changes are dropped.
const MOST = 10_000

/** A queue of changes for one listener: bounded, holding the process while the listener waits. */
export class ChangeQueue<T> implements QueueOwner<T> {
  readonly #queue: Queue<T>
  readonly #hold: Hold

  constructor(hold: Hold) {
    this.#hold = hold
    this.#queue = new Queue(this)
  }

  push(change: T): void {
    if (this.#queue.length < MOST) {
      this.#queue.push(change)
      return
    }
    const kept = this.#queue.clear().slice(MOST / 10)
    for (const item of kept) this.#queue.push(item)
    this.#queue.push(change)
  }

  end(error?: { readonly reason: unknown }): void {
    this.#queue.clear()
    this.#queue.end(error)
  }

  /** No more changes come; those that wait are still handed out. */
  finish(): void {
    this.#queue.end()
  }

  iterator(close: () => Promise<void>): AsyncIterableIterator<T> {
    return new QueueIterator(() => this.#queue.next(), close)
  }

  taken(): void {
    // the queue is bounded by push()
  }

  takenAll(): void {
    // the queue is bounded by push()
  }

  awaited(on: boolean): void {
    if (on) this.#hold.add()
    else this.#hold.drop()
  }
}
