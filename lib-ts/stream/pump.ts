import { isThenable, quote } from '../input/index.js'
import { StreamArgumentError, StreamEndedError } from './errors.js'
import type { BoundedQueue } from './queue.js'

/**
 * Maps one item: to an output, to several in an array, or to `undefined` for none. It may be async; the order stays. An
 * array is always several outputs: to give out an array, put it into one.
 */
export type Handler<Item, Out> = (item: Item) => Handled<Out> | PromiseLike<Handled<Out>>

/** What a {@link Handler} gives. */
export type Handled<Out> = Out | readonly (Out | undefined)[] | undefined

/** What a pump counts. */
export interface PumpCounts {
  received: number
  /** Items and outputs that were in hand when the stream ended. */
  dropped: number
  handlerErrors: number
}

/** Takes from a source, calls the handler, and puts what it gives into the queue; one item at a time. */
export class Pump<Item, Out> {
  readonly counts: PumpCounts
  readonly #items: AsyncIterable<readonly Item[]>
  readonly #handler: Handler<Item, Out> | undefined
  readonly #queue: BoundedQueue<Out>
  readonly #onHandlerError: 'fail' | ((error: unknown) => void)
  readonly #waits: boolean
  readonly #stop = new AbortController()
  #stopped = false
  #iterator: AsyncIterator<readonly Item[]> | undefined
  /** Outputs that go into the queue together, and how many have room there. */
  #outputs: Out[] = []
  #room = 0
  /** Whether there are items in hand: they are counted when it is done. */
  busy = false

  constructor(
    items: AsyncIterable<readonly Item[]>,
    settings: {
      readonly handler: Handler<Item, Out> | undefined
      readonly queue: BoundedQueue<Out>
      readonly onHandlerError: 'fail' | ((error: unknown) => void)
      readonly counts: PumpCounts
    },
  ) {
    this.#items = items
    this.#handler = settings.handler
    this.#queue = settings.queue
    this.#onHandlerError = settings.onHandlerError
    this.counts = settings.counts
    this.#waits = settings.queue.overflow === 'block' || settings.queue.overflow === 'latest'
  }

  /** Rejects with what broke the source or the handler, and when the source ends by itself; resolves after a stop. */
  async run(): Promise<void> {
    const iterator = this.#items[Symbol.asyncIterator]()
    this.#iterator = iterator
    while (await this.#step(iterator));
  }

  /** Whether to go on. A call for each batch: a loop that waits for the next would keep the one before from the collector. */
  async #step(iterator: AsyncIterator<readonly Item[]>): Promise<boolean> {
    const result = await this.#next(iterator)
    if (result === undefined || this.#stopped) return false
    if (result.done === true) throw new StreamEndedError('the source ended by itself', { op: 'stream' })
    this.busy = true
    try {
      return await this.#takeBatch(result.value)
    } finally {
      this.busy = false
    }
  }

  /** Nothing when it was stopped meanwhile. */
  async #next(
    iterator: AsyncIterator<readonly Item[]>,
  ): Promise<IteratorResult<readonly Item[]> | undefined> {
    try {
      return await iterator.next()
    } catch (error) {
      if (!this.#stopped) throw error
      return undefined // how a source ends that is being closed is of no interest
    }
  }

  /** No handler is called and nothing is taken after this; `run` ends when the handler that runs has. */
  stop(): void {
    this.#stopped = true
    this.#stop.abort()
  }

  /** To be called when the source is closed: lets a generator run to its end. */
  release(): void {
    // What it throws now concerns nobody: the source is closed.
    Promise.resolve(this.#iterator?.return?.()).catch(() => undefined)
  }

  /** Whether to go on. */
  async #takeBatch(items: readonly Item[]): Promise<boolean> {
    if (!Array.isArray(items)) {
      throw new StreamArgumentError(`a source gives arrays of items, not ${quote(items)}`, { op: 'stream' })
    }
    this.counts.received += items.length
    this.#room = this.#queue.room
    try {
      for (let i = 0; i < items.length; i++) {
        const waiting = this.#take(items[i] as Item)
        if (waiting !== undefined) {
          await waiting
          this.#room = this.#queue.room
        }
        if (this.#stopped) {
          this.counts.dropped += items.length - i - 1
          return false
        }
      }
      return true
    } finally {
      await this.#putTogether()
    }
  }

  /** What is to be awaited before the next item, if anything: nearly always nothing. */
  #take(item: Item): Promise<void> | undefined {
    if (this.#handler === undefined) return item === undefined ? undefined : this.#put(item as unknown as Out)
    let handled: Handled<Out> | PromiseLike<Handled<Out>>
    try {
      handled = this.#handler(item)
      if (isThenable(handled)) return this.#takeLater(handled)
    } catch (error) {
      this.#failed(error)
      return undefined
    }
    return this.#putAll(handled)
  }

  async #takeLater(promise: PromiseLike<Handled<Out>>): Promise<void> {
    await this.#putTogether()
    let handled: Handled<Out>
    try {
      handled = await promise
    } catch (error) {
      this.#failed(error)
      return
    }
    await this.#putAll(handled)
  }

  #failed(error: unknown): void {
    this.counts.handlerErrors++
    if (this.#onHandlerError === 'fail') throw error
    this.#onHandlerError(error)
  }

  #putAll(handled: Handled<Out>): Promise<void> | undefined {
    if (handled === undefined) return undefined
    return Array.isArray(handled)
      ? this.#putEach(handled as (Out | undefined)[], 0)
      : this.#put(handled as Out)
  }

  #putEach(outputs: readonly (Out | undefined)[], from: number): Promise<void> | undefined {
    for (let i = from; i < outputs.length; i++) {
      const output = outputs[i]
      const waiting = output === undefined ? undefined : this.#put(output)
      if (waiting !== undefined) return waiting.then(() => this.#putEach(outputs, i + 1))
    }
    return undefined
  }

  /** As long as there is room, outputs go in together when the batch is done: nobody can take them before. */
  #put(output: Out): Promise<void> | undefined {
    if (this.#outputs.length < this.#room) {
      this.#outputs.push(output)
      return undefined
    }
    const before = this.#putTogether()
    return before === undefined ? this.#putOne(output) : before.then(() => this.#putOne(output))
  }

  #putTogether(): Promise<void> | undefined {
    const outputs = this.#outputs
    if (outputs.length === 0) return undefined
    this.#outputs = []
    this.#room = 0
    // Only a handler that uses the queue itself can have taken the room.
    return this.#queue.tryPushAll(outputs) ? undefined : this.#putInTurn(outputs)
  }

  async #putInTurn(outputs: readonly Out[]): Promise<void> {
    for (const output of outputs) await this.#putOne(output)
  }

  #putOne(output: Out): Promise<void> | undefined {
    if (this.#queue.tryPush(output)) return undefined
    return this.#waits || this.#queue.ended ? this.#wait(output) : undefined
  }

  async #wait(output: Out): Promise<void> {
    try {
      await this.#queue.push(output, { signal: this.#stop.signal })
    } catch (error) {
      if (!this.#stopped) throw error
      this.counts.dropped++
    }
  }
}
