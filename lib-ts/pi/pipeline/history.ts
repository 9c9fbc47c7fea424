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
import { checking, PiArgumentError, PiNotFoundError } from '../errors.js'
import { allowedBy, recordedPages } from '../pages.js'
import { readRef, type Wanted } from '../references.js'
import { readWebId } from '../web-id.js'
import type { PiStream } from '../resolver.js'
import { isGone, newestOrAnew } from './newest.js'
import { sampleOf, SeriesOf } from './samples-of.js'
import { timeText } from '../time.js'
import { timedOf } from '../update.js'
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
    const wanted = seriesRef(id, 'read: the series')
    if (first > last) return
    for (let again = false; ; again = true) {
      const stream = await this.#stream(wanted, call)
      if (stream === undefined) return
      let given = false
      try {
        const series = await this.#series.of(stream, id, call)
        const pages = recordedPages(this.#reading.api, stream, {
          from: order === 'asc' ? first : last,
          to: order === 'asc' ? last : first,
          limit,
          pageSize: this.#pageSize,
          call,
        })
        for await (const page of pages) {
          given = true
          yield page.map((item) => sampleOf(series, timedOf(stream, item)))
        }
        return
      } catch (error) {
        // The point may have been made anew since its WebID was cached; it is looked up once more.
        if (given || again || !isGone(error)) throw error
        this.#reading.resolver.forget(wanted)
      }
    }
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
    const wanted = (ids as readonly unknown[]).map((id, i) => seriesRef(id, `at: series ${i}`))
    if (ns < 0n) return ids.map(() => null) // PI's archive begins with 1970
    const newest = await newestOrAnew(this.#reading, wanted, text, call)
    return Promise.all(
      newest.map(async (one, i) => {
        if (one === undefined) return null
        const { stream, event } = one
        return sampleOf(await this.#series.of(stream, ids[i] as string, call), timedOf(stream, event))
      }),
    )
  }

  /** The points of the data server whose names match a glob or a RegExp, page by page as the server lists them. */
  async *find(pattern: string | RegExp, options?: HistoryOptions): AsyncGenerator<Series, void, undefined> {
    if (typeof pattern !== 'string' && !(pattern instanceof RegExp))
      throw new PiArgumentError(`find: the pattern is a glob or a RegExp, not ${quote(pattern)}`)
    const call = callOf(options, 'find')
    const { api, resolver, settings } = this.#reading
    const { WebId: webId } = await api.dataservers.getByName({ name: await resolver.dataServer(call) }, call)
    const matches = matcher(pattern)
    const nameFilter = typeof pattern === 'string' ? tagFilter(pattern) : prefixOf(pattern)
    let most = LIST_PAGE
    for (let startIndex = 0; ;) {
      let points: readonly Json[]
      try {
        const list = { webId, nameFilter, maxCount: most, startIndex, webIdType: settings.webIdType }
        points = (await api.dataservers.getPoints(list, call)).Items as unknown as readonly Json[]
      } catch (error) {
        const allowed = allowedBy(error, most)
        if (allowed === undefined) throw error
        most = allowed
        continue
      }
      const streams = points.map((point) => resolver.known(point, String(point['Name'])))
      for (const stream of streams.filter(({ name }) => matches(name)).sort(byName))
        yield await this.#series.of(stream, stream.name, call)
      if (points.length < most) return
      startIndex += points.length
    }
  }

  async #stream(wanted: Wanted, call: HistoryOptions): Promise<PiStream | undefined> {
    try {
      const [stream] = await Promise.all(this.#reading.resolver.resolve([wanted], call, false))
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

const byName = (a: PiStream, b: PiStream): number => (a.name.toUpperCase() < b.name.toUpperCase() ? -1 : 1)

/** What the server filters by. What may be special to it, or is not in a tag, stands for any character. */
const tagFilter = (glob: string): string => glob.replace(/[^\w*?.:/ -]/g, '?')

/** All names, or those that begin as each match of the expression does. */
function prefixOf({ source }: RegExp): string {
  const prefix = source.includes('|') ? undefined : /^\^([\w:/-]+)(?![*+?{])/.exec(source)?.[1]
  return `${prefix ?? ''}*`
}

function matcher(pattern: string | RegExp): (name: string) => boolean {
  const expression =
    typeof pattern === 'string'
      ? new RegExp(
          `^${pattern
            .replace(/[^*?]+/g, tagOf)
            .replace(/[.+^$()]/g, '\\$&')
            .replaceAll('*', '.*')
            .replaceAll('?', '.')}$`,
          'is',
        )
      : // One that is global or sticky goes on where it was.
        new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''))
  return (name) => expression.test(name)
}
