import { integer, quote, readOptions, abortSignal, duration, type Check } from '../../input/index.js'
import {
  timeOf,
  type History,
  type HistoryOptions,
  type ReadRange,
  type Sample,
  type Series,
  type TimeInput,
  type TimeRange,
  type Window,
} from '../../telemetry/index.js'
import { checking, PiArgumentError, PiHttpError, PiNotFoundError } from '../errors.js'
import { recordedPages } from '../pages.js'
import { readRef, type Wanted } from '../references.js'
import { readWebId } from '../web-id.js'
import type { PiStream } from '../resolver.js'
import { sampleOf, SeriesOf } from './samples-of.js'
import { timeText } from '../time.js'
import { PiState, timedOf, type PiUpdate } from '../update.js'
import type { Reading } from '../values.js'
import { tagOf } from './tags.js'
import { windowsOf } from './windows.js'

/** What {@link PiWebApi.history} takes. */
export interface PiHistoryOptions {
  /** Events asked for at once; a server that gives fewer is asked for fewer. 10000. */
  readonly pageSize?: number | undefined
}

type Json = Readonly<Record<string, unknown>>

const STEP = 100n // ns, PI's
const LIST_PAGE = 1000

const callChecks = { signal: abortSignal, timeout: duration }
const limitCheck: Check<number> = integer(1, Number.MAX_SAFE_INTEGER)

/** Samples out of PI's archive. A series is a tag, a path or a WebID. */
export class PiHistory implements History {
  readonly #reading: Reading
  readonly #series: SeriesOf
  readonly #pageSize: number

  /** @internal */
  constructor(reading: Reading, options: unknown) {
    const read = checking(() => readOptions(options, { pageSize: integer(1, 150_000) }, 'history'))
    this.#reading = reading
    this.#series = new SeriesOf(reading.api)
    this.#pageSize = read.pageSize ?? 10_000
  }

