import { duration, quote, readOptions } from '../../input/index.js'
import {
  BoundedQueue,
  type ChangeOptions,
  type OpenOptions,
  type OpenSource,
  type Source,
  type SourceEvent,
} from '../../stream/index.js'
import type { Channel } from '../channel/channel.js'
import { targetOf } from '../channel/members.js'
import { channelChecks, readSpec, type ChannelOptions, type PiSpec } from '../channel/options.js'
import { refusedByOther } from '../channel/socket.js'
import { ChannelRollbackError, checking, PiArgumentError } from '../errors.js'
import type { PiStream } from '../resolver.js'
import type { PiUpdate } from '../update.js'
import { Poller } from '../updates/poller.js'
import { turns } from '../updates/turns.js'
import type { Reading } from '../values.js'

/** What {@link PiWebApi.source} takes. */
export interface PiSourceOptions extends ChannelOptions {
  /**
   * `channel`: WebSockets. `updates`: stream updates, which need no WebSocket. `auto`: stream updates where the upgrade is
   * refused by something that is not PI Web API. `channel`.
   */
  readonly transport?: 'channel' | 'updates' | 'auto' | undefined
  /** ms between two polls of stream updates. 1000. */
  readonly interval?: number | undefined
}

const NEVER = new AbortController().signal
/** A stream has a queue of its own; one here would only be a second. */
const MAX_QUEUE = 10

type Open = (spec: PiSpec, options: ChannelOptions) => Promise<Channel>

/** A source of values of PI for a {@link ManagedStream}. */
export function piSource(reading: Reading, openChannel: Open, options: unknown): Source<PiSpec, PiUpdate> {
  const checks = {
    ...channelChecks,
    interval: duration,
    transport(value: unknown): 'channel' | 'updates' | 'auto' {
      if (value === 'channel' || value === 'updates' || value === 'auto') return value
      throw new PiArgumentError(`option "transport" is channel, updates or auto, not ${quote(value)}`)
    },
  }
  const {
    transport = 'channel',
    interval = 1000,
    ...read
  } = checking(() => readOptions(options, checks, 'source'))
  const channels = { maxQueue: MAX_QUEUE, ...(read as ChannelOptions) }
  const resolve = channels.resolve ?? true
  const openUpdates = (spec: PiSpec, o: OpenOptions): Promise<UpdatesSource> =>
    UpdatesSource.open(reading, spec, interval, o, channels.signal)
  return {
    check(spec) {
      readSpec(spec, 'source', resolve)
      return spec
    },
    idOf,
    async open(spec, o) {
      if (transport === 'updates') return openUpdates(spec, o)
      try {
        const signal = AbortSignal.any([o.signal, channels.signal ?? NEVER])
        return new ChannelSource(await openChannel(spec, { ...channels, openTimeout: o.timeout, signal }))
      } catch (error) {
        if (transport === 'channel' || o.signal.aborted || !refusedByOther(error)) throw error
        return openUpdates(spec, o)
      }
    },
  }
}

/** A reference as events name it. */
function idOf(entry: unknown): unknown {
  if (typeof entry !== 'object' || entry === null) return entry
  return (Object.values(entry) as unknown[])[0]
}

class ChannelSource implements OpenSource<PiSpec, PiUpdate> {
  readonly #channel: Channel
  readonly items: AsyncIterable<readonly PiUpdate[]>
  readonly events: AsyncIterable<SourceEvent>

  constructor(channel: Channel) {
    this.#channel = channel
    this.items = itemsOf(channel)
    this.events = eventsOf(channel)
  }

  async change(to: PiSpec, { delta, signal, timeout }: ChangeOptions<PiSpec>): Promise<void> {
    const lists = Array.isArray(delta?.add) && Array.isArray(delta.remove)
    const change = lists ? (delta as { add: readonly string[]; remove: readonly string[] }) : to
    try {
      await this.#channel.update(change, { signal, timeout })
    } catch (error) {
      // The stream says itself that it goes on; what it wants to know is why.
      throw error instanceof ChannelRollbackError && error.cause !== undefined ? error.cause : error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#channel.close()
  }
}

async function* itemsOf(channel: Channel): AsyncGenerator<readonly PiUpdate[], void, undefined> {
  for await (const { items } of channel) yield items
}

/** Gaps, and members whose connection breaks and comes back; what an update opens and closes is not a loss. */
async function* eventsOf(channel: Channel): AsyncGenerator<SourceEvent, void, undefined> {
  for await (const event of channel.events()) {
    if (event.type === 'gap') yield { type: 'gap', from: event.from, to: event.to, ids: event.refs }
    if (event.type !== 'connected' && event.type !== 'disconnected') continue
    for (const id of channel.lostOrFound(event)) yield { type: event.type, id, time: event.time }
  }
}

class UpdatesSource implements OpenSource<PiSpec, PiUpdate> {
  readonly items: AsyncIterable<readonly PiUpdate[]>
  readonly events: BoundedQueue<SourceEvent>
  readonly #poller: Poller
  readonly #reading: Reading
  readonly #stop = new AbortController()
  readonly #user: AbortSignal | undefined
  #first: PiUpdate[]

  static async open(
    reading: Reading,
    spec: PiSpec,
    interval: number,
    { signal, timeout }: OpenOptions,
    user: AbortSignal | undefined,
  ): Promise<UpdatesSource> {
    const within = AbortSignal.any([signal, user ?? NEVER])
    const events = new BoundedQueue<SourceEvent>({ max: 10_000, overflow: 'drop-oldest' })
    const poller = new Poller(reading, {
      gap: (from, to, ids) => void events.tryPush({ type: 'gap', from, to, ids }),
    })
    const call = { signal: within, timeout }
    const streams = await streamsOf(reading, spec, call)
    const first = await poller.start(streams, call)
    return new UpdatesSource(reading, { poller, events, first, interval, user })
  }

  private constructor(
    reading: Reading,
    of: {
      readonly poller: Poller
      readonly events: BoundedQueue<SourceEvent>
      readonly first: PiUpdate[]
      readonly interval: number
      readonly user: AbortSignal | undefined
    },
  ) {
    this.#reading = reading
    this.#poller = of.poller
    this.events = of.events
    this.#first = of.first
    this.#user = of.user
    this.items = this.#iterate(of.interval)
  }

  async change(to: PiSpec, { signal, timeout }: ChangeOptions<PiSpec>): Promise<void> {
    const call = { signal, timeout }
    const streams = await streamsOf(this.#reading, to, call)
    this.#first.push(...(await this.#poller.start(streams, call)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.events.end()
    return Promise.resolve()
  }

  async *#iterate(interval: number): AsyncGenerator<readonly PiUpdate[], void, undefined> {
    const signal = AbortSignal.any([this.#stop.signal, this.#user ?? NEVER])
    try {
      if (this.#first.length > 0) yield this.#first.splice(0)
      for await (const updates of turns(this.#poller, { interval, signal })) {
        const first = this.#first.splice(0)
        yield [...first, ...updates]
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error
    }
  }
}

async function streamsOf(reading: Reading, spec: PiSpec, call: OpenOptions): Promise<PiStream[]> {
  const wanted = readSpec(spec, 'source', true)
  const { members } = await targetOf(
    reading,
    wanted,
    { members: new Map() },
    { resolve: true, lists: true, call },
  )
  return [...members.values()].map(({ stream }) => stream)
}
