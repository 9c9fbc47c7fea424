/** Is told what happens at the consumer's end of a {@link Queue}. */
export interface QueueOwner<T> {
  /** An item left the queue. */
  taken(item: T): void
  takenAll(items: readonly T[]): void
  /** A consumer has begun, or has stopped, waiting for items. */
  awaited(on: boolean): void
}

interface Waiter {
  resolve(result: IteratorResult<never>): void
  reject(reason: unknown): void
  /** Takes all queued items instead of the next one. */
  readonly all: boolean
}

const DONE: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined })

/**
 * The items between the inbox and one consumer.
 *
 * The inbox writes to one array while the consumer reads another; they are swapped when the latter is empty, so no array
 * is ever shifted. The queue itself has no limit: its owner stops the source.
 */
export class Queue<T> {
  readonly #owner: QueueOwner<T>
  #incoming: T[] = []
  #current: T[] = []
  #at = 0
  readonly #waiters: Waiter[] = []
  #flushing = false
  #ended = false
  #error: { readonly reason: unknown } | undefined

  constructor(owner: QueueOwner<T>) {
    this.#owner = owner
  }

  get length(): number {
    return this.#current.length - this.#at + this.#incoming.length
  }

  get ended(): boolean {
    return this.#ended
  }

  push(item: T): void {
    if (this.#ended) return
    const waiter = this.#waiters[0]
    if (waiter === undefined || waiter.all || this.length > 0) {
      this.#incoming.push(item)
      if (waiter !== undefined) this.#flushLater()
    } else {
      this.#dismiss()
      waiter.resolve({ done: false, value: item as never })
      this.#owner.taken(item)
    }
  }

  /** No more items come. Queued items are still handed out, then the error, if there is one, once. */
  end(error?: { readonly reason: unknown }): void {
    if (this.#ended) return
    this.#ended = true
    this.#error = error
    this.#flush()
  }

  /** Takes all queued items away. */
  clear(): T[] {
    const items = this.#current.slice(this.#at).concat(this.#incoming)
    this.#current = []
    this.#incoming = []
    this.#at = 0
    return items
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#waiters.length === 0 && this.length > 0) {
      return Promise.resolve({ done: false, value: this.#shift() })
    }
    return this.#wait(false) as Promise<IteratorResult<T>>
  }

  nextAll(): Promise<IteratorResult<T[]>> {
    if (this.#waiters.length === 0 && this.length > 0) {
      return Promise.resolve({ done: false, value: this.#takeAll() })
    }
    return this.#wait(true) as Promise<IteratorResult<T[]>>
  }

  #wait(all: boolean): Promise<IteratorResult<unknown>> {
    if (this.#ended && this.length === 0) return this.#endOnce()
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject, all })
      if (this.#waiters.length === 1) this.#owner.awaited(true)
    })
  }

  #endOnce(): Promise<IteratorResult<never>> {
    const error = this.#error
    this.#error = undefined
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- an abort's reason is whatever the user gave
    return error === undefined ? Promise.resolve(DONE) : Promise.reject(error.reason)
  }

  #shift(): T {
    if (this.#at === this.#current.length) this.#swap()
    const item = this.#current[this.#at++] as T
    if (this.#at === this.#current.length) this.#swap()
    this.#owner.taken(item)
    return item
  }

  // Only when all of `current` is taken.
  #swap(): void {
    const empty = this.#current
    empty.length = 0
    this.#current = this.#incoming
    this.#incoming = empty
    this.#at = 0
  }

  #takeAll(): T[] {
    const items = this.#at === this.#current.length ? this.#incoming : this.clear()
    if (items === this.#incoming) this.#incoming = []
    this.#owner.takenAll(items)
    return items
  }

  #dismiss(): void {
    this.#waiters.shift()
    if (this.#waiters.length === 0) this.#owner.awaited(false)
  }

  // At the end of the turn, so that a batch holds everything that arrived in it.
  #flushLater(): void {
    if (this.#flushing) return
    this.#flushing = true
    queueMicrotask(() => {
      this.#flushing = false
      this.#flush()
    })
  }

  #flush(): void {
    while (this.#waiters.length > 0) {
      const waiter = this.#waiters[0] as Waiter
      if (this.length > 0) {
        this.#dismiss()
        waiter.resolve({ done: false, value: (waiter.all ? this.#takeAll() : this.#shift()) as never })
      } else if (this.#ended) {
        this.#dismiss()
        const error = this.#error
        this.#error = undefined
        if (error === undefined) waiter.resolve(DONE as IteratorResult<never>)
        else waiter.reject(error.reason)
      } else return
    }
  }
}

/** One iterator over a queue, by items or by batches. Leaving its loop closes the owner. */
export class QueueIterator<T> implements AsyncIterableIterator<T> {
  readonly #next: () => Promise<IteratorResult<T>>
  readonly #close: () => Promise<void>

  constructor(next: () => Promise<IteratorResult<T>>, close: () => Promise<void>) {
    this.#next = next
    this.#close = close
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<T>> {
    return this.#next()
  }

  async return(): Promise<IteratorResult<T>> {
    await this.#close()
    return DONE
  }

  async throw(reason: unknown): Promise<IteratorResult<T>> {
    await this.#close()
    throw reason
  }
}
