import { INSPECT, shown, type Inspect } from '../input/index.js'
import type { Annotations } from './annotations.js'
import { changedRanges, changesIn, joinedRanges, type ChangedRange, type ChangesOptions } from './changes.js'
import type { BTrDB } from './client.js'
import type { Point, Points, Windows } from './columns.js'
import type { Core, ReadOptions } from './core.js'
import { BTrDBError } from './errors.js'
import type { Spec } from './guard.js'
import { insertPoints, type InsertOptions } from './insert.js'
import type { LiveSubscription } from './live.js'
import { changeIn, fetchMetadata, updateMetadata, type Metadata, type Update } from './metadata.js'
import { callChecks, readCall, type CallOptions } from './options.js'
import type { PointsLike } from './points-input.js'
import {
  alignedPages,
  alignedSpan,
  allPoints,
  allWindows,
  filled,
  precisePages,
  rawPages,
  unlessRefused,
  type Reading,
} from './reads.js'
import type { Retention } from './platform.js'
import { NO_POINT } from './status.js'
import {
  nearestChecks,
  optionsIn,
  preciseChecks,
  readChecks,
  type NearestOptions,
  type PreciseOptions,
} from './stream-options.js'
import {
  legalTime,
  MAXIMUM_TIME,
  MINIMUM_TIME,
  pointWidthIn,
  spanOf,
  timeIn,
  versionIn,
  type Range,
  type Time,
} from './time.js'
import { bytesOfUuid } from './uuid.js'
import { widthIn } from './width.js'

/**
 * One stream: a handle, whether the server has it or not. Its reads are columns in order of time, bit for bit what was
 * written.
 *
 * @example
 * import { BTrDB } from 'node-pvxs/btrdb'
 *
 * const firstHour = async (db: BTrDB) => {
 *   const stream = await db.stream('lab/temperature')
 *   const { time, value } = await stream.rawValues({ from: '2026-11-01T00:00', to: '2026-11-01T01:00' })
 *   return [time, value]
 * }
 */
export class Stream {
  readonly uuid: string
  readonly #core: Core
  readonly #bytes: Uint8Array
  #metadata: Metadata | undefined
  /** The version that reads are of. */
  declare readonly pinned?: bigint

  /** @internal */
  constructor(core: Core, uuid: string, metadata?: Metadata, pinned?: bigint) {
    this.#core = core
    this.uuid = uuid
    this.#bytes = bytesOfUuid(uuid, 'stream')
    this.#metadata = metadata
    if (pinned !== undefined) this.pinned = pinned
  }

  /** The client it belongs to. */
  get db(): BTrDB {
    return this.#core.db
  }

  /** As last seen; undefined until it was fetched. */
  get collection(): string | undefined {
    return this.#metadata?.collection
  }

  /** The tag `name`. */
  get name(): string | undefined {
    return this.#metadata?.tags['name']
  }

  /** The tag `unit`. */
  get unit(): string | undefined {
    return this.#metadata?.tags['unit']
  }

  /** As last seen, as all metadata. undefined until it was fetched. */
  get tags(): Readonly<Record<string, string>> | undefined {
    return this.#metadata?.tags
  }

  /** JSON values; undefined until they were fetched. */
  get annotations(): Annotations | undefined {
    return this.#metadata?.annotations
  }

  /** Counts the changes of the metadata. */
  get propertyVersion(): bigint | undefined {
    return this.#metadata?.propertyVersion
  }

