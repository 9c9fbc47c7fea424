import { inspect } from 'node:util'
import { readOptions } from '../input/index.js'
import type { BatcherStats, Updates } from '../telemetry/index.js'
import { ColumnsCollector, type Columns, type StatementColumns } from './columns.js'
import { checking, codeOfStatus, InfluxError } from './errors.js'
import { InfluxHistory } from './history.js'
import { Transport } from './http.js'
import type { InfluxQL } from './influxql.js'
import type { LayoutOptions } from './layout.js'
import { Management, type DatabaseOptions, type PolicyOptions, type RetentionPolicy } from './management.js'
import {
  callChecks,
  optionsOfEnv,
  placeName,
  precisionCheck,
  readInfluxOptions,
  type CallOptions,
  type InfluxOptions,
  type Precision,
} from './options.js'
import { ask, failureError, question, type ChunkOptions, type QueryOptions } from './reading.js'
import { record, type RecordOptions } from './record.js'
import { ResultCollector, type Result, type Row } from './result.js'
import { rowsOf } from './rows.js'
import { InfluxSink, type SinkOptions } from './sink.js'
import { serverText } from './server-text.js'
import { writeColumns } from './write-columns.js'
import { write, type Writable, type WriteOptions, type WriteReport } from './writing.js'

/** Counters of a client and all its views. */
export interface InfluxStats {
  readonly requests: number
  readonly failed: number
  readonly bytesOut: number
  readonly bytesIn: number
  /** Points that were written. */
  readonly points: number
}

/** What all views of a client share. */
interface Shared {
  readonly transport: Transport
  points: number
}

/** Where a view reads and writes. */
interface View {
  readonly database: string | undefined
  readonly retentionPolicy: string | undefined
  readonly precision: Precision
}

const INSIDE = Symbol('inside')

/** What the constructor is handed by `with`. */
interface ViewOptions {
  readonly [INSIDE]: { readonly shared: Shared; readonly view: View }
}

function isView(options: unknown): options is ViewOptions {
  return typeof options === 'object' && options !== null && Object.hasOwn(options, INSIDE)
}

/**
 * A client of InfluxDB.
 *
 * It opens nothing until it is used. Every call takes `{ signal, timeout, database, retentionPolicy }`.
 *
 * @throws {@link InfluxError} `ERR_INFLUX_ARGUMENT` that names the option
 * @example
 * await using db = new InfluxDB({ url: 'http://localhost:8086', database: 'lab' })
 * await db.createDatabase()
 * await db.write({ measurement: 'shift', tags: { crew: 'B' }, fields: { dose: 1.5, count: 3n } })
 * for await (const { time, dose } of db.rows('SELECT dose FROM shift')) console.log(time, dose)
 */
export class InfluxDB implements AsyncDisposable {
  readonly #shared: Shared
  readonly #view: View
  /** A view closes nothing. */
  readonly #owner: boolean

  constructor(options: InfluxOptions) {
    if (isView(options)) {
      const { shared, view } = options[INSIDE]
      this.#shared = shared
      this.#view = view
      this.#owner = false
      return
    }
    const settings = readInfluxOptions(options)
    const { database, retentionPolicy, precision } = settings
    this.#shared = { transport: new Transport(settings), points: 0 }
    this.#view = { database, retentionPolicy, precision }
    this.#owner = true
  }

  /**
   * A client by the environment: INFLUX_URL or INFLUX_HOST, INFLUX_DATABASE or INFLUX_BUCKET, INFLUX_ORG, INFLUX_TOKEN,
   * INFLUX_USERNAME, INFLUX_PASSWORD, INFLUX_API. Options win.
   *
   * @example
   * const db = InfluxDB.fromEnv({ INFLUX_HOST: 'http://localhost:8086', INFLUX_DATABASE: 'lab' }, { gzip: true })
   */
  static fromEnv(
    env: Readonly<Record<string, string | undefined>> = process.env,
    options: Partial<InfluxOptions> = {},
  ): InfluxDB {
    return new InfluxDB({ ...optionsOfEnv(env), ...options } as InfluxOptions)
  }

