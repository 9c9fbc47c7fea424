import { abortSignal, isPlainObject, readOptions } from '../input/index.js'
import {
  pipe,
  SinkError,
  watchAbort,
  type BatcherStats,
  type PipeOptions,
  type Sink,
  type Updates,
} from '../telemetry/index.js'
import type { Core } from './core.js'
import { checking } from './errors.js'
import { sinkChecks, type SinkOptions } from './pv-place.js'
import { BTrDBSink } from './sink.js'

/** What {@link BTrDB.record} takes: the options of samples, Batcher and sink. */
export interface RecordOptions extends PipeOptions, SinkOptions {}

/** Updates into BTrDB until they end, or the signal fires; then everything that was taken is written. */
export async function record(core: Core, updates: Updates, options: unknown = {}): Promise<BatcherStats> {
  const op = 'record'
  const given = isPlainObject(options) ? Object.entries(options) : []
  const forSink = Object.fromEntries(given.filter(([key]) => key in sinkChecks))
  const { signal: wanted, ...forPipe } = (
    isPlainObject(options) ? Object.fromEntries(given.filter(([key]) => !(key in sinkChecks))) : options
  ) as { readonly signal?: unknown } & PipeOptions
  const { signal } = checking(op, () => readOptions({ signal: wanted }, { signal: abortSignal }, op))
  const sink = new BTrDBSink(core, forSink)
  const { timeout = 30_000 } = forPipe
  const limited = new LimitedSink(sink)
  const late = (): void => {
    limited.within(timeout)
  }
  signal?.addEventListener('abort', late)
  try {
    return await checkingAsync(op, () =>
      pipe(signal === undefined ? updates : until(updates, signal), limited, forPipe),
    )
  } finally {
    signal?.removeEventListener('abort', late)
    limited.end()
    await sink.close()
  }
}

/** A sink that a Batcher gives up some time after the updates have ended. */
class LimitedSink implements Sink {
  readonly #sink: Sink
  #timer: NodeJS.Timeout | undefined
  #over = false

  constructor(sink: Sink) {
    this.#sink = sink
  }

  within(ms: number): void {
    if (typeof ms !== 'number' || ms > 2_000_000_000) return
    this.#timer = setTimeout(() => {
      this.#over = true
    }, ms)
  }

  end(): void {
    clearTimeout(this.#timer)
  }

  async write(...args: Parameters<Sink['write']>) {
    if (this.#over)
      throw new SinkError('record: the server did not come back in time after the signal', {
        code: 'ERR_BTRDB_TIMEOUT',
      })
    return this.#sink.write(...args)
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

/** The updates, until the signal fires. */
async function* until(updates: Updates, signal: AbortSignal): AsyncGenerator<never, void, undefined> {
  const iterator = updates[Symbol.asyncIterator]()
  const watch = watchAbort(signal)
  try {
    while (!watch.aborted) {
      const next = await watch.or(iterator.next())
      if (next.done === true) return
      yield next.value as never
    }
  } catch (error) {
    if (!watch.aborted) throw error
  } finally {
    watch.detach()
    // Not waited for: a generator that waits for its next update answers return() only after it.
    void Promise.resolve(iterator.return?.()).catch(() => undefined)
  }
}

async function checkingAsync<R>(op: string, work: () => Promise<R>): Promise<R> {
  try {
    return await work()
  } catch (error) {
    return checking(op, () => {
      throw error
    })
  }
}
