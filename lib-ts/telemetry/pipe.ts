import { InvalidArgumentError } from '../errors.js'
import { abortSignal, quote, readOptions } from '../input/index.js'
import { watchAbort } from './abort.js'
import { Batcher, type BatcherStats } from './batcher.js'
import { batcherChecks, type BatcherOptions } from './batcher-options.js'
import type { PvUpdate, Sample } from './sample.js'
import { sampleChecks, samples, type SampleOptions } from './samples.js'
import type { Sink } from './sink.js'

/** What may be piped: updates one by one or in batches, or samples in batches. */
export type Updates = AsyncIterable<PvUpdate | readonly PvUpdate[] | readonly Sample[]>

/** What {@link pipe} takes. */
export interface PipeOptions extends SampleOptions, BatcherOptions {
  /** Ends the piping: no more is taken, and the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** ms that what has been taken may still need after an abort. 30000. */
  readonly timeout?: number | undefined
}

const pipeChecks = {
  ...sampleChecks,
  ...batcherChecks,
  signal: abortSignal,
  timeout: ((value: unknown, name: string) => {
    if (typeof value !== 'number' || !(value >= 0))
      throw new InvalidArgumentError(`option "${name}" is a number of milliseconds, not ${quote(value)}`)
    return value
  }) as (value: unknown, name: string) => number,
}

/**
 * Updates → {@link samples} → {@link Batcher} → sink, until the updates end. Then it delivers what is left and resolves
 * with the counts. A sink that is slow holds the updates back.
 *
 * @throws what the updates throw, after what came before has been delivered; the signal's reason
 * @example
 * const { written } = await pipe(ctx.monitorAll(['lab:temperature']), sink, { linger: 500, signal: AbortSignal.timeout(50) })
 *   .catch(() => ({ written: 0 }))
 */
export function pipe(updates: Updates, sink: Sink, options?: PipeOptions): Promise<BatcherStats> {
  return pipeUnless(new AbortController().signal, updates, sink, options)
}

/**
 * The same, given up at once when `failed` aborts: what was taken is then not delivered.
 *
 * @hidden
 */
export async function pipeUnless(
  failed: AbortSignal,
  updates: Updates,
  sink: Sink,
  options?: PipeOptions,
): Promise<BatcherStats> {
  if (typeof (updates as Partial<Updates> | null | undefined)?.[Symbol.asyncIterator] !== 'function')
    throw new InvalidArgumentError(`updates are an async iterable, not ${quote(updates)}`, { op: 'pipe' })
  const read = readOptions(options, pipeChecks, 'pipe')
  const { timeout = 30_000 } = read
  const signal = read.signal === undefined ? failed : AbortSignal.any([read.signal, failed])
  signal.throwIfAborted()
  const toSamples = samples(pick(read, sampleChecks))
  const batcher = new Batcher(sink, pick(read, batcherChecks))
  const iterator = updates[Symbol.asyncIterator]()
  const abort = watchAbort(signal)
  let ours = false
  try {
    for (;;) {
      const next = await abort.or(iterator.next())
      if (next.done === true) break
      ours = true
      const taken = batcher.offer(samplesIn(next.value, toSamples))
      if (taken !== undefined) await abort.or(taken)
      ours = false
    }
  } catch (error) {
    // Unless the updates broke by themselves. Not waited for: a generator that waits for its next answers only after it.
    if (abort.aborted || ours) void Promise.resolve(iterator.return?.()).catch(() => undefined)
    await ended(batcher, failed.aborted ? 0 : abort.aborted ? timeout : Infinity)
    throw error
  } finally {
    abort.detach()
  }
  await batcher.close()
  return batcher.stats
}

function samplesIn(
  item: PvUpdate | readonly PvUpdate[] | readonly Sample[],
  of: (u: PvUpdate) => Sample[],
): readonly Sample[] {
  if (!Array.isArray(item)) return of(item as PvUpdate)
  const list = item as readonly (PvUpdate | Sample)[]
  if (list.length === 0) return []
  const first = list[0] as unknown
  // What is neither is refused by the function that takes updates.
  return typeof first === 'object' && first !== null && 'series' in first
    ? (list as readonly Sample[])
    : (list as readonly PvUpdate[]).flatMap(of)
}

/** Delivers what is there, for so long at most. */
async function ended(batcher: Batcher, ms: number): Promise<void> {
  if (ms === Infinity) return batcher.close()
  if (ms === 0) batcher.abandon()
  const limit = new AbortController()
  const timer = setTimeout(() => {
    limit.abort()
  }, ms)
  try {
    await batcher.flush({ signal: limit.signal })
  } catch {
    batcher.abandon()
  } finally {
    clearTimeout(timer)
  }
  await batcher.close()
}

function pick(from: object, checks: object): object {
  return Object.fromEntries(Object.entries(from).filter(([key]) => key in checks))
}
