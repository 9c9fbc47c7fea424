interface Waiter<T> {
  resolve(result: IteratorResult<T>): void
  reject(reason: unknown): void
}

/** Items for one consumer. Beyond `most`, the newest that waits takes in the one that comes. */
export class Queue<T> implements AsyncIterableIterator<T> {
  readonly #most: number
  readonly #merge: (before: T, item: T) => T | undefined
  readonly #left: () => void
  readonly #items: T[] = []
  readonly #waiters: Waiter<T>[] = []
  #end: { reason?: { readonly error: unknown } } | undefined

  /**
   * @param merge what stands for both, or undefined when both are needed
   * @param left the consumer has left its loop
   */
  constructor(most: number, merge: (before: T, item: T) => T | undefined, left: () => void) {
    this.#most = most
    this.#merge = merge
    this.#left = left
  }

  push(item: T): void {
    if (this.#end !== undefined) return
    const waiter = this.#waiters.shift()
    if (waiter !== undefined) {
      waiter.resolve({ done: false, value: item })
      return
    }
    const last = this.#items.at(-1)
    const both = this.#items.length >= this.#most && last !== undefined ? this.#merge(last, item) : undefined
    if (both !== undefined) this.#items[this.#items.length - 1] = both
    else this.#items.push(item)
  }

  /** No more come; those that wait are handed out, then the error, once. */
  end(reason?: { readonly error: unknown }): void {
    if (this.#end !== undefined) return
    this.#end = reason === undefined ? {} : { reason }
    for (const waiter of this.#waiters.splice(0)) this.#finish(waiter)
  }

  /** Ends it without what waits. */
  drop(): void {
    this.#items.length = 0
    this.end()
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#items.length > 0) return Promise.resolve({ done: false, value: this.#items.shift() as T })
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject }
      if (this.#end === undefined) this.#waiters.push(waiter)
      else this.#finish(waiter)
    })
  }

  return(): Promise<IteratorResult<T>> {
    this.#left()
    this.drop()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #finish(waiter: Waiter<T>): void {
    const reason = this.#end?.reason
    this.#end = {}
    if (reason === undefined) waiter.resolve({ done: true, value: undefined })
    else waiter.reject(reason.error)
  }
}
