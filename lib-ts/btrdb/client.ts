import { flag, INSPECT, readOptions, shown, type Inspect } from '../input/index.js'
import type { BatcherStats, Updates } from '../telemetry/index.js'
import type { Annotations } from './annotations.js'
import { arrowFor } from './arrow-choice.js'
import { lookupIn, uuidsIn, type CollectionOptions } from './client-input.js'
import { connection, type Connection } from './connect.js'
import type { Core, ReadOptions } from './core.js'
import { csvIn, type CsvOptions } from './csv.js'
import { checking } from './errors.js'
import { findStream, lookUp } from './find-stream.js'
import type { Spec } from './guard.js'
import { BTrDBHistory, type BTrDBHistoryOptions } from './history.js'
import { LiveSubscription } from './live.js'
import { fetchAll } from './lookup.js'
import { annotationsIn, collectionIn, pairs, tagsIn } from './metadata.js'
import {
  abortSignalOf,
  callChecks,
  limitCheck,
  readCall,
  type CallOptions,
  type ConnectOptions,
} from './options.js'
import { Platform, type CollectionRetention, type Retention, type Row } from './platform.js'
import { pixelsIn, plotOf, type Plot } from './plot.js'
import { record, type RecordOptions } from './record.js'
import type { BTrDBStats, Session } from './session.js'
import { BTrDBSink, type SinkOptions } from './sink.js'
import { allSqlRows, csvRows, paramsIn, queryIn, sqlRows, type SqlParameter } from './sql.js'
import { optionsIn, readChecks } from './stream-options.js'
import { StreamSet } from './stream-set.js'
import { Stream } from './stream.js'
import { spanOf, type Range } from './time.js'
import { bytesOfUuid } from './uuid.js'
import { uuidOf, type UuidLike } from './versions.js'

/** What {@link BTrDB.info} tells. */
export interface ServerInfo {
  readonly majorVersion: number
  readonly minorVersion: number
  readonly build: string
  readonly proxy: { readonly proxyEndpoints: string[] }
}

/**
 * A client of BTrDB 5 and PredictiveGrid.
 *
 * @example
 * import { BTrDB } from 'node-pvxs/btrdb'
 *
 * const day = async () => {
 *   await using db = await BTrDB.connect()
 *   return db.plot('lab:temperature', { from: '2026-11-01', to: '2026-11-02' }, 1200)
 * }
 */
export class BTrDB implements AsyncDisposable {
  /** The server that answers. */
  readonly endpoint: string
  readonly server: {
    readonly majorVersion: number
    readonly minorVersion: number
    readonly build: string
    /** Whether it has the calls that carry Arrow: from 5.30 on. */
    readonly arrow: boolean
  }
  readonly #session: Session
  readonly #core: Core

