import { setImmediate as turn } from 'node:timers/promises'
import { BackOff, pause, retryCheck, watchAbort, type BatcherOptions } from '../telemetry/index.js'
import { bad, integer, isWellFormed, quote, readOptions, wordOf, type Check } from '../input/index.js'
import { encodeChecks, PointEncoder } from './encode-points.js'
import { argument, checking, InfluxError, InfluxWriteError } from './errors.js'
import { LineBuffer } from './line-buffer.js'
import { lineRuns } from './lines.js'
import { callChecks, type CallOptions, type Precision } from './options.js'
import type { Point } from './point.js'
import { writeBody, type Body, type WritePlace } from './write-request.js'

/** What may be written: points, and line protocol as text or bytes, one or many, mixed. */
export type Writable =
  | string
  | Uint8Array
  | Point
  | Iterable<string | Uint8Array | Point>
  | AsyncIterable<string | Uint8Array | Point>

/** What writes take. */
export interface WriteOptions extends CallOptions {
  /** Of times that are numbers, bigints or in lines. */
  readonly precision?: Precision | undefined
  /** For points without one. */
  readonly measurement?: string | undefined
  /** For every point; a point's own win. */
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** Points per request at most. 5000. */
  readonly batchSize?: number | undefined
  /** Bytes per request at most. 4 MiB. */
  readonly maxBytes?: number | undefined
  /** What becomes of data that cannot be written: `throw` (the default), or `skip` and report. */
  readonly onInvalid?: 'throw' | 'skip' | undefined
  /** Tries again what may succeed later: attempts 5, min 100 ms, max 30000, jitter 0.2. Without it nothing is sent twice. */
  readonly retry?: BatcherOptions['retry']
}

/** What was written. */
export interface WriteReport {
  readonly points: number
  readonly requests: number
  readonly bytes: number
  /** What was left out, by its place in the data, and why. */
  readonly skipped: readonly { readonly index: number; readonly reason: string }[]
  /** Fields without a value: null, NaN, infinities. */
  readonly fieldsSkipped: number
}

const byteCount: Check<number> = (value, name) => {
  if (value === Infinity) return Infinity
  if (typeof value !== 'number' || !(value >= 1)) throw bad(name, 'a number of bytes', value)
  return value
}

export const writeChecks = {
  ...callChecks,
  ...encodeChecks,
  batchSize: integer(1, Number.MAX_SAFE_INTEGER),
  maxBytes: byteCount,
  onInvalid: wordOf('throw', 'skip'),
  retry: retryCheck,
}

/** Where a view of a client writes. */
export interface WriteTarget {
  readonly transport: WritePlace['transport']
  readonly database: string | undefined
  readonly retentionPolicy: string | undefined
  readonly precision: Precision
  /** Told of points that are stored. */
  written(points: number): void
}

export function readWriteOptions(options: unknown, op: string): WriteOptions {
  return checking(op, () => readOptions(options, writeChecks, op))
}

/** Sends bodies one at a time and counts. */
export class Sender {
  readonly #place: WritePlace
  readonly #target: WriteTarget
  readonly #retry: WriteOptions['retry']
  #sending: Promise<void> | undefined
  points = 0
  requests = 0
  bytes = 0

  constructor(target: WriteTarget, o: WriteOptions, op: string) {
    const { database = target.database, retentionPolicy = target.retentionPolicy, signal, timeout } = o
    if (database === undefined)
      throw argument('no database is named: give "database" to the client or to this call', { op })
    this.#target = target
    this.#place = { transport: target.transport, database, retentionPolicy, op, signal, timeout }
    this.#retry = o.retry
  }

  /** Resolves when the body before this one is stored; this one is then on its way. */
  async send(body: Body): Promise<void> {
    await this.settled()
    this.#sending = this.#send(body)
    // Looked at by settled(); an error that comes earlier is not an unhandled one.
    this.#sending.catch(() => undefined)
    await turn()
  }

  /** Resolves when all is stored. */
  async settled(): Promise<void> {
    const sending = this.#sending
    this.#sending = undefined
    await sending
  }

