import { INSPECT, quote, readOptions, shown, type Inspect } from '../input/index.js'
import { onAbort } from './abort-listeners.js'
import type { Point, Points, Windows } from './columns.js'
import type { Core, ReadOptions } from './core.js'
import { argument, checking } from './errors.js'
import { testOf, type StreamFilter } from './filter.js'
import type { InsertOptions } from './insert.js'
import { joinedRows, snapped, tableOfPages, type JoinedRow, type JoinedTable } from './join.js'
import { fetchAll } from './lookup.js'
import { callChecks, readCall, transportCheck, type CallOptions } from './options.js'
import { pointsIn, type PointsLike } from './points-input.js'
import type { ChangedRange, ChangesOptions } from './changes.js'
import type { Stream } from './stream.js'
import type { PreciseOptions } from './stream-options.js'
import { spanOf, versionIn, type Range, type Time } from './time.js'
import { byUuid, uuidOf, versionsIn, type UuidLike, type Versions } from './versions.js'

/** What {@link StreamSet.table} takes. */
export interface TableOptions extends ReadOptions {
  /** ns: times go to the nearest multiple of it. */
  readonly snap?: bigint | undefined
}

const tableChecks = {
  ...callChecks,
  version: (value: unknown) => versionIn(value, 'option "version"', 'table'),
  transport: transportCheck,
  snap: (value: unknown) => {
    if (typeof value !== 'bigint' || value < 1n || value > 1n << 62n)
      throw argument(`table: snap is a bigint of ns from 1 on, not ${quote(value)}`, { op: 'table' })
    return value
  },
}

/**
 * Several streams, read side by side. Answers stand in the order of the set; the first failure rejects, names its `uuid`,
 * and cancels the others.
 *
 * @example
 * import { BTrDB } from 'node-pvxs/btrdb'
 *
 * const volts = async (db: BTrDB) => {
 *   const streams = await db.streamsInCollection('lab')
 *   const pinned = await streams.filter({ unit: 'V' }).pinVersions()
 *   return pinned.table({ from: '2026-11-01', to: '2026-11-02' }, { snap: 1_000_000n })
 * }
 */
export class StreamSet implements Iterable<Stream> {
  readonly #core: Core
  readonly #members: ReadonlyMap<string, Stream>
  readonly streams: readonly Stream[]
  /** Of a pinned set: the versions that all its reads are of, by uuid. */
  declare readonly versions?: ReadonlyMap<string, bigint>

  /** @internal */
  constructor(core: Core, streams: readonly Stream[], versions?: ReadonlyMap<string, bigint>) {
    this.#core = core
    this.streams = streams
    this.#members = new Map(streams.map((stream) => [stream.uuid, stream]))
    if (versions !== undefined) this.versions = versions
  }

  /** How many streams it has. */
  get length(): number {
    return this.streams.length
  }

  /** The stream at a place; from the end with a negative one. */
  at(index: number): Stream | undefined {
    return this.streams.at(index)
  }

  /** The stream with that uuid. */
  get(uuid: UuidLike): Stream | undefined {
    return this.#members.get(uuidOf(uuid, 'get'))
  }

  [Symbol.iterator](): IterableIterator<Stream> {
    return this.streams[Symbol.iterator]()
  }

  /**
   * The streams that match, as a set.
   *
   * @throws {@link BTrDBError} `ERR_BTRDB_METADATA` when metadata was not fetched
   */
  filter(by: StreamFilter | ((stream: Stream) => boolean)): StreamSet {
    return this.#with(this.streams.filter(testOf(by, this.streams)))
  }

