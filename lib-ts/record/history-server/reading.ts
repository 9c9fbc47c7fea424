// The samples of a PV in a range, with what is known of it before the first one.
import type { History, Sample, Series } from '../../telemetry/index.js'
import { UnknownPv } from './fault.js'

export interface Span {
  readonly from: bigint
  readonly to: bigint
  /** Samples at most, the one at or before `from` among them. */
  readonly limit: number
  /** Whether the sample at or before `from` comes first. */
  readonly boundary: boolean
}

export type Batches = AsyncIterable<readonly Sample[]>

/** To be closed, read or not. */
export interface Reading {
  readonly series: Series
  readonly batches: Batches
  /** Ends the read in the store, also before its end. */
  close(): Promise<void>
}

const LAST = 2n ** 63n - 1n

/** @throws UnknownPv when the store has nothing of it at any time */
export async function readPv(
  store: History,
  id: string,
  { from, to, limit, boundary }: Span,
  signal: AbortSignal,
): Promise<Reading> {
  const before = boundary ? await newestOf(store, id, signal, from) : undefined
  // One that stands at `from` itself is in the range.
  const first = before !== undefined && (before.time < from || from >= to) ? [before] : []
  const left = limit - first.length
  if (left < 1 || from >= to) {
    const { series } = before ?? (await knownOf(store, id, signal))
    return { series, batches: chained([first]), close: () => Promise.resolve() }
  }
  const batches = store.read(id, { from, to, limit: left }, { signal })
  const rest = batches[Symbol.asyncIterator]()
  const close = async (): Promise<void> => {
    await rest.return?.()
  }
  try {
    const { value: batch = [] } = (await rest.next()) as { value?: readonly Sample[] }
    const { series } = before ?? batch[0] ?? (await knownOf(store, id, signal))
    return { series, batches: chained([first, batch], rest), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function* chained(
  batches: readonly (readonly Sample[])[],
  rest?: AsyncIterator<readonly Sample[]>,
): AsyncGenerator<readonly Sample[], void, undefined> {
  for (const batch of batches) if (batch.length > 0) yield batch
  while (rest !== undefined) {
    const next = await rest.next()
    if (next.done === true) return
    yield next.value
  }
}

/** The newest sample at or before a time. */
export async function newestOf(
  store: History,
  id: string,
  signal: AbortSignal,
  time = LAST,
): Promise<Sample | undefined> {
  const [newest] = await store.at([id], time, { signal })
  return newest ?? undefined
}

/** @throws UnknownPv when the store has nothing of it at any time */
export async function knownOf(store: History, id: string, signal: AbortSignal): Promise<Sample> {
  const newest = await newestOf(store, id, signal)
  if (newest === undefined) throw new UnknownPv(id)
  return newest
}
