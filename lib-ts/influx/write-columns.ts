import { quote } from '../input/index.js'
import { BodyText } from './body-text.js'
import type { Columns } from './columns.js'
import { linesOf, type ColumnLines } from './encode-columns.js'
import { argument, InfluxError, InfluxWriteError } from './errors.js'
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
  readonly #text: BodyText
  #index = 0
  points = 0
  full = false

  constructor(o: WriteOptions, refuse: (error: InfluxError, index: number) => never) {
    this.#maxPoints = o.batchSize ?? 5000
    this.#text = new BodyText(o.maxBytes ?? 4 * 1024 * 1024)
    this.#skip = o.onInvalid === 'skip'
    this.#refuse = refuse
  }

  /** Adds rows until a body is full or there are no more; returns the row that comes next. */
  add(lines: ColumnLines, from: number): number {
    for (let i = from; i < lines.length; i++) {
      const line = this.#line(lines, i)
      if (this.points > 0 && !this.#text.fits(line)) {
        this.full = true
        return i
      }
      this.#index++
      if (line === '') continue
      this.#text.add(line)
      if (++this.points >= this.#maxPoints) {
        this.full = true
        return i + 1
      }
    }
    return lines.length
  }

  #line(lines: ColumnLines, i: number): string {
    try {
      const line = lines.line(i)
      if (line === '') this.skipped.push({ index: this.#index, reason: 'no field has a value' })
      return line
    } catch (error) {
      if (!(error instanceof InfluxError)) throw error
      if (!this.#skip) this.#refuse(error, this.#index)
      this.skipped.push({ index: this.#index, reason: error.message })
      return ''
    }
  }

  take() {
    const body = { bytes: Buffer.from(this.#text.text), points: this.points, precision: 'ns' as const }
    this.#text.clear()
    this.points = 0
    this.full = false
    return body
  }
}
