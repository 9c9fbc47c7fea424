import type { Fields, Value } from '../data/index.js'
import { errorIn, type Ending } from './attachment.js'
import type { ContextCore } from './context-core.js'
import { closeWhenForgotten, keepFor } from './lifetime.js'
import { monitorRequest } from './monitor-request.js'
import { MonitorFeed, type Delivery } from './monitor-feed.js'
import type { SubscribeChecked } from './options.js'
import { Queue, QueueIterator, type QueueOwner } from './queue.js'
import { UpdateCredit } from './update-credit.js'

/** One update of one of several PVs. */
export interface NamedValue<T = Fields> {
  readonly name: string
  readonly value: Value<T>
}

interface Item {
  readonly update: NamedValue
  readonly credit: UpdateCredit
}

/** The updates of several subscriptions in one stream, in the order in which they came. */
export class MergedMonitors implements AsyncIterable<NamedValue> {
  readonly #core: ContextCore
  readonly #owner: object
  readonly #names: readonly string[]
  readonly #options: SubscribeChecked

  constructor(core: ContextCore, owner: object, names: readonly string[], options: SubscribeChecked) {
    this.#core = core
    this.#owner = owner
    this.#names = names
    this.#options = options
    monitorRequest(options) // throws for a bad request now, not with the first iteration
  }

  /** Each iteration has subscriptions of its own. */
  [Symbol.asyncIterator](): AsyncIterableIterator<NamedValue> {
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

  constructor(core: ContextCore, names: readonly string[], options: SubscribeChecked) {
    this.#core = core
    const { request, size } = monitorRequest(options)
    const bytes = core.encodedRequest(request)
    const { signal, type } = options
    const feeds = names.map((pv) => {
      const credit = new UpdateCredit(core.env, size)
      const delivery = new MergedDelivery(pv, this, credit)
      const feed = new MonitorFeed(core, { pv, signal, type, credit }, delivery)
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

  async next(): Promise<IteratorResult<NamedValue>> {
    const result = await this.#queue.next()
    return result.done === true ? result : { done: false, value: result.value.update }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#feeds.values()].map((feed) => feed.close()))
  }

  taken(item: Item): void {
    item.credit.taken(1, this.#queue.length)
  }

  takenAll(items: readonly Item[]): void {
    for (const { credit } of items) credit.taken(1, this.#queue.length)
  }

  awaited(on: boolean): void {
    if (on) this.#core.hold.add()
    else this.#core.hold.drop()
  }
}

class MergedDelivery implements Delivery {
  readonly #name: string
  readonly #merged: Merged
  readonly #credit: UpdateCredit

  constructor(name: string, merged: Merged, credit: UpdateCredit) {
    this.#name = name
    this.#merged = merged
    this.#credit = credit
  }

  update(value: Value): void {
    this.#merged.push({ update: { name: this.#name, value }, credit: this.#credit })
  }

  event(): void {
    // the stream is of updates
  }

  ended(ending: Ending): void {
    this.#merged.ended(this, ending)
  }
}
