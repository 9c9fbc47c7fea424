import { pipeUnless, type BatcherStats, type PipeOptions, type Updates } from '../telemetry/index.js'
import { checking, InfluxError } from './errors.js'
import type { LayoutOptions } from './layout.js'
import { layoutChecks } from './layout.js'
import { placeName, type CallOptions } from './options.js'
import { InfluxSink } from './sink.js'
import { writeBody } from './write-request.js'
import type { WriteTarget } from './writing.js'

/** What {@link InfluxDB.record} takes: the options of samples, Batcher and layout. */
export interface RecordOptions
  extends PipeOptions, LayoutOptions, Pick<CallOptions, 'database' | 'retentionPolicy'> {}

const own = { ...layoutChecks, database: placeName, retentionPolicy: placeName }

/** Updates into the database until they end. Fails at once with what is wrong while nothing was ever written. */
export async function record(
  target: WriteTarget,
  updates: Updates,
  options: unknown = {},
): Promise<BatcherStats> {
  const [forSink, forPipe] = divided(options as RecordOptions)
  const sink = new InfluxSink(target, forSink)
  const { signal } = forPipe
  const failed = new AbortController()
  let written = false
  const watched = {
    write: async (...args: Parameters<InfluxSink['write']>) => {
      try {
        const result = await sink.write(...args)
        written ||= result.written > 0
        return result
      } catch (error) {
        if (!written && !failed.signal.aborted) failed.abort(causeOf(error))
        throw error
      }
    },
    close: () => sink.close(),
  }
  await tryOut(target, forSink, signal)
  try {
    const o = { arrays: 'stats' as const, ...forPipe }
    return await checkingAsync('record', () => pipeUnless(failed.signal, updates, watched, o))
  } finally {
    await sink.close()
  }
}

/** An empty write says what would be wrong with a full one. */
async function tryOut(
  target: WriteTarget,
  o: LayoutOptions & CallOptions,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (target.transport.settings.api !== 'v1') return
  const { database = target.database ?? '', retentionPolicy = target.retentionPolicy } = o
  const place = {
    transport: target.transport,
    database,
    retentionPolicy,
    op: 'record',
    signal,
    timeout: undefined,
  }
  await writeBody(place, { bytes: new Uint8Array(0), points: 0, precision: 'ns' })
}

function divided(options: RecordOptions): [LayoutOptions & CallOptions, PipeOptions] {
  if (typeof options !== 'object' || (options as unknown) === null) return [{}, options]
  const entries = Object.entries(options)
  return [
    Object.fromEntries(entries.filter(([key]) => key in own)),
    Object.fromEntries(entries.filter(([key]) => !(key in own))),
  ]
}

function causeOf(error: unknown): unknown {
  const { cause } = error as { cause?: unknown }
  return cause instanceof InfluxError ? cause : error
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
