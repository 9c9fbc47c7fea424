import { bad, callback, type Check, duration, integer, quote, readOptions } from '../input/index.js'
import { after } from './attempt.js'
import { checking, StreamArgumentError, StreamStateError } from './errors.js'
import type { StartOptions, StreamOptions, StreamStats } from './options.js'
import { ManagedStream } from './stream.js'

/** When a {@link StreamGroup} starts a failed stream again. */
export interface RestartOptions {
  /** ms before the first restart; default 500. */
  readonly min?: number | undefined
  /** The most ms before a restart; default 30000. A stream that ran as long counts as healthy: its attempts begin anew. */
  readonly max?: number | undefined
  /** What the wait grows by from attempt to attempt; default 2. */
  readonly factor?: number | undefined
  /** Which part of the wait is random, 0 to 1; default 0.2. */
  readonly jitter?: number | undefined
  /** Restarts without a healthy run before the stream is given up; default Infinity. */
  readonly attempts?: number | undefined
}

/** What is told with the error of a stream in a group. */
export interface GroupErrorInfo {
  /** The stream's id in the group. */
  readonly id: string
  readonly spec: unknown
  /** Restarts since the stream was last healthy. */
  readonly attempt: number
  /** ms until the next restart; undefined when the stream is given up. */
  readonly delay: number | undefined
}

/**
 * What {@link StreamGroup} takes.
 *
 * @example
 * import { StreamGroup } from 'node-pvxs/stream'
 *
 * const group = new StreamGroup({
 *   restart: { min: 1_000, max: 60_000, attempts: 10 },
 *   onError: (error, { id, delay }) => console.error(id, error.message, delay ?? 'given up'),
 * })
 */
export interface GroupOptions {
  /** `false`: never. */
  readonly restart?: RestartOptions | false | undefined
  /** Called each time a stream of the group fails. */
  onError?(error: Error, info: GroupErrorInfo): unknown
}

/** Counters of a group, and those of all its streams together. */
export interface GroupStats extends StreamStats {
  readonly streams: number
  /** Streams that run, are updated, or reconnect. */
  readonly running: number
  /** Streams that wait for a restart, or are being started again. */
  readonly restarting: number
  /** Streams that were given up. */
  readonly failed: number
  readonly restarts: number
}

// The streams of a group differ in what they are made of; a group looks at none of it.
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a handler takes what its source gives
export type AnyStream = ManagedStream<any, any, any>

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
type AnyStart = StartOptions<any, any, any>

interface Entry {
  readonly id: string
  readonly options: AnyStart
  /** What the first stream's queue was made of. */
  readonly queue: StreamOptions<never, never>['queue']
  stream: AnyStream
  attempt: number
  restarts: number
  since: number
  givenUp: boolean
  /** Counters of the streams before. */
  before: Totals
  cancel: () => void
  /** A restart that is under way. */
  starting: Promise<void> | undefined
}

type Policy = { readonly [K in keyof RestartOptions]-?: number }

type Totals = Pick<StreamStats, 'received' | 'handlerErrors' | 'updates' | 'rollbacks' | 'reconnects'> & {
  /** Without what the queue dropped, which all of them share. */
  readonly dropped: number
}

const number =
  (least: number, most: number): Check<number> =>
  (value, name) => {
    if (typeof value !== 'number' || !(value >= least && value <= most)) {
      throw bad(name, `a number from ${least} to ${most}`, value)
    }
    return value
  }

const attemptsOption: Check<number> = (value, name) =>
  value === Infinity ? Infinity : integer(0, Number.MAX_SAFE_INTEGER)(value, name)

const restartChecks = {
  min: duration,
  max: duration,
  factor: number(1, 1_000),
  jitter: number(0, 1),
  attempts: attemptsOption,
}

const restartOption: Check<RestartOptions | false> = (value) =>
  value === false ? false : readOptions(value, restartChecks, 'group')

