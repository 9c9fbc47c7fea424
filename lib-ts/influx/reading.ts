import {
  bad,
  integer,
  isPlainObject,
  isWellFormed,
  quote,
  readOptions,
  wordOf,
  type Check,
} from '../input/index.js'
import { InvalidArgumentError } from '../errors.js'
import { TypeClash, type ColumnType } from './column-builder.js'
import { MsgpackDocuments, type DocumentReader } from './documents.js'
import { argument, checking, codeOfStatus, InfluxError, InfluxQueryError, retryAfter } from './errors.js'
import type { Answer } from './exchange.js'
import type { Transport } from './http.js'
import { queryText, type InfluxQL } from './influxql.js'
import { JsonDocuments } from './json.js'
import { FormatError, UnsafeInteger } from './msgpack.js'
import { callChecks, type CallOptions } from './options.js'
import type { ResultCollector } from './result.js'
import { type ReadForm, type Result, type ResultHandler } from './result.js'
import { withoutSecrets } from './secrets.js'
import { serverText } from './server-text.js'

/** What queries take. */
export interface QueryOptions extends CallOptions {
  /** Bound by the server to `$name`. */
  readonly params?: Readonly<Record<string, string | number | bigint | boolean>> | undefined
  /** Integers as numbers when those hold them and bigint above (`auto`, the default), or always one of both. */
  readonly integers?: ReadForm['integers'] | undefined
  /** Times as bigint ns (the default), as Date, or as ISO text with nine digits. */
  readonly time?: ReadForm['time'] | undefined
  /** For columns: their types, where the server does not say them. */
  readonly types?: Readonly<Record<string, ColumnType>> | undefined
}

/** What queries that are read in chunks take. */
export interface ChunkOptions extends QueryOptions {
  /** Rows per chunk at most. 10000. */
  readonly chunkSize?: number | undefined
}

const paramsCheck: Check<NonNullable<QueryOptions['params']>> = (value, name) => {
  if (!isPlainObject(value)) throw bad(name, 'an object of values', value)
  for (const [key, x] of Object.entries(value)) {
    const fine =
      typeof x === 'boolean' ||
      (typeof x === 'string' && isWellFormed(x)) ||
      (typeof x === 'number' && Number.isFinite(x)) ||
      (typeof x === 'bigint' && BigInt.asIntN(64, x) === x)
    if (!fine)
      throw new InvalidArgumentError(
        `option "${name}.${key}" is text, a number, bigint or boolean, not ${quote(x)}`,
      )
  }
  return value as NonNullable<QueryOptions['params']>
}

const typesCheck: Check<NonNullable<QueryOptions['types']>> = (value, name) => {
  if (!isPlainObject(value)) throw bad(name, 'an object of types', value)
  const word = wordOf('float64', 'int64', 'uint64', 'bool', 'string')
  return Object.fromEntries(Object.entries(value).map(([key, type]) => [key, word(type, `${name}.${key}`)]))
}

export const queryChecks = {
  ...callChecks,
  params: paramsCheck,
  integers: wordOf('auto', 'bigint', 'number'),
  time: wordOf('bigint', 'date', 'iso'),
  types: typesCheck,
}
export const chunkChecks = { ...queryChecks, chunkSize: integer(1, 1_000_000) }

/** Where a view of a client reads. */
export interface Place {
  readonly transport: Transport
  readonly database: string | undefined
  readonly retentionPolicy: string | undefined
}

export interface Question {
  readonly text: string
  readonly options: ChunkOptions
  readonly form: ReadForm
  readonly op: string
}

export function question(q: string | InfluxQL, options: unknown, op: string, chunked: boolean): Question {
  const text = queryText(q, op)
  const read: ChunkOptions = checking(op, () => readOptions(options, chunked ? chunkChecks : queryChecks, op))
  return { text, options: read, op, form: { integers: read.integers ?? 'auto', time: read.time ?? 'bigint' } }
}