  /** A set whose reads are of these versions; without any, of the latest of each. */
  async pinVersions(versions?: Versions, options?: CallOptions): Promise<StreamSet> {
    const op = 'pinVersions'
    const call = readCall(options, op)
    const wanted = versions === undefined ? await this.getLatestVersion(call) : versionsIn(versions, op)
    this.#checkMembers(wanted.keys(), op)
    const pinned = this.streams.map((stream) => {
      const version = wanted.get(stream.uuid) ?? stream.pinned
      return version === undefined ? stream : stream.pin(version)
    })
    return new StreamSet(this.#core, pinned, versionsOf(pinned))
  }

  /** The points of each stream. */
  rawValues(range: Range, options?: ReadOptions): Promise<Points[]> {
    return this.#all(
      options,
      (stream, o) => stream.rawValues(range, o),
      () => spanOf(range, 'rawValues'),
    )
  }

  /** Windows of 2^pointWidth ns of each stream, on absolute multiples. */
  alignedWindows(range: Range, pointWidth: number, options?: ReadOptions): Promise<Windows[]> {
    return this.#all(options, (stream, o) => stream.alignedWindows(range, pointWidth, o))
  }

  /** Windows of `width` ns of each stream, from the beginning of the range on. */
  preciseWindows(range: Range, width: bigint | number, options?: PreciseOptions): Promise<Windows[]> {
    return this.#all(options, (stream, o: PreciseOptions) => stream.preciseWindows(range, width, o))
  }

  /** All streams joined by time, as they come. It takes the memory of one page for each stream. */
  async *rows(range: Range, options?: ReadOptions): AsyncGenerator<JoinedRow, void, undefined> {
    spanOf(range, 'rows')
    yield* joinedRows(this.streams.map((stream) => stream.rawValuesIter(range, options)))
  }

  /** The same as columns, NaN where a stream has nothing. */
  async table(range: Range, options?: TableOptions): Promise<JoinedTable> {
    const op = 'table'
    const { snap, ...read } = checking(op, () => readOptions(options, tableChecks, op))
    read.signal?.throwIfAborted()
    spanOf(range, op)
    const names = this.streams.map(({ uuid }) => uuid)
    if (snap === undefined)
      return tableOfPages(
        this.streams.map((stream) => stream.rawValuesIter(range, read)),
        names,
      )
    const all = await this.rawValues(range, read)
    const pages = all.map((points) => [snapped(points, snap)].values())
    return tableOfPages(
      pages.map((page) => ({ next: () => Promise.resolve(page.next()) })),
      names,
    )
  }

  /** The first point of each stream. */
  earliest(options?: ReadOptions): Promise<(Point | null)[]> {
    return this.#all(options, (stream, o) => stream.earliest(o))
  }

  /** The last point of each stream. */
  latest(options?: ReadOptions): Promise<(Point | null)[]> {
    return this.#all(options, (stream, o) => stream.latest(o))
  }

  /** The newest points that are not in the future. */
  current(options?: ReadOptions): Promise<(Point | null)[]> {
    return this.#all(options, (stream, o) => stream.current(o))
  }

  /** How many points each stream has in a range, exactly. */
  count(range?: Range, options?: ReadOptions): Promise<bigint[]> {
    return this.#all(options, (stream, o) => stream.count(range, o))
  }

