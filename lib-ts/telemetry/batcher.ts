import { unlessAborted } from './abort.js'
import { ClosedError, InvalidArgumentError } from '../errors.js'
import { abortSignal, quote, readOptions } from '../input/index.js'
import { Backlog } from './backlog.js'
import { batcherChecks, checkSamples, type BatcherOptions } from './batcher-options.js'
import { Delivery } from './delivery.js'
import type { Sample } from './sample.js'
import type { Sink } from './sink.js'
import type { Spool } from './spool.js'

/** Counts of samples: `pushed = written + rejected + dropped + buffered` at every moment. */
export interface BatcherStats {
  readonly pushed: number
  readonly written: number
  /** What the store refused. */
  readonly rejected: number
  /** What was given up for want of room. */
  readonly dropped: number
  /** How often a write was tried again. */
  readonly retried: number
  /** What waits, or is on its way. */
  readonly buffered: number
  /** What of it is on disk. */
  readonly spooled: number
  readonly lastError?: Error
}

/**
 * Collects samples into batches and delivers them to a sink, at least once and in order, for as long as it takes.
 *
 * A write that fails for a while is tried again, one that is too large in halves; what the sink refuses goes to
 * `onRejected`. The sink sees one write at a time. It stays open: who made it closes it.
 *
 * @example
 * await using batcher = new Batcher(sink, { maxItems: 1_000, linger: 500, onRejected: (_, why) => console.error(why) })
 * const series: Series = { id: 'lab:temperature', type: 'float64' }
 * await batcher.push([{ series, time: 1_700_000_000_000_000_000n, value: 21.5, severity: 0 }])
 * await batcher.flush()
 */
export class Batcher implements AsyncDisposable {
  #options: Limits
  readonly #spool: Spool | undefined
  readonly #backlog: Backlog
  readonly #delivery: Delivery
  readonly #ending = new AbortController()
  readonly #counts = { pushed: 0, written: 0, rejected: 0, dropped: 0, retried: 0 }
  #lastError: Error | undefined
  #inFlight = 0
  #answered = 0
  #delivering = false
  #timer: NodeJS.Timeout | undefined
  /** Everything pushed before this count is to leave without lingering. */
  #hurry = 0
  #waiters: { readonly ready: () => boolean; readonly resolve: () => void }[] = []
  #closing: Promise<void> | undefined

  constructor(sink: Sink, options?: BatcherOptions) {
    const wrong = typeof (sink as Partial<Sink> | null | undefined)?.write !== 'function'
    if (wrong)
      throw new InvalidArgumentError(`a sink has write(batch), ${quote(sink)} has not`, { op: 'Batcher' })
    const read = readOptions(options, batcherChecks, 'Batcher')
    this.#options = limitsOf(read)
    this.#spool = read.spool
    this.#backlog = new Backlog(this.#options.maxBytes !== Infinity)
    const progress = {
      written: (n: number) => {
        this.#leave('written', n)
      },
      rejected: (n: number) => {
        this.#leave('rejected', n)
      },
      retried: () => {
        this.#counts.retried++
      },
      failed: (error: Error) => {
        this.#lastError = error
      },
    }
    this.#delivery = new Delivery(sink, read, progress, this.#ending.signal)
    if (this.#spool !== undefined) {
      this.#counts.pushed = this.#hurry = this.#spool.own(this)
      this.#kick()
    }
  }

  /**
   * Takes samples. The promise resolves when there is room for more; with a spool, when they are on disk.
   *
   * @throws `InvalidArgumentError` for what is not an array; {@link ClosedError} after `close`
   */
  async push(samples: readonly Sample[]): Promise<void> {
    await this.offer(samples)
  }

