import { integer, quote, readOptions, text, wordOf, type Check } from '../input/index.js'
import type {
  History,
  HistoryOptions,
  ReadRange,
  Sample,
  Series,
  SeriesType,
  Severity,
  TimeInput,
  TimeRange,
  Window,
} from '../telemetry/index.js'
import type { Points, Windows } from './columns.js'
import type { Core } from './core.js'
import { argument, checking } from './errors.js'
import { backwards } from './backwards.js'
import { byUuid, findStreamOrNone, lookUp } from './find-stream.js'
import type { Spec } from './guard.js'
import { readCall } from './options.js'
import { namespaceCheck, severityId, valueOf } from './pv-place.js'
import { pvUuid } from './pv-uuid.js'
import type { Stream } from './stream.js'
import { MAXIMUM_TIME, MINIMUM_TIME, timeIn, type Span } from './time.js'

/** What {@link BTrDB.history} takes. */
export interface BTrDBHistoryOptions {
  /** As the sink's. */
  readonly namespace?: string | undefined
  /** `find` looks in collections that begin with it. All. */
  readonly root?: string | undefined
}

const readChecks = {
  from: ((x) => timeIn(x, 'from', 'read')) as Check<bigint>,
  to: ((x) => timeIn(x, 'to', 'read')) as Check<bigint>,
  limit: ((x, name) =>
    x === Infinity ? Infinity : integer(1, Number.MAX_SAFE_INTEGER)(x, name)) as Check<number>,
  order: wordOf('asc', 'desc'),
}
const rangeChecks = { from: readChecks.from, to: readChecks.to }

/** A series, its stream, and the stream of its severities where there is one. */
interface Source {
  readonly series: Series
  readonly stream: Stream
  readonly severities: Stream | undefined
}

/**
 * Samples of PVs out of BTrDB. An id is the name of a PV, a uuid or `collection/name`.
 *
 * @example
 * import { BTrDB } from 'node-pvxs/btrdb'
 *
 * const print = async (db: BTrDB) => {
 *   const day = { from: '2026-11-20', to: '2026-11-21' }
 *   for await (const batch of db.history().read('lab:temperature', day))
 *     for (const { time, value, series } of batch) console.log(time, value, series.units)
 * }
 */
export class BTrDBHistory implements History {
  readonly #core: Core
  readonly #options: BTrDBHistoryOptions

