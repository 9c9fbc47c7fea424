import {
  unlessAborted,
  Batcher,
  pause,
  type BatcherOptions,
  type Sample,
  type Spool,
  type SpoolOptions,
} from '../telemetry/index.js'
import type { OpenSink } from './open-sink.js'
import { SwitchedSink } from './switched-sink.js'

/** What a lane tells of. */
export interface LaneListener {
  /** The sink failed, or works again (`undefined`). */
  changed(lane: Lane, error: Error | undefined): void
  rejected(lane: Lane, samples: readonly Sample[], reason: string): void
  /** The sink did not close as it should. */
  unclosed(lane: Lane, error: Error): void
}

/** What is known about a sink. */
export interface SinkStatus {
  /** `retrying`: it fails, and is tried again. `failed`: it refused a batch for good. */
  readonly state: 'ok' | 'retrying' | 'failed'
  readonly written: number
  readonly rejected: number
  readonly dropped: number
  readonly retried: number
  /** Samples that wait. */
  readonly buffered: number
  /** How many of them are on disk. */
  readonly spooled: number
  /** ms: the age of the oldest sample that waits. */
  readonly lag: number
  readonly lastError?: string
}

/** The `batch` options of a sink. */
export type BatchOptions = Omit<BatcherOptions, 'spool' | 'onRejected' | 'onError'>

const AGAIN = 1_000 // ms until the disk is tried again
const LONGEST = 2 ** 31 - 1 // of a timer
const MARK = 20 // ms between two marks of the lag

/**
 * The way to one sink: its own Batcher, queue and spool, so that a slow or dead sink delays no other.
 *
 * With a spool, samples wait in memory only until the disk has them. What does not fit is dropped from the oldest and
 * counted, unless `overflow` is `block`: then {@link flush} has to be waited for.
 */
export class Lane {
  readonly name: string
  #opened: OpenSink
  readonly #sink: SwitchedSink
  readonly #batcher: Batcher
  readonly #spool: Spool | undefined
  readonly #listener: LaneListener
  #most: number
  #blocks: boolean
  #pending: Sample[] = []
  /** On their way to the spool. */
  #queued: Sample[] = []
  #storing: Promise<void> | undefined
  /** What the spool is being given: it is neither in the queue nor on disk. */
  #onTheWay = 0
  #dropped = 0
  #error: Error | undefined
  #failedAt = -1
  #permanent = false
  #given = 0
  #marks: { readonly upTo: number; readonly at: number }[] = []
  /** When it last got on: nothing waited, or something left. */
  #progressAt = performance.now()
  #progress = 0
  readonly #giveUp = new AbortController()

