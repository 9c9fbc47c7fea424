import { abortSignal, bad, callback, type Check, integer, quote, readOptions } from '../input/index.js'
import { checking, StreamArgumentError, StreamEndedError } from './errors.js'
import { Latest, Line, type Store } from './store.js'
import { TakingIterator, Waiter, watched } from './taking.js'

/**
 * What a full queue does: `block` lets `push` wait, `drop-oldest` and `drop-newest` drop and count, `latest` keeps the
 * newest item of each key, and lets an item with another key wait.
 */
export type Overflow = 'block' | 'drop-oldest' | 'drop-newest' | 'latest'

/**
 * What {@link BoundedQueue} takes.
 *
 * @example
 * import { BoundedQueue } from 'node-pvxs/stream'
 *
 * const queue = new BoundedQueue<{ name: string; n: number }>({ max: 100, overflow: 'latest', key: ({ name }) => name })
 * await queue.push({ name: 'a', n: 1 })
 * await queue.push({ name: 'a', n: 2 })
 * queue.takeAll() // → [ { name: 'a', n: 2 } ]
 */
export interface QueueOptions<T = unknown> {
  /** How many items may wait, from 1; default 10000. */
  readonly max?: number | undefined
  /** What happens to an item for which there is no room; default `block`. */
  readonly overflow?: Overflow | undefined
  /** What items replace each other under; `latest` requires it. */
  key?(item: T): unknown
}

interface Pusher<T> {
  readonly item: T
  resolve(done: undefined): void
  reject(reason: unknown): void
}

const policies: readonly unknown[] = ['block', 'drop-oldest', 'drop-newest', 'latest']

const overflowOption: Check<Overflow> = (value, name) => {
  if (!policies.includes(value)) throw bad(name, `one of ${policies.join(', ')}`, value)
  return value as Overflow
}

const queueChecks = { max: integer(1, 2 ** 31 - 1), overflow: overflowOption, key: callback }
const takeChecks = { signal: abortSignal }

/**
 * A queue with a limit, between what produces and one or more that take.
 *
 * Nothing is lost in silence: what does not fit waits, or is counted in `dropped`. `undefined` is not an item: it is what
 * {@link BoundedQueue.take} gives at the end.
 *
 * @throws {@link StreamArgumentError} for bad options, at once
 * @example
 * import { BoundedQueue } from 'node-pvxs/stream'
 *
 * const queue = new BoundedQueue<number>({ max: 2 })
 * const produced = (async () => {
 *   for (let n = 0; n < 5; n++) await queue.push(n) // waits while two are in the queue
 *   queue.end()
 * })()
 * for await (const n of queue) console.log(n)
 * await produced
 */
export class BoundedQueue<T> implements AsyncIterable<T> {
  /** How many items may wait. */
  readonly max: number
  readonly overflow: Overflow
  readonly #store: Store<T>
  readonly #waiters = new Set<Waiter>()
  readonly #pushers = new Set<Pusher<T>>()
  #dropped = 0
  #taken = 0
  #flushing = false
  #ended = false
  #error: { readonly reason: unknown } | undefined

  constructor(options?: QueueOptions<T>) {
    const { max, overflow, key } = checking('queue', () => readOptions(options, queueChecks, 'queue'))
    this.max = max ?? 10_000
    this.overflow = overflow ?? 'block'
    if (this.overflow === 'latest' && key === undefined) {
      throw new StreamArgumentError('overflow \'latest\' needs the option "key"', { op: 'queue' })
    }
    this.#store = this.overflow === 'latest' ? new Latest(key as (item: T) => unknown) : new Line()
  }

  /** Items that wait now; never more than `max`. */
  get size(): number {
    return this.#store.size
  }

  /** Items that were dropped, or replaced by newer ones of their key. */
  get dropped(): number {
    return this.#dropped
  }

  /** Items that were taken. */
  get taken(): number {
    return this.#taken
  }

  /** Whether {@link BoundedQueue.end} was called; what waits can still be taken. */
  get ended(): boolean {
    return this.#ended
  }

