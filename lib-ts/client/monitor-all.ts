import type { Fields, Value } from '../data/index.js'
import { errorIn, type Ending } from './attachment.js'
import type { ContextCore } from './context-core.js'
import { closeWhenForgotten, keepFor } from './lifetime.js'
import { monitorRequest } from './monitor-request.js'
import { MonitorFeed, type Delivery, type MonitorChange, type MonitorEvent } from './monitor-feed.js'
import type { MonitorAllChecked } from './options.js'
import { Queue, QueueIterator, type QueueOwner } from './queue.js'
import { creditFor, type Credit } from './update-credit.js'

/** One update of one of several PVs. */
export interface NamedValue<T = Fields> {
  readonly name: string
  readonly value: Value<T>
}

/** What happens to one of several PVs. */
export type NamedEvent<T = Fields> = { readonly name: string } & MonitorEvent<T>

interface Item {
  readonly item: NamedValue | NamedEvent
  /** Whose update it is; undefined for a change of the connection. */
  readonly credit: Credit | undefined
}

/** The updates of several subscriptions in one stream, in the order in which they came. */
export class MergedMonitors implements AsyncIterable<NamedValue | NamedEvent> {
  readonly #core: ContextCore
  readonly #owner: object
  readonly #names: readonly string[]
  readonly #options: MonitorAllChecked

  constructor(core: ContextCore, owner: object, names: readonly string[], options: MonitorAllChecked) {
    this.#core = core
    this.#owner = owner
    this.#names = names
    this.#options = options
    monitorRequest(options) // throws for a bad request now, not with the first iteration
  }

  /** Each iteration has subscriptions of its own. */
  [Symbol.asyncIterator](): AsyncIterableIterator<NamedValue | NamedEvent> {
    this.#core.check('monitorAll')
    const merged = new Merged(this.#core, this.#names, this.#options)
    const iterator = new QueueIterator(
      () => merged.next(),
      () => merged.close(),
    )
    keepFor(iterator, this.#owner)
    closeWhenForgotten(iterator, merged)
    return iterator
  }
}

class Merged implements QueueOwner<Item> {
  readonly #queue = new Queue<Item>(this)
  readonly #core: ContextCore
  readonly #feeds = new Map<Delivery, MonitorFeed>()
  readonly #credits: Credit[] = []

  constructor(core: ContextCore, names: readonly string[], options: MonitorAllChecked) {
    this.#core = core
    const { request, size } = monitorRequest(options)
    const bytes = core.encodedRequest(request)
    const { signal, type, events = false, connectTimeout = Infinity } = options
    const feeds = names.map((pv) => {
      const credit = creditFor(core.env, size, options.latest ?? false)
      this.#credits.push(credit)
      const delivery = new MergedDelivery({ name: pv, events, credit }, this)
      const feed = new MonitorFeed(
        core,
        { pv, signal, type, credit, connectTimeout, selection: options },
        delivery,
      )
      this.#feeds.set(delivery, feed)
      return feed
    })
    for (const feed of feeds) if (!this.#queue.ended) feed.start(bytes, options.server ?? '')
    if (feeds.length === 0) this.#queue.end()
  }

  push(item: Item): void {
    this.#queue.push(item)
  }

  ended(delivery: Delivery, ending: Ending): void {
    this.#feeds.delete(delivery)
    if ('reason' in ending) {
      if (ending.how === 'aborted') this.#queue.clear()
      this.#queue.end(errorIn(ending))
      void this.close()
    } else if (this.#feeds.size === 0) {
      if (ending.how === 'closed') this.#queue.clear()
      this.#queue.end()
    }
  }

  async next(): Promise<IteratorResult<NamedValue | NamedEvent>> {
    const result = await this.#queue.next()
    return result.done === true ? result : { done: false, value: result.value.item }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#feeds.values()].map((feed) => feed.close()))
  }

  taken(item: Item): void {
    item.credit?.taken(1, this.#queue.length)
  }

  takenAll(items: readonly Item[]): void {
    for (const { credit } of items) credit?.taken(1, this.#queue.length)
  }

  awaited(on: boolean): void {
    if (!on) {
      this.#core.hold.drop()
      return
    }
    this.#core.hold.add()
    for (const credit of this.#credits) credit.wanted()
  }
}

interface Part {
  readonly name: string
  readonly events: boolean
  readonly credit: Credit
}

class MergedDelivery implements Delivery {
  readonly #part: Part
  readonly #merged: Merged

  constructor(part: Part, merged: Merged) {
    this.#part = part
    this.#merged = merged
  }

  update(value: Value): void {
    const { name, events, credit } = this.#part
    this.#merged.push({ item: events ? { name, type: 'update', value } : { name, value }, credit })
  }

  event(event: MonitorChange): void {
    const { name, events } = this.#part
    if (events) this.#merged.push({ item: { name, ...event }, credit: undefined })
  }

  ended(ending: Ending): void {
    this.#merged.ended(this, ending)
  }
}
