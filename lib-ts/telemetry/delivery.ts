import { quote } from '../input/index.js'
import { unlessAborted } from './abort.js'
import { BackOff, pause } from './back-off.js'
import type { BatcherOptions } from './batcher-options.js'
import { surfacing } from './callback.js'
import type { Sample } from './sample.js'
import { SinkError, type Sink, type WriteResult } from './sink.js'

/** What a delivery tells of its progress, sample for sample. */
export interface Progress {
  written(count: number): void
  rejected(count: number): void
  retried(): void
  failed(error: Error): void
}

type Rejections = Map<string, Sample[]>

/**
 * Brings one batch to a sink: tries again, halves, and reports what the sink refuses.
 *
 * It resolves when every sample is written or rejected, or when `signal` aborts, with the samples that are then left.
 */
export class Delivery {
  readonly #sink: Sink
  readonly #options: Pick<BatcherOptions, 'onRejected' | 'onError'>
  /** Of the next write. */
  retry: BatcherOptions['retry']
  readonly #progress: Progress
  readonly #signal: AbortSignal
  /** How many samples wait to be tried again, and how many of them were given up from the front. */
  #pausing = 0
  #trim = 0

  constructor(
    sink: Sink,
    options: Pick<BatcherOptions, 'retry' | 'onRejected' | 'onError'>,
    progress: Progress,
    signal: AbortSignal,
  ) {
    this.#sink = sink
    this.#options = options
    this.retry = options.retry
    this.#progress = progress
    this.#signal = signal
  }

  async deliver(batch: readonly Sample[]): Promise<void> {
    const rejections: Rejections = new Map()
    const waiting: (readonly Sample[])[] = [batch]
    try {
      for (let next = waiting.pop(); next !== undefined && !this.#signal.aborted; next = waiting.pop()) {
        const halves = await this.#write(next, rejections)
        waiting.push(...halves)
      }
    } finally {
      this.#report(rejections)
    }
  }

  /** Gives up the oldest samples that wait to be tried again, `count` of them at most; returns how many. */
  trim(count: number): number {
    const n = Math.min(count, this.#pausing - this.#trim)
    this.#trim += n
    return n
  }

  async #pause(part: readonly Sample[], ms: number): Promise<readonly Sample[]> {
    this.#pausing = part.length
    this.#trim = 0
    await pause(ms, this.#signal)
    const left = part.slice(this.#trim)
    this.#pausing = this.#trim = 0
    return left
  }

  /** Writes a part until it is settled; returns the parts that are still to be written, last first. */
  async #write(whole: readonly Sample[], rejections: Rejections): Promise<readonly (readonly Sample[])[]> {
    const { attempts = Infinity } = this.retry ?? {}
    const backOff = new BackOff(this.retry)
    let part = whole
    for (let attempt = 1; ; attempt++) {
      try {
        this.#settle(
          part,
          // A sink that does not look at its signal must not keep the one who ends from ending.
          await unlessAborted(this.#sink.write(part, { signal: this.#signal }), this.#signal),
          rejections,
        )
        return []
      } catch (error) {
        if (this.#stopped()) return []
        const failure = error instanceof Error ? error : new Error(String(error), { cause: error })
        this.#failed(failure)
        const known = failure instanceof SinkError
        if (known && failure.split && part.length > 1) {
          const middle = part.length >> 1
          return [part.slice(middle), part.slice(0, middle)]
        }
        if (!known || failure.split || !failure.retryable || attempt >= attempts) {
          this.#reject(part, failure.message, rejections)
          return []
        }
        this.#progress.retried()
        part = await this.#pause(part, backOff.next(failure.retryAfter))
        if (this.#stopped() || part.length === 0) return []
      }
    }
  }

  #stopped(): boolean {
    return this.#signal.aborted
  }

  #settle(part: readonly Sample[], result: WriteResult, rejections: Rejections): void {
    const bad = new Map<number, string>()
    const { rejected } = (result as Partial<WriteResult> | null | undefined) ?? {}
    if (!Array.isArray(rejected))
      throw new Error(`the sink gave ${quote(result)}, and not { written, rejected: [] }`)
    for (const { index, reason } of rejected as WriteResult['rejected']) {
      if (!Number.isInteger(index) || index < 0 || index >= part.length)
        throw new Error(`the sink rejected sample ${index} of a batch of ${part.length}`)
      bad.set(index, reason)
    }
    this.#progress.written(part.length - bad.size)
    for (const [index, reason] of bad) this.#reject([part[index] as Sample], reason, rejections)
  }

  #reject(samples: readonly Sample[], reason: string, rejections: Rejections): void {
    const known = rejections.get(reason)
    if (known === undefined) rejections.set(reason, [...samples])
    else for (const sample of samples) known.push(sample)
    this.#progress.rejected(samples.length)
  }

  #failed(error: Error): void {
    this.#progress.failed(error)
    const { onError } = this.#options
    if (onError === undefined) return
    surfacing(() => {
      onError(error)
    })
  }

  #report(rejections: Rejections): void {
    const { onRejected } = this.#options
    if (onRejected === undefined) return
    for (const [reason, samples] of rejections) {
      surfacing(() => {
        onRejected(samples, reason)
      })
    }
  }
}