/**
 * Keeps streams running: one that fails is followed by another over the same source, after a wait that grows.
 *
 * The group's id for a stream stays, and so does the queue: who reads the stream that was added, or its queue, goes on with
 * what the next one brings. It ends when the stream is removed, given up, or the group stops.
 *
 * @throws {@link StreamArgumentError} for bad options
 * @example
 * import { ManagedStream, pvSource, StreamGroup } from 'node-pvxs/stream'
 *
 * await using group = new StreamGroup({ onError: (error) => console.error(error.message) })
 * const stream = new ManagedStream(pvSource(ctx))
 * await group.add(stream, ['lab:temp1'])
 * for await (const { value } of stream) {
 *   console.log(value.value)
 *   break
 * }
 */
export class StreamGroup implements AsyncDisposable {
  readonly #entries = new Map<string, Entry>()
  readonly #restart: Policy | undefined
  readonly #onError: GroupOptions['onError']
  #stopped = false

  constructor(options?: GroupOptions) {
    const { restart, onError } = checking('group', () =>
      readOptions(options, { restart: restartOption, onError: callback }, 'group'),
    )
    const {
      min = 500,
      max = Math.max(30_000, min),
      factor = 2,
      jitter = 0.2,
      attempts = Infinity,
    } = restart || {}
    if (min > max)
      throw new StreamArgumentError(`option "min" is ${min}, above "max", ${max}`, { op: 'group' })
    this.#restart = restart === false ? undefined : { min, max, factor, jitter, attempts }
    this.#onError = onError
  }

