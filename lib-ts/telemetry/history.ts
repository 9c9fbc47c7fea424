import type { TimeInput } from '../input/index.js'
import type { Sample, Series } from './sample.js'

/** From when (included) to when (not included). */
export interface TimeRange {
  readonly from: TimeInput
  readonly to: TimeInput
}

/** A range, how many samples of it at most, and from which end. */
export interface ReadRange extends TimeRange {
  readonly limit?: number | undefined
  readonly order?: 'asc' | 'desc' | undefined
}

/** Figures of a series over one window of time. */
export interface Window {
  /** Its beginning, ns. */
  readonly time: bigint
  readonly width: bigint
  readonly min: number
  readonly mean: number
  readonly max: number
  /** How many values it has. */
  readonly count: number
  /** The sample deviation; absent for one value. */
  readonly stddev?: number
}

/** What every call takes. */
export interface HistoryOptions {
  readonly signal?: AbortSignal | undefined
  readonly timeout?: number | undefined
}

/**
 * Where samples come back from. A series nobody knows, and an empty range, give nothing.
 *
 * @example
 * const mean = async (history: History, id: string) => {
 *   const day = { from: '2026-11-20T00:00:00Z', to: '2026-11-21T00:00:00Z' }
 *   for await (const windows of history.windows(id, day, 3_600_000_000_000n)) return windows[0]?.mean
 * }
 */
export interface History {
  /** The samples of a series in order of time, in batches. */
  read(id: string, range: ReadRange, options?: HistoryOptions): AsyncIterable<Sample[]>
  /** Figures per window; windows stand on multiples of `width` (ns) from the epoch, empty ones are left out. */
  windows(id: string, range: TimeRange, width: bigint, options?: HistoryOptions): AsyncIterable<Window[]>
  /** Per series, in the order asked, the newest sample at or before a time, or null. */
  at(ids: readonly string[], time: TimeInput, options?: HistoryOptions): Promise<(Sample | null)[]>
  /** The series whose ids match a glob (`*`, `?`) or a RegExp. */
  find(pattern: string | RegExp, options?: HistoryOptions): AsyncIterable<Series>
}
