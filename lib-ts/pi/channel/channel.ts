import { abortSignal, duration, flag, INSPECT, readOptions, shown, type Inspect } from '../../input/index.js'
import { EventHub } from '../../stream/index.js'
import {
  ChannelClosedError,
  ChannelRollbackError,
  ChannelUpdateError,
  checking,
  PiError,
  PiTimeoutError,
} from '../errors.js'
import type { PiRef } from '../references.js'
import type { Reading } from '../values.js'
import { Inbox } from './inbox.js'
import { Lines } from './lines.js'
import { readUpdate, targetOf, type Target, type WantedUpdate } from './members.js'
import { nowNs, type ChannelEvent, type ChannelMessage, type ChannelStats } from './messages.js'
import type { ChannelSettings, PiParent, WantedSpec } from './options.js'

/** What a channel is doing. */
export type ChannelState = 'open' | 'updating' | 'reconnecting' | 'closing' | 'closed' | 'failed'

/** What {@link Channel.update} takes beside the change. */
export interface ChannelUpdateOptions {
  /** false: an update that fails ends the channel. true. */
  readonly rollback?: boolean | undefined
  /** ms. That of the opening. */
  readonly timeout?: number | undefined
  readonly signal?: AbortSignal | undefined
}

const updateChecks = { rollback: flag, timeout: duration, signal: abortSignal }
const recvChecks = { signal: abortSignal }
const NOTHING: Target = { members: new Map() }

/**
 * A subscription to streams over WebSockets: as many as the URLs need. It comes back by itself when a connection breaks,
 * reads from the archive what was missed, and changes its streams while it runs.
 *
 * Iterating takes messages; leaving the loop leaves the channel open. After a clean close what waits can still be taken,
 * then the iteration ends; after a failure it throws {@link ChannelClosedError} with the cause.
 *
 * @example
 * await using channel = await pi.channel(['sinusoid'])
 * const { items, source } = await channel.recv()
 * const first = [source, items[0]?.value] // → ['initial', 1.5]
 * await channel.update({ add: ['mode'] })
 */
