import type { Value } from '../data/index.js'
import { isThenable } from '../input/index.js'
import { log } from '../log.js'
import type { Environment, Hold } from '../native/index.js'
import { errorIn, type Ending } from './attachment.js'
import type { Delivery, MonitorChange, MonitorEvent } from './monitor-feed.js'
import { Queue, type QueueOwner } from './queue.js'
import type { Credit } from './update-credit.js'

/** A delivery that can take back updates it has not handed out. */
export interface PausableDelivery extends Delivery {
  withdraw(): Value[]
}

/** Lets events through while a subscription is paused, and keeps the updates that were on their way. */
export class PauseGate implements Delivery {
  readonly #inner: PausableDelivery
  readonly #credit: Credit
  #paused = false
  #kept: Value[] = []
  /** Updates that a disconnect made useless: they are part of the complete value that follows. */
  merged = 0

  constructor(inner: PausableDelivery, credit: Credit) {
    this.#inner = inner
    this.#credit = credit
  }

  get kept(): number {
    return this.#kept.length
  }

  pause(): boolean {
    if (this.#paused) return false
    this.#paused = true
    this.#kept = this.#inner.withdraw()
    return true
  }

  resume(): boolean {
    if (!this.#paused) return false
    this.#paused = false
    this.#release()
    return true
  }

  update(value: Value): void {
    if (this.#paused) this.#kept.push(value)
    else this.#inner.update(value)
  }

  event(event: MonitorChange): void {
    // The first value after a reconnect is complete, so what was kept from before is useless.
    if (this.#paused && event.type === 'disconnected') {
      this.merged += this.#kept.length
      this.#credit.dropped(this.#kept.splice(0).length)
    }
    this.#inner.event(event)
  }

  ended(ending: Ending): void {
    // What the server sent before the end still goes to the consumer, unless the consumer itself ended it.
    if (ending.how === 'finished' || ending.how === 'failed') this.#release()
    this.#kept = []
    this.#inner.ended(ending)
  }

  #release(): void {
    for (const value of this.#kept.splice(0)) this.#inner.update(value)
  }
}

/** Takes the updates of a subscription as they arrive, in place of its queue: no iteration, no object for each. */
export interface Receiver {
  update(value: Value): void
  event(event: MonitorChange): void
  /** Nothing follows. The error is what ended it, unless it was closed. */
  ended(error: { readonly reason: unknown } | undefined): void
}

/** What a {@link Receiver} tells its subscription. */
export interface Receiving {
  /** It took updates that it was given; the server may send as many again. */
  took(updates: number): void
  /** It has begun, or has stopped, waiting for updates. */
  awaited(on: boolean): void
}

/** Updates, or updates and events, for a consumer that iterates. */
export class QueueDelivery implements PausableDelivery, QueueOwner<Value | MonitorEvent>, Receiving {
  readonly queue: Queue<Value | MonitorEvent>
  delivered = 0
  /** Updates that wait here, and the most that ever did. */
  waiting = 0
  mostWaiting = 0
  #receiver: Receiver | undefined
  readonly #events: boolean
  readonly #hold: Hold
  readonly #credit: Credit

  constructor(events: boolean, hold: Hold, credit: Credit) {
    this.#events = events
    this.#hold = hold
    this.#credit = credit
    this.queue = new Queue(this)
  }

  /** To be called before anything has come. */
  receive(receiver: Receiver): void {
    this.#receiver = receiver
  }

  update(value: Value): void {
    if (++this.waiting > this.mostWaiting) this.mostWaiting = this.waiting
    if (this.#receiver !== undefined) this.#receiver.update(value)
    else this.queue.push(this.#events ? { type: 'update', value } : value)
  }

  event(event: MonitorChange): void {
    if (this.#receiver !== undefined) this.#receiver.event(event)
    else if (this.#events) this.queue.push(event)
  }

  ended(ending: Ending): void {
    // An end that the user asked for takes effect at once; any other comes after what was queued before it.
    if (ending.how === 'closed' || ending.how === 'aborted') {
      this.queue.clear()
      this.waiting = 0
    }
    this.queue.end(errorIn(ending))
    this.#receiver?.ended(errorIn(ending))
  }

  withdraw(): Value[] {
    const kept: Value[] = []
    for (const item of this.queue.clear()) {
      if (!this.#events) kept.push(item as Value)
      else if (isUpdate(item as MonitorEvent)) kept.push((item as { value: Value }).value)
      else this.queue.push(item)
    }
    this.waiting -= kept.length
    return kept
  }

  taken(item: Value | MonitorEvent): void {
    if (!this.#events || isUpdate(item as MonitorEvent)) this.#took(1, this.waiting - 1)
  }

  takenAll(items: readonly (Value | MonitorEvent)[]): void {
    const updates = this.#events
      ? items.filter((item) => isUpdate(item as MonitorEvent)).length
      : items.length
    // A batch of events alone has used no credit: asked again, the addon would send one update before its time, for ever.
    if (updates > 0) this.#took(updates, this.waiting - updates)
  }

  // Something is left for all that it knows: with the credit of many subscriptions the addon is woken once, after the turn.
  took(updates: number): void {
    this.#took(updates, 1)
  }

  #took(updates: number, left: number): void {
    this.delivered += updates
    this.waiting -= updates
    this.#credit.taken(updates, left)
  }

  awaited(on: boolean): void {
    if (!on) {
      this.#hold.drop()
      return
    }
    this.#hold.add()
    this.#credit.wanted()
  }
}

function isUpdate(event: MonitorEvent): boolean {
  return event.type === 'update'
}

/** What a callback subscription calls. */
export interface Callbacks {
  readonly onUpdate?: ((value: never) => unknown) | undefined
  readonly onEvent?: ((event: never) => unknown) | undefined
  readonly onError?: ((error: never) => unknown) | undefined
}

/**
 * Updates, events and the error for callbacks. What they throw is an uncaughtException and stops nothing. Where only the
 * latest update counts, the next comes when `onUpdate` has returned, and what it returned has settled.
 */
export class CallbackDelivery implements PausableDelivery {
  delivered = 0
  readonly #callbacks: Callbacks
  readonly #env: Environment
  readonly #hold: Hold
  readonly #pv: string
  readonly #credit: Credit

  constructor(callbacks: Callbacks, pv: string, env: Environment, hold: Hold, credit: Credit) {
    this.#callbacks = callbacks
    this.#pv = pv
    this.#env = env
    this.#hold = hold
    this.#credit = credit
    hold.add()
  }

  update(value: Value): void {
    this.delivered++
    const { onUpdate } = this.#callbacks
    const returned = onUpdate === undefined ? undefined : this.#call(onUpdate, value)
    if (!this.#credit.latest) return
    this.#credit.taken(1, 0)
    // What it rejects with stays an unhandled rejection.
    if (isThenable(returned)) void Promise.resolve(returned).finally(this.#next)
    else this.#next()
  }

  readonly #next = (): void => {
    this.#credit.wanted()
  }

  event(event: MonitorChange): void {
    const { onEvent } = this.#callbacks
    if (onEvent !== undefined) this.#call(onEvent, event)
  }

  ended(ending: Ending): void {
    this.#hold.drop()
    if (ending.how !== 'failed') return
    const { onError } = this.#callbacks
    if (onError !== undefined) this.#call(onError, ending.reason)
    else
      log(
        'error',
        'node-pvxs.monitor',
        `monitor of ${JSON.stringify(this.#pv)} ended: ${messageOf(ending.reason)}`,
      )
  }

  withdraw(): Value[] {
    return []
  }

  #call(callback: (argument: never) => unknown, argument: unknown): unknown {
    try {
      return callback(argument as never)
    } catch (error) {
      this.#env.fatal(error)
      return undefined
    }
  }
}

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason)
}