  /** Where versions differ, by uuid. `from` and `to` are versions, as for {@link pinVersions}. */
  async changes(
    from: Versions,
    to: Versions,
    options?: ChangesOptions,
  ): Promise<Map<string, ChangedRange[]>> {
    const op = 'changes'
    const [first, last] = [versionsIn(from, op), versionsIn(to, op)]
    this.#checkMembers([...first.keys(), ...last.keys()], op)
    for (const { uuid } of this.streams)
      if (!first.has(uuid) || !last.has(uuid))
        throw argument(`changes: ${uuid} has no version to go ${first.has(uuid) ? 'to' : 'from'}`, {
          op,
          uuid,
        })
    const changes = await this.#all(options, (stream, o: ChangesOptions) =>
      stream.changes(first.get(stream.uuid) ?? 0n, last.get(stream.uuid) ?? 0n, o),
    )
    return this.#byUuid(changes)
  }

  /** Writes points to streams of this set, by uuid. All are checked first; nothing is sent when one is bad. */
  async insert(
    points: ReadonlyMap<string, PointsLike> | Readonly<Record<string, PointsLike>>,
    options?: InsertOptions,
  ): Promise<Map<string, bigint>> {
    const op = 'insert'
    const read = byUuid(points, { op, what: 'points' }, (value, uuid) => {
      this.#checkMembers([uuid], op)
      return pointsIn(value, uuid)
    })
    // Each once, also where it is in the set twice: inserts that do not merge would double.
    const streams = [...this.#members.values()].filter(({ uuid }) => read.has(uuid))
    const none = { time: [], value: [] }
    const inserted = await this.#with(streams).#all(options, (stream, o: InsertOptions) =>
      stream.insert(read.get(stream.uuid) ?? none, o),
    )
    return new Map(streams.map(({ uuid }, i) => [uuid, inserted[i] as bigint]))
  }

  /** Makes what was inserted part of versions of their own; these, by uuid. */
  async flush(options?: CallOptions): Promise<Map<string, bigint>> {
    return this.#byUuid(await this.#all(options, (stream, o) => stream.flush(o)))
  }

  /** The latest version of each stream, by uuid. */
  async getLatestVersion(options?: CallOptions): Promise<Map<string, bigint>> {
    return this.#byUuid(await this.#all(options, (stream, o) => stream.getLatestVersion(o)))
  }

  /** The public interface lacks it: see {@link ConnectOptions.platform}. */
  async getVersionAtTime(time: Time, options?: CallOptions): Promise<Map<string, bigint>> {
    return this.#byUuid(await this.#all(options, (stream, o) => stream.getVersionAtTime(time, o)))
  }

  /** Fetches the metadata of all streams, in a few calls. */
  async refreshMetadata(options?: CallOptions): Promise<this> {
    const op = 'refreshMetadata'
    await fetchAll(this.#core.session, this.streams, { op, ...readCall(options, op) })
    return this
  }

  /** @internal */
  [INSPECT](_depth: number, options: unknown, inspect: Inspect): string {
    const { length, streams, versions } = this
    return shown('StreamSet', { length, streams, ...(versions && { versions }) }, options, inspect)
  }

  #with(streams: readonly Stream[]): StreamSet {
    return new StreamSet(this.#core, streams, this.versions === undefined ? undefined : versionsOf(streams))
  }

  #byUuid<T>(all: readonly T[]): Map<string, T> {
    return new Map(this.streams.map(({ uuid }, i) => [uuid, all[i] as T]))
  }

  #checkMembers(uuids: Iterable<string>, op: string): void {
    for (const uuid of uuids)
      if (!this.#members.has(uuid)) throw argument(`${op}: ${uuid} is not in the set`, { op, uuid })
  }

  /** Runs a call for each stream; the first failure ends the others. */
  async #all<T, O extends CallOptions>(
    options: O | undefined,
    call: (stream: Stream, options: O) => Promise<T>,
    check: () => unknown = () => undefined,
  ): Promise<T[]> {
    check()
    const signal = signalOf(options)
    signal?.throwIfAborted()
    const group = new AbortController()
    const deaf =
      signal &&
      onAbort(signal, () => {
        group.abort(signal.reason)
      })
    try {
      // What is no signal goes on to the calls, which refuse it.
      const merged = { signal: group.signal, ...(options as O), ...(signal && { signal: group.signal }) }
      return await Promise.all(this.streams.map((stream) => call(stream, merged)))
    } catch (error) {
      group.abort(error)
      throw error
    } finally {
      deaf?.()
    }
  }
}

function signalOf(options: unknown): AbortSignal | undefined {
  const { signal } = (options ?? {}) as { readonly signal?: Partial<AbortSignal> | null }
  return typeof signal?.addEventListener === 'function' ? (signal as AbortSignal) : undefined
}

function versionsOf(streams: readonly Stream[]): ReadonlyMap<string, bigint> {
  return new Map(streams.map(({ uuid, pinned }) => [uuid, pinned ?? 0n]))
}
