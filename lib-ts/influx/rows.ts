import type { MsgpackReader } from './msgpack.js'
import { ask, failureError, type Place, type Question } from './reading.js'
import {
  setKey,
  timeIn,
  type ReadForm,
  type ResultHandler,
  type Row,
  type RowTaker,
  type SeriesHead,
} from './result.js'

/** Rows as objects. A copy of one that has all keys already is cheaper than a new one that gets them one by one. */
class ObjectRows implements RowTaker {
  readonly #rows: Row[]
  readonly #form: ReadForm
  readonly #template: Row = {}
  readonly #columns: readonly string[]
  readonly #timed: boolean

  constructor(rows: Row[], head: SeriesHead, form: ReadForm) {
    this.#rows = rows
    this.#form = form
    this.#columns = head.columns
    this.#timed = head.timed
    if (head.timed) this.#template['time'] = undefined
    for (const key of Object.keys(head.tags)) setKey(this.#template, key, head.tags[key])
    for (const column of head.columns) setKey(this.#template, column, undefined)
  }

  row(reader: MsgpackReader): void {
    const length = reader.arrayLength()
    const row = this.#copy()
    const columns = this.#columns
    let i = 0
    if (this.#timed && length > 0) {
      row['time'] = timeIn(this.#form.time, reader.time())
      i = 1
    }
    for (; i < length; i++) row[columns[i] as string] = reader.value()
    this.#rows.push(row)
  }

  plain(values: readonly unknown[]): void {
    const row = this.#copy()
    this.#columns.forEach((column, i) => {
      row[column] = this.#timed && i === 0 ? timeIn(this.#form.time, values[i] as bigint) : values[i]
    })
    this.#rows.push(row)
  }

  // A spread defines its keys, so one called __proto__ is an own property, and assigning to it later is harmless.
  #copy(): Row {
    return { ...this.#template }
  }
}

class RowCollector implements ResultHandler {
  readonly #form: ReadForm
  rows: Row[] = []
  failure: { readonly statement: number | undefined; readonly text: string } | undefined

  constructor(form: ReadForm) {
    this.#form = form
  }

  series(head: SeriesHead): RowTaker {
    return new ObjectRows(this.rows, head, this.#form)
  }

  /** What came since it was last asked; the array is emptied in place, for a series may go on. */
  take(): Row[] {
    return this.rows.splice(0)
  }

  seriesEnd(): void {
    // rows are told of one by one
  }

  message(): void {
    // rows are of values
  }

  statementEnd(): void {
    // a statement without series has no rows
  }

  failed(statement: number | undefined, text: string): void {
    this.failure ??= { statement, text }
  }
}

/** Rows one by one. Not an async generator: those cost three turns of the microtask queue for each row. */
class RowIterator implements AsyncIterableIterator<Row> {
  readonly #batches: AsyncGenerator<Row[], void, undefined>
  #rows: Row[] = []
  #at = 0
  #waiting: Promise<IteratorResult<Row>> | undefined

  constructor(batches: AsyncGenerator<Row[], void, undefined>) {
    this.#batches = batches
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Row>> {
    if (this.#waiting === undefined && this.#at < this.#rows.length)
      return Promise.resolve({ done: false, value: this.#rows[this.#at++] as Row })
    // Calls that do not wait for each other are served in order.
    const waiting = (this.#waiting ?? Promise.resolve()).then(() => this.#more())
    this.#waiting = waiting
    const settled = (): void => {
      if (this.#waiting === waiting) this.#waiting = undefined
    }
    waiting.then(settled, settled)
    return waiting
  }

  async #more(): Promise<IteratorResult<Row>> {
    while (this.#at >= this.#rows.length) {
      const next = await this.#batches.next()
      if (next.done === true) return { done: true, value: undefined }
      this.#rows = next.value
      this.#at = 0
    }
    return { done: false, value: this.#rows[this.#at++] as Row }
  }

  async return(): Promise<IteratorResult<Row>> {
    this.#rows = []
    this.#at = 0
    await this.#batches.return()
    return { done: true, value: undefined }
  }
}

export function rowsOf(place: Place, asked: Question): AsyncIterableIterator<Row> {
  return new RowIterator(batches(place, asked))
}

async function* batches(place: Place, asked: Question): AsyncGenerator<Row[], void, undefined> {
  for await (const collector of ask(place, asked, true, () => new RowCollector(asked.form))) {
    yield collector.take()
    if (collector.failure !== undefined)
      throw failureError(asked, asked.options.database ?? place.database, collector.failure)
  }
}