  private constructor({ session, info, settings }: Connection) {
    const { majorVersion, minorVersion, build } = info
    const arrow = majorVersion > 5 || (majorVersion === 5 && minorVersion >= 30)
    this.#session = session
    this.endpoint = session.endpoint
    this.server = { majorVersion, minorVersion, build, arrow }
    const query = (text: string, params: readonly string[], spec: Spec) =>
      allSqlRows(session, { query: text, params }, spec) as Promise<Row[]>
    const platform = new Platform({ session, options: settings.platform, build, query })
    this.#core = {
      db: this,
      session,
      settings,
      platform,
      arrow: (kind = settings.transport, op) =>
        kind === 'proto' ? undefined : arrowFor(session, { kind, op, served: arrow }),
    }
  }

  /**
   * Connects to the server that the options, the environment or a credentials file name, and asks what it is.
   *
   * @throws {@link BTrDBError} `ERR_BTRDB_CONNECT`, `_AUTH`, `_CREDENTIALS`, `_PROFILE`, `_NOT_SUPPORTED`, `_PEER`
   */
  static async connect(options?: ConnectOptions): Promise<BTrDB> {
    return new BTrDB(await connection(options))
  }

  /** Makes a stream. A uuid or a name that is there already rejects with `ERR_BTRDB_EXISTS` or `ERR_BTRDB_AMBIGUOUS`. */
  async create(
    uuid: UuidLike,
    collection: string,
    tags: Readonly<Record<string, string>> = {},
    annotations: Annotations = {},
    options?: CallOptions,
  ): Promise<Stream> {
    const op = 'create'
    const id = uuidOf(uuid, op)
    const place = collectionIn(collection, op)
    const request = {
      uuid: bytesOfUuid(id, op),
      collection: place,
      tags: pairs(tagsIn(tags, op)),
      annotations: pairs(annotationsIn(annotations, op)),
    }
    const spec = { ...this.#spec(options, op), uuid: id }
    await this.#session.unary('Create', request, spec, false)
    const metadata = { collection: place, tags: { ...tags }, annotations: { ...annotations } }
    return new Stream(this.#core, id, { ...metadata, propertyVersion: undefined })
  }

  /** What the server is. */
  async info(options?: CallOptions): Promise<ServerInfo> {
    const { majorVersion, minorVersion, build, proxy } = await this.#session.unary(
      'Info',
      {},
      this.#spec(options, 'info'),
    )
    return {
      majorVersion,
      minorVersion,
      build,
      proxy: { proxyEndpoints: [...(proxy?.proxyEndpoints ?? [])] },
    }
  }

  /** The collections that begin with `prefix`, sorted. */
  async listCollections(prefix = '', options?: CallOptions): Promise<string[]> {
    const op = 'listCollections'
    const request = { prefix: collectionIn(prefix, op) }
    const all = new Set<string>()
    const anew = () => {
      all.clear()
      return request
    }
    const spec = this.#spec(options, op)
    for await (const { collections } of this.#session.pages('ListCollections', anew, spec, {
      resume: 'anew',
    }))
      for (const one of collections) all.add(one)
    return [...all].sort()
  }

  /** A handle, without asking the server. */
  streamFromUuid(uuid: UuidLike): Stream {
    return new Stream(this.#core, uuidOf(uuid, 'streamFromUuid'))
  }

  /** The streams of a collection, with their metadata, sorted by collection and name. */
  async streamsInCollection(collection = '', options?: CollectionOptions): Promise<StreamSet> {
    const op = 'streamsInCollection'
    const { request, call } = lookupIn(collection, options, op)
    return new StreamSet(this.#core, sorted(await lookUp(this.#core, request, { op, ...call })))
  }

  /**
   * A set of streams in that order.
   *
   * @throws {@link BTrDBError} `ERR_BTRDB_NOT_FOUND` with `uuids`, those that are not there, unless `fetchMetadata` is false
   */
  async streamsetFromUuids(
    uuids: Iterable<UuidLike>,
    options?: { readonly fetchMetadata?: boolean | undefined } & CallOptions,
  ): Promise<StreamSet> {
    const op = 'streamsetFromUuids'
    const { fetchMetadata = true, ...call } = checking(op, () =>
      readOptions(options, { ...callChecks, fetchMetadata: flag }, op),
    )
    call.signal?.throwIfAborted()
    const streams = uuidsIn(uuids, op).map((uuid) => new Stream(this.#core, uuid))
    if (fetchMetadata) await fetchAll(this.#session, streams, { op, ...call })
    return new StreamSet(this.#core, streams)
  }

  /**
   * The stream that is called so, with its metadata: `'collection/name'`, a uuid, or the name of a PV.
   *
   * @throws {@link BTrDBError} `ERR_BTRDB_NOT_FOUND`, `ERR_BTRDB_AMBIGUOUS`
   */
  async stream(id: UuidLike | Stream, options?: CallOptions): Promise<Stream> {
    return findStream(this.#core, id, this.#spec(options, 'stream'))
  }

  /** Rows of a query over the metadata. `$1` in it is the first parameter. */
  async sqlQuery<T = Row>(
    query: string,
    params: readonly SqlParameter[] = [],
    options?: CallOptions,
  ): Promise<T[]> {
    const op = 'sqlQuery'
    const request = { query: queryIn(query, op), params: paramsIn(params, op) }
    return (await allSqlRows(this.#session, request, this.#spec(options, op))) as T[]
  }

  /** The same, row by row. */
  async *sqlRows<T = Row>(
    query: string,
    params: readonly SqlParameter[] = [],
    options?: CallOptions,
  ): AsyncGenerator<T, void, undefined> {
    const op = 'sqlRows'
    const request = { query: queryIn(query, op), params: paramsIn(params, op) }
    yield* sqlRows(this.#session, request, this.#spec(options, op)) as AsyncGenerator<T, void, undefined>
  }

  /** How many streams have each tag and annotation, in the collections that begin with `prefix`. */
  async metadataUsage(
    prefix = '',
    options?: CallOptions,
  ): Promise<{ tags: Record<string, bigint>; annotations: Record<string, bigint> }> {
    const op = 'metadataUsage'
    const request = { prefix: collectionIn(prefix, op) }
    const usage = await this.#session.unary('GetMetadataUsage', request, this.#spec(options, op))
    const counts = (list: typeof usage.tags): Record<string, bigint> =>
      Object.fromEntries(list.map(({ key, count }) => [key, count]))
    return { tags: counts(usage.tags), annotations: counts(usage.annotations) }
  }

  /** Streams as rows of text, made by the server; the first is the header. */
  async *csv(
    streams: Iterable<UuidLike>,
    range: Range,
    options?: CsvOptions,
  ): AsyncGenerator<string[], void, undefined> {
    const { request, call } = csvIn(streams, range, options)
    if (request.columns.length > 0) yield* csvRows(this.#session, request, { op: 'csv', ...call })
  }

  /** Points of streams as they are written. Needs `apache-arrow`, and a server from 5.30 on. */
  subscribe(
    streams: Iterable<UuidLike>,
    options?: { readonly signal?: AbortSignal | undefined },
  ): LiveSubscription {
    const op = 'subscribe'
    return new LiveSubscription(this.#core, uuidsIn(streams, op), abortSignalOf(options, op))
  }

  /**
   * What a chart of `pixels` needs, at the price of its width: the narrowest windows of 2^k ns of which at most `pixels` lie
   * in the range, or the points where there are no more of them. The newest data is in it.
   */
  async plot(id: UuidLike | Stream, range: Range, pixels: number, options?: ReadOptions): Promise<Plot> {
    const op = 'plot'
    const width = pixelsIn(pixels)
    const span = spanOf(range, op)
    const { version, transport, ...call } = optionsIn(options, readChecks, op)
    const stream = id instanceof Stream ? id : await findStream(this.#core, id, { op, ...call })
    return plotOf(stream, span, width, { ...call, version: version ?? stream.pinned, transport })
  }

  /** A sink: PVs into BTrDB. */
  sink(options?: SinkOptions): BTrDBSink {
    return new BTrDBSink(this.#core, options)
  }

  /** What a sink has written, as samples. */
  history(options?: BTrDBHistoryOptions): BTrDBHistory {
    return new BTrDBHistory(this.#core, options)
  }

  /** Updates of PVs into BTrDB, until they end or the signal fires; then everything is written. */
  record(updates: Updates, options?: RecordOptions): Promise<BatcherStats> {
    return record(this.#core, updates, options)
  }

  /** Without `removeOlderThan` (ms) points are kept for ever. See {@link ConnectOptions.platform}. */
  async setCollectionRetention(
    collection: string,
    retention: CollectionRetention = {},
    options?: CallOptions,
  ): Promise<void> {
    const op = 'setCollectionRetention'
    return this.#core.platform.setCollectionRetention(
      collectionIn(collection, op),
      retention,
      this.#spec(options, op),
    )
  }

  /** How long the points of a collection are kept. See {@link ConnectOptions.platform}. */
  async getCollectionProperties(
    collection: string,
    options?: CallOptions,
  ): Promise<{ retention: Retention }> {
    const op = 'getCollectionProperties'
    return this.#core.platform.getCollectionProperties(collectionIn(collection, op), this.#spec(options, op))
  }

  /** A device by its id. The public interface lacks it: see {@link ConnectOptions.platform}. */
  async getDevice(id: number, options?: CallOptions): Promise<Row> {
    return this.#core.platform.get('device', id, this.#spec(options, 'getDevice'))
  }

  /** All devices. See {@link ConnectOptions.platform}. */
  async listDevices(options?: CallOptions): Promise<Row[]> {
    return this.#core.platform.list('device', this.#spec(options, 'listDevices'))
  }

  /** Makes a device, and gives it with its id. See {@link ConnectOptions.platform}. */
  async createDevice(fields: Row, options?: CallOptions): Promise<Row> {
    return this.#core.platform.create('device', fields, this.#spec(options, 'createDevice'))
  }

  /** Changes the device whose id the row has. See {@link ConnectOptions.platform}. */
  async updateDevice(row: Row, options?: CallOptions): Promise<Row> {
    return this.#core.platform.update('device', row, this.#spec(options, 'updateDevice'))
  }

  /** Removes a device. See {@link ConnectOptions.platform}. */
  async deleteDevice(id: number, options?: CallOptions): Promise<void> {
    return this.#core.platform.delete('device', id, this.#spec(options, 'deleteDevice'))
  }

  /** A unit by its id. The public interface lacks it: see {@link ConnectOptions.platform}. */
  async getUnit(id: number, options?: CallOptions): Promise<Row> {
    return this.#core.platform.get('unit', id, this.#spec(options, 'getUnit'))
  }

  /** All units. See {@link ConnectOptions.platform}. */
  async listUnits(options?: CallOptions): Promise<Row[]> {
    return this.#core.platform.list('unit', this.#spec(options, 'listUnits'))
  }

  /** Makes a unit, and gives it with its id. See {@link ConnectOptions.platform}. */
  async createUnit(fields: Row, options?: CallOptions): Promise<Row> {
    return this.#core.platform.create('unit', fields, this.#spec(options, 'createUnit'))
  }

  /** Changes the unit whose id the row has. See {@link ConnectOptions.platform}. */
  async updateUnit(row: Row, options?: CallOptions): Promise<Row> {
    return this.#core.platform.update('unit', row, this.#spec(options, 'updateUnit'))
  }

  /** Removes a unit. See {@link ConnectOptions.platform}. */
  async deleteUnit(id: number, options?: CallOptions): Promise<void> {
    return this.#core.platform.delete('unit', id, this.#spec(options, 'deleteUnit'))
  }

  /** How many calls run at once; the others wait in order. Setting it acts at once. */
  get concurrencyLimit(): number {
    return this.#session.slots.limit
  }

  set concurrencyLimit(limit: number) {
    this.#session.slots.limit = checking('concurrencyLimit', () => limitCheck(limit, 'concurrencyLimit'))
  }

  /** Counts of calls and points. */
  get stats(): BTrDBStats {
    return this.#session.stats
  }

  /** Whether {@link close} was called. */
  get closed(): boolean {
    return this.#session.closed
  }

  /** Ends all calls with `ERR_BTRDB_CLOSED`, and the connection. Twice is fine. */
  close(): Promise<void> {
    return this.#session.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** @internal */
  [INSPECT](_depth: number, options: unknown, inspect: Inspect): string {
    const { endpoint, server, concurrencyLimit, stats, closed } = this
    return shown('BTrDB', { endpoint, server, concurrencyLimit, stats, closed }, options, inspect)
  }

  #spec(options: unknown, op: string): Spec {
    return { op, ...readCall(options, op) }
  }
}

function sorted(streams: Stream[]): Stream[] {
  const key = ({ collection = '', name = '', uuid }: Stream): string => `${collection}\0${name}\0${uuid}`
  return streams.sort((a, b) => (key(a) < key(b) ? -1 : 1))
}