  /** @internal As push, but undefined when there is nothing to wait for. */
  offer(samples: readonly Sample[]): Promise<void> | undefined {
    checkSamples(samples)
    if (this.#closing !== undefined) throw new ClosedError('this Batcher is closed', { op: 'push' })
    if (samples.length === 0) return undefined
    if (this.#spool !== undefined) return this.#store(this.#spool, samples)
    this.#backlog.add(samples)
    this.#counts.pushed += samples.length
    const { maxBuffered, overflow } = this.#options
    if (overflow === 'drop-oldest') this.#makeRoom(this.#buffered - maxBuffered)
    this.#kick()
    return overflow === 'drop-oldest' || this.#buffered < maxBuffered
      ? undefined
      : this.#until(() => this.#buffered < maxBuffered)
  }

  /**
   * Delivers what was pushed before without lingering; resolves when all of it has left: written, rejected or dropped.
   *
   * @param options.signal ends the waiting, not the delivery
   */
  async flush(options?: { readonly signal?: AbortSignal | undefined }): Promise<void> {
    const { signal } = readOptions(options, { signal: abortSignal }, 'flush')
    signal?.throwIfAborted()
    const target = this.#counts.pushed
    this.#hurry = Math.max(this.#hurry, target)
    this.#kick()
    const left = this.#until(() => this.#gone >= target || this.#ending.signal.aborted)
    await unlessAborted(left, signal)
  }

  get stats(): BatcherStats {
    const error = this.#lastError
    return {
      ...this.#counts,
      buffered: this.#buffered,
      spooled: this.#spool?.waiting ?? 0,
      ...(error === undefined ? {} : { lastError: error }),
    }
  }

  /**
   * Takes nothing more, and resolves when all has been delivered, however long the sink is away. With a spool it ends at
   * once: what waits stays on disk for the next Batcher on that folder.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    this.#hurry = Infinity
    if (this.#spool === undefined) {
      this.#kick()
      await this.#until(() => this.#buffered === 0 && !this.#delivering)
    } else {
      await this.#spool.settled()
      this.#ending.abort(new ClosedError('the Batcher is closed'))
      this.#notify()
      await this.#until(() => !this.#delivering)
      this.#spool.disown()
    }
    clearTimeout(this.#timer)
  }

  /** @internal Gives up what waits, counted as dropped. */
  abandon(): void {
    this.#ending.abort(new ClosedError('the Batcher was given up'))
    if (this.#spool === undefined) this.#makeRoom(Infinity)
    if (!this.#delivering) this.#settleAborted()
  }

  #settleAborted(): void {
    this.#counts.dropped += this.#inFlight
    this.#inFlight = 0
  }

  /** @internal Other limits and waits, for what waits too; the sink, the spool and the callbacks stay. */
  change(options: Omit<BatcherOptions, 'spool' | 'onRejected' | 'onError'>): void {
    const read = readOptions(options, batcherChecks, 'Batcher')
    this.#options = limitsOf(read)
    this.#delivery.retry = read.retry
    this.#backlog.measure(this.#options.maxBytes !== Infinity)
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#kick()
    this.#notify()
  }

  /** How many of what was pushed are neither here nor on disk any more. */
  get #gone(): number {
    return this.#counts.pushed - (this.#spool?.waiting ?? this.#buffered)
  }

  get #buffered(): number {
    // What is answered of a batch leaves the disk with the last of it.
    return this.#spool === undefined
      ? this.#backlog.size + this.#inFlight
      : this.#spool.waiting - this.#answered
  }

  async #store(spool: Spool, samples: readonly Sample[]): Promise<void> {
    const { maxItems, overflow } = this.#options
    await spool.append(samples, maxItems, overflow === 'drop-oldest', (stored, dropped) => {
      this.#counts.pushed += stored
      this.#counts.dropped += dropped
    })
    this.#kick()
  }

  /** Drops the oldest: first what waits to be tried again, then what waits. What is being written cannot be called back. */
  #makeRoom(excess: number): void {
    if (excess <= 0) return
    const trimmed = this.#delivery.trim(excess)
    this.#inFlight -= trimmed
    const dropped = Math.min(excess - trimmed, this.#backlog.size)
    this.#backlog.drop(dropped)
    this.#counts.dropped += trimmed + dropped
    this.#notify()
  }

  #leave(how: 'written' | 'rejected', count: number): void {
    this.#counts[how] += count
    if (this.#spool === undefined) this.#inFlight -= count
    else this.#answered += count
    this.#notify()
  }

  /** Starts a delivery when one is due, or a timer for when it will be. */
  #kick(): void {
    if (this.#delivering || this.#ending.signal.aborted || this.#buffered === 0) return
    const { maxItems, maxBytes, linger } = this.#options
    const { size, bytes, since } = this.#spool?.backlog ?? this.#backlog
    const hurried = this.#counts.pushed - this.#buffered < this.#hurry
    const wait = since + linger - performance.now()
    if (hurried || size >= maxItems || bytes >= maxBytes || wait <= 0) {
      clearTimeout(this.#timer)
      this.#timer = undefined
      this.#delivering = true
      void this.#deliver()
    } else {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined
        this.#kick()
      }, wait)
    }
  }

  async #deliver(): Promise<void> {
    const { maxItems, maxBytes } = this.#options
    try {
      if (this.#spool === undefined) {
        const batch = this.#backlog.take(maxItems, maxBytes)
        this.#inFlight = batch.length
        await this.#delivery.deliver(batch)
        if (this.#ending.signal.aborted) this.#settleAborted()
      } else {
        await this.#deliverSpooled(this.#spool)
      }
    } catch (error) {
      this.#lastError = error as Error
      process.nextTick(() => {
        throw error // a fault of this code: nothing is swallowed
      })
    }
    this.#delivering = false
    this.#notify()
    this.#kick()
  }

  /** A batch leaves the disk when all of it was answered; one that is broken off is delivered again by the next owner. */
  async #deliverSpooled(spool: Spool): Promise<void> {
    const { samples, damaged } = await spool.next(this.#options.maxItems, this.#options.maxBytes)
    this.#counts.dropped += damaged
    this.#answered = damaged
    await this.#delivery.deliver(samples)
    if (this.#ending.signal.aborted) return
    await spool.done(() => (this.#answered = 0))
  }

  #until(ready: () => boolean): Promise<void> {
    if (ready()) return RESOLVED
    return new Promise((resolve) => this.#waiters.push({ ready, resolve }))
  }

  #notify(): void {
    if (this.#waiters.length === 0) return
    const waiters = this.#waiters
    this.#waiters = waiters.filter(({ ready }) => !ready())
    for (const { ready, resolve } of waiters) if (ready()) resolve()
  }
}

interface Limits {
  readonly maxItems: number
  readonly maxBytes: number
  readonly linger: number
  readonly maxBuffered: number
  readonly overflow: 'block' | 'drop-oldest'
}

function limitsOf({
  maxItems = 5000,
  maxBytes = Infinity,
  linger = 1000,
  maxBuffered = 100_000,
  overflow = 'block',
}: BatcherOptions): Limits {
  return { maxItems, maxBytes, linger, maxBuffered, overflow }
}

const RESOLVED = Promise.resolve()
