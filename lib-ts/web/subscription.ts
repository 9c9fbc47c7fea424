import { ChangeSet, DecodePlan, Reader, type Value } from '../data/index.js'
import { ClosedError, InvalidArgumentError, raiseUncaught } from '../errors.js'
import { valueContent } from '../pvws/index.js'
import type { MonitorChecked } from './options.js'
import { Queue } from './queue.js'

/** What a subscription tells. */
export type MonitorEvent =
  | { readonly type: 'connected'; readonly peer: string; readonly time: Date }
  | { readonly type: 'disconnected'; readonly time: Date }
  | { readonly type: 'update'; readonly value: Value }

type Change = Exclude<MonitorEvent, { type: 'update' }>

/** Instead of iterating: what is called for each update, each other event, and the error that ends a subscription. */
export interface MonitorCallbacks {
  /** Is called with each value. */
  onUpdate?: ((value: Value) => unknown) | undefined
  /** Is called when the PV is connected or lost. */
  onEvent?: ((event: Change) => unknown) | undefined
  /** Is called with the error that ends it. */
  onError?: ((error: Error) => unknown) | undefined
}

/** Who keeps subscriptions. */
export interface Keeper {
  left(subscription: Subscription<unknown>): void
}

const QUEUE = 16

/**
 * A subscription to one PV, made by `Context.monitor`: iterate it, or give callbacks. It comes back by itself, and the
 * first value after that is complete.
 */
export class Subscription<T = Value> implements AsyncIterable<T>, AsyncDisposable {
  /** The PV's name. */
  readonly name: string
  /** Resolves with the first connection; rejects with an error that ends the subscription before. */
  readonly ready: Promise<void>
  readonly #keeper: Keeper
  readonly #signal: AbortSignal | undefined
  readonly #callbacks: MonitorCallbacks | undefined
  readonly #queue: Queue<MonitorEvent>
  readonly #events: boolean
  #settle!: { resolve(): void; reject(error: unknown): void }
  #peer: string | undefined
  #hint: string | undefined
  #consumed = false
  #over = false

  /** @internal */
  constructor(keeper: Keeper, name: string, options: MonitorChecked) {
    const { signal, queueSize = QUEUE, latest = false, events = false } = options
    const callbacks = options as MonitorCallbacks
    const called = callbacks.onUpdate ?? callbacks.onEvent ?? callbacks.onError
    this.#keeper = keeper
    this.name = name
    this.#signal = signal
    this.#events = events
    this.#callbacks = called === undefined ? undefined : callbacks
    this.#queue = new Queue(latest ? 1 : queueSize, merged, () => {
      this.#leave()
    })
    this.ready = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
    this.ready.catch(() => undefined) // an error is told where the updates are taken
    signal?.addEventListener('abort', this.#aborted)
    if (signal?.aborted === true) this.#aborted()
  }

  /** Whether there is a connection to the PV now. */
  get connected(): boolean {
    return this.#peer !== undefined
  }

  /** `host:port` of the server as the bridge sees it, while connected. */
  get peer(): string | undefined {
    return this.#peer
  }

  /** Where was searched, while the PV is not found. */
  get hint(): string | undefined {
    return this.#hint
  }

  /** Whether it has ended. */
  get closed(): boolean {
    return this.#over
  }

  /** @throws InvalidArgumentError for a second consumer, or when there are callbacks */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    if (this.#callbacks !== undefined || this.#consumed) {
      const fault = this.#consumed
        ? 'is iterated already: it has one consumer'
        : 'has callbacks and cannot be iterated as well'
      throw new InvalidArgumentError(`the subscription to ${JSON.stringify(this.name)} ${fault}`, {
        op: 'monitor',
        pv: this.name,
      })
    }
    this.#consumed = true
    return this.#iterate()
  }

  /** Ends it. Nothing is delivered any more. */
  close(): Promise<void> {
    this.#leave()
    this.#queue.drop()
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** @internal */
  state(connected: boolean, peer: string, hint: string | undefined): void {
    this.#hint = connected ? undefined : hint
    const before = this.#peer
    this.#peer = connected ? peer : undefined
    if (connected === (before !== undefined)) return
    const time = new Date()
    if (connected) this.#settle.resolve()
    this.#event(connected ? { type: 'connected', peer, time } : { type: 'disconnected', time })
  }

  /** @internal */
  update(value: Value): void {
    if (this.#over) return
    if (this.#callbacks === undefined) this.#queue.push({ type: 'update', value })
    else guarded(() => this.#callbacks?.onUpdate?.(value))
  }

  /** @internal */
  fail(error: unknown): void {
    if (this.#over) return
    this.#leave(error)
    this.#queue.end({ error })
    const { onError } = this.#callbacks ?? {}
    if (onError !== undefined) guarded(() => onError(error as Error))
  }

  #event(event: Change): void {
    if (this.#over) return
    if (this.#callbacks !== undefined) guarded(() => this.#callbacks?.onEvent?.(event))
    else if (this.#events) this.#queue.push(event)
  }

  #iterate(): AsyncIterableIterator<T> {
    const queue = this.#queue
    if (this.#events) return queue as AsyncIterableIterator<unknown> as AsyncIterableIterator<T>
    const values: AsyncIterableIterator<T> = {
      next: async () => {
        const result = await queue.next()
        if (result.done === true) return { done: true, value: undefined }
        return { done: false, value: (result.value as { readonly value: unknown }).value as T }
      },
      return: async () => {
        await queue.return()
        return { done: true, value: undefined }
      },
      [Symbol.asyncIterator]: () => values,
    }
    return values
  }

  #leave(
    error: unknown = new ClosedError('the subscription was closed', { op: 'monitor', pv: this.name }),
  ): void {
    if (this.#over) return
    this.#over = true
    this.#peer = undefined
    this.#signal?.removeEventListener('abort', this.#aborted)
    this.#settle.reject(error)
    this.#keeper.left(this)
  }

  readonly #aborted = (): void => {
    this.fail(this.#signal?.reason)
  }
}

function guarded(work: () => unknown): void {
  try {
    const result = work()
    if (result instanceof Promise) result.catch(raiseUncaught)
  } catch (error) {
    raiseUncaught(error)
  }
}

/** The newer update with the marks of both; undefined when the two cannot be one. */
function merged(before: MonitorEvent, event: MonitorEvent): MonitorEvent | undefined {
  if (event.type !== 'update' || before.type !== 'update') return undefined
  const { value } = event
  if (before.value.$type !== value.$type) return event
  const changes = ChangeSet.of(before.value).with(ChangeSet.of(value))
  if (changes === ChangeSet.of(value)) return event
  const { buffer } = valueContent(value, changes)
  return {
    type: 'update',
    value: DecodePlan.of(value.$type).update(new Reader(buffer as ArrayBuffer), value),
  }
}