  /** Whether the server has it. Rejects when that cannot be found out. */
  async exists(options?: CallOptions): Promise<boolean> {
    const spec = this.#call(options, 'exists')
    try {
      const request = { uuid: this.#bytes, omitVersion: true, omitDescriptor: true }
      await this.#core.session.unary('StreamInfo', request, spec)
      return true
    } catch (error) {
      if (error instanceof BTrDBError && error.code === 'ERR_BTRDB_NOT_FOUND') return false
      throw error
    }
  }

  /** Fetches collection, tags and annotations. */
  async refreshMetadata(options?: CallOptions): Promise<this> {
    const spec = this.#call(options, 'refreshMetadata')
    this.#metadata = await fetchMetadata(this.#core.session, this.#bytes, spec)
    return this
  }

  /**
   * Changes tags, annotations or the collection. What is not named stays, `null` removes. When somebody else was faster it
   * fetches and tries again, five times at most; with `ifVersion` it fails then.
   *
   * @returns the new property version
   * @throws {@link BTrDBError} `ERR_BTRDB_PROPERTY_VERSION`
   */
  async update(
    change: Update,
    options?: { readonly ifVersion?: bigint | undefined } & CallOptions,
  ): Promise<bigint> {
    const op = 'update'
    const read = changeIn(change)
    const checks = { ...callChecks, ifVersion: (x: unknown) => versionIn(x, 'option "ifVersion"', op) }
    const { ifVersion, ...call } = optionsIn(options, checks, op)
    const { session } = this.#core
    const known = this.#metadata
    const updating = { session, uuid: this.#bytes, spec: this.#spec(call, op), known, ifVersion }
    this.#metadata = await updateMetadata(updating, read)
    return this.#metadata.propertyVersion ?? 0n
  }

  /** The points of a range. */
  async rawValues(range: Range, options?: ReadOptions): Promise<Points> {
    const { reading, version } = await this.#read(options, 'rawValues')
    const span = spanOf(range, 'rawValues')
    return allPoints(span.from === span.to ? none() : rawPages(reading, span), version)
  }

  /** The same by page, as the server sends them. What is not taken is not read. */
  async *rawValuesIter(range: Range, options?: ReadOptions): AsyncGenerator<Points, void, undefined> {
    const { reading } = await this.#read(options, 'rawValuesIter')
    const span = spanOf(range, 'rawValuesIter')
    if (span.from < span.to) yield* rawPages(reading, span)
  }

  /** Windows of 2^pointWidth ns on absolute multiples; both ends of the range are rounded down to one. */
  async alignedWindows(range: Range, pointWidth: number, options?: ReadOptions): Promise<Windows> {
    const op = 'alignedWindows'
    const { version } = this.#readOptions(options, op)
    const k = pointWidthIn(pointWidth, op)
    const pages = this.#aligned(range, k, options, op)
    return allWindows(pages, { version, width: 1n << BigInt(k), k })
  }

  /** The same by page. */
  alignedWindowsIter(
    range: Range,
    pointWidth: number,
    options?: ReadOptions,
  ): AsyncGenerator<Windows, void, undefined> {
    return this.#aligned(range, pointWidth, options, 'alignedWindowsIter')
  }

  async *#aligned(range: Range, pointWidth: number, options: unknown, op: string) {
    const { reading } = await this.#read(options, op)
    const k = pointWidthIn(pointWidth, op)
    const span = alignedSpan(spanOf(range, op), k)
    if (span === undefined) return
    const pages = alignedPages(reading, span, k)
    yield* k === 0 && span.to - span.from === 1n ? unlessRefused(pages) : pages
  }

  /** Windows of `width` ns from the beginning of the range on; what remains at its end is left out. */
  async preciseWindows(range: Range, width: bigint | number, options?: PreciseOptions): Promise<Windows> {
    const op = 'preciseWindows'
    const { version = this.pinned ?? 0n } = optionsIn(options, preciseChecks, op)
    const pages = this.#precise(range, width, options, op)
    return allWindows(pages, { version, width: widthIn(width, op) })
  }

  /** The same by page. */
  preciseWindowsIter(
    range: Range,
    width: bigint | number,
    options?: PreciseOptions,
  ): AsyncGenerator<Windows, void, undefined> {
    return this.#precise(range, width, options, 'preciseWindowsIter')
  }

  async *#precise(range: Range, width: bigint | number, options: unknown, op: string) {
    const { depth = 0, empty = false, ...read } = optionsIn(options, preciseChecks, op)
    const { reading } = await this.#read(read, op)
    const ns = widthIn(width, op)
    const { from, to } = spanOf(range, op)
    const span = { from, to: to - ((to - from) % ns) }
    if (span.from === span.to) return
    const pages = precisePages(reading, span, ns, depth)
    yield* empty ? filled(pages, span, ns) : pages
  }