export class Channel implements AsyncIterable<ChannelMessage>, AsyncDisposable {
  readonly #reading: Reading
  readonly #settings: ChannelSettings
  readonly #hub = new EventHub<ChannelEvent>()
  readonly #counts = {
    messages: 0,
    updates: 0,
    heartbeats: 0,
    reconnects: 0,
    duplicates: 0,
    backfilled: 0,
    bad: 0,
  }
  readonly #inbox: Inbox
  readonly #lines: Lines
  readonly #ended: (channel: Channel) => void
  readonly #stop = new AbortController()
  readonly #aborted: () => void
  #target: Target = NOTHING
  #end: 'closing' | 'closed' | 'failed' | undefined
  #updating = false
  #closing: Promise<void> | undefined
  #toldBad = false
  /** Whose connection an event is about. */
  readonly #lost = new WeakMap<ChannelEvent, readonly string[]>()

  /** @internal */
  constructor(reading: Reading, settings: ChannelSettings, ended: (channel: Channel) => void) {
    this.#reading = reading
    this.#settings = settings
    this.#ended = ended
    this.#inbox = new Inbox(settings.maxQueue, () => this.#lines.flow())
    this.#lines = new Lines(reading, {
      settings,
      counts: this.#counts,
      inbox: this.#inbox,
      begun: new WeakSet(),
      tell: (event, refs) => {
        if (refs !== undefined) this.#lost.set(event, refs)
        this.#hub.tell(event)
      },
      bad: (socket, reason) => this.#bad(socket, reason),
      fail: (error) => this.#fail(error),
    })
    this.#aborted = () => this.#fail(settings.signal?.reason)
    settings.signal?.addEventListener('abort', this.#aborted)
  }

  /** @internal Opens it for the first time. */
  async open(spec: WantedSpec): Promise<void> {
    const { signal, openTimeout } = this.#settings
    try {
      signal?.throwIfAborted()
      await this.#change(spec, openTimeout, undefined)
    } catch (error) {
      await this.close()
      throw signal?.aborted === true ? signal.reason : error
    }
  }

  get state(): ChannelState {
    if (this.#end !== undefined) return this.#end
    if (this.#updating) return 'updating'
    return this.#lines.allOpen ? 'open' : 'reconnecting'
  }

  /** The streams, as they were asked for; of a parent the paths of its attributes. */
  get refs(): readonly string[] {
    return [...this.#target.members.values()].map(({ stream }) => stream.ref)
  }

  /** Sockets that are open. */
  get sockets(): number {
    return this.#lines.open
  }

  get stats(): ChannelStats {
    return { ...this.#counts }
  }

  /**
   * The next message. One caller at a time; an abort loses nothing.
   *
   * @throws {@link ChannelClosedError} when the channel is closed and all was taken, with the cause when there is one
   * @throws the signal's own reason
   */
  async recv(options?: { readonly signal?: AbortSignal | undefined }): Promise<ChannelMessage> {
    const { signal } = checking(() => readOptions(options, recvChecks, 'recv'))
    return this.#inbox.takeOrFail(signal)
  }

  /** @internal Whose connection broke or came back. */
  lostOrFound(event: ChannelEvent): readonly string[] {
    return this.#lost.get(event) ?? []
  }

  /** @internal The next message; undefined at the end. */
  take(): Promise<ChannelMessage | undefined> {
    return this.#inbox.take(undefined)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ChannelMessage, void, undefined> {
    for (;;) {
      const message = await this.#inbox.take(undefined)
      if (message === undefined) return
      yield message
    }
  }

  /** What happens from now on: connections that break and come back, gaps, updates. Ends with the channel. */
  events(): AsyncIterableIterator<ChannelEvent> {
    return this.#hub.listen()
  }

  /**
   * Changes the streams: opens what is new, then closes what is not wanted any more. Those that stay lose nothing and repeat
   * nothing, and what waits to be read stays. One update at a time.
   *
   * @throws {@link ChannelRollbackError} when it failed and the channel goes on as it was; the server's answer is the cause
   * @throws {@link ChannelUpdateError} when it failed and the channel with it, for `rollback: false`; or during another
   * @throws {@link ChannelClosedError} when the channel is closed, also meanwhile
   * @throws the signal's own reason; the channel goes on as it was
   */
  async update(
    to:
      | readonly PiRef[]
      | PiParent
      | { readonly add?: readonly PiRef[] | undefined; readonly remove?: readonly PiRef[] | undefined },
    options?: ChannelUpdateOptions,
  ): Promise<void> {
    const checked = checking(() => readOptions(options, updateChecks, 'update'))
    const { rollback = true, timeout = this.#settings.openTimeout, signal } = checked
    const wanted = readUpdate(to, this.#settings.resolve, this.#target.parent === undefined)
    if (this.#end !== undefined) throw new ChannelClosedError('the channel is closed')
    if (this.#updating) throw new ChannelUpdateError('the channel is being updated: one update at a time')
    signal?.throwIfAborted()
    this.#updating = true
    try {
      await this.#change(wanted, timeout, signal)
    } catch (error) {
      throw await this.#notUpdated(error, rollback, signal)
    } finally {
      this.#updating = false
    }
  }

  /** Says goodbye to the server. What waits can still be read; twice is harmless. */
  close(): Promise<void> {
    this.#closing ??= this.#close('closed', undefined)
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  [INSPECT](_depth: number, options: unknown, inspect: Inspect): string {
    const { state, sockets } = this
    return shown(
      'Channel',
      { state, refs: this.#target.members.size, sockets, ...this.stats },
      options,
      inspect,
    )
  }

  async #change(wanted: WantedUpdate, timeout: number, signal: AbortSignal | undefined): Promise<void> {
    const within = new AbortController()
    const stop = (reason: unknown): void => within.abort(reason)
    const byUser = (): void => stop(signal?.reason)
    const byEnd = (): void => stop(new ChannelClosedError('the channel was closed meanwhile'))
    signal?.addEventListener('abort', byUser)
    this.#stop.signal.addEventListener('abort', byEnd)
    const late = (): void =>
      stop(new PiTimeoutError(`the channel was not open within ${timeout} ms`, 'connection'))
    const timer = setTimeout(late, Math.min(timeout, 2 ** 31 - 1))
    try {
      if (this.#stop.signal.aborted) byEnd()
      const { resolve, backfill } = this.#settings
      const call = { signal: within.signal }
      const target = await targetOf(this.#reading, wanted, this.#target, { resolve, lists: backfill, call })
      const { added, removed } = await this.#lines.change(this.#target, target, within.signal, timeout)
      const first = this.#target === NOTHING
      this.#target = target
      const refs = (members: readonly { stream: { ref: string } }[]): string[] =>
        members.map(({ stream }) => stream.ref)
      if (!first) this.#hub.tell({ type: 'updated', added: refs(added), removed: refs(removed) })
    } catch (error) {
      throw within.signal.aborted ? within.signal.reason : error
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', byUser)
      this.#stop.signal.removeEventListener('abort', byEnd)
    }
  }

  async #notUpdated(error: unknown, rollback: boolean, signal: AbortSignal | undefined): Promise<unknown> {
    if (this.#end !== undefined)
      return new ChannelClosedError('the channel was closed during an update', { cause: error })
    if (signal?.aborted === true) return signal.reason
    const { verb, url, status, errors } = error instanceof PiError ? error : ({} as Partial<PiError>)
    const details = { verb, url, status, errors, cause: error }
    const said = error instanceof Error ? error.message : String(error)
    if (rollback)
      return new ChannelRollbackError(
        `the update failed, and the channel goes on as it was: ${said}`,
        details,
      )
    const failed = new ChannelUpdateError(`the update failed, and the channel with it: ${said}`, details)
    this.#fail(failed)
    await this.#closing
    return failed
  }

  #bad(socket: number, reason: string): void {
    if (this.#toldBad) return
    this.#toldBad = true
    this.#hub.tell({ type: 'bad', socket, time: nowNs(), reason })
  }

  #fail(reason: unknown): void {
    if (this.#end !== undefined) return
    const aborted = this.#settings.signal?.aborted === true
    const cause = reason as Error
    const error =
      aborted || reason instanceof ChannelClosedError
        ? reason
        : new ChannelClosedError(`the channel failed: ${cause.message}`, { cause })
    this.#closing ??= this.#close('failed', error)
  }

  async #close(end: 'closed' | 'failed', error: unknown): Promise<void> {
    this.#end = end === 'failed' ? end : 'closing'
    this.#settings.signal?.removeEventListener('abort', this.#aborted)
    this.#stop.abort()
    this.#inbox.end(error)
    await this.#lines.close()
    this.#hub.end()
    this.#end = end
    this.#ended(this)
  }
}
