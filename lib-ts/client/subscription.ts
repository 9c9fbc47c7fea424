import type { Value } from '../data/index.js'
import { InvalidArgumentError } from '../errors.js'
import type { ContextCore } from './context-core.js'
import {
  CallbackDelivery,
  PauseGate,
  QueueDelivery,
  type Callbacks,
  type PausableDelivery,
  type Receiver,
  type Receiving,
} from './delivery.js'
import { MonitorFeed } from './monitor-feed.js'
import { monitorRequest } from './monitor-request.js'
import type { MonitorChecked } from './options.js'
import { closeByHand, closeWhenForgotten, keepFor } from './lifetime.js'
import { QueueIterator } from './queue.js'
import { creditFor } from './update-credit.js'

/** Counters of one subscription. Updates of the server = delivered + squashed + queued. */
export interface SubscriptionStats {
  /** Updates that were handed out. */
  readonly delivered: number
  /** Updates that the server merged into others, as far as it tells; a PVXS server does not. */
  readonly squashedByServer: number
  /** Updates merged into others here because the queue was full. */
  readonly squashedByClient: number
  /** Updates that wait now. */
  readonly queued: number
  /** The most that waited at once, in PVXS's queue or in ours. */
  readonly maxQueued: number
}

/**
 * A subscription to one PV, made by {@link Context.monitor}: iterate it, or give callbacks.
 *
 * It reconnects for ever by itself; the first value after a reconnect is complete. It has one consumer: leaving the loop
 * closes it. One that nobody refers to any more is closed too, unless it has callbacks.
 *
 * @example
 * for await (const v of ctx.monitor('lab:temp1')) {
 *   console.log(v.value)
 *   if (v.value > 30) break
 * }
 */
export class Subscription<T = Value> implements AsyncIterable<T>, AsyncDisposable {
  /** The PV's name. */
  readonly name: string
  /**
   * Resolves with the first connection; rejects with an error that ends the subscription before. It comes before the first value,
   * which is the first that iterating gives, and does not by itself keep the process alive.
   */
  readonly ready: Promise<void>
  readonly #feed: MonitorFeed
  readonly #gate: PauseGate
  readonly #queue: QueueDelivery | undefined
  readonly #callbacks: CallbackDelivery | undefined
  #consumed = false
  #mostQueued = 0

  /** @internal */
  constructor(core: ContextCore, owner: object, name: string, options: MonitorChecked) {
    const { request, size } = monitorRequest(options)
    const bytes = core.encodedRequest(request)
    const callbacks = options as Callbacks
    const called =
      callbacks.onUpdate !== undefined || callbacks.onEvent !== undefined || callbacks.onError !== undefined
    keepFor(this, owner)
    const credit = creditFor(core.env, called ? 0 : size, options.latest ?? false)
    this.#callbacks = called ? new CallbackDelivery(callbacks, name, core.env, core.hold, credit) : undefined
    this.#queue = called ? undefined : new QueueDelivery(options.events ?? false, core.hold, credit)
    this.#gate = new PauseGate((this.#queue ?? this.#callbacks) as PausableDelivery, credit)
    const { signal, type, connectTimeout = Infinity } = options
    const settings = { pv: name, signal, type, credit, connectTimeout, selection: options }
    this.#feed = new MonitorFeed(core, settings, this.#gate)
    if (called)
      keepFor(this.#feed, this) // one with callbacks lives as long as it is open, even if nobody refers to it
    else closeWhenForgotten(this, this.#feed)
    this.name = name
    this.ready = this.#feed.ready
    this.#feed.start(bytes, options.server ?? '')
    if (called) credit.wanted()
  }

  /** @throws InvalidArgumentError for a second consumer, or when there are callbacks */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    const { queue } = this.#consume()
    return new QueueIterator(
      () => queue.next() as Promise<IteratorResult<T>>,
      () => this.close(),
    )
  }

  /**
   * Iterates by batches: everything that waits, at once, at least one.
   *
   * @throws InvalidArgumentError for a second consumer, or when there are callbacks
   * @example
   * for await (const updates of ctx.monitor('lab:temp1').batches()) {
   *   console.log(updates.length, updates.at(-1)?.value)
   *   if (updates.some((v) => v.value > 30)) break
   * }
   */
  batches(): AsyncIterable<T[]> {
    const { queue } = this.#consume()
    return new QueueIterator(
      () => queue.nextAll() as Promise<IteratorResult<T[]>>,
      () => this.close(),
    )
  }

  /** @internal For what merges many subscriptions; to be called in the turn in which the subscription was made. */
  receive(receiver: Receiver): Receiving {
    const queue = this.#consume()
    queue.receive(receiver)
    return queue
  }

  #consume(): QueueDelivery {
    const fault =
      this.#queue === undefined
        ? 'has callbacks and cannot be iterated as well'
        : this.#consumed
          ? 'is iterated already: it has one consumer'
          : ''
    if (this.#queue === undefined || fault !== '') {
      throw new InvalidArgumentError(`the subscription to ${JSON.stringify(this.name)} ${fault}`, {
        op: 'monitor',
        pv: this.name,
      })
    }
    this.#consumed = true
    return this.#queue
  }

  /**
   * Stops delivery and tells the server; connection events go on. It lasts over reconnects.
   *
   * @example
   * await using sub = ctx.monitor('lab:temp1', { onUpdate: (v) => console.log(v.value) })
   * sub.pause() // the display is hidden
   * sub.resume() // brings what the server has kept, the newest value last
   */
  pause(): void {
    if (this.#gate.pause()) this.#feed.pause(true)
  }

  /**
   * Goes on with the updates that the server has kept, as many as its queue holds, the newest value last.
   *
   * @example
   * const sub = ctx.monitor('lab:temp1')
   * sub.pause()
   * sub.resume()
   * for await (const v of sub) if (v.value > 30) break
   */
  resume(): void {
    if (this.#gate.resume()) this.#feed.pause(false)
  }

  /** Whether there is a connection to the PV now. */
  get connected(): boolean {
    return this.#feed.peer !== undefined
  }

  /** `host:port` of the server, while connected. */
  get peer(): string | undefined {
    return this.#feed.peer
  }

  /** Counters, as they are now; they stay readable after the end. */
  get stats(): SubscriptionStats {
    const native = this.#feed.stats()
    const { waiting = 0, mostWaiting = 0 } = this.#queue ?? {}
    const queued = this.#feed.open ? native.queued + waiting + this.#gate.kept : waiting
    this.#mostQueued = Math.max(this.#mostQueued, native.maxQueued, mostWaiting, queued)
    return {
      delivered: this.#queue?.delivered ?? this.#callbacks?.delivered ?? 0,
      squashedByServer: native.squashedByServer,
      squashedByClient: native.squashedByClient + this.#gate.merged,
      queued,
      maxQueued: this.#mostQueued,
    }
  }

  /**
   * Ends it. Nothing is delivered any more, and when the promise resolves nothing is left of it.
   *
   * @example
   * const sub = ctx.monitor('lab:temp1', { onUpdate: (v) => console.log(v.value) })
   * await sub.close()
   */
  close(): Promise<void> {
    return closeByHand(this, this.#feed)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