  /** The point at or after a time, or the one strictly before it; null when there is none. */
  async nearest(time: Time, options?: NearestOptions): Promise<Point | null> {
    const { backward = false, ...read } = optionsIn(options, nearestChecks, 'nearest')
    return this.#nearest(legalTime(time, 'time', 'nearest'), backward, read, 'nearest')
  }

  /** The first point; null when there is none. */
  async earliest(options?: ReadOptions): Promise<Point | null> {
    return this.#nearest(MINIMUM_TIME, false, options, 'earliest')
  }

  /** The last point, in the future too; null when there is none. */
  async latest(options?: ReadOptions): Promise<Point | null> {
    return this.#nearest(MAXIMUM_TIME, true, options, 'latest')
  }

  /** The newest point that is not in the future. */
  async current(options?: ReadOptions): Promise<Point | null> {
    const endOfThisMillisecond = BigInt(Date.now() + 1) * 1_000_000n
    return this.#nearest(endOfThisMillisecond, true, options, 'current')
  }

  async #nearest(time: bigint, backward: boolean, options: unknown, op: string): Promise<Point | null> {
    const { version, spec } = this.#readOptions(options, op)
    const request = { uuid: this.#bytes, time, versionMajor: version, backward }
    const { session } = this.#core
    const answer = await session.unary('Nearest', request, { ...spec, allow: NO_POINT })
    if (answer.stat?.code === NO_POINT || answer.value === undefined) return null
    session.pointsOut++
    return { time: answer.value.time, value: answer.value.value, version: answer.versionMajor }
  }

  /** How many points a range has, exactly. Costs one window. */
  async count(range: Range = EVERYTHING, options?: ReadOptions): Promise<bigint> {
    const op = 'count'
    const { reading } = await this.#read(options, op)
    const span = spanOf(range, op)
    if (span.from === span.to) return 0n
    let count = 0n
    for await (const page of precisePages(reading, span, span.to - span.from, 0))
      for (const one of page.count) count += one
    return count
  }

