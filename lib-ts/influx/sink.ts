import { quote, readOptions } from '../input/index.js'
import { SinkError, type Sample, type Series, type Sink, type WriteResult } from '../telemetry/index.js'
import { argument, checking, InfluxError, InfluxWriteError, isRetryable } from './errors.js'
import { layoutChecks, layoutOf, sameMetadata, type LayoutOptions } from './layout.js'
import { LineBuffer } from './line-buffer.js'
import { SampleLines } from './sample-lines.js'
import { writeBody, type WritePlace } from './write-request.js'
import { retrying, writeChecks, type WriteOptions, type WriteTarget } from './writing.js'

/** What {@link InfluxDB.sink} takes. */
export type SinkOptions = LayoutOptions & WriteOptions

/** Lines, one after another, and whose they are. Arrays side by side, and not an object for each: there are millions. */
class Items {
  readonly bytes: Uint8Array
  /** Where each line ends. */
  readonly ends: readonly number[]
  /** The number of each line's sample in the batch. */
  readonly indices: readonly number[]
  /** Of lines of metadata: the series that is known once they are stored. */
  readonly series: ReadonlyMap<number, Series>
  /** The lines that these are of all. */
  readonly #from: number
  readonly #to: number

  constructor(
    bytes: Uint8Array,
    ends: readonly number[],
    indices: readonly number[],
    series: ReadonlyMap<number, Series>,
    from = 0,
    to = ends.length,
  ) {
    this.bytes = bytes
    this.ends = ends
    this.indices = indices
    this.series = series
    this.#from = from
    this.#to = to
  }

  get length(): number {
    return this.#to - this.#from
  }

