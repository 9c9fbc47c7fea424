import { ClosedError, InvalidArgumentError, ResourceError } from '../errors.js'
import { EventCode, type InboxRecord } from '../native/index.js'
import { Attachment, errorIn, type Ending } from './attachment.js'
import { ChangeQueue } from './change-queue.js'
import type { ContextCore } from './context-core.js'
import { closeByHand, closeWhenForgotten, keepFor } from './lifetime.js'

const REASONS = new Map<number, typeof InvalidArgumentError | typeof ResourceError>([
  [EventCode.Argument, InvalidArgumentError],
  [EventCode.Resource, ResourceError],
])

/** What happens to a connection. */
export type ConnectionEvent =
  | { readonly type: 'connected'; readonly peer: string; readonly time: Date }
  | { readonly type: 'disconnected'; readonly time: Date }

/**
 * Keeps the channel to one PV open and tells about it. Made by {@link Context.connect}; all connections, calls and
 * subscriptions of a Context to one PV share one channel.
 *
 * @example
 * await using c = ctx.connect('lab:temp1')
 * for await (const e of c.events()) {
 *   console.log(e.type, c.peer)
 *   if (c.connected) break
 * }
 */
export class Connection implements AsyncDisposable {
  /** The PV's name. */
  readonly name: string
  readonly #link: Link

  /** @internal */
  constructor(
    core: ContextCore,
    owner: object,
    name: string,
    server: string,
    signal: AbortSignal | undefined,
  ) {
    this.name = name
    this.#link = new Link(core, name, signal)
    keepFor(this, owner)
    closeWhenForgotten(this, this.#link)
    this.#link.start(server)
  }

  get connected(): boolean {
    return this.#link.state?.type === 'connected'
  }

  /** `host:port` of the server, while connected. */
  get peer(): string | undefined {
    const { state } = this.#link
    return state?.type === 'connected' ? state.peer : undefined
  }

  /**
   * Changes from now on, the present state first as soon as it is known. Ends with `close()`; an abort makes it throw the
   * signal's reason. There may be several listeners; leaving a loop does not close the connection.
   *
   * @example
   * await using c = ctx.connect('lab:temp1')
   * for await (const e of c.events()) {
   *   console.log(e.type, e.time)
   *   if (e.type === 'connected') break
   * }
   */
  events(): AsyncIterable<ConnectionEvent> {
    const listener = this.#link.listen()
    keepFor(listener, this)
    return listener
  }

  /**
   * Lets go of the channel; iterations over its events end.
   *
   * @example
   * const c = ctx.connect('lab:temp1')
   * await c.close()
   * console.log(c.connected) // false
   */
  close(): Promise<void> {
    return closeByHand(this, this.#link)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

class Link extends Attachment {
  state: ConnectionEvent | undefined
  readonly #listeners = new Set<ChangeQueue<ConnectionEvent>>()
  #ending: Ending | undefined
  readonly #pv: string

  constructor(core: ContextCore, pv: string, signal: AbortSignal | undefined) {
    super(core, signal)
    this.#pv = pv
  }

  start(server: string): void {
    this.attach(() => {
      this.core.env.addon.connect(this.id, this.core.id, this.#pv, server)
    })
  }

  listen(): AsyncIterable<ConnectionEvent> {
    const queue = new ChangeQueue<ConnectionEvent>(this.core.hold)
    if (this.#ending !== undefined) queue.end(errorIn(this.#ending))
    else {
      if (this.state !== undefined) queue.push(this.state)
      this.#listeners.add(queue)
    }
    return queue.iterator(() => {
      this.#listeners.delete(queue)
      queue.end()
      return Promise.resolve()
    })
  }

  record({ flags, reader }: InboxRecord): void {
    const time = new Date(reader.f64())
    const text = reader.string()
    if (flags === EventCode.Connected) this.#change({ type: 'connected', peer: text, time })
    else if (flags === EventCode.Disconnected) this.#change({ type: 'disconnected', time })
    else {
      const Reason = REASONS.get(flags) ?? ClosedError
      void this.end({ how: 'failed', reason: new Reason(text, { op: 'connect', pv: this.#pv }) })
    }
  }

  #change(state: ConnectionEvent): void {
    this.state = state
    for (const listener of this.#listeners) listener.push(state)
  }

  protected detach(call: number): void {
    this.core.env.addon.connectClose(this.id, call)
  }

  protected ended(ending: Ending): void {
    this.#ending = ending
    this.state = undefined
    for (const listener of this.#listeners) listener.end(errorIn(ending))
    this.#listeners.clear()
  }
}