  /** The error to throw: what is on its way is waited for, so that the count of what is stored is true. */
  async failed(error: unknown): Promise<unknown> {
    const first = await this.settled().then(
      () => error,
      (earlier: unknown) => earlier,
    )
    return first instanceof InfluxWriteError ? withWritten(first, this.points) : first
  }

  async #send(body: Body): Promise<void> {
    await retrying(this.#retry, this.#place.signal, async () => {
      this.requests++
      await writeBody(this.#place, body)
    })
    this.points += body.points
    this.bytes += body.bytes.length
    this.#target.written(body.points)
  }
}

/** Runs a write; with `retry` again and again while it may still succeed. */
export async function retrying(
  retry: WriteOptions['retry'],
  signal: AbortSignal | undefined,
  work: () => Promise<void>,
): Promise<void> {
  if (retry === undefined) return work()
  const { attempts = 5 } = retry
  const backOff = new BackOff(retry)
  for (let attempt = 1; ; attempt++) {
    try {
      await work()
      return
    } catch (error) {
      if (!(error instanceof InfluxWriteError) || !error.retryable || attempt >= attempts) throw error
      await pause(backOff.next(error.retryAfter), signal ?? NEVER)
      signal?.throwIfAborted()
    }
  }
}

const NEVER = new AbortController().signal

function withWritten(error: InfluxWriteError, written: number): InfluxWriteError {
  const {
    code,
    op,
    status,
    database,
    hint,
    index,
    path,
    retryAfter,
    cause,
    retryable,
    partial,
    dropped,
    lines,
  } = error
  return new InfluxWriteError(error.message, {
    ...{ code, op, status, database, hint, index, path, retryAfter, cause },
    ...{ retryable, partial, dropped, lines, written },
  })
}

/** Writes data of any kind in batches, in order. */
export async function write(target: WriteTarget, data: Writable, options: unknown): Promise<WriteReport> {
  const op = 'write'
  const o = readWriteOptions(options, op)
  o.signal?.throwIfAborted()
  const sender = new Sender(target, o, op)
  const batch = new Batch(target.precision, o)
  const skipped: { index: number; reason: string }[] = []
  let index = 0
  const take = (item: unknown): readonly Body[] => {
    try {
      return batch.add(item)
    } catch (error) {
      if (!(error instanceof InfluxError)) throw error
      if (o.onInvalid !== 'skip') throw invalid(error, index, sender.points)
      skipped.push({ index, reason: error.message })
      return []
    } finally {
      if (batch.emptied) skipped.push({ index, reason: 'no field is left: all are null, NaN or infinite' })
      index++
    }
  }
  try {
    if (isAsync(data)) {
      for await (const item of abortable(data, o.signal)) {
        for (const body of take(item)) {
          await sender.send(body)
          await sender.settled()
        }
      }
    } else {
      for (const item of listOf(data)) for (const body of take(item)) await sender.send(body)
    }
    for (const body of batch.rest()) await sender.send(body)
    await sender.settled()
  } catch (error) {
    throw await sender.failed(error)
  }
  const { points, requests, bytes } = sender
  return { points, requests, bytes, skipped, fieldsSkipped: batch.fieldsSkipped }
}

function invalid(error: InfluxError, index: number, written: number): InfluxWriteError {
  return new InfluxWriteError(`point ${index}: ${error.message}`, {
    ...{ code: 'ERR_INFLUX_ARGUMENT', op: 'write', index, path: error.path, cause: error.cause },
    ...{ retryable: false, written },
  })
}

/** The items of an async iterable; an abort ends the wait for one that may never come. */
async function* abortable(
  data: AsyncIterable<unknown>,
  signal: AbortSignal | undefined,
): AsyncGenerator<unknown, void, undefined> {
  if (signal === undefined) {
    yield* data
    return
  }
  const watch = watchAbort(signal)
  const iterator = data[Symbol.asyncIterator]()
  let ended = false
  try {
    for (;;) {
      const next = await watch.or(iterator.next())
      if (next.done === true) {
        ended = true
        return
      }
      yield next.value
    }
  } finally {
    watch.detach()
    // Not waited for: a generator that waits itself answers only after that.
    if (!ended) void Promise.resolve(iterator.return?.()).catch(() => undefined)
  }
}