  #start(line: number): number {
    return line === 0 ? 0 : (this.ends[line - 1] as number)
  }

  get body(): Uint8Array {
    return this.bytes.subarray(this.#start(this.#from), this.#start(this.#to))
  }

  /** The bytes of line `at` of these. */
  line(at: number): Uint8Array {
    const line = this.#from + at
    return this.bytes.subarray(this.#start(line), this.ends[line])
  }

  /** The number of the sample of line `at` of these, in the batch. */
  indexOf(at: number): number {
    return this.indices[this.#from + at] as number
  }

  /** Of a line of metadata. */
  seriesOf(at: number): Series | undefined {
    return this.series.get(this.#from + at)
  }

  slice(start: number, end = this.length): Items {
    const { bytes, ends, indices, series } = this
    return new Items(bytes, ends, indices, series, this.#from + start, this.#from + end)
  }

  without(bad: ReadonlyMap<number, string>): Items {
    const parts: Uint8Array[] = []
    const ends: number[] = []
    const indices: number[] = []
    const series = new Map<number, Series>()
    let end = 0
    for (let at = 0; at < this.length; at++) {
      if (bad.has(at)) continue
      const line = this.line(at)
      const known = this.seriesOf(at)
      if (known !== undefined) series.set(parts.length, known)
      parts.push(line)
      ends.push((end += line.length))
      indices.push(this.indexOf(at))
    }
    return new Items(Buffer.concat(parts), ends, indices, series)
  }

  /** The series whose metadata is among these lines. */
  *known(): Generator<Series> {
    for (const [line, series] of this.series) if (line >= this.#from && line < this.#to) yield series
  }
}

type Rejected = Map<number, string>

/** Samples into InfluxDB. */
export class InfluxSink implements Sink {
  readonly #lines: SampleLines
  readonly #out = new LineBuffer()
  readonly #place: Omit<WritePlace, 'signal'>
  readonly #target: WriteTarget
  readonly #options: WriteOptions
  #closed = false

  constructor(target: WriteTarget, options: unknown) {
    const read = checking('sink', () => readOptions(options, { ...writeChecks, ...layoutChecks }, 'sink'))
    const { database = target.database, retentionPolicy = target.retentionPolicy, timeout } = read
    if (database === undefined)
      throw argument('no database is named: give "database" to the client or to sink()', { op: 'sink' })
    this.#target = target
    this.#options = read
    this.#place = { transport: target.transport, database, retentionPolicy, op: 'write', timeout }
    this.#lines = new SampleLines(layoutOf(read))
  }

  /** @throws SinkError, or the signal's reason */
  /**
   * Writes samples, whatever their order. Those that cannot be stored are `rejected`, each with a reason.
   *
   * @throws SinkError, when none of them may be stored: whether to try again, later or in halves
   */
  async write(
    batch: readonly Sample[],
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<WriteResult> {
    if (!Array.isArray(batch))
      throw argument(`a batch is an array of samples, not ${quote(batch)}`, { op: 'write' })
    if (this.#closed) throw new SinkError('write: this sink is closed', { code: 'ERR_INFLUX_CLOSED' })
    const rejected: Rejected = new Map()
    const items = this.#items(batch, rejected)
    const place = { ...this.#place, signal: options.signal ?? this.#options.signal }
    try {
      for (const part of this.#parts(items)) await this.#store(place, part, rejected)
    } catch (error) {
      throw sinkError(error)
    }
    const written = batch.length - rejected.size
    this.#target.written(written)
    return {
      written,
      rejected: [...rejected].sort(([a], [b]) => a - b).map(([index, reason]) => ({ index, reason })),
    }
  }

  /** The connections stay open: they are the client's. */
  close(): Promise<void> {
    this.#closed = true
    return Promise.resolve()
  }

  #items(batch: readonly Sample[], rejected: Rejected): Items {
    const out = this.#out
    out.at = 0
    const ends: number[] = []
    const indices: number[] = []
    const series = new Map<number, Series>()
    const told = new Map<string, Series>()
    for (let index = 0; index < batch.length; index++) {
      const sample = batch[index] as Sample
      const fault = this.#lines.write(sample, out)
      if (fault !== undefined) {
        rejected.set(index, fault)
        continue
      }
      ends.push(out.at)
      indices.push(index)
      const before = told.size === 0 ? undefined : told.get(sample.series.id)
      if (before === undefined ? !this.#lines.isNew(sample) : sameMetadata(before, sample.series)) continue
      told.set(sample.series.id, sample.series)
      series.set(ends.length, sample.series)
      this.#lines.writeMetadata(sample, out)
      ends.push(out.at)
      indices.push(index)
    }
    return new Items(out.take(), ends, indices, series)
  }

  *#parts(items: Items): Generator<Items, void> {
    const { batchSize = Infinity, maxBytes = Infinity } = this.#options
    if (batchSize === Infinity && maxBytes === Infinity) {
      if (items.length > 0) yield items
      return
    }
    let start = 0
    let bytes = 0
    for (let i = 0; i < items.length; i++) {
      const size = items.line(i).length
      if (i > start && (i - start >= batchSize || bytes + size > maxBytes)) {
        yield items.slice(start, i)
        start = i
        bytes = 0
      }
      bytes += size
    }
    if (start < items.length) yield items.slice(start)
  }

  /**
   * Stores lines; what the server refuses is found by writing halves again, which is harmless: equal points overwrite.
   * For k of n that is 2 k log2(n) + 1 requests at most.
   */
  async #store(place: WritePlace, items: Items, rejected: Rejected): Promise<void> {
    try {
      const body = {
        bytes: items.body,
        points: items.length,
        precision: 'ns' as const,
      }
      await retrying(this.#options.retry, place.signal, () => writeBody(place, body))
      this.#lines.stored(items.known())
    } catch (error) {
      if (!(error instanceof InfluxWriteError) || error.code !== 'ERR_INFLUX_WRITE') throw error
      if (error.lines !== undefined && error.lines.length > 0) {
        await this.#named(place, items, error, rejected)
      } else if (items.length === 1) {
        reject(items, 0, reasonIn(error), rejected)
      } else {
        const middle = items.length >> 1
        await this.#store(place, items.slice(0, middle), rejected)
        await this.#store(place, items.slice(middle), rejected)
      }
    }
  }

  /** The server has named the lines it refuses. If it stored none of the others, they are written again. */
  async #named(place: WritePlace, items: Items, error: InfluxWriteError, rejected: Rejected): Promise<void> {
    const bad = new Map<number, string>()
    for (const [at, reason] of lineNumbers(items, error)) bad.set(at, reason)
    if (bad.size === 0) throw error
    for (const [at, reason] of bad) reject(items, at, reason, rejected)
    const good = items.without(bad)
    if (good.length > 0) await this.#store(place, good, rejected)
  }
}

/** The items of the lines that the error names. A text field may hold line breaks, which count as lines. */
function* lineNumbers(items: Items, { lines = [] }: InfluxWriteError): Generator<[number, string], void> {
  const byLine = new Map<number, number>()
  let number = 1
  for (let at = 0; at < items.length; at++)
    for (const byte of items.line(at)) if (byte === LF) byLine.set(number++, at)
  for (const { line, reason } of lines) {
    const at = byLine.get(line)
    if (at !== undefined) yield [at, reason]
  }
}

const LF = 0x0a

function reject(items: Items, at: number, reason: string, rejected: Rejected): void {
  const ofMetadata = items.seriesOf(at) !== undefined
  rejected.set(items.indexOf(at), ofMetadata ? `its metadata was refused: ${reason}` : reason)
}

/** The server's words, without what call they answer. */
function reasonIn({ message }: Error): string {
  return message.replace(/^write: /, '')
}

function sinkError(error: unknown): unknown {
  if (!(error instanceof InfluxError)) return error
  const { message, code, retryAfter } = error
  return new SinkError(message, {
    code,
    retryable: isRetryable(code),
    retryAfter,
    split: code === 'ERR_INFLUX_TOO_LARGE',
    cause: error,
  })
}
