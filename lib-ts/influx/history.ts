import { integer, quote, readOptions, wordOf } from '../input/index.js'
import {
  timeOf,
  type History,
  type ReadRange,
  type Sample,
  type Series,
  type TimeInput,
  type TimeRange,
  type Window,
} from '../telemetry/index.js'
import { argument, checking } from './errors.js'
import { byStatement, Catalogue, type Ask } from './catalogue.js'
import { newestOf } from './newest.js'
import { layoutChecks, layoutOf, type Kind, type LayoutOptions } from './layout.js'
import { merged } from './merge.js'
import { callChecks, type CallOptions } from './options.js'
import { samplesOf } from './samples-of.js'
import { LAST_TIME } from './time.js'
import { windowsOf } from './windows.js'

/** Samples of a range as arrays. */
export interface SeriesColumns {
  readonly series: Series
  readonly time: BigInt64Array
  /** Typed where every sample has a value; integers of all sizes are bigint here, floats without a value are NaN. */
  readonly value: Float64Array | BigInt64Array | readonly (number | bigint | boolean | string | null)[]
  readonly severity: Uint8Array
}

/** A time range in ns, of what the server holds. */
interface Range {
  readonly from: bigint
  readonly to: bigint
}

const MOST_ROWS = 10_000

const rangeChecks = {
  from: (x: unknown) => timeOf(x as TimeInput, '"from"', true),
  to: (x: unknown) => timeOf(x as TimeInput, '"to"', true),
}
const readChecks = {
  ...rangeChecks,
  limit: (x: unknown, name: string) =>
    x === Infinity ? Infinity : integer(1, Number.MAX_SAFE_INTEGER)(x, name),
  order: wordOf('asc', 'desc'),
}

/**
 * What the sink of the same layout has written. Samples come back as they were: their type, units and choices, integers
 * exact. Text without a zone is UTC.
 *
 * @example
 * const history = db.history()
 * for await (const batch of history.read('lab:temperature', { from: '2026-11-20', to: new Date() }))
 *   for (const { time, value, severity, series } of batch) console.log(time, value, severity, series.units)
 */
export class InfluxHistory implements History {
  readonly #ask: Ask
  readonly #catalogue: Catalogue

  /** @internal */
  constructor(ask: Ask, options: unknown) {
    this.#ask = ask
    const o: LayoutOptions = checking('history', () => readOptions(options, layoutChecks, 'history'))
    this.#catalogue = new Catalogue(ask, layoutOf(o))
  }

