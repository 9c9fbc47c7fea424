// Answers of /query, in either form, read document by document into a handler.
import { FormatError, MORE, MsgpackReader, type Integers } from './msgpack.js'
import { setKey, type ResultHandler, type RowTaker } from './result.js'

/** Reads one form of an answer. */
export interface DocumentReader {
  push(part: Buffer): void
  /** The answer is over. @throws FormatError when it ended in the middle */
  end(): void
}

/** What is known of the place in an answer, in both forms. */
export class Progress {
  documents = 0
  #statement = -1
  /** More of the last statement is to come. */
  partial = false

  /**
   * The number of a result's statement. One that failed has none in MessagePack: it is the next, or the one whose
   * rows were still coming.
   */
  statement(given: number | undefined): number {
    if (given !== undefined) this.#statement = given
    else if (!this.partial) this.#statement++
    return this.#statement
  }

  end(): void {
    if (this.documents === 0) throw new FormatError('the answer is empty')
    if (this.partial) throw new FormatError('the answer ended in the middle')
  }
}

interface SeriesParts {
  name: string
  tags: Record<string, string>
  columns: readonly string[]
  partial: boolean
}

/** MessagePack. A unit (a key with a short value, a row) is read whole or again; rows are never read twice. */
export class MsgpackDocuments implements DocumentReader {
  readonly #reader = new MsgpackReader()
  readonly #handler: ResultHandler
  readonly #progress = new Progress()
  readonly #parsing: Generator<void, void>
  #between = true

  constructor(handler: ResultHandler, integers: Integers) {
    this.#reader.integers = integers
    this.#handler = handler
    this.#parsing = this.#documents()
    this.#parsing.next()
  }

  push(part: Buffer): void {
    if (this.#reader.push(part)) this.#parsing.next()
  }

  end(): void {
    if (!this.#between || !this.#reader.empty)
      throw new FormatError('the answer ended in the middle of a document')
    this.#progress.end()
  }

  *#documents(): Generator<void, void> {
    for (;;) {
      while (this.#reader.empty) yield
      this.#between = false
      yield* this.#document()
      this.#handler.documentEnd?.()
      this.#progress.documents++
      this.#between = true
    }
  }

  /** Reads a unit; waits for more bytes as often as it takes. */
  *#unit<T>(read: (r: MsgpackReader) => T): Generator<void, T> {
    const reader = this.#reader
    for (;;) {
      reader.mark()
      try {
        return read(reader)
      } catch (error) {
        if (error !== MORE) throw error
        reader.back()
        yield
      }
    }
  }

  *#map(entry: (key: string) => Generator<void, void>): Generator<void, void> {
    const length = yield* this.#unit((r) => r.mapLength())
    for (let i = 0; i < length; i++) {
      const key = yield* this.#unit((r) => r.string())
      yield* entry(key)
    }
  }

  *#skip(): Generator<void, void> {
    yield* this.#unit((r) => r.value())
  }

  *#document(): Generator<void, void> {
    yield* this.#map(
      function* (this: MsgpackDocuments, key: string): Generator<void, void> {
        if (key === 'results') {
          const length = yield* this.#unit((r) => r.arrayLength())
          for (let i = 0; i < length; i++) yield* this.#result()
        } else if (key === 'error') {
          const text = yield* this.#unit((r) => r.string())
          this.#handler.failed(undefined, text)
        } else yield* this.#skip()
      }.bind(this),
    )
  }

  *#result(): Generator<void, void> {
    let statement: number | undefined
    let partial = false
    const number = (): number => (statement ??= this.#progress.statement(undefined))
    yield* this.#map(
      function* (this: MsgpackDocuments, key: string): Generator<void, void> {
        if (key === 'statement_id') {
          statement = this.#progress.statement(Number(yield* this.#unit((r) => r.value())))
        } else if (key === 'series') {
          const length = yield* this.#unit((r) => r.arrayLength())
          for (let i = 0; i < length; i++) yield* this.#series(number())
        } else if (key === 'partial') {
          partial = (yield* this.#unit((r) => r.value())) === true
        } else if (key === 'error') {
          const text = yield* this.#unit((r) => r.string())
          this.#handler.failed(number(), text)
        } else if (key === 'messages') {
          const messages = yield* this.#unit((r) => r.value())
          for (const message of messages as Map<string, string>[])
            this.#handler.message(number(), message.get('level') ?? '', message.get('text') ?? '')
        } else yield* this.#skip()
      }.bind(this),
    )
    this.#handler.statementEnd(number(), partial)
    this.#progress.partial = partial
  }

  *#series(statement: number): Generator<void, void> {
    const parts: SeriesParts = { name: '', tags: {}, columns: [], partial: false }
    let taker: RowTaker | undefined
    const open = (): RowTaker =>
      (taker ??= this.#handler.series({
        statement,
        name: parts.name,
        tags: parts.tags,
        columns: parts.columns,
        timed: parts.columns[0] === 'time',
      }))
    yield* this.#map(
      function* (this: MsgpackDocuments, key: string): Generator<void, void> {
        if (key === 'name') parts.name = yield* this.#unit((r) => r.string())
        else if (key === 'tags') parts.tags = yield* this.#unit(tagsOf)
        else if (key === 'columns') parts.columns = yield* this.#unit((r) => r.value() as string[])
        else if (key === 'values') yield* this.#rows(open())
        else if (key === 'partial') parts.partial = (yield* this.#unit((r) => r.value())) === true
        else yield* this.#skip()
      }.bind(this),
    )
    open()
    this.#handler.seriesEnd(parts.partial)
  }

  *#rows(taker: RowTaker): Generator<void, void> {
    const reader = this.#reader
    let left = yield* this.#unit((r) => r.arrayLength())
    while (left > 0) {
      left = readRows(reader, taker, left)
      if (left > 0) yield
    }
  }
}

/** Reads rows as long as there are bytes; returns how many are left. */
function readRows(reader: MsgpackReader, taker: RowTaker, count: number): number {
  let left = count
  try {
    while (left > 0) {
      reader.mark()
      taker.row(reader)
      left--
    }
  } catch (error) {
    if (error !== MORE) throw error
    reader.back()
  }
  return left
}

function tagsOf(r: MsgpackReader): Record<string, string> {
  const tags: Record<string, string> = {}
  const length = r.mapLength()
  for (let i = 0; i < length; i++) setKey(tags, r.string(), r.string())
  return tags
}
