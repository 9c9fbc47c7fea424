// What waits at the taking end of a queue.

/**
 * Somebody who waits for items. A class, without a function that is assigned to a property: V8 puts such functions among
 * the old objects, where each, although it is garbage, keeps the batch alive that it gave out.
 */
export class Waiter {
  /** Wants all that waits instead of the next one. */
  readonly all: boolean
  readonly #resolve: (items: unknown) => void
  readonly #reject: (reason: unknown) => void
  /** Those of the same iterator. */
  readonly #siblings: Set<Waiter> | undefined

  constructor(
    all: boolean,
    ends: { readonly resolve: (items: unknown) => void; readonly reject: (reason: unknown) => void },
    siblings: Set<Waiter> | undefined,
  ) {
    this.all = all
    this.#resolve = ends.resolve
    this.#reject = ends.reject
    this.#siblings = siblings
    siblings?.add(this)
  }

  resolve(items: unknown): void {
    this.#siblings?.delete(this)
    this.#resolve(items)
  }

  reject(reason: unknown): void {
    this.#siblings?.delete(this)
    this.#reject(reason)
  }
}

/** The two ends of a promise that an abort rejects, once `leave` has taken it out of its line. */
export function watched<R>(
  signal: AbortSignal | undefined,
  leave: () => boolean,
  resolve: (result: R) => void,
  reject: (reason: unknown) => void,
): { resolve: (result: R) => void; reject: (reason: unknown) => void } {
  if (signal === undefined) return { resolve, reject }
  const aborted = (): void => {
    if (leave()) reject(signal.reason)
  }
  const settle =
    <A>(how: (argument: A) => void) =>
    (argument: A): void => {
      signal.removeEventListener('abort', aborted)
      how(argument)
    }
  signal.addEventListener('abort', aborted, { once: true })
  return { resolve: settle(resolve), reject: settle(reject) }
}

const DONE: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined })

/** Iterates by a function that gives `undefined` at the end; returning gives up what it waits for, and no item with it. */
export class TakingIterator<T> implements AsyncIterableIterator<T> {
  readonly #next: (waiting: Set<Waiter>) => Promise<T | undefined>
  readonly #cancel: (waiter: Waiter) => void
  readonly #waiting = new Set<Waiter>()
  #done = false

  constructor(next: (waiting: Set<Waiter>) => Promise<T | undefined>, cancel: (waiter: Waiter) => void) {
    this.#next = next
    this.#cancel = cancel
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<T>> {
    if (this.#done) return DONE
    try {
      const value = await this.#next(this.#waiting)
      if (value !== undefined) return { done: false, value }
    } catch (error) {
      this.#done = true
      throw error
    }
    this.#done = true
    return DONE
  }

  return(): Promise<IteratorResult<T>> {
    this.#done = true
    for (const waiter of [...this.#waiting]) this.#cancel(waiter)
    return Promise.resolve(DONE)
  }

  async throw(reason: unknown): Promise<IteratorResult<T>> {
    await this.return()
    throw reason
  }
}
