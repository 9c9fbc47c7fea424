// Another recorder, or a PVAccess proxy of the Archiver Appliance, as a store: read by RPC.
import type { Context } from '../../client/index.js'
import type { Value } from '../../data/index.js'
import { RemoteError } from '../../errors.js'
import { NTURI } from '../../nt/index.js'
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
import { RecordError } from '../errors.js'
import { idOf, idsOf, patternOf, readRange, signalOf, windowRange } from '../history-input.js'
import { windowsOf } from '../windows.js'
import { samplesIn, typeIn, windowsIn } from './answers.js'

const PAGE = 50_000
const MICROSECOND = 1_000n
const NS = 1_000_000_000n

type Query = Readonly<Record<string, string | number | boolean>>

/**
 * The history that another recorder serves by RPC, or the PVAccess proxy of an Archiver Appliance.
 *
 * A long range is read page by page. An enum is the index that the service gives, of type `int32`.
 */
export class RpcStore implements History {
  readonly #ctx: Context
  readonly #service: string

  constructor(ctx: Context, service: string) {
    this.#ctx = ctx
    this.#service = service
  }

  async *read(
    id: string,
    range: ReadRange,
    options?: HistoryOptions,
  ): AsyncGenerator<Sample[], void, undefined> {
    idOf(id, 'read')
    const { from, to, limit, order } = readRange(range)
    const signal = signalOf(options, 'read')
    if (from >= to) return
    if (order === 'asc') yield* this.#pages(id, from, to, limit, signal)
    else {
      // A service gives the oldest first.
      const all: Sample[] = []
      for await (const page of this.#pages(id, from, to, Infinity, signal)) all.push(...page)
      if (all.length > 0) yield all.reverse().slice(0, limit)
    }
  }

  async *#pages(
    id: string,
    from: bigint,
    to: bigint,
    limit: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Sample[], void, undefined> {
    let next = from
    let left = limit
    while (next < to && left > 0) {
      const wanted = Math.min(PAGE, left)
      const query = { pv: id, from: timeText(next), to: timeText(to), limit: wanted, boundary: false }
      const table = await this.#ask(this.#service, query, signal)
      if (table === undefined) return
      const since = next
      // A proxy gives the sample before the range too, and knows no limit.
      const page = samplesIn(table, id).filter(({ time }) => time >= since && time < to)
      const last = page.at(-1)
      if (last === undefined) return
      yield page.slice(0, left)
      left -= page.length
      next = last.time + 1n
    }
  }

  async *windows(
    id: string,
    range: TimeRange,
    width: bigint,
    options?: HistoryOptions,
  ): AsyncGenerator<Window[], void, undefined> {
    idOf(id, 'windows')
    const { from, to } = windowRange(range, width)
    const signal = signalOf(options, 'windows')
    if (from >= to) return
    // What the service takes; and a proxy knows no windows.
    if (width % MICROSECOND === 0n && width < NS * NS) {
      const query = { pv: id, from: timeText(from), to: timeText(to), width: spanText(width) }
      const table = await this.#ask(this.#service, query, signal)
      if (table === undefined) return
      const windows = windowsIn(table, width)
      if (windows !== undefined) {
        if (windows.length > 0) yield windows
        return
      }
    }
    yield* windowsOf(this.read(id, { from, to }, { signal }), width)
  }

  async at(ids: readonly string[], time: TimeInput, options?: HistoryOptions): Promise<(Sample | null)[]> {
    const wanted = idsOf(ids)
    const until = timeOf(time, '"time"')
    const signal = signalOf(options, 'at')
    const found: (Sample | null)[] = []
    for (const id of wanted) {
      const moment = timeText(until)
      const table = await this.#ask(this.#service, { pv: id, from: moment, to: moment }, signal)
      const samples = table === undefined ? [] : samplesIn(table, id)
      found.push(samples.findLast((sample) => sample.time <= until) ?? null)
    }
    return found
  }

  async *find(pattern: string | RegExp, options?: HistoryOptions): AsyncGenerator<Series, void, undefined> {
    const wanted = patternOf(pattern)
    const signal = signalOf(options, 'find')
    const query = { pv: typeof wanted === 'string' ? wanted : '*' }
    const answer = await this.#ask(`${this.#service}:search`, query, signal)
    if (answer === undefined) return
    const all = answer.$get('value') as readonly string[]
    const names = typeof wanted === 'string' ? all : all.filter((name) => new RegExp(wanted).test(name))
    for (const name of names) yield await this.#series(name, signal)
  }

  async #series(id: string, signal: AbortSignal | undefined): Promise<Series> {
    const now = timeText(BigInt(Date.now()) * 1_000_000n)
    const table = await this.#ask(this.#service, { pv: id, from: now, to: now }, signal)
    return { id, type: table === undefined ? 'float64' : typeIn(table) }
  }

  /** Undefined for a PV that the service does not know. */
  async #ask(service: string, query: Query, signal: AbortSignal | undefined): Promise<Value | undefined> {
    const types = { string: 'string', number: 'int64', boolean: 'bool' } as const
    const uri = new NTURI(
      Object.fromEntries(
        Object.entries(query).map(([name, value]) => [name, types[typeof value as keyof typeof types]]),
      ),
    )
    try {
      const answer = await this.#ctx.rpc(service, uri.call(query as never, service), {
        signal,
        timeout: 60_000,
      })
      return answer ?? undefined
    } catch (error) {
      if (error instanceof RemoteError && error.message.startsWith('unknown PV ')) return undefined
      if (signal?.aborted === true) throw error
      throw new RecordError(`the store ${service}: ${(error as Error).message}`, {
        code: 'ERR_RECORD_STORE',
        cause: error,
      })
    }
  }
}

/** ISO text with nine digits, which the services of others take too. */
function timeText(time: bigint): string {
  const rest = ((time % NS) + NS) % NS
  const ms = Number((time - rest) / 1_000_000n)
  // Beyond the years of four digits there is nothing to find.
  const whole = new Date(Math.min(Math.max(ms, 0), LAST_MS)).toISOString()
  return `${whole.slice(0, 19)}.${String(rest).padStart(9, '0')}Z`
}

const LAST_MS = Date.UTC(2262, 3, 11)

/** In seconds, with as many as six digits behind the point. */
function spanText(width: bigint): string {
  const seconds = width / NS
  const micros = (width % NS) / MICROSECOND
  return micros === 0n ? `${seconds}s` : `${seconds}.${String(micros).padStart(6, '0')}s`
}