  constructor(
    name: string,
    opened: OpenSink,
    batch: BatchOptions,
    spool: Spool | undefined,
    listener: LaneListener,
  ) {
    this.name = name
    this.#opened = opened
    this.#sink = new SwitchedSink(opened.sink)
    this.#spool = spool
    this.#listener = listener
    this.#most = batch.maxBuffered ?? 100_000
    this.#blocks = batch.overflow === 'block'
    this.#batcher = new Batcher(this.#sink, {
      overflow: 'drop-oldest',
      ...batch,
      spool,
      onError: (error) => {
        this.#failed(error, (error as { retryable?: boolean }).retryable !== true)
      },
      onRejected: (samples, reason) => {
        listener.rejected(this, samples, reason)
      },
    })
    this.#given = this.#batcher.stats.pushed // what the spool brought along
    if (this.#given > 0) this.#marks.push({ upTo: this.#given, at: performance.now() })
  }

  /** What is behind it. */
  get opened(): OpenSink {
    return this.#opened
  }

  take(sample: Sample): void {
    this.#pending.push(sample)
  }

  /** Hands over what was taken; a promise when it has to be waited for. */
  flush(): Promise<void> | undefined {
    const pending = this.#pending
    if (pending.length === 0) return undefined
    this.#pending = []
    this.#mark(pending.length)
    if (this.#spool === undefined) return this.#push(pending)
    for (const sample of pending) this.#queued.push(sample)
    this.#storing ??= this.#store().finally(() => (this.#storing = undefined))
    if (this.#queued.length <= this.#most) return undefined
    if (this.#blocks) return this.#storing
    const excess = this.#queued.length - this.#most
    this.#queued.splice(0, excess)
    this.#dropped += excess
    return undefined
  }

  #push(samples: readonly Sample[]): Promise<void> | undefined {
    const room = this.#batcher.offer(samples)
    return this.#blocks ? room : undefined
  }

  /** Brings the queue to the disk; a disk that is full is tried again until there is room. */
  async #store(): Promise<void> {
    while (this.#queued.length > 0) {
      const samples = this.#queued
      this.#queued = []
      this.#onTheWay = samples.length
      try {
        await this.#batcher.push(samples)
        this.#onTheWay = 0
        if (this.#error !== undefined && this.#failedAt === Infinity) this.#works()
      } catch (error) {
        this.#onTheWay = 0
        this.#queued = [...samples, ...this.#queued]
        this.#failed(error as Error, false)
        this.#failedAt = Infinity
        if (this.#giveUp.signal.aborted) return
        await pause(AGAIN, this.#giveUp.signal)
      }
    }
  }

  #failed(error: Error, permanent: boolean): void {
    this.#error = error
    this.#permanent = permanent
    this.#failedAt = this.#batcher.stats.written
    this.#listener.changed(this, error)
  }

  #works(): void {
    this.#failedAt = -1
    this.#listener.changed(this, undefined)
  }

  get state(): SinkStatus['state'] {
    if (this.#failedAt < 0) return 'ok'
    if (this.#batcher.stats.written > this.#failedAt) {
      this.#works()
      return 'ok'
    }
    return this.#permanent ? 'failed' : 'retrying'
  }

  get status(): SinkStatus {
    const { state } = this
    const { written, rejected, dropped, retried, buffered, spooled } = this.#batcher.stats
    return {
      state,
      written,
      rejected,
      dropped: dropped + this.#dropped,
      retried,
      buffered: buffered + this.#inMemory,
      spooled,
      lag: this.#lag(written + rejected + dropped + this.#dropped),
      ...(this.#error === undefined ? {} : { lastError: this.#error.message }),
    }
  }

  /** ms for which samples have waited and none has left. */
  get stalled(): number {
    const { written, rejected, dropped, buffered } = this.#batcher.stats
    const progress = written + rejected + dropped
    const now = performance.now()
    if (progress !== this.#progress || buffered + this.#inMemory === 0) {
      this.#progress = progress
      this.#progressAt = now
    }
    return now - this.#progressAt
  }

  /** Other options of its Batcher, for what waits too. */
  change(batch: BatchOptions, spool: SpoolOptions | undefined): void {
    this.#most = batch.maxBuffered ?? 100_000
    this.#blocks = batch.overflow === 'block'
    this.#batcher.change({ overflow: 'drop-oldest', ...batch })
    if (spool !== undefined) this.#spool?.change(spool)
  }

  /**
   * Another sink in place of this one, which is drained before, for `drain` ms at most, and closed. What is left, and what
   * comes meanwhile, goes to the new one.
   */
  async replace(opened: OpenSink, drain: number): Promise<void> {
    const start = performance.now()
    if (this.state === 'ok') await this.#drained(drain)
    this.#opened = opened
    const closed = this.#sink.replace(opened.sink, Math.max(0, drain - (performance.now() - start)))
    this.#failedAt = -1
    this.#error = undefined
    await this.#closed(closed)
  }

  /** A sink that cannot close keeps nothing else from closing. */
  async #closed(closing: Promise<void>): Promise<void> {
    try {
      await closing
    } catch (error) {
      this.#listener.unclosed(this, error as Error)
    }
  }

  /** Resolves when what was taken has left, or after `ms`. */
  async #drained(ms: number): Promise<void> {
    const limit = AbortSignal.timeout(Math.min(ms, LONGEST))
    const all = async (): Promise<void> => {
      await this.flush()
      await this.#storing
      await this.#batcher.flush({ signal: limit })
    }
    try {
      await unlessAborted(all(), limit)
    } catch {
      // What is left is the next sink's, or stays on disk.
    }
  }

  /** Delivers what it can in `drain` ms and closes; what is on disk stays there. Returns how much that is, and what is lost. */
  async remove(drain: number): Promise<{ readonly lost: number; readonly left: number }> {
    const start = performance.now()
    if (this.#spool !== undefined && this.state === 'ok') await this.#drained(drain)
    const spool = this.#spool
    const lost = await this.close(Math.max(0, drain - (performance.now() - start)))
    return { lost, left: spool?.waiting ?? 0 }
  }

  /** Samples that the Batcher does not know of yet. */
  get #inMemory(): number {
    return this.#pending.length + this.#queued.length + this.#onTheWay
  }

  #mark(count: number): void {
    this.#given += count
    const at = performance.now()
    const last = this.#marks.at(-1)
    if (last !== undefined && at - last.at < MARK)
      this.#marks[this.#marks.length - 1] = { upTo: this.#given, at: last.at }
    else this.#marks.push({ upTo: this.#given, at })
    if (this.#marks.length > 10_000) this.#marks.splice(1, 5_000) // the oldest counts
  }

  #lag(gone: number): number {
    const left = this.#marks.findIndex(({ upTo }) => upTo > gone)
    this.#marks.splice(0, left < 0 ? this.#marks.length : left)
    const oldest = this.#marks[0]
    return oldest === undefined ? 0 : Math.round(performance.now() - oldest.at)
  }

  /** Resolves when all that was taken has left, or is on disk. */
  async delivered(signal?: AbortSignal): Promise<void> {
    await this.flush()
    await this.#storing
    if (this.#spool === undefined) await this.#batcher.flush({ signal })
  }

  /** Delivers for `drain` ms at most; returns how many samples are lost. What is on disk is not. */
  async close(drain: number): Promise<number> {
    const limit = new AbortController()
    const timer = setTimeout(
      () => {
        this.#giveUp.abort()
        limit.abort()
      },
      Math.min(drain, LONGEST),
    )
    let left = 0
    let closing: Promise<void> | undefined
    try {
      await unlessAborted(this.delivered(limit.signal), limit.signal)
    } catch {
      if (this.#spool === undefined) left = this.#batcher.stats.buffered
      this.#batcher.abandon()
      closing = this.#spool?.close() // else a spool that is full would be waited for
    }
    clearTimeout(timer)
    this.#giveUp.abort()
    await this.#storing
    await this.#batcher.close()
    await (closing ?? this.#spool?.close())
    await this.#closed(this.#sink.close())
    return left + this.#inMemory
  }
}
