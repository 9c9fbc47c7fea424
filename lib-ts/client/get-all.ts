import type { Fields, Value } from '../data/index.js'
import { about } from '../errors.js'
import type { ContextCore } from './context-core.js'
import { errorIn, type Ending } from './attachment.js'
import { MonitorFeed, type Delivery } from './monitor-feed.js'
import { keepFor } from './lifetime.js'
import { get, type GetCall } from './call.js'
import { getOptions, type SubscribeChecked } from './options.js'
import { Queue, QueueIterator, type QueueOwner } from './queue.js'
import { monitorRequest } from './subscription.js'

function startAll(
  core: ContextCore,
  owner: object,
  op: string,
  names: readonly string[],
  options: unknown,
): GetCall[] {
  const checked = getOptions(options)
  core.check(op)
  return names.map((pv) => about({ op, pv }, () => get({ core, owner, op: 'get', pv }, checked)))
}

/** All values in the order of the names; with the first failure the rest is given up. */
export async function getAll(
  core: ContextCore,
  owner: object,
  names: readonly string[],
  options: unknown,
): Promise<Value[]> {
  const calls = startAll(core, owner, 'getAll', names, options)
  try {
    return await Promise.all(calls.map((call) => call.promise))
  } catch (error) {
    for (const call of calls) call.cancel(error)
    throw error
  }
}

export function getAllSettled(
  core: ContextCore,
  owner: object,
  names: readonly string[],
  options: unknown,
): Promise<PromiseSettledResult<Value>[]> {
  return Promise.allSettled(
    startAll(core, owner, 'getAllSettled', names, options).map((call) => call.promise),
  )
}

/** One update of one of several PVs. */
export interface NamedValue<T = Fields> {
  readonly name: string
  readonly value: Value<T>
}

interface Item {
  readonly update: NamedValue
  readonly feed: MonitorFeed
}

// An iterator that nobody can reach any more ends its subscriptions.
const forgotten = new FinalizationRegistry<Merged>((merged) => {
  void merged.close()
})

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
    monitorRequest(options) // what is wrong with it is said at once
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
    forgotten.register(iterator, merged)
    return iterator
  }
}

class Merged implements QueueOwner<Item> {
  readonly #queue = new Queue<Item>(this)
  readonly #core: ContextCore
  readonly #feeds = new Set<MonitorFeed>()

  constructor(core: ContextCore, names: readonly string[], options: SubscribeChecked) {
    this.#core = core
    const { request, size } = monitorRequest(options)
    const bytes = core.encodedRequest(request)
    const feeds = names.map((pv) => {
      const delivery = new MergedDelivery(pv, this)
      const feed = new MonitorFeed(
        core,
        { pv, signal: options.signal, type: options.type, credit: size },
        delivery,
      )
      delivery.feed = feed
      this.#feeds.add(feed)
      return feed
    })
    for (const feed of feeds) if (!this.#queue.ended) feed.start(bytes, options.server ?? '')
    if (feeds.length === 0) this.#queue.end()
  }

  push(item: Item): void {
    this.#queue.push(item)
  }

  ended(feed: MonitorFeed, ending: Ending): void {
    this.#feeds.delete(feed)
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
    await Promise.all([...this.#feeds].map((feed) => feed.close()))
  }

  taken(item: Item): void {
    item.feed.taken(1, this.#queue.length)
  }

  takenAll(items: readonly Item[]): void {
    for (const item of items) item.feed.taken(1, this.#queue.length)
  }

  awaited(on: boolean): void {
    if (on) this.#core.hold.add()
    else this.#core.hold.drop()
  }
}

class MergedDelivery implements Delivery {
  feed!: MonitorFeed
  readonly #name: string
  readonly #merged: Merged

  constructor(name: string, merged: Merged) {
    this.#name = name
    this.#merged = merged
  }

  update(value: Value): void {
    this.#merged.push({ update: { name: this.#name, value }, feed: this.feed })
  }

  event(): void {
    // the stream is of updates
  }

  ended(ending: Ending): void {
    this.#merged.ended(this.feed, ending)
  }
}
