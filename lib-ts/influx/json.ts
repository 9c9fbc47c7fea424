// JSON, for servers that know nothing better: one document per line, 64-bit integers exact.
import { parse } from 'lossless-json'
import type { DocumentReader } from './documents.js'
import { Progress } from './documents.js'
import { FormatError, UnsafeInteger, type Integers } from './msgpack.js'
import type { ResultHandler } from './result.js'
import { setKey } from './result.js'
import { isoTime } from '../telemetry/index.js'

const LINE_END = 0x0a

interface JsonSeries {
  readonly name?: string
  readonly tags?: Readonly<Record<string, string>>
  readonly columns?: readonly string[]
  readonly values?: readonly unknown[][]
  readonly partial?: boolean
}

interface JsonResult {
  readonly statement_id?: number
  readonly series?: readonly JsonSeries[]
  readonly messages?: readonly { readonly level?: string; readonly text?: string }[]
  readonly error?: string
  readonly partial?: boolean
}

export class JsonDocuments implements DocumentReader {
  readonly #handler: ResultHandler
  readonly #integers: Integers
  readonly #progress = new Progress()
  #waiting: Buffer[] = []

  constructor(handler: ResultHandler, integers: Integers) {
    this.#handler = handler
    this.#integers = integers
  }

  push(part: Buffer): void {
    let start = 0
    for (let end = part.indexOf(LINE_END); end >= 0; end = part.indexOf(LINE_END, start)) {
      this.#waiting.push(part.subarray(start, end))
      start = end + 1
      this.#line()
    }
    if (start < part.length) this.#waiting.push(part.subarray(start))
  }

  end(): void {
    this.#line()
    this.#progress.end()
  }

  #line(): void {
    const text = Buffer.concat(this.#waiting).toString('utf8').trim()
    this.#waiting = []
    if (text === '') return
    let document: unknown
    try {
      document = parse(text, undefined, (digits) => this.#number(digits))
    } catch (error) {
      if (error instanceof UnsafeInteger) throw error
      throw new FormatError('the answer is not whole JSON', { cause: error })
    }
    if (typeof document !== 'object' || document === null)
      throw new FormatError('the answer is not a document of InfluxDB')
    const { results, error } = document as { results?: readonly JsonResult[]; error?: string }
    if (error !== undefined) this.#handler.failed(undefined, error)
    else if (!Array.isArray(results)) throw new FormatError('the answer is not a document of InfluxDB')
    for (const result of (results ?? []) as readonly JsonResult[]) this.#result(result)
    this.#handler.documentEnd?.()
    this.#progress.documents++
  }

  #number(digits: string): number | bigint {
    const number = Number(digits)
    if (Number.isSafeInteger(number) || !/^-?\d+$/.test(digits)) return number
    return BigInt(digits)
  }

  #result({ statement_id, series = [], messages = [], error, partial = false }: JsonResult): void {
    const statement = this.#progress.statement(statement_id)
    for (const one of series) this.#series(statement, one)
    for (const { level = '', text = '' } of messages) this.#handler.message(statement, level, text)
    if (error !== undefined) this.#handler.failed(statement, error)
    this.#handler.statementEnd(statement, partial)
    this.#progress.partial = partial
  }

  #series(
    statement: number,
    { name = '', tags = {}, columns = [], values = [], partial = false }: JsonSeries,
  ): void {
    const timed = columns[0] === 'time'
    const safe: Record<string, string> = {}
    for (const key of Object.keys(tags)) setKey(safe, key, tags[key])
    const taker = this.#handler.series({ statement, name, tags: safe, columns, timed })
    for (const row of values) {
      if (this.#integers === 'number' && row.some((x, i) => typeof x === 'bigint' && !(timed && i === 0)))
        throw new UnsafeInteger(row.find((x, i) => typeof x === 'bigint' && !(timed && i === 0)) as bigint)
      taker.plain(timed ? [timeOf(row[0]), ...row.slice(1)] : row)
    }
    this.#handler.seriesEnd(partial)
  }
}

function timeOf(time: unknown): bigint {
  if (typeof time === 'bigint') return time
  if (typeof time === 'number') return BigInt(time)
  const ns = typeof time === 'string' ? isoTime(time) : undefined
  if (ns === undefined) throw new FormatError('a time was expected, and something else came')
  return ns
}