  /**
   * The events of a series, `from` included and `to` not, however many. A state of the system is a sample without a value.
   *
   * @throws {@link PiArgumentError} when a time, the limit or the order is wrong
   * @example
   * const day = { from: '2026-11-20T00:00:00Z', to: '2026-11-21T00:00:00Z' }
   * for await (const batch of pi.history().read('sinusoid', day)) console.log(batch.length)
   */
  async *read(
    id: string,
    range: ReadRange,
    options?: HistoryOptions,
  ): AsyncGenerator<Sample[], void, undefined> {
    const { first, last } = rangeOf(range, 'read')
    const { limit = Infinity, order = 'asc' } = range
    if (limit !== Infinity) checking(() => limitCheck(limit, 'limit'))
    if (!['asc', 'desc'].includes(order))
      throw new PiArgumentError(`read: order is 'asc' or 'desc', not ${quote(order)}`)
    const call = callOf(options, 'read')
    const stream = await this.#stream(id, call, 'read')
    if (stream === undefined || first > last) return
    const series = await this.#series.of(stream, id, call)
    const pages = recordedPages(this.#reading.api, stream, {
      from: order === 'asc' ? first : last,
      to: order === 'asc' ? last : first,
      limit,
      pageSize: this.#pageSize,
      call,
    })
    for await (const page of pages) yield page.map((item) => sampleOf(series, timedOf(stream, item)))
  }

  /** Figures of the good numbers in each window, weighing events; windows without any are left out. */
  async *windows(
    id: string,
    range: TimeRange,
    width: bigint,
    options?: HistoryOptions,
  ): AsyncGenerator<Window[], void, undefined> {
    if (typeof width !== 'bigint' || width <= 0n)
      throw new PiArgumentError(`windows: the width is bigint ns above 0, not ${quote(width)}`)
    const { from, to } = rangeOf(range, 'windows')
    yield* windowsOf(this.read(id, { from, to }, options), width)
  }

  /** Per series the newest sample at or before a time; null when there is none. */
  async at(ids: readonly string[], time: TimeInput, options?: HistoryOptions): Promise<(Sample | null)[]> {
    if (!Array.isArray(ids)) throw new PiArgumentError(`at: the series are an array, not ${quote(ids)}`)
    const ns = checking(() => timeOf(time, 'time'))
    const text = timeText(ns, 'at: time')
    const call = callOf(options, 'at')
    for (const [i, id] of ids.entries()) seriesRef(id, `at: series ${i}`)
    return Promise.all((ids as readonly string[]).map((id) => this.#at(id, text, call)))
  }

  /** The points of the data server whose names match a glob or a RegExp, in order of their names. */
  async *find(pattern: string | RegExp, options?: HistoryOptions): AsyncGenerator<Series, void, undefined> {
    if (typeof pattern !== 'string' && !(pattern instanceof RegExp))
      throw new PiArgumentError(`find: the pattern is a glob or a RegExp, not ${quote(pattern)}`)
    const call = callOf(options, 'find')
    const { api, resolver } = this.#reading
    const { WebId: webId } = await api.dataservers.getByName({ name: await resolver.dataServer(call) }, call)
    const matches = matcher(pattern)
    const found: PiStream[] = []
    for (let startIndex = 0; ; startIndex += LIST_PAGE) {
      const { Items } = await api.dataservers.getPoints(
        { webId, nameFilter: typeof pattern === 'string' ? pattern : '*', maxCount: LIST_PAGE, startIndex },
        call,
      )
      for (const point of Items) {
        const stream = resolver.known(point as unknown as Json, point.Name)
        if (matches(stream.name)) found.push(stream)
      }
      if (Items.length < LIST_PAGE) break
    }
    found.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    for (const stream of found) yield await this.#series.of(stream, stream.name, call)
  }

  async #at(id: string, time: string, call: HistoryOptions): Promise<Sample | null> {
    const stream = await this.#stream(id, call, 'at')
    if (stream === undefined) return null
    let update: PiUpdate
    try {
      const { webId } = stream
      const found = await this.#reading.api.streams.getRecordedAtTime(
        { webId, time, retrievalMode: 'AtOrBefore' },
        call,
      )
      update = timedOf(stream, found as unknown as Json)
    } catch (error) {
      // The server's way to say that there is nothing so early.
      if (error instanceof PiHttpError && error.status === 404) return null
      throw error
    }
    if (update.value instanceof PiState && update.value.system && update.value.name === 'No Data') return null
    return sampleOf(await this.#series.of(stream, id, call), update)
  }

  async #stream(id: string, call: HistoryOptions, op: string): Promise<PiStream | undefined> {
    try {
      const [stream] = await Promise.all(
        this.#reading.resolver.resolve([seriesRef(id, `${op}: the series`)], call),
      )
      return stream
    } catch (error) {
      if (error instanceof PiNotFoundError) return undefined
      throw error
    }
  }
}

/** A series that goes by its tag is where the sink writes it. */
function seriesRef(id: unknown, what: string): Wanted {
  const isTag = typeof id === 'string' && !/^\/\/|[\\|]/.test(id) && readWebId(id) === undefined
  return isTag && id !== '' ? { ...readRef({ tag: tagOf(id) }, what), ref: id } : readRef(id, what)
}

/** The times, and the first and last step of PI that lie within. */
function rangeOf(range: TimeRange, op: string): { from: bigint; to: bigint; first: bigint; last: bigint } {
  if (typeof range !== 'object' || (range as unknown) === null)
    throw new PiArgumentError(`${op}: the range is { from, to }, not ${quote(range)}`)
  const from = checking(() => timeOf(range.from, 'from'))
  const to = checking(() => timeOf(range.to, 'to'))
  for (const [name, ns] of Object.entries({ from, to })) timeText(ns, `${op}: ${name}`)
  return { from, to, first: floor(from + STEP - 1n), last: floor(to - 1n) }
}

const floor = (ns: bigint): bigint => ns - (((ns % STEP) + STEP) % STEP)

function callOf(options: unknown, op: string): HistoryOptions {
  return checking(() => readOptions(options, callChecks, op))
}

function matcher(pattern: string | RegExp): (name: string) => boolean {
  const expression =
    typeof pattern === 'string'
      ? new RegExp(
          `^${pattern
            .replace(/[.+^${}()|[\]\\]/g, '\\$&')
            .replaceAll('*', '.*')
            .replaceAll('?', '.')}$`,
          'is',
        )
      : // One that is global or sticky goes on where it was.
        new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''))
  return (name) => expression.test(name)
}
