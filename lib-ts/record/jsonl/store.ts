import { open, type FileHandle } from 'node:fs/promises'
import { InvalidArgumentError } from '../../errors.js'
import { quote } from '../../input/index.js'
import {
  decodeJson,
  JsonLines,
  sampleFault,
  timeOf,
  type History,
  type HistoryOptions,
  type ReadRange,
  type Sample,
  type Series,
  type Sink,
  type TimeInput,
  type TimeRange,
  type Window,
  type WriteResult,
} from '../../telemetry/index.js'
import { RecordError } from '../errors.js'
import { globMatch } from '../glob.js'
import { idOf, idsOf, patternOf, readRange, signalOf, windowRange } from '../history-input.js'
import { windowsOf } from '../windows.js'
import { Appender } from './appender.js'
import { SeriesIndex } from './index-of-series.js'
import { LineReader, scanLines, type Place } from './lines.js'

const BATCH = 5_000

/**
 * A file with a sample in JSON on each line, as a sink and as a history: for small installations, and to look at.
 *
 * Writing appends; what a killed program left of a line does not touch the next one. Reading scans the whole file: each
 * time of a series counts once, and the last line wins, so writing twice is harmless and the order of the lines is free. A
 * line that is damaged is passed over and counted.
 *
 * @example
 * import { JsonlStore } from 'node-pvxs/record'
 * import type { Series } from 'node-pvxs/telemetry'
 *
 * await using store = new JsonlStore('lab.jsonl')
 * const series: Series = { id: 'lab:temperature', type: 'float64', units: 'C' }
 * await store.write([{ series, time: 1_700_000_000_000_000_000n, value: 21.5, severity: 0 }])
 * for await (const batch of store.read('lab:temperature', { from: '2023-11-14T00:00:00Z', to: new Date() }))
 *   for (const { time, value } of batch) console.log(time, value) // 1700000000000000000n 21.5
 */
export class JsonlStore implements History, Sink, AsyncDisposable {
  readonly path: string
  readonly #appender: Appender
  readonly #lines = new JsonLines()
  #damaged = 0

  constructor(path: string) {
    if (typeof path !== 'string' || path === '' || path.includes('\0'))
      throw new InvalidArgumentError(`the path of a file is text, not ${quote(path)}`, { op: 'JsonlStore' })
    this.path = path
    this.#appender = new Appender(path)
  }

  /** Lines that the last scan passed over, because they are not samples. */
  get damaged(): number {
    return this.#damaged
  }

  /**
   * Opens the file for writing, made when it is not there; the first write does it too.
   *
   * @throws SinkError when it cannot be written
   */
  open(): Promise<void> {
    return this.#appender.open()
  }

  /** Opens the file under its name anew, after logs were rotated; what was written before is in the old one. */
  reopen(): Promise<void> {
    this.#lines.forget() // each file says by itself what its series are
    return this.#appender.reopen()
  }