  /** The samples of all kinds of an id, in batches of 10000 at most. */
  async *read(
    id: string,
    range: ReadRange,
    options?: CallOptions,
  ): AsyncGenerator<Sample[], void, undefined> {
    const { o, from, to, limit, order } = this.#readRange(id, range, options)
    if (from >= to) return
    const metadata = await this.#catalogue.metadata(id, to, o)
    const sources = this.#catalogue.kinds
    const source = {
      count: sources.length,
      order,
      time: (sample: Sample) => sample.time,
      fetch: async (cursors: ReadonlyMap<number, bigint | undefined>, size: number) => {
        const asked = [...cursors]
        const text = asked.map(([i, cursor]) => {
          const within =
            order === 'asc'
              ? { from: cursor ?? from, to }
              : { from, to: cursor === undefined ? to : cursor + 1n }
          return this.#statement(sources[i], id, within, order, size)
        })
        const answers = byStatement(await this.#ask(text.join(';'), o), asked.length)
        return new Map(
          asked.map(([i], k) => {
            const rows = answers[k]
            const items = rows === undefined ? [] : samplesOf(rows, sources[i], metadata)
            return [i, { items, last: items.length < size }] as const
          }),
        )
      },
    }
    let left = limit
    for await (const batch of merged(
      source,
      Math.min(MOST_ROWS, limit === Infinity ? MOST_ROWS : limit + 1),
    )) {
      yield batch.length > left ? batch.slice(0, left) : batch
      if ((left -= batch.length) <= 0) return
    }
  }

  /** Computed by the server. Kinds of one id are merged per window, `stddev` is then absent. */
  async *windows(
    id: string,
    range: TimeRange,
    width: bigint,
    options?: CallOptions,
  ): AsyncGenerator<Window[], void, undefined> {
    const op = 'windows'
    const o = this.#call(options, op)
    const { from, to } = this.#range(
      checking(op, () => readOptions(range, rangeChecks, op)),
      op,
    )
    this.#checkId(id, op)
    if (typeof width !== 'bigint' || width < 1_000_000n)
      throw argument(`width is a bigint of 1000000 ns (1 ms) or more, not ${quote(width)}`, { op })
    if (from >= to) return
    yield* windowsOf({ ask: this.#ask, catalogue: this.#catalogue, id, from, to, width, o })
  }

  /** Per id the newest sample at or before `time`, or null; thousands cost a few requests. */
  async at(ids: readonly string[], time: TimeInput, options?: CallOptions): Promise<(Sample | null)[]> {
    const op = 'at'
    const o = this.#call(options, op)
    if (!Array.isArray(ids)) throw argument(`ids are an array, not ${quote(ids)}`, { op })
    for (const id of ids as readonly unknown[]) this.#checkId(id, op)
    const until = clamp(checking(op, () => timeOf(time, '"time"', true)))
    return newestOf(this.#ask, this.#catalogue, ids as readonly string[], until, o)
  }

  /** The series whose ids match, sorted by id. */
  async *find(pattern: string | RegExp, options?: CallOptions): AsyncGenerator<Series, void, undefined> {
    const op = 'find'
    const o = this.#call(options, op)
    if (typeof pattern !== 'string' && !(pattern instanceof RegExp))
      throw argument(`a pattern is text or a RegExp, not ${quote(pattern)}`, { op })
    yield* await this.#catalogue.find(pattern, o)
  }

  /** The samples of a range as typed arrays. Those of an id nobody knows are empty. */
  async columns(id: string, range: ReadRange, options?: CallOptions): Promise<SeriesColumns> {
    const samples: Sample[] = []
    for await (const batch of this.read(id, range, options)) for (const sample of batch) samples.push(sample)
    const series =
      samples.at(-1)?.series ?? (await this.#catalogue.series(id, this.#call(options, 'columns')))
    return {
      series,
      time: BigInt64Array.from(samples, ({ time }) => time),
      value: valuesOf(samples, series),
      severity: Uint8Array.from(samples, ({ severity }) => severity),
    }
  }

  #statement(
    kind: Kind | undefined,
    id: string,
    { from, to }: Range,
    order: 'asc' | 'desc',
    size: number,
  ): string {
    const { source, where } = this.#catalogue.place(kind, id)
    return (
      `SELECT value, severity, status, message, label FROM ${source} WHERE ${where}time >= ${from} AND time < ${to}` +
      ` ORDER BY time ${order === 'asc' ? 'ASC' : 'DESC'} LIMIT ${size}`
    )
  }

  #readRange(id: unknown, range: unknown, options: unknown) {
    const op = 'read'
    const o = this.#call(options, op)
    this.#checkId(id, op)
    const read = checking(op, () => readOptions(range, readChecks, op))
    const { limit = Infinity, order = 'asc' } = read
    return { o, limit, order, ...this.#range(read, op) }
  }

  #range({ from, to }: { readonly from?: bigint; readonly to?: bigint }, op: string): Range {
    if (from === undefined || to === undefined) throw argument('a range is { from, to }', { op })
    return { from: clamp(from), to: clamp(to) }
  }

  #call(options: unknown, op: string): CallOptions {
    const o = checking(op, () => readOptions(options, callChecks, op))
    o.signal?.throwIfAborted()
    return o
  }

  #checkId(id: unknown, op: string): void {
    if (typeof id !== 'string' || id === '') throw argument(`an id is text, not ${quote(id)}`, { op })
    if (id.includes('\0')) throw argument(`the id ${quote(id)} holds NUL, which would cut the query`, { op })
  }
}

function clamp(time: bigint): bigint {
  if (time > LAST_TIME) return LAST_TIME
  return time < -LAST_TIME ? -LAST_TIME : time
}

function valuesOf(samples: readonly Sample[], { type }: Series): SeriesColumns['value'] {
  const values = samples.map(({ value }) => value)
  if (type === 'float32' || type === 'float64') {
    if (values.every((x) => typeof x === 'number' || x === null))
      return Float64Array.from(values, (x) => x ?? NaN)
  } else if (type !== 'bool' && type !== 'string' && type !== 'uint64') {
    if (values.every((x) => typeof x === 'number' || typeof x === 'bigint'))
      return BigInt64Array.from(values, (x) => BigInt(x))
  }
  return values as readonly (number | bigint | boolean | string | null)[]
}
