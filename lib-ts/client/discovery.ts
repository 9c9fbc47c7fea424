import type { InboxRecord, Timed } from '../native/index.js'
import { Attachment, errorIn, type Ending } from './attachment.js'
import { ChangeQueue } from './change-queue.js'
import type { ContextCore } from './context-core.js'
import { closeWhenForgotten, keepFor } from './lifetime.js'

/** A server that came, or was not heard of any more. */
export interface DiscoveryEvent {
  readonly event: 'online' | 'timeout'
  /** 24 hex digits */
  readonly guid: string
  readonly protocol: string
  /** `host:port`, as the option `server` takes it. */
  readonly server: string
  /** Who sent the beacon. */
  readonly peer: string
  readonly time: Date
}

/**
 * What {@link Context.discover} takes.
 *
 * @example
 * // Every server that answers within half a second.
 * const found = new Set<string>()
 * for await (const { server } of ctx.discover({ timeout: 500 })) found.add(server)
 * console.log(found)
 */
export interface DiscoverOptions {
  readonly signal?: AbortSignal | undefined
  /** Whether to ask all servers to answer, default true; else only beacons are listened to. */
  readonly ping?: boolean | undefined
  /** ms after which the iteration ends, without an error; without, it goes on until it is left. */
  readonly timeout?: number | undefined
}

const ONLINE = 1
const GUID_BYTES = 12

/** One iteration over what servers come and go; leaving its loop ends it. */
export class Discovery extends Attachment implements Timed {
  slot = 0
  readonly #queue: ChangeQueue<DiscoveryEvent>

  constructor(core: ContextCore, signal: AbortSignal | undefined) {
    super(core, signal)
    this.#queue = new ChangeQueue(core.hold)
  }

  start(owner: object, ping: boolean, timeout = Infinity): AsyncIterableIterator<DiscoveryEvent> {
    this.attach(() => {
      this.core.env.addon.discover(this.id, this.core.id, ping)
    })
    if (this.open) this.core.env.deadlines.add(this, timeout)
    const iterator = this.#queue.iterator(() => this.close())
    keepFor(iterator, owner)
    closeWhenForgotten(iterator, this)
    return iterator
  }

  record({ flags, reader }: InboxRecord): void {
    const time = new Date(reader.f64())
    let guid = ''
    for (let k = 0; k < GUID_BYTES; k++) guid += reader.u8().toString(16).padStart(2, '0')
    const protocol = reader.string()
    const server = reader.string()
    const event = flags === ONLINE ? 'online' : 'timeout'
    this.#queue.push({ event, guid, protocol, server, peer: reader.string(), time })
  }

  expired(): void {
    void this.end({ how: 'finished' })
  }

  protected detach(call: number): void {
    this.core.env.addon.discoverClose(this.id, call)
  }

  protected ended(ending: Ending): void {
    this.core.env.deadlines.delete(this)
    if (ending.how === 'finished') this.#queue.finish()
    else this.#queue.end(errorIn(ending))
  }
}