function isAsync(data: unknown): data is AsyncIterable<unknown> {
  return typeof data === 'object' && data !== null && Symbol.asyncIterator in data
}

function listOf(data: Exclude<Writable, AsyncIterable<unknown>>): Iterable<unknown> {
  if (typeof data === 'string' || data instanceof Uint8Array) return [data]
  if (typeof data !== 'object' || (data as unknown) === null)
    throw argument(`data is points, text or bytes, not ${quote(data)}`, { op: 'write' })
  return Symbol.iterator in data ? (data as Iterable<unknown>) : [data]
}

/** Collects items into bodies. Lines count in the caller's precision, points in ns: they share a body when both are ns. */
class Batch {
  readonly #encoder: PointEncoder
  readonly #precision: Precision
  readonly #maxPoints: number
  readonly #maxBytes: number
  readonly #out = new LineBuffer()
  #parts: Uint8Array[] = []
  #bytes = 0
  #points = 0
  #unit: Precision = 'ns'
  /** Whether the last point had no field left. */
  emptied = false

  constructor(precision: Precision, o: WriteOptions) {
    this.#precision = o.precision ?? precision
    this.#encoder = new PointEncoder({ ...o, precision: this.#precision })
    this.#maxPoints = o.batchSize ?? 5000
    this.#maxBytes = o.maxBytes ?? 4 * 1024 * 1024
  }

  get fieldsSkipped(): number {
    return this.#encoder.fieldsSkipped
  }

  /** Takes an item; returns the bodies that are full now. */
  add(item: unknown): readonly Body[] {
    this.emptied = false
    if (typeof item === 'string' || item instanceof Uint8Array) return this.#addLines(item)
    const start = this.#out.at
    if (!this.#encoder.write(item as Point, this.#out)) {
      this.emptied = true
      return NONE
    }
    const room = this.#bytes + this.#out.at <= this.#maxBytes
    const full = this.#fits('ns', 1, room) ? NONE : this.#take(start)
    this.#points++
    this.#unit = 'ns'
    return full
  }

  #addLines(lines: string | Uint8Array): readonly Body[] {
    if (typeof lines === 'string' && !isWellFormed(lines)) throw argument('the text holds a lone surrogate')
    const bytes = typeof lines === 'string' ? Buffer.from(lines) : lines
    const full: Body[] = []
    for (const run of lineRuns(bytes, this.#maxPoints, this.#maxBytes)) {
      // With the line end that one without its own may need.
      const size = run.bytes.length + (run.bytes.at(-1) === 0x0a ? 0 : 1)
      const room = this.#bytes + this.#out.at + size <= this.#maxBytes
      if (!this.#fits(this.#precision, run.points, room)) full.push(...this.rest())
      this.#endText()
      this.#separate()
      this.#parts.push(run.bytes)
      this.#bytes += size
      this.#points += run.points
      this.#unit = this.#precision
    }
    return full
  }

  #fits(unit: Precision, points: number, room: boolean): boolean {
    if (this.#points === 0) return true
    return unit === this.#unit && this.#points + points <= this.#maxPoints && room
  }

  /** The points that were written, up to there, become a part. */
  #endText(end = this.#out.at): void {
    if (end === 0) return
    this.#separate()
    const bytes = this.#out.take(end)
    this.#parts.push(bytes)
    this.#bytes += bytes.length
  }

  /** Lines that somebody else made may lack the end of the last; alone they go as they are. */
  #separate(): void {
    const last = this.#parts.at(-1)
    if (last !== undefined && last.at(-1) !== 0x0a) this.#parts.push(LINE_END)
  }

  /** What has been collected. */
  rest(): readonly Body[] {
    return this.#points === 0 ? NONE : this.#take(this.#out.at)
  }

  /** What has been collected, up to there; the point behind it is the first of the next body. */
  #take(end: number): readonly Body[] {
    this.#endText(end)
    const bytes = this.#parts.length === 1 ? (this.#parts[0] as Uint8Array) : Buffer.concat(this.#parts)
    const body = { bytes, points: this.#points, precision: this.#unit }
    this.#parts = []
    this.#bytes = this.#points = 0
    return [body]
  }
}

const NONE: readonly Body[] = []
const LINE_END = Uint8Array.of(0x0a)