/** Asks, and reads the answer part by part into what `reader` makes for its form; yields after each part. */
export async function* ask<H extends ResultHandler & { failure: ResultCollector['failure'] }>(
  place: Place,
  { text, options, op, form }: Question,
  chunked: boolean,
  handlerFor: (exact: boolean) => H,
): AsyncGenerator<H, void, undefined> {
  const { database = place.database, retentionPolicy = place.retentionPolicy, chunkSize = 10_000 } = options
  const body = new URLSearchParams({ q: text, epoch: 'ns' })
  if (database !== undefined) body.set('db', database)
  if (retentionPolicy !== undefined) body.set('rp', retentionPolicy)
  if (options.params !== undefined) body.set('params', paramsText(options.params))
  if (chunked) {
    body.set('chunked', 'true')
    body.set('chunk_size', String(chunkSize))
  }
  const answer = await place.transport.send({
    op,
    method: 'POST',
    path: '/query',
    body: body.toString(),
    type: 'application/x-www-form-urlencoded',
    // This text and no other: with a list of types old servers answer JSON.
    accept: 'application/x-msgpack',
    signal: options.signal,
    timeout: options.timeout,
    database,
    query: text,
  })
  const about = { op, database, query: withoutSecrets(text), status: answer.status }
  if (answer.status !== 200) throw await refusal(answer, about)
  const type = /^[^;\s]*/.exec(answer.header('content-type') ?? '')?.[0] ?? ''
  const exact = type === 'application/x-msgpack'
  const handler = handlerFor(exact)
  const documents = documentsOf(type, handler, form)
  try {
    if (documents === undefined)
      throw new FormatError(`the answer is ${quote(type)}, which InfluxDB does not send`)
    for await (const part of answer.parts()) {
      documents.push(part)
      yield handler
    }
    documents.end()
  } catch (error) {
    // Its connection is of no use any more when nobody has read the body.
    if (documents === undefined) await answer.bytes(0)
    throw readingError(error, about)
  }
}

function documentsOf(type: string, handler: ResultHandler, form: ReadForm): DocumentReader | undefined {
  if (type === 'application/x-msgpack') return new MsgpackDocuments(handler, form.integers)
  if (type === 'application/json') return new JsonDocuments(handler, form.integers)
  return undefined
}

interface About {
  readonly op: string
  readonly database: string | undefined
  readonly query: string
  readonly status: number
}

function readingError(error: unknown, about: About): unknown {
  if (error instanceof FormatError)
    return new InfluxError(`${about.op}: ${error.message}`, {
      code: 'ERR_INFLUX_CONNECTION',
      ...about,
      cause: error,
    })
  if (error instanceof UnsafeInteger || error instanceof TypeClash)
    return argument(error.message, { op: about.op })
  return error
}

async function refusal(answer: Answer, about: About): Promise<InfluxError> {
  const text = serverText(answer, await answer.bytes())
  const code = codeOfStatus(answer.status, text, 'ERR_INFLUX_QUERY')
  const message = `${about.op}: ${withoutSecrets(text)}`
  return new InfluxQueryError(message, {
    code,
    ...about,
    retryAfter: retryAfter(answer.header('retry-after')),
  })
}

/** The error of a statement that failed. */
export function failureError(
  q: Question,
  database: string | undefined,
  failure: NonNullable<ResultCollector['failure']>,
  partial?: Result,
): InfluxQueryError {
  const { statement, text } = failure
  const code = codeOfStatus(200, text, 'ERR_INFLUX_QUERY')
  return new InfluxQueryError(`${q.op}: ${withoutSecrets(text)}`, {
    code,
    op: q.op,
    status: 200,
    database,
    query: withoutSecrets(q.text),
    statement,
    partial,
  })
}

/** JSON whose integers keep their digits. */
function paramsText(params: NonNullable<QueryOptions['params']>): string {
  const entries = Object.entries(params).map(
    ([key, x]) => `${JSON.stringify(key)}:${typeof x === 'bigint' ? String(x) : JSON.stringify(x)}`,
  )
  return `{${entries.join(',')}}`
}