  /** @internal */
  constructor(core: Core, options: unknown) {
    this.#core = core
    this.#options = checking('history', () =>
      readOptions(options, { namespace: namespaceCheck, root: text }, 'history'),
    )
  }

  /** The samples of a series, in batches. */
  async *read(
    id: string,
    range: ReadRange,
    options?: HistoryOptions,
  ): AsyncGenerator<Sample[], void, undefined> {
    const op = 'read'
    const call = readCall(options, op)
    const {
      limit = Infinity,
      order = 'asc',
      ...read
    } = checking(op, () => readOptions(range, readChecks, op))
    const span = spanIn(read, op)
    if (span.from >= span.to) return
    const source = await this.#source(id, { op, ...call })
    if (source === undefined) return
    const pages =
      order === 'asc'
        ? source.stream.rawValuesIter(span, call)
        : backwards(source.stream, span, { limit, call })
    let left = limit
    for await (const page of pages) {
      const most = Math.min(page.length, left)
      const severities = await severitiesOf(source, page, call)
      yield Array.from({ length: most }, (_, i) => sampleOf(source, page, i, severities))
      if ((left -= most) <= 0) return
    }
  }

  /** Windows on multiples of `width`; the first and the last are cut at `from` and `to`. */
  async *windows(
    id: string,
    range: TimeRange,
    width: bigint,
    options?: HistoryOptions,
  ): AsyncGenerator<Window[], void, undefined> {
    const op = 'windows'
    const call = readCall(options, op)
    if (typeof width !== 'bigint' || width < 1n || width > 1n << 62n)
      throw argument(`windows: width is a bigint of ns from 1 on, not ${quote(width)}`, { op })
    const span = spanIn(
      checking(op, () => readOptions(range, rangeChecks, op)),
      op,
    )
    if (span.from >= span.to) return
    const source = await this.#source(id, { op, ...call })
    if (source === undefined) return
    const { stream } = source
    const first = floor(span.from, width)
    const last = floor(span.to, width)
    // Where the whole windows begin.
    const whole = first === span.from ? first : first + width
    if (whole > first)
      yield* cut(stream, { from: span.from, to: min(whole, span.to) }, { time: first, width, call })
    if (whole < last) {
      const k = width.toString(2).length - 1
      const pages =
        1n << BigInt(k) === width
          ? stream.alignedWindowsIter({ from: whole, to: last }, k, call)
          : stream.preciseWindowsIter({ from: whole, to: last }, width, call)
      for await (const page of pages) yield windowsOf(page)
    }
    if (last >= whole && last < span.to)
      yield* cut(stream, { from: last, to: span.to }, { time: last, width, call })
  }

  /** Per id the newest sample at or before a time, or null. */
  async at(ids: readonly string[], time: TimeInput, options?: HistoryOptions): Promise<(Sample | null)[]> {
    const op = 'at'
    const call = readCall(options, op)
    if (!Array.isArray(ids)) throw argument(`at: ids are an array, not ${quote(ids)}`, { op })
    const until = clamped(timeIn(time, 'time', op) + 1n)
    for (const id of ids as readonly unknown[]) checkId(id, op)
    return Promise.all((ids as readonly string[]).map((id) => this.#at(id, until, { op, ...call })))
  }

  async #at(id: string, until: bigint, spec: Spec): Promise<Sample | null> {
    const source = await this.#source(id, spec)
    const { signal, timeout } = spec
    const call = { signal, timeout }
    const point = await source?.stream.nearest(until, { backward: true, ...call })
    if (source === undefined || point === null || point === undefined) return null
    const page = { time: BigInt64Array.of(point.time), value: Float64Array.of(point.value) }
    return sampleOf(source, page, 0, await severitiesOf(source, page, call))
  }

  /** The PVs that match a glob (`*`, `?`) or a RegExp, sorted by name. */
  async *find(pattern: string | RegExp, options?: HistoryOptions): AsyncGenerator<Series, void, undefined> {
    const op = 'find'
    const call = readCall(options, op)
    const matches = matcher(pattern)
    const request = {
      collection: this.#options.root ?? '',
      isCollectionPrefix: true,
      annotations: [{ key: 'pv' }],
    }
    const found = await lookUp(this.#core, request, { op, ...call })
    const all = found.flatMap((stream) => {
      const series = seriesOf(stream)
      return series !== undefined && matches(series.id) ? [series] : []
    })
    yield* all.sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  async #source(id: unknown, spec: Spec): Promise<Source | undefined> {
    checkId(id, spec.op)
    const { namespace } = this.#options
    const stream = await findStreamOrNone(this.#core, id, spec, { namespace })
    if (stream === undefined) return undefined
    const series = seriesOf(stream) ?? foreign(stream, id as string)
    const beside = await byUuid(this.#core, pvUuid(severityId(series.id), namespace), spec)
    const severities = beside?.annotations?.['severity_of'] === series.id ? beside : undefined
    return { series, stream, severities }
  }
}

interface Call {
  readonly signal?: AbortSignal | undefined
  readonly timeout?: number | undefined
}
type Page = Pick<Points, 'time' | 'value'>

/** The severities of a page, by time. */
async function severitiesOf(
  { severities }: Source,
  { time }: Page,
  call: Call,
): Promise<ReadonlyMap<bigint, number>> {
  const [a, b] = [time[0], time.at(-1)]
  if (severities === undefined || a === undefined || b === undefined) return NONE
  const points = await severities.rawValues({ from: min(a, b), to: (a > b ? a : b) + 1n }, call)
  return new Map(Array.from(points.time, (t, i) => [t, points.value[i] as number]))
}

const NONE: ReadonlyMap<bigint, number> = new Map()

function sampleOf(
  { series }: Source,
  { time, value }: Page,
  i: number,
  severities: ReadonlyMap<bigint, number>,
): Sample {
  const at = time[i] as bigint
  const severity = (severities.get(at) ?? 0) as Severity
  return { series, time: at, value: valueOf(series.type, value[i] as number), severity }
}

/** What a sink has noted; undefined for a stream of somebody else. */
function seriesOf({ annotations, unit = '' }: Stream): Series | undefined {
  const { pv, type, description, choices } = annotations ?? {}
  if (typeof pv !== 'string' || pv === '') return undefined
  return {
    id: pv,
    type: typeof type === 'string' ? (type as SeriesType) : 'float64',
    ...(unit === '' ? {} : { units: unit }),
    ...(typeof description === 'string' ? { description } : {}),
    ...(Array.isArray(choices) ? { choices: choices.map(String) } : {}),
  }
}

function foreign({ unit = '' }: Stream, id: string): Series {
  return { id, type: 'float64', ...(unit === '' ? {} : { units: unit }) }
}

/** One window that the range cuts. */
async function* cut(
  stream: Stream,
  span: Span,
  { time, width, call }: { readonly time: bigint; readonly width: bigint; readonly call: Call },
): AsyncGenerator<Window[], void, undefined> {
  for await (const page of stream.preciseWindowsIter(span, span.to - span.from, call))
    yield windowsOf(page).map((window) => ({ ...window, time, width }))
}

function windowsOf({ time, min: least, mean, max, count, stddev, width }: Windows): Window[] {
  return Array.from(time, (t, i) => {
    const n = Number(count[i])
    // The server's is of the whole, that of a history is of a sample.
    const deviation = n > 1 ? { stddev: (stddev[i] as number) * Math.sqrt(n / (n - 1)) } : {}
    return {
      time: t,
      width,
      min: least[i] as number,
      mean: mean[i] as number,
      max: max[i] as number,
      count: n,
      ...deviation,
    }
  })
}

function spanIn({ from, to }: { readonly from?: bigint; readonly to?: bigint }, op: string): Span {
  if (from === undefined || to === undefined) throw argument(`${op}: a range is { from, to }`, { op })
  return { from: clamped(from), to: clamped(to) }
}

function clamped(time: bigint): bigint {
  if (time > MAXIMUM_TIME) return MAXIMUM_TIME
  return time < MINIMUM_TIME ? MINIMUM_TIME : time
}

/** The largest multiple at or before, also before the epoch. */
function floor(time: bigint, width: bigint): bigint {
  const rest = time % width
  return time - (rest < 0n ? rest + width : rest)
}

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b)

function checkId(id: unknown, op: string): void {
  if (typeof id !== 'string' || id === '') throw argument(`${op}: an id is text, not ${quote(id)}`, { op })
}

function matcher(pattern: unknown): (name: string) => boolean {
  if (typeof pattern !== 'string' && !(pattern instanceof RegExp))
    throw argument(`find: a pattern is a glob or a RegExp, not ${quote(pattern)}`, { op: 'find' })
  const expression =
    typeof pattern === 'string'
      ? new RegExp(
          `^${pattern
            .replace(/[.+^${}()|[\]\\]/g, '\\$&')
            .replaceAll('*', '.*')
            .replaceAll('?', '.')}$`,
          's',
        )
      : // One that is global or sticky goes on where it was.
        new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''))
  return (name) => expression.test(name)
}