  /**
   * Puts an item in. With `block`, waits for room, in turn; resolves when it is in the queue, or dropped and counted.
   *
   * @throws {@link StreamEndedError} when the queue has ended, also while waiting; the item is not in it
   * @throws {@link StreamArgumentError} for `undefined`
   * @throws the signal's own reason; the item is not in the queue
   */
  async push(item: T, options?: { readonly signal?: AbortSignal | undefined }): Promise<void> {
    const { signal } = checking('push', () => readOptions(options, takeChecks, 'push'))
    signal?.throwIfAborted()
    if (this.#ended) throw endedError()
    if (this.#offer(item)) return
    await this.#waitForRoom(item, signal)
  }

  /**
   * Puts an item in if that can be done now: false when the queue is full or has ended, and when `drop-newest` dropped it.
   *
   * @throws {@link StreamArgumentError} for `undefined`
   */
  tryPush(item: T): boolean {
    return !this.#ended && this.#offer(item) === 'kept'
  }

  /** @internal How many items can be put in at once, without a policy that looks at each. */
  get room(): number {
    if (this.#ended || this.#pushers.size > 0 || this.overflow === 'latest') return 0
    return this.max - this.#store.size
  }

  /** @internal Puts items in, when there is room for all of them; the array becomes the queue's. */
  tryPushAll(items: T[]): boolean {
    if (items.length > this.room) return false
    this.#store.addAll(items)
    this.#serve()
    return true
  }

  /**
   * The next item, when there is one; `undefined` when the queue has ended and is empty. An abort loses no item.
   *
   * @throws the error that the queue was ended with, when it is empty
   * @throws the signal's own reason
   */
  async take(options?: { readonly signal?: AbortSignal | undefined }): Promise<T | undefined> {
    const { signal } = checking('take', () => readOptions(options, takeChecks, 'take'))
    signal?.throwIfAborted()
    return this.#take(false, signal) as Promise<T | undefined>
  }

  /** Everything that waits, at once; an empty array when there is nothing. */
  takeAll(): T[] {
    const items = this.#store.takeAll()
    this.#taken += items.length
    this.#admit()
    return items
  }

  /** Drops everything that waits, and counts it. */
  clear(): void {
    this.#dropped += this.#store.takeAll().length
    this.#admit()
  }

  /**
   * Ends it: nothing more goes in, and pushes that wait for room are refused. What waits can be taken, then `take` gives
   * `undefined` and iterations end; with an error, both throw it. Ending again does nothing.
   */
  end(error?: unknown): void {
    if (this.#ended) return
    this.#ended = true
    if (error !== undefined) this.#error = { reason: error }
    const refused = [...this.#pushers]
    this.#pushers.clear()
    for (const pusher of refused) pusher.reject(endedError())
    this.#flush()
  }

  /** Takes item after item. Leaving the loop leaves the rest in the queue. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this.#iterate<T>(false)
  }

  /**
   * Iterates by batches: everything that waits, at once, at least one.
   *
   * @example
   * import { BoundedQueue } from 'node-pvxs/stream'
   *
   * const queue = new BoundedQueue<number>()
   * for (const n of [1, 2, 3]) await queue.push(n)
   * queue.end()
   * for await (const batch of queue.batches()) console.log(batch) // [ 1, 2, 3 ]
   */
  batches(): AsyncIterableIterator<T[]> {
    return this.#iterate<T[]>(true)
  }

  #iterate<R>(all: boolean): AsyncIterableIterator<R> {
    return new TakingIterator<R>(
      (siblings) => this.#take(all, undefined, siblings) as Promise<R | undefined>,
      (waiter) => {
        if (this.#waiters.delete(waiter)) waiter.resolve(undefined)
      },
    )
  }

  #offer(item: T): 'kept' | 'dropped' | undefined {
    if (item === undefined) {
      throw new StreamArgumentError('undefined is not an item of a queue', { op: 'push' })
    }
    if (this.#store.replace(item)) {
      this.#dropped++
      return 'kept'
    }
    if (this.#pushers.size > 0) return undefined
    if (this.#store.size >= this.max) {
      if (this.overflow === 'block' || this.overflow === 'latest') return undefined
      this.#dropped++
      if (this.overflow === 'drop-newest') return 'dropped'
      this.#store.shift()
    }
    this.#store.add(item)
    this.#serve()
    return 'kept'
  }

  #waitForRoom(item: T, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): boolean => this.#pushers.delete(pusher)
      const pusher: Pusher<T> = { item, ...watched<undefined>(signal, leave, resolve, reject) }
      this.#pushers.add(pusher)
    })
  }

  // While somebody waits for an item there is none, so no pusher waits either.
  #take(all: boolean, signal?: AbortSignal, siblings?: Set<Waiter>): Promise<unknown> {
    if (this.#waiters.size === 0 && this.#store.size > 0) return Promise.resolve(this.#remove(all))
    if (this.#ended && this.#store.size === 0) return this.#atEnd()
    return new Promise((resolve, reject) => {
      const leave = (): boolean => this.#waiters.delete(waiter)
      const waiter = new Waiter(all, watched(signal, leave, resolve, reject), siblings)
      this.#waiters.add(waiter)
    })
  }

  #remove(all: boolean): T | T[] {
    if (all) return this.takeAll()
    const item = this.#store.shift()
    this.#taken++
    this.#admit()
    return item
  }

  #atEnd(): Promise<undefined> {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the reason is whatever the queue was ended with
    return this.#error === undefined ? Promise.resolve(undefined) : Promise.reject(this.#error.reason)
  }

  /** Lets waiting pushes in, the oldest first, as far as there is room. */
  #admit(): void {
    for (const pusher of this.#pushers) {
      if (this.#store.replace(pusher.item)) this.#dropped++
      else if (this.#store.size < this.max) this.#store.add(pusher.item)
      else return
      this.#pushers.delete(pusher)
      pusher.resolve(undefined)
    }
    if (this.#waiters.size > 0 && this.#store.size > 0) this.#serve()
  }

  /** A single item goes to a waiting reader at once; a batch at the end of the turn, so that it is all that came with it. */
  #serve(): void {
    for (const waiter of this.#waiters) {
      if (this.#store.size === 0) return
      if (waiter.all) {
        if (this.#flushing) return
        this.#flushing = true
        queueMicrotask(() => {
          this.#flushing = false
          this.#flush()
        })
        return
      }
      this.#waiters.delete(waiter)
      waiter.resolve(this.#remove(false))
    }
  }

  #flush(): void {
    for (const waiter of this.#waiters) {
      if (this.#store.size > 0) {
        this.#waiters.delete(waiter)
        waiter.resolve(this.#remove(waiter.all))
      } else if (this.#ended) {
        this.#waiters.delete(waiter)
        if (this.#error === undefined) waiter.resolve(undefined)
        else waiter.reject(this.#error.reason)
      } else return
    }
  }
}

function endedError(): StreamEndedError {
  return new StreamEndedError('the queue has ended', { op: 'push' })
}

/** A queue made of options, or the one that was given. */
export function queueOf<T>(given: QueueOptions<T> | BoundedQueue<T> | undefined): BoundedQueue<T> {
  if (given instanceof BoundedQueue) return given
  if (typeof given === 'string' || Array.isArray(given)) {
    throw new StreamArgumentError(`option "queue" is a BoundedQueue or its options, not ${quote(given)}`)
  }
  return new BoundedQueue(given)
}