  /**
   * Appends samples; resolves when the operating system has them.
   *
   * @throws SinkError, retryable, when the file cannot be written
   */
  async write(
    batch: readonly Sample[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<WriteResult> {
    if (!Array.isArray(batch))
      throw new InvalidArgumentError(`a batch is an array of samples, not ${quote(batch)}`, { op: 'write' })
    options.signal?.throwIfAborted()
    const rejected: { index: number; reason: string }[] = []
    let text = ''
    for (let index = 0; index < batch.length; index++) {
      const sample = batch[index] as Sample
      const reason = sampleFault(sample)
      if (reason === undefined) text += `${this.#lines.line(sample)}\n`
      else rejected.push({ index, reason })
    }
    try {
      if (text !== '') await this.#appender.append(text)
    } catch (error) {
      this.#lines.forget()
      throw error
    }
    return { written: batch.length - rejected.length, rejected }
  }

  /** Waits for what is being written, and closes the file; reading goes on being possible. */
  close(): Promise<void> {
    return this.#appender.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** @throws RecordError, `ERR_RECORD_STORE`, when the file cannot be read */
  async *read(
    id: string,
    range: ReadRange,
    options?: HistoryOptions,
  ): AsyncGenerator<Sample[], void, undefined> {
    idOf(id, 'read')
    const { from, to, limit, order } = readRange(range)
    const signal = signalOf(options, 'read')
    if (from >= to) return
    const file = await this.#opened()
    try {
      const index = new SeriesIndex()
      await this.#scan(file, signal, ({ series, time }, place) => {
        if (series.id === id && time >= from && time < to) index.add(time, series, place)
      })
      const reader = new LineReader(file)
      let batch: Sample[] = []
      for (const { series, place } of index.places(order, limit)) {
        const sample = sampleIn(await reader.line(place, order === 'desc'), new Map([[id, series]]))
        // Somebody cut or overwrote the file since it was scanned.
        if (sample === undefined) this.#damaged++
        else batch.push({ ...sample, series })
        if (batch.length < BATCH) continue
        signal?.throwIfAborted()
        yield batch
        batch = []
      }
      if (batch.length > 0) yield batch
    } finally {
      await file.close()
    }
  }

  /** Numbers, and true and false as 1 and 0; NaN and what is not a number do not count. */
  async *windows(
    id: string,
    range: TimeRange,
    width: bigint,
    options?: HistoryOptions,
  ): AsyncGenerator<Window[], void, undefined> {
    yield* windowsOf(this.read(id, windowRange(range, width), options), width)
  }

  async at(ids: readonly string[], time: TimeInput, options?: HistoryOptions): Promise<(Sample | null)[]> {
    const wanted = idsOf(ids)
    const until = timeOf(time, '"time"')
    const signal = signalOf(options, 'at')
    if (wanted.length === 0) return []
    const found = new Map<string, Sample | null>(wanted.map((id) => [id, null]))
    await this.#scanned(signal, (sample) => {
      const { id } = sample.series
      const best = found.get(id)
      if (best === undefined || sample.time > until) return
      if (best === null || sample.time >= best.time) found.set(id, sample)
    })
    return wanted.map((id) => found.get(id) ?? null)
  }

  async *find(pattern: string | RegExp, options?: HistoryOptions): AsyncGenerator<Series, void, undefined> {
    const wanted = patternOf(pattern)
    const signal = signalOf(options, 'find')
    const found = new Map<string, Series>()
    await this.#scanned(signal, ({ series }) => found.set(series.id, series))
    for (const id of [...found.keys()].sort()) {
      const matches = typeof wanted === 'string' ? globMatch(wanted, id) : new RegExp(wanted).test(id)
      if (matches) yield found.get(id) as Series
    }
  }

  async #scanned(
    signal: AbortSignal | undefined,
    take: (sample: Sample, place: Place) => void,
  ): Promise<void> {
    const file = await this.#opened()
    try {
      await this.#scan(file, signal, take)
    } finally {
      await file.close()
    }
  }

  async #scan(
    file: FileHandle,
    signal: AbortSignal | undefined,
    take: (sample: Sample, place: Place) => void,
  ): Promise<void> {
    const known = new Map<string, Series>()
    let damaged = 0
    await scanLines(file, signal, (text, place) => {
      const sample = text === undefined ? undefined : sampleIn(text, known)
      if (sample === undefined) damaged++
      else take(sample, place)
    })
    this.#damaged = damaged
  }

  async #opened(): Promise<FileHandle> {
    try {
      const file = await open(this.path, 'r')
      if ((await file.stat()).isFile()) return file
      await file.close()
      throw new Error('it is not a file')
    } catch (cause) {
      throw new RecordError(`the store ${quote(this.path)} cannot be read: ${(cause as Error).message}`, {
        code: 'ERR_RECORD_STORE',
        cause,
      })
    }
  }
}

function sampleIn(text: string, known: Map<string, Series>): Sample | undefined {
  try {
    return decodeJson(text, known)
  } catch (error) {
    if (error instanceof InvalidArgumentError) return undefined
    throw error
  }
}
