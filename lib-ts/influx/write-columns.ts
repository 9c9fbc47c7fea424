import { quote } from '../input/index.js'
import type { Columns } from './columns.js'
import { linesOf, type ColumnLines } from './encode-columns.js'
import { argument, InfluxError, InfluxWriteError } from './errors.js'
import { LineBuffer } from './line-buffer.js'
import type { Body } from './write-request.js'
import { readWriteOptions, Sender, type WriteOptions, type WriteReport, type WriteTarget } from './writing.js'

/** Writes tables in batches, in order; their times count ns. */
export async function writeColumns(
  target: WriteTarget,
  columns: Columns | readonly Columns[],
  options: unknown,
): Promise<WriteReport> {
  const op = 'writeColumns'
  const o = readWriteOptions(options, op)
  o.signal?.throwIfAborted()
  if (typeof columns !== 'object' || (columns as unknown) === null)
    throw argument(`columns are an object or an array of them, not ${quote(columns)}`, { op })
  const tables = Array.isArray(columns) ? (columns as readonly Columns[]) : [columns as Columns]
  // All are looked at before anything is sent.
  const all = tables.map((table) => linesOf(table, o, op))
  const sender = new Sender(target, o, op)
  const rows = new Rows(o, (error, index) => {
    throw new InfluxWriteError(`row ${index}: ${error.message}`, {
      ...{ code: 'ERR_INFLUX_ARGUMENT', op, index, path: error.path },
      ...{ retryable: false, written: sender.points },
    })
  })
  try {
    for (const lines of all) {
      for (let at = 0; at < lines.length;) {
        at = rows.add(lines, at)
        if (!rows.full) continue
        await sender.send(rows.take())
      }
    }
    if (rows.points > 0) await sender.send(rows.take())
    await sender.settled()
  } catch (error) {
    throw await sender.failed(error)
  }
  const { points, requests, bytes } = sender
  const fieldsSkipped = all.reduce((sum, lines) => sum + lines.fieldsSkipped, 0)
  return { points, requests, bytes, skipped: rows.skipped, fieldsSkipped }
}

/** Collects the lines of rows into bodies. */
class Rows {
  readonly skipped: { index: number; reason: string }[] = []
  readonly #maxPoints: number
  readonly #skip: boolean
  readonly #refuse: (error: InfluxError, index: number) => never
  readonly #maxBytes: number
  readonly #out = new LineBuffer()
  /** Where the last line begins that fits no more; -1 when all fit. */
  #over = -1
  #index = 0
  points = 0
  full = false

  constructor(o: WriteOptions, refuse: (error: InfluxError, index: number) => never) {
    this.#maxPoints = o.batchSize ?? 5000
    this.#maxBytes = o.maxBytes ?? 4 * 1024 * 1024
    this.#skip = o.onInvalid === 'skip'
    this.#refuse = refuse
  }

  /** Adds rows until a body is full or there are no more; returns the row that comes next. */
  add(lines: ColumnLines, from: number): number {
    const out = this.#out
    for (let i = from; i < lines.length; i++) {
      const start = out.at
      if (!this.#write(lines, i)) continue
      this.points++
      if (this.points > 1 && out.at > this.#maxBytes) {
        this.#over = start
        this.full = true
        return i + 1
      }
      if (this.points >= this.#maxPoints) {
        this.full = true
        return i + 1
      }
    }
    return lines.length
  }

  #write(lines: ColumnLines, i: number): boolean {
    const index = this.#index++
    try {
      if (lines.write(i, this.#out)) return true
      this.skipped.push({ index, reason: 'no field has a value' })
    } catch (error) {
      if (!(error instanceof InfluxError)) throw error
      if (!this.#skip) this.#refuse(error, index)
      this.skipped.push({ index, reason: error.message })
    }
    return false
  }

  /** What is full; a line that did not fit begins the next. */
  take(): Body {
    const over = this.#over >= 0
    const bytes = over ? this.#out.take(this.#over) : this.#out.take()
    const body = { bytes, points: over ? this.points - 1 : this.points, precision: 'ns' as const }
    this.points = over ? 1 : 0
    this.#over = -1
    this.full = false
    return body
  }
}