  /**
   * Whether the server is there; works without a database and without rights. `version` is '' for one that does not say
   * that it is InfluxDB.
   */
  async ping(
    options?: CallOptions,
  ): Promise<{ readonly version: string; readonly build?: string; readonly ms: number }> {
    const { signal, timeout } = checking('ping', () => readOptions(options, callChecks, 'ping'))
    const start = performance.now()
    const answer = await this.#shared.transport.send({
      op: 'ping',
      method: 'GET',
      path: '/ping',
      signal,
      timeout,
    })
    const body = await answer.bytes()
    const version = answer.header('x-influxdb-version')
    const build = answer.header('x-influxdb-build')
    const { status } = answer
    if (status === 401 || status === 403 || status === 408 || status === 429 || status >= 500)
      throw new InfluxError(`ping: ${serverText(answer, body)}`, {
        code: codeOfStatus(status, '', 'ERR_INFLUX_CONNECTION'),
        op: 'ping',
        status,
      })
    return {
      version: version ?? '',
      ...(build === undefined ? {} : { build }),
      ms: performance.now() - start,
    }
  }

  /**
   * Writes points, or line protocol as text or bytes, in batches and in order.
   *
   * What cannot be stored as it is is refused by name. An async iterable is read no faster than it is written.
   *
   * @throws {@link InfluxWriteError} with `written`, the points that are safely stored
   * @example
   * const { points } = await db.write([{ measurement: 'shift', fields: { dose: 1.5 } }, 'shift dose=1.6 1700000000000000000'])
   * points // → 2
   */
  write(data: Writable, options?: WriteOptions): Promise<WriteReport> {
    return write(this.#target, data, options)
  }

  /**
   * Writes tables of typed arrays; what {@link columns} gave may be written as it is. Times count ns.
   *
   * @throws {@link InfluxWriteError}
   */
  writeColumns(columns: Columns | readonly Columns[], options?: WriteOptions): Promise<WriteReport> {
    return writeColumns(this.#target, columns, options)
  }

  /**
   * Asks; the whole answer at once.
   *
   * @throws {@link InfluxQueryError} when a statement fails; `partial` has those before it
   * @example
   * const { statements } = await db.query('SHOW DATABASES')
   * console.log(statements[0]?.series[0]?.values)
   */
  async query(q: string | InfluxQL, options?: QueryOptions): Promise<Result> {
    const asked = question(q, options, 'query', false)
    let collector: ResultCollector | undefined
    const answer = ask(this.#place, asked, false, () => (collector = new ResultCollector(asked.form)))
    while ((await answer.next()).done !== true);
    const { failure } = collector as unknown as ResultCollector
    // One document, or one per chunk where a server sends chunks unasked.
    const documents = (collector as unknown as ResultCollector).takeDocuments()
    const result: Result = { statements: documents.flatMap(({ statements }) => statements) }
    if (failure !== undefined) throw failureError(asked, this.#database(asked.options), failure, result)
    return result
  }

  /** Asks; the answer in chunks of `chunkSize` rows at most, as the server computes them. */
  async *queryChunks(q: string | InfluxQL, options?: ChunkOptions): AsyncGenerator<Result, void, undefined> {
    const asked = question(q, options, 'queryChunks', true)
    for await (const collector of ask(this.#place, asked, true, () => new ResultCollector(asked.form))) {
      yield* collector.takeDocuments()
      if (collector.failure !== undefined)
        throw failureError(asked, this.#database(asked.options), collector.failure)
    }
  }

  /**
   * Asks; rows `{ time, ...tags, ...columns }` one by one, of all series of all statements, streamed.
   *
   * @example
   * for await (const { time, value } of db.rows('SELECT value FROM pv WHERE time > now() - 1h')) console.log(time, value)
   */
  rows<T = Row>(q: string | InfluxQL, options?: ChunkOptions): AsyncIterableIterator<T> {
    return rowsOf(this.#place, question(q, options, 'rows', true)) as AsyncIterableIterator<T>
  }

  /**
   * Asks; typed arrays, one entry per series.
   *
   * @example
   * for (const { tags, time, fields } of await db.columns('SELECT value FROM pv GROUP BY pv')) console.log(tags, time, fields)
   */
  async columns(q: string | InfluxQL, options?: ChunkOptions): Promise<Columns[]> {
    const all: Columns[] = []
    for await (const { columns } of this.#columns(q, options, 'columns', false)) all.push(columns)
    return all
  }

  /** Asks; typed arrays of the rows of each chunk. */
  async *columnChunks(
    q: string | InfluxQL,
    options?: ChunkOptions,
  ): AsyncGenerator<Columns, void, undefined> {
    for await (const { columns } of this.#columns(q, options, 'columnChunks', true)) yield columns
  }

  async *#columns(
    q: string | InfluxQL,
    options: ChunkOptions | undefined,
    op: string,
    chunks: boolean,
  ): AsyncGenerator<StatementColumns, void, undefined> {
    const asked = question(q, options, op, true)
    const { types = {} } = asked.options
    let collector: ColumnsCollector | undefined
    for await (collector of ask(
      this.#place,
      asked,
      true,
      (exact) => new ColumnsCollector(types, chunks, exact),
    )) {
      yield* collector.takeFinished()
      if (collector.failure !== undefined)
        throw failureError(asked, this.#database(asked.options), collector.failure)
    }
    collector?.end()
    yield* collector?.takeFinished() ?? []
  }

  /**
   * A view with another database, policy or precision on the same connections. Closing a view closes nothing.
   *
   * @example
   * const archive = db.with({ database: 'archive', precision: 'ms' })
   */
  with(options: {
    readonly database?: string | undefined
    readonly retentionPolicy?: string | undefined
    readonly precision?: Precision | undefined
  }): InfluxDB {
    const checks = { database: placeName, retentionPolicy: placeName, precision: precisionCheck }
    const read = checking('with', () => readOptions(options, checks, 'with'))
    const view = { ...this.#view, ...read }
    return new InfluxDB({ [INSIDE]: { shared: this.#shared, view } } as unknown as InfluxOptions)
  }

  /**
   * Samples in, for a Batcher: `new Batcher(db.sink())`. What the server refuses is pinned to its samples.
   *
   * @example
   * import { Batcher } from 'node-pvxs/telemetry'
   *
   * await using batcher = new Batcher(db.sink({ tags: { site: 'north' } }))
   */
  sink(options?: SinkOptions): InfluxSink {
    return new InfluxSink(this.#target, options)
  }

  /** Samples out, as a sink of the same layout has written them. */
  history(options?: LayoutOptions): InfluxHistory {
    return new InfluxHistory(async (q, o) => {
      const all: StatementColumns[] = []
      for await (const columns of this.#columns(q, o, 'query', false)) all.push(columns)
      return all
    }, options)
  }

  /**
   * Records updates of PVs until they end, then flushes and resolves with the counts. It fails at once with what is wrong
   * as long as nothing was ever written, and is patient after that. An abort flushes for at most `timeout`.
   *
   * @example
   * setTimeout(() => ctx.close(), 500) // or on SIGINT: the updates end, and what was taken is flushed
   * console.log(await db.record(ctx.monitorAll(['lab:temperature', 'lab:mode'])))
   */
  record(updates: Updates, options?: RecordOptions): Promise<BatcherStats> {
    return record(this.#target, updates, options)
  }

  /** Makes a database; harmless when it is there. */
  createDatabase(name?: string, options?: DatabaseOptions): Promise<void> {
    return this.#manage.createDatabase(name, options)
  }

  /** Drops a database and all that is in it; that of the client when none is named. */
  dropDatabase(name?: string, options?: CallOptions): Promise<void> {
    return this.#manage.dropDatabase(name, options)
  }

  /** Drops a measurement with all its series. */
  dropMeasurement(name: string, options?: CallOptions): Promise<void> {
    return this.#manage.dropMeasurement(name, options)
  }

  /** Drops the series of a measurement, with these tags, or both. */
  dropSeries(
    options: CallOptions & { readonly from?: string; readonly where?: Readonly<Record<string, string>> },
  ): Promise<void> {
    return this.#manage.dropSeries(options)
  }

  /** Makes a retention policy: how long points are kept. */
  createRetentionPolicy(name: string, options: PolicyOptions): Promise<void> {
    return this.#manage.createRetentionPolicy(name, options)
  }

  /** Drops a retention policy and the points in it. */
  dropRetentionPolicy(name: string, options?: CallOptions): Promise<void> {
    return this.#manage.dropRetentionPolicy(name, options)
  }

  /** Names of all databases. */
  showDatabases(options?: CallOptions): Promise<string[]> {
    return this.#manage.showDatabases(options)
  }

  /** Names of the measurements. */
  showMeasurements(options?: CallOptions): Promise<string[]> {
    return this.#manage.showMeasurements(options)
  }

  /** All users, and who of them is an administrator. */
  showUsers(options?: CallOptions): Promise<{ user: string; admin: boolean }[]> {
    return this.#manage.showUsers(options)
  }

  /** The series' keys, as the server writes them. */
  showSeries(measurement?: string, options?: CallOptions): Promise<string[]> {
    return this.#manage.showSeries(measurement, options)
  }

  /** Tag keys by measurement. */
  showTagKeys(measurement?: string, options?: CallOptions): Promise<Record<string, string[]>> {
    return this.#manage.showTagKeys(measurement, options)
  }

  /** Field keys and their types by measurement. */
  showFieldKeys(
    measurement?: string,
    options?: CallOptions,
  ): Promise<Record<string, Record<string, string>>> {
    return this.#manage.showFieldKeys(measurement, options)
  }

  /** Values of a tag, of all measurements or of one. */
  showTagValues(key: string, measurement?: string, options?: CallOptions): Promise<string[]> {
    return this.#manage.showTagValues(key, measurement, options)
  }

  /** The policies of the database, with the server's own texts of durations. */
  showRetentionPolicies(options?: CallOptions): Promise<RetentionPolicy[]> {
    return this.#manage.showRetentionPolicies(options)
  }

  /** Continuous queries by database. */
  showContinuousQueries(options?: CallOptions): Promise<Record<string, { name: string; query: string }[]>> {
    return this.#manage.showContinuousQueries(options)
  }

  get stats(): InfluxStats {
    return { ...this.#shared.transport.stats, points: this.#shared.points }
  }

  get closed(): boolean {
    return this.#shared.transport.closed
  }

  /** Ends what runs with `ERR_INFLUX_CLOSED`, and closes the connections; twice is harmless. */
  async close(): Promise<void> {
    if (this.#owner) await this.#shared.transport.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  [inspect.custom](): string {
    const { url, api } = this.#shared.transport.settings
    const place = [this.#view.database, this.#view.retentionPolicy].filter((part) => part !== undefined)
    return `InfluxDB { ${url.href} (${api})${place.length === 0 ? '' : `, ${place.join('/')}`} }`
  }

  get #manage(): Management {
    const run = async (q: string | InfluxQL, { signal, timeout, database, retentionPolicy }: CallOptions) => {
      const { statements } = await this.query(q, { signal, timeout, database, retentionPolicy })
      return statements.flatMap(({ series }) => series)
    }
    return new Management(run, this.#view.database)
  }

  #database(o: CallOptions): string | undefined {
    return o.database ?? this.#view.database
  }

  get #place() {
    return { transport: this.#shared.transport, ...this.#view }
  }

  get #target() {
    return {
      ...this.#place,
      written: (points: number) => {
        this.#shared.points += points
      },
    }
  }
}