  /** Where two versions differ: after `fromVersion`, up to and with `toVersion`. May be wider than what was written. */
  async changes(
    fromVersion: bigint | number,
    toVersion: bigint | number,
    options?: ChangesOptions,
  ): Promise<ChangedRange[]> {
    return joinedRanges(this.#changes(fromVersion, toVersion, options, 'changes'))
  }

  /** The same by page. Ranges of two pages may touch. */
  changesIter(
    fromVersion: bigint | number,
    toVersion: bigint | number,
    options?: ChangesOptions,
  ): AsyncGenerator<ChangedRange[], void, undefined> {
    return this.#changes(fromVersion, toVersion, options, 'changesIter')
  }

  async *#changes(from: bigint | number, to: bigint | number, options: unknown, op: string) {
    const { request, call } = changesIn({ uuid: this.#bytes, from, to }, options, op)
    yield* changedRanges(this.#core.session, request, this.#spec(call, op))
  }

  /**
   * Writes points, in any order and any number. All are checked first; nothing is sent when one is bad. With the default
   * `merge: 'replace'` a point replaces the one at its time, so writing again repairs and never doubles.
   *
   * @returns the version of the stream that has them
   * @throws {@link BTrDBError} with `inserted`, the number of points that were acknowledged, when it fails half-way
   */
  insert(points: PointsLike, options?: InsertOptions): Promise<bigint> {
    return insertPoints(this.#core, this, points, options)
  }

  /** Deletes the points of a range from the latest version; earlier ones keep them. */
  async delete(range: Range, options?: CallOptions): Promise<bigint> {
    const spec = this.#call(options, 'delete')
    const { from, to } = spanOf(range, 'delete')
    if (from === to) return this.#version(spec)
    const request = { uuid: this.#bytes, start: from, end: to }
    return (await this.#core.session.unary('Delete', request, spec)).versionMajor
  }

  /** Makes what was inserted part of a version of its own. */
  async flush(options?: CallOptions): Promise<bigint> {
    const spec = this.#call(options, 'flush')
    return (await this.#core.session.unary('Flush', { uuid: this.#bytes }, spec)).versionMajor
  }

  /** Removes the stream with all its versions. Its uuid can never be used again. */
  async obliterate(options?: CallOptions): Promise<void> {
    const spec = this.#call(options, 'obliterate')
    await this.#core.session.unary('Obliterate', { uuid: this.#bytes }, spec, false)
  }

  /** The version that reads are of when none is asked for. */
  async getLatestVersion(options?: CallOptions): Promise<bigint> {
    return this.#version(this.#call(options, 'getLatestVersion'))
  }

  async #version(spec: Spec): Promise<bigint> {
    const request = { uuid: this.#bytes, omitDescriptor: true }
    return (await this.#core.session.unary('StreamInfo', request, spec)).versionMajor
  }

  /** The version that was the latest at a time. The public interface lacks it: see {@link ConnectOptions.platform}. */
  async getVersionAtTime(time: Time, options?: CallOptions): Promise<bigint> {
    const op = 'getVersionAtTime'
    const spec = this.#call(options, op)
    return this.#core.platform.versionAtTime(this.uuid, timeIn(time, 'time', op), spec)
  }

  /** How long its points are kept. The public interface lacks it: see {@link ConnectOptions.platform}. */
  async getRetention(options?: CallOptions): Promise<Retention> {
    return this.#core.platform.getRetention(this.uuid, this.#call(options, 'getRetention'))
  }

  /** Without `removeOlderThan` (ms) points are kept for ever. */
  async setRetention(retention: Retention = {}, options?: CallOptions): Promise<void> {
    return this.#core.platform.setRetention(this.uuid, retention, this.#call(options, 'setRetention'))
  }

  /** Points of this stream as they are written. */
  subscribe(options?: { readonly signal?: AbortSignal | undefined }): LiveSubscription {
    return this.db.subscribe([this], options)
  }

  /** @internal */
  learn(metadata: Metadata): void {
    this.#metadata = metadata
  }

  /** A handle whose reads are of that version. */
  pin(version: bigint | number): Stream {
    return new Stream(this.#core, this.uuid, this.#metadata, versionIn(version, 'version', 'pin'))
  }

  /** @internal */
  [INSPECT](_depth: number, options: unknown, inspect: Inspect): string {
    const { uuid, collection, tags, annotations, propertyVersion, pinned } = this
    const facts = Object.entries({ uuid, collection, tags, annotations, propertyVersion, pinned })
    return shown('Stream', Object.fromEntries(facts.filter(([, x]) => x !== undefined)), options, inspect)
  }

  #spec({ signal, timeout }: CallOptions, op: string): Spec {
    return { op, uuid: this.uuid, signal, timeout }
  }

  #call(options: unknown, op: string): Spec {
    return this.#spec(readCall(options, op), op)
  }

  #readOptions(options: unknown, op: string) {
    const { version = this.pinned ?? 0n, transport, ...call } = optionsIn(options, readChecks, op)
    return { version, transport, spec: this.#spec(call, op) }
  }

  async #read(options: unknown, op: string): Promise<{ reading: Reading; version: bigint }> {
    const { version, transport, spec } = this.#readOptions(options, op)
    const arrow = await this.#core.arrow(transport, op)
    return { version, reading: { session: this.#core.session, uuid: this.#bytes, version, spec, arrow } }
  }
}

/** All that a stream may have. */
const EVERYTHING: Range = { from: MINIMUM_TIME, to: MAXIMUM_TIME }

async function* none(): AsyncGenerator<Points, void, undefined> {
  // No page.
}
