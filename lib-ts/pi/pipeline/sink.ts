import { quote } from '../../input/index.js'
import { SinkError, type Sample, type Series, type Sink, type WriteResult } from '../../telemetry/index.js'
import { waitingFor } from '../abort.js'
import { PiArgumentError } from '../errors.js'
import { EncodedBody } from '../http/multipart.js'
import type { CallOptions } from '../options.js'
import { queryText, type PiRequest } from '../request.js'
import type { PiResponse } from '../response.js'
import type { Reading } from '../values.js'
import type { PointMaker } from './point-maker.js'
import { refusals } from './refusals.js'
import { sinkErrorOf } from './sink-errors.js'
import { readSinkOptions, type SinkSettings } from './sink-options.js'
import { Targets, type Target } from './targets.js'
import { TimedValues } from './timed-values.js'

/** What a sink needs of its client. */
export interface Writing extends Reading {
  send(request: PiRequest, options: CallOptions): Promise<PiResponse>
}

type Rejected = Map<number, string>

/** The values of one stream in a request. */
interface Part {
  readonly target: Target
  readonly texts: string[]
  /** Their places in the batch. */
  readonly indices: number[]
}

/** Samples into PI's archive. */
export class PiSink implements Sink {
  readonly #writing: Writing
  readonly #settings: SinkSettings
  readonly #targets: Targets
  readonly #values: TimedValues
  #closed = false

  /** @internal */
  constructor(writing: Writing, maker: PointMaker, options: unknown) {
    const settings = readSinkOptions(options)
    this.#writing = writing
    this.#settings = settings
    this.#targets = new Targets(writing, maker, settings)
    this.#values = new TimedValues(settings.missing, settings.quality)
  }

  /**
   * Writes samples, whatever their order; those of one stream in the order of the batch. What cannot be stored is
   * `rejected`, each sample with a reason. Times are cut to PI's step of 100 ns.
   *
   * @throws SinkError when a request failed as a whole: whether to try again, later or in halves; the signal's reason
   * @example
   * const sink = pi.sink({ create: true })
   * const series = { id: 'lab:temperature', type: 'float64', units: 'C' } as const
   * await sink.write([{ series, time: 1_700_000_000_000_000_000n, value: 21.5, severity: 0 }]) // → { written: 1, rejected: [] }
   */
  async write(
    batch: readonly Sample[],
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<WriteResult> {
    if (!Array.isArray(batch))
      throw new PiArgumentError(`a batch is an array of samples, not ${quote(batch)}`)
    const { signal } = options
    signal?.throwIfAborted()
    if (this.#closed) throw new SinkError('this sink is closed', { code: 'ERR_PI_CLOSED' })
    const rejected: Rejected = new Map()
    const good: number[] = []
    for (let index = 0; index < batch.length; index++) {
      const fault = this.#values.fault(batch[index] as Sample)
      if (fault === undefined) good.push(index)
      else rejected.set(index, fault)
    }
    const { maxValues } = this.#settings
    try {
      // The series of all of them at once: each part alone would look its own ones up.
      const found = good.length > maxValues ? await this.#find(batch, good, signal) : undefined
      for (let start = 0; start < good.length; start += maxValues)
        await this.#write(batch, good.slice(start, start + maxValues), rejected, signal, found)
    } catch (error) {
      throw sinkErrorOf(error)
    }
    return {
      written: batch.length - rejected.size,
      rejected: [...rejected].sort(([a], [b]) => a - b).map(([index, reason]) => ({ index, reason })),
    }
  }

  /** The connections stay open: they are the client's. */
  close(): Promise<void> {
    this.#closed = true
    return Promise.resolve()
  }

  /** Several batches wait for one look-up and for one new point. */
  async #find(
    batch: readonly Sample[],
    indices: readonly number[],
    signal: AbortSignal | undefined,
  ): Promise<Map<Series, Target | string>> {
    const series = new Set(indices.map((index) => (batch[index] as Sample).series))
    const waiting = waitingFor(signal)
    try {
      return await waiting.or(this.#targets.of(series, {}))
    } finally {
      waiting.end()
    }
  }

  /** One request; and one more for streams that are not what they were when they were looked up. */
  async #write(
    batch: readonly Sample[],
    indices: readonly number[],
    rejected: Rejected,
    signal: AbortSignal | undefined,
    found?: ReadonlyMap<Series, Target | string>,
  ): Promise<void> {
    for (let again = false; indices.length > 0; again = true) {
      const targets = again || found === undefined ? await this.#find(batch, indices, signal) : found
      const parts = this.#parts(batch, indices, targets, rejected)
      if (parts.length === 0) return
      const response = await this.#send(parts, signal)
      // A server may answer so for one stream of many.
      if (response.status === 404 && !again) {
        for (const { target } of parts) this.#targets.forget(target)
        indices = parts.flatMap((part) => part.indices).sort((a, b) => a - b)
        continue
      }
      const refused = refusals(
        response,
        parts.map(({ texts }) => texts.length),
      )
      const gone: number[] = []
      for (const { part, item, status, text } of refused) {
        const { target, indices: places } = parts[part] as Part
        const index = places[item] as number
        if (isGone(status) && !again) {
          this.#targets.forget(target)
          gone.push(index)
        } else rejected.set(index, text)
      }
      indices = gone.sort((a, b) => a - b)
    }
  }

  #parts(
    batch: readonly Sample[],
    indices: readonly number[],
    targets: ReadonlyMap<Series, Target | string>,
    rejected: Rejected,
  ): Part[] {
    const parts = new Map<string, Part>()
    let series: Series | undefined
    let part: Part | undefined
    for (const index of indices) {
      const sample = batch[index] as Sample
      const target = targets.get(sample.series) as Target | string
      if (typeof target === 'string') {
        rejected.set(index, target)
        continue
      }
      const text = this.#values.text(sample, target.takes)
      if (text === undefined) {
        rejected.set(index, this.#values.reason)
        continue
      }
      if (part === undefined || series !== sample.series) {
        series = sample.series
        part = parts.get(target.webId)
        if (part === undefined) parts.set(target.webId, (part = { target, texts: [], indices: [] }))
      }
      part.texts.push(text)
      part.indices.push(index)
    }
    return [...parts.values()]
  }

  async #send(parts: readonly Part[], signal: AbortSignal | undefined): Promise<PiResponse> {
    const { updateOption, bufferOption } = this.#settings
    const streams = parts.map(
      ({ target, texts }) => `{"WebId":"${target.webId}","Items":[${texts.join(',')}]}`,
    )
    const body = new EncodedBody('application/json', Buffer.from(`[${streams.join(',')}]`))
    const query = [
      ['updateOption', updateOption],
      ['bufferOption', bufferOption],
    ] as const
    const path = 'streamsets/recorded'
    const url = `${this.#writing.settings.base}/${path}${queryText(query)}`
    return this.#writing.send({ verb: 'POST', path, query, url, body }, { signal })
  }
}

/** The WebID of a point that was deleted, and perhaps made anew. */
const isGone = (status: number): boolean => status === 404 || status === 410