  /** The streams as they are now, by their ids in the group. */
  get streams(): ReadonlyMap<string, AnyStream> {
    return new Map([...this.#entries].map(([id, { stream }]) => [id, stream]))
  }

  /**
   * Starts a stream, and keeps it running. A first start that fails rejects, and the stream is not in the group.
   *
   * @throws what {@link ManagedStream.start} throws
   */
  async add<Spec, Item, Out>(
    stream: ManagedStream<Spec, Item, Out>,
    spec: Spec,
    options?: StartOptions<Spec, Item, Out>,
  ): Promise<string> {
    if (!(stream instanceof ManagedStream)) {
      throw new StreamArgumentError(`a group takes ManagedStreams, not ${quote(stream)}`, { op: 'group' })
    }
    this.#check()
    const entry: Partial<Entry> = {}
    const id = await stream.start(spec, this.#watching(entry as Entry, options))
    if (this.#stopped) {
      await stream.stop()
      this.#check()
    }
    stream.keepQueue()
    Object.assign(entry, {
      id,
      options: options ?? {},
      queue: stream.options.queue,
      stream,
      attempt: 0,
      restarts: 0,
      since: performance.now(),
      givenUp: false,
      before: none,
      cancel: nothing,
    })
    this.#entries.set(id, entry as Entry)
    if (stream.error !== undefined) this.#failed(entry as Entry, stream.error) // while start was resolving
    return id
  }

  /** Stops a stream, ends its queue and forgets it; does nothing when it is not there. */
  async remove(id: string): Promise<void> {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    this.#entries.delete(id)
    entry.cancel()
    await this.#stopStream(entry)
  }

  /**
   * Starts a stream again now, also one that was given up: that one has a new queue.
   *
   * @throws {@link StreamArgumentError} when there is no such stream
   * @throws what {@link ManagedStream.start} throws; the group goes on trying
   */
  async restart(id: string): Promise<void> {
    this.#check()
    const entry = this.#entries.get(id)
    if (entry === undefined)
      throw new StreamArgumentError(`no stream ${quote(id)} in the group`, { op: 'restart' })
    entry.cancel()
    await entry.starting?.catch(nothing)
    entry.attempt = 0
    await this.#again(entry)
  }

  /** Stops all streams and ends their queues. Nothing is restarted or added after this. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all([...this.#entries.keys()].map((id) => this.remove(id)))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  /** Counters of the group and of each of its streams, as they are now. */
  stats(): GroupStats {
    const all = [...this.#entries.values()]
    const open = all.filter(({ stream }) => ['running', 'updating', 'reconnecting'].includes(stream.state))
    const given = all.filter(({ givenUp }) => givenUp)
    const sum = (of: (entry: Entry) => number): number => all.reduce((total, entry) => total + of(entry), 0)
    const both = (name: keyof Totals): number =>
      sum(({ stream, before }) => stream.stats[name] + before[name])
    return {
      streams: all.length,
      running: open.length,
      restarting: all.length - open.length - given.length,
      failed: given.length,
      restarts: sum(({ restarts }) => restarts),
      received: both('received'),
      delivered: sum(({ stream }) => stream.stats.delivered),
      queued: sum(({ stream }) => stream.stats.queued),
      dropped: both('dropped'),
      handlerErrors: both('handlerErrors'),
      updates: both('updates'),
      rollbacks: both('rollbacks'),
      reconnects: both('reconnects'),
    }
  }

  #check(): void {
    if (this.#stopped) throw new StreamStateError('the group has stopped', { op: 'group' })
  }

  #watching<Spec, Item, Out>(
    entry: Entry,
    options: StartOptions<Spec, Item, Out> | undefined,
  ): StartOptions<Spec, Item, Out> {
    return {
      ...options,
      onError: (error, info) => {
        if (this.#entries.get(entry.id) === entry) this.#failed(entry, error)
        return options?.onError?.(error, info)
      },
    }
  }

  #failed(entry: Entry, error: Error): void {
    const restart = this.#restart
    if (restart !== undefined && performance.now() - entry.since >= restart.max) entry.attempt = 0
    const again = restart !== undefined && entry.attempt < restart.attempts
    const delay = again ? this.#delay(entry.attempt) : undefined
    const info = { id: entry.id, spec: entry.stream.spec as unknown, attempt: entry.attempt, delay }
    if (delay === undefined) {
      entry.givenUp = true
      entry.stream.queue.end(error)
    } else {
      entry.cancel = after(delay, () => {
        this.#again(entry).catch(nothing) // it was told by onError
      })
    }
    this.#tell(error, info)
  }

  #delay(attempt: number): number {
    const { min, max, factor, jitter } = this.#restart as Policy
    const wait = Math.min(max, min * factor ** attempt)
    return wait * (1 - jitter * Math.random())
  }

  #tell(error: Error, info: GroupErrorInfo): void {
    const warn = (thrown: unknown): void => {
      process.emitWarning(`onError of a group failed: ${String(thrown)}`, 'StreamWarning')
    }
    try {
      Promise.resolve(this.#onError?.(error, info)).catch(warn)
    } catch (thrown) {
      warn(thrown)
    }
  }

  /** Another stream over the same source, in the place of the one before. */
  async #again(entry: Entry): Promise<void> {
    entry.starting = this.#follow(entry)
    try {
      await entry.starting
    } finally {
      entry.starting = undefined
    }
  }

  async #follow(entry: Entry): Promise<void> {
    const { stream } = entry
    await stream.stop().catch(nothing) // its error was told
    if (this.#entries.get(entry.id) !== entry) return
    const next = stream.renew(entry.givenUp ? entry.queue : stream.queue) as AnyStream
    if (!entry.givenUp) entry.before = added(entry.before, stream)
    entry.givenUp = false
    entry.stream = next
    entry.attempt++
    entry.restarts++
    entry.since = performance.now()
    await next.start(stream.spec, this.#watching(entry, entry.options))
  }

  async #stopStream(entry: Entry): Promise<void> {
    await entry.stream.stop().catch(nothing) // its error was told
    await entry.starting?.catch(nothing)
    entry.stream.queue.end()
  }
}

const none: Totals = { received: 0, dropped: 0, handlerErrors: 0, updates: 0, rollbacks: 0, reconnects: 0 }

function added(before: Totals, { stats, queue }: AnyStream): Totals {
  return {
    received: before.received + stats.received,
    dropped: before.dropped + stats.dropped - queue.dropped,
    handlerErrors: before.handlerErrors + stats.handlerErrors,
    updates: before.updates + stats.updates,
    rollbacks: before.rollbacks + stats.rollbacks,
    reconnects: before.reconnects + stats.reconnects,
  }
}

function nothing(): void {
  // there is nothing to do
}
