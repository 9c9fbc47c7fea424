// History by RPC, as the PVAccess proxy of the Archiver Appliance has it.
import { RemoteError } from '../../errors.js'
import { isPlainObject } from '../../input/index.js'
import { SharedPV, type RpcOperation } from '../../server/index.js'
import { unlessAborted, type History } from '../../telemetry/index.js'
import type { Value } from '../../data/index.js'
import { Allowance, SampleColumns } from './columns.js'
import { QueryFault, UnknownPv } from './fault.js'
import { openReading } from './operate.js'
import {
  countOf,
  momentIn,
  namesIn,
  nowNs,
  queryOf,
  refuseStrangers,
  type Arguments,
  type Query,
} from './query.js'
import { newestOf, knownOf } from './reading.js'
import { searchNames } from './search.js'
import { namesValue, sampleTable, severalTables, stateTable, textValue, WindowTable } from './tables.js'
import { Turns } from './turns.js'

export interface ServiceOptions {
  readonly service: string
  readonly maxSamples: number
  /** ms for one call. */
  readonly timeout: number
}

const TIMES = 'ISO text, now, -10m, "5 minutes ago", or seconds or nanoseconds since 1970'
const HELP = {
  read: [
    'The history of PVs.',
    'pv: a name, or several with commas between them; mean_60(NAME) is a mean for each minute, and so are min, max, count, std, firstSample, lastSample; nth_10(NAME), optimized_1000(NAME)',
    `from, to: ${TIMES}; default: the last hour; "to" is not included`,
    'limit: rows at most for each PV',
    'width: figures of windows so wide, such as 10s, 5m, 1h',
    'boundary: false leaves out the first row, which is the last sample at or before "from"',
  ].join('\n'),
  search: [
    'Names of PVs with history.',
    'pv: a glob such as lab:*',
    'regex: a regular expression',
    'limit: names at most',
  ].join('\n'),
  at: [
    'The state of PVs at one time.',
    'pv: a name, or several with commas between them',
    `time: ${TIMES}; default: now`,
  ].join('\n'),
} as const

/** Answers that are gathered at once: each holds up to `maxSamples` in memory. */
const AT_ONCE = 4

type Work = (args: Arguments, signal: AbortSignal) => Promise<Value>

interface Verb {
  readonly arguments: readonly string[]
  readonly help: string
  readonly work: Work
}

/** The PVs of the service, by name. */
export class HistoryService {
  readonly pvs: ReadonlyMap<string, SharedPV>
  readonly #store: History
  readonly #options: ServiceOptions
  readonly #turns = new Turns(AT_ONCE)
  readonly #closed = new AbortController()

  constructor(store: History, options: ServiceOptions) {
    this.#store = store
    this.#options = options
    const { service } = options
    this.pvs = new Map([
      [service, this.#pv(this.#read)],
      [`${service}:search`, this.#pv(this.#search)],
      [`${service}:at`, this.#pv(this.#at)],
    ])
  }

  #pv({ arguments: known, help, work }: Verb): SharedPV {
    return new SharedPV({
      onRpc: async (op: RpcOperation) => {
        const args = argumentsOf(op.args)
        if ('help' in args) return textValue(help)
        return this.#answer(op.signal, (signal) => {
          refuseStrangers(args, [...known, 'help'])
          return work(args, signal)
        })
      },
    })
  }

  async #answer(left: AbortSignal, work: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
    const { timeout } = this.#options
    const late = AbortSignal.timeout(Math.min(timeout, 2 ** 31 - 1))
    const signal = AbortSignal.any([left, late, this.#closed.signal])
    try {
      return await this.#turns.run(() => unlessAborted(work(signal), signal), signal)
    } catch (error) {
      left.throwIfAborted()
      if (this.#closed.signal.aborted) throw new RemoteError('this history is served no more')
      if (error instanceof QueryFault) throw new RemoteError(error.message)
      if (late.aborted) throw new RemoteError(`the store did not answer within ${timeout} ms`)
      throw new RemoteError(`the store cannot be read: ${(error as Error).message}`, { cause: error })
    }
  }

  /** Refuses whoever asks, or waits, from now on: a channel of an RPC outlives the name of its PV. */
  close(): void {
    this.#closed.abort()
  }

  readonly #read: Verb = {
    arguments: ['pv', 'from', 'to', 'limit', 'width', 'boundary'],
    help: HELP.read,
    work: async (args, signal) => {
      const query = queryOf(args)
      const allowance = new Allowance(this.#options.maxSamples)
      const tables: (readonly [string, Value])[] = []
      for (const pv of query.pvs) tables.push([pv, await this.#table(pv, query, allowance, signal)])
      const [only, ...more] = tables
      return more.length === 0 && only !== undefined ? only[1] : severalTables(tables)
    },
  }

  async #table(pv: string, query: Query, allowance: Allowance, signal: AbortSignal): Promise<Value> {
    if (query.width !== undefined) return this.#windows(pv, query, query.width, allowance, signal)
    const reading = await openReading(this.#store, pv, query, signal)
    try {
      const columns = new SampleColumns(reading.series)
      for await (const batch of reading.batches) {
        signal.throwIfAborted()
        allowance.samples(batch, query.from)
        for (const sample of batch) columns.add(sample)
      }
      return sampleTable(reading.series.id, columns)
    } finally {
      await reading.close()
    }
  }

  async #windows(
    pv: string,
    { from, to, limit }: Query,
    width: bigint,
    allowance: Allowance,
    signal: AbortSignal,
  ): Promise<Value> {
    await knownOf(this.#store, pv, signal)
    const table = new WindowTable(pv)
    let left = limit
    for await (const batch of this.#store.windows(pv, { from, to }, width, { signal })) {
      const taken = batch.slice(0, left)
      allowance.take(taken.length, taken.length * 64)
      for (const window of taken) table.add(window)
      left -= taken.length
      if (left === 0) break
    }
    return table.value
  }

  readonly #search: Verb = {
    arguments: ['pv', 'regex', 'limit'],
    help: HELP.search,
    work: async ({ limit, ...args }, signal) => {
      const most = limit === undefined ? this.#options.maxSamples : countOf(limit, 'limit')
      return namesValue(await searchNames(this.#store, args, most, signal))
    },
  }

  readonly #at: Verb = {
    arguments: ['pv', 'time'],
    help: HELP.at,
    work: async ({ pv, time }, signal) => {
      const names = namesIn(pv, 'pv')
      const moment = time === undefined ? nowNs() : momentIn(time, 'time')
      new Allowance(this.#options.maxSamples).take(names.length, 0)
      const found = await this.#store.at(names, moment, { signal })
      for (const [i, sample] of found.entries())
        if (sample === null) await this.#checkKnown(names[i] as string, signal)
      return stateTable(found.filter((sample) => sample !== null))
    },
  }

  /** A PV that has nothing by that time yet is no row; one of which there is nothing at all is a mistake. */
  async #checkKnown(name: string, signal: AbortSignal): Promise<void> {
    if ((await newestOf(this.#store, name, signal)) === undefined) throw new UnknownPv(name)
  }
}

/** Older clients send a structure `query` that is not in an NTURI. */
function argumentsOf(args: Arguments): Arguments {
  const { query } = args
  return isPlainObject(query) ? query : args
}
