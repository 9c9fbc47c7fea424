import { quote, readOptions } from '../input/index.js'
import {
  SinkError,
  type Sample,
  type Series,
  type SeriesType,
  type Sink,
  type WriteResult,
} from '../telemetry/index.js'
import type { Core } from './core.js'
import { argument, BTrDBError, checking } from './errors.js'
import { numberOf, sampleFault, severityId, sinkChecks, type SinkOptions } from './pv-place.js'
import { PvStreams, type Target } from './pv-streams.js'
import type { Stream } from './stream.js'

export type { Place, SinkOptions } from './pv-place.js'

/** The points of one stream in a batch, by time: of equal times the last wins. */
interface Group {
  readonly target: Target
  readonly points: Map<bigint, number>
  /** The samples that they are of. */
  readonly indices: Set<number>
}

/** What a write fails with as a whole, when it may succeed later. */
const LATER: ReadonlySet<string> = new Set([
  'ERR_BTRDB_UNAVAILABLE',
  'ERR_BTRDB_TIMEOUT',
  'ERR_BTRDB_AUTH',
  'ERR_BTRDB_CONNECT',
  'ERR_BTRDB_CREDENTIALS',
])

/** Samples of PVs into BTrDB: one stream for each series, made when it is written to first. */
export class BTrDBSink implements Sink {
  readonly #options: SinkOptions
  readonly #streams: PvStreams
  /** Written to since they were flushed. */
  readonly #dirty = new Map<string, Stream>()
  #closed = false

  /** @internal */
  constructor(core: Core, options: unknown) {
    this.#options = checking('sink', () => readOptions(options, sinkChecks, 'sink'))
    this.#streams = new PvStreams(core, this.#options)
  }

  /**
   * Writes samples, each series with one insert, side by side. Those that BTrDB cannot hold are `rejected`; a sample without
   * a value is passed over.
   *
   * @throws SinkError when the server cannot be reached, which may be tried again
   */
  async write(
    batch: readonly Sample[],
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<WriteResult> {
    if (!Array.isArray(batch))
      throw argument(`write: a batch is an array of samples, not ${quote(batch)}`, { op: 'write' })
    const { signal } = options
    signal?.throwIfAborted()
    if (this.#closed) throw new SinkError('write: this sink is closed', { code: 'ERR_BTRDB_CLOSED' })
    const rejected = new Map<number, string>()
    const groups = this.#groups(batch, rejected)
    const failures: unknown[] = []
    await Promise.all(
      [...groups.values()].map(async (group) => {
        try {
          await this.#insert(group, signal)
        } catch (error) {
          if (isLasting(error)) for (const index of group.indices) rejected.set(index, reasonOf(error))
          else failures.push(error)
        }
      }),
    )
    signal?.throwIfAborted()
    if (failures.length > 0) throw sinkError(failures[0])
    return {
      written: batch.length - rejected.size,
      rejected: [...rejected].sort(([a], [b]) => a - b).map(([index, reason]) => ({ index, reason })),
    }
  }

  /** Makes what was written durable, by option. The client stays open. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    if (this.#options.flush === 'never') return
    const streams = [...this.#dirty.values()]
    this.#dirty.clear()
    await Promise.all(streams.map((stream) => flushed(stream)))
  }

  #groups(batch: readonly Sample[], rejected: Map<number, string>): Map<string, Group> {
    const groups = new Map<string, Group>()
    const add = (target: Target, index: number, time: bigint, value: number): void => {
      const { id } = target.series
      let group = groups.get(id)
      if (group === undefined || group.target.series !== target.series) {
        // The series as it is last counts.
        group = {
          target,
          points: group?.points ?? new Map<bigint, number>(),
          indices: group?.indices ?? new Set<number>(),
        }
        groups.set(id, group)
      }
      group.points.set(time, value)
      group.indices.add(index)
    }
    const elements = new Map<Series, Target[]>()
    const severities = new Map<string, Target>()
    batch.forEach((sample, index) => {
      const fault =
        sampleFault(sample) ??
        this.#add(sample, elements, (target, value) => {
          add(target, index, sample.time, value)
        })
      if (fault !== undefined) {
        rejected.set(index, fault)
        return
      }
      if (this.#options.severity !== true) return
      const { id } = sample.series
      let target = severities.get(id)
      if (target === undefined) severities.set(id, (target = severityTarget(id)))
      add(target, index, sample.time, sample.severity)
    })
    return groups
  }

  /** Adds the values of a sample, or says why none of them can be. */
  #add(
    { series, value }: Sample,
    elements: Map<Series, Target[]>,
    add: (target: Target, value: number) => void,
  ): string | undefined {
    if (value === null) return undefined
    if (!series.type.endsWith('[]')) {
      const number = numberOf(series.type, value)
      if (typeof number === 'string') return number
      add({ series }, number)
      return undefined
    }
    const type = series.type.slice(0, -2) as SeriesType
    if (typeof value !== 'object')
      return `a value of a series of type ${series.type} is an array, not ${quote(value)}`
    const numbers: number[] = []
    for (const element of value as ArrayLike<unknown> & Iterable<unknown>) {
      const number = numberOf(type, element)
      if (typeof number === 'string') return `element ${numbers.length}: ${number}`
      numbers.push(number)
    }
    let targets = elements.get(series)
    if (targets === undefined) elements.set(series, (targets = []))
    for (let i = targets.length; i < numbers.length; i++)
      targets.push({ series: { ...series, id: `${series.id}[${i}]`, type } })
    numbers.forEach((number, i) => {
      add(targets[i] as Target, number)
    })
    return undefined
  }

  async #insert({ target, points }: Group, signal: AbortSignal | undefined): Promise<void> {
    const { id } = target.series
    const { merge, flush = 'close' } = this.#options
    const columns = {
      time: BigInt64Array.from(points.keys()),
      value: Float64Array.from(points.values()),
    }
    for (let attempt = 1; ; attempt++) {
      // Without the signal: who else waits for the same stream must not fail with it.
      const stream = await this.#streams.of(target)
      signal?.throwIfAborted()
      try {
        await stream.insert(columns, { merge, signal })
        if (flush === 'write') await stream.flush({ signal })
        else if (flush === 'close') this.#dirty.set(stream.uuid, stream)
        return
      } catch (error) {
        const gone = error instanceof BTrDBError && error.code === 'ERR_BTRDB_NOT_FOUND'
        if (!gone || attempt > 1) throw error
        this.#streams.forget(id)
      }
    }
  }
}

function severityTarget(id: string): Target {
  return { series: { id: severityId(id), type: 'int32' }, severityOf: id }
}

async function flushed(stream: Stream): Promise<void> {
  try {
    await stream.flush()
  } catch (error) {
    // A stream that was removed has nothing to make durable.
    if (!(error instanceof BTrDBError) || error.code !== 'ERR_BTRDB_NOT_FOUND') throw error
  }
}

/** Whether trying again will not help, nor concerns the other series. */
function isLasting(error: unknown): error is BTrDBError {
  return (
    error instanceof BTrDBError &&
    !error.retryable &&
    !LATER.has(error.code) &&
    error.code !== 'ERR_BTRDB_CLOSED'
  )
}

function reasonOf({ message }: BTrDBError): string {
  return message.replace(/^\w+(?: of [0-9a-f-]{36})?: /, '')
}

export function sinkError(error: unknown): unknown {
  if (!(error instanceof BTrDBError)) return error
  const { message, code } = error
  return new SinkError(message, { code, retryable: code !== 'ERR_BTRDB_CLOSED', cause: error })
}
