import type { Columns } from './chunk.js'
import { sorted, type MergePolicy } from './merge.js'
import { refuse } from './refusal.js'
import { Snapshot } from './snapshot.js'
import { MAXIMUM_TIME, MINIMUM_TIME } from './times.js'
import { leavesOf, widened, type Stretch } from './tree.js'

/** What a key is set to; null where it is there without a value. */
export type Texts = ReadonlyMap<string, string | null>

interface Version {
  readonly snapshot: Snapshot
  /** What was written or deleted, in leaves of the tree. */
  readonly changed: readonly Stretch[]
  /** When it was made, in ns since the epoch. */
  readonly made: bigint
}

/** The version of a stream that was just created. Lower numbers mean something else to servers. */
const FIRST = 10n

export interface Described {
  collection: string
  tags: Texts
  annotations: Texts
}

/** A stream: its metadata, and its points at every version since it was created. */
export class StoredStream implements Described {
  readonly uuid: string
  collection: string
  tags: Texts
  annotations: Texts
  propertyVersion = 1n
  /** How long its points are kept, in ms; undefined for what its collection says. */
  retention: number | undefined
  readonly #versions: Version[]

  constructor(uuid: string, { collection, tags, annotations }: Described, now: bigint) {
    this.uuid = uuid
    this.collection = collection
    this.tags = tags
    this.annotations = annotations
    this.#versions = [{ snapshot: Snapshot.empty, changed: [], made: now }]
  }

  get version(): bigint {
    return FIRST + BigInt(this.#versions.length - 1)
  }

  get latest(): Snapshot {
    return this.#newest.snapshot
  }

  /** The points at a version; 0 is the latest. */
  snapshot(version: bigint): { readonly version: bigint; readonly snapshot: Snapshot } {
    if (version === 0n) return { version: this.version, snapshot: this.latest }
    const found = version < FIRST ? undefined : this.#versions[Number(version - FIRST)]
    if (found === undefined)
      refuse('noVersion', `stream ${this.uuid} has versions ${FIRST} to ${this.version}, not ${version}`)
    return { version, snapshot: found.snapshot }
  }

  /** Writes points in any order, all or none. Gives the columns in order. */
  insert(points: Columns, policy: MergePolicy, now: bigint): Columns {
    check(points)
    const added = sorted(points)
    if (added.time.length === 0) return added
    const snapshot = this.latest.with(added, policy)
    this.#push(snapshot, leavesOf(snapshot, added.time), now)
    return added
  }

  delete(from: bigint, to: bigint, now: bigint): void {
    const before = this.latest
    const gone = before.columns(before.indexOf(from), before.indexOf(to))
    this.#push(before.without(from, to), leavesOf(before, gone.time), now)
  }

  /** What changed behind `from`, up to `to`; 0 is the beginning, and the latest. */
  changes(from: bigint, to: bigint, resolution: number): Stretch[] {
    const end = to === 0n ? this.version : to
    if (from > end || end > this.version)
      refuse(
        'versions',
        `stream ${this.uuid} is at version ${this.version}: no changes from ${from} to ${to}`,
      )
    const first = from < FIRST ? 0 : Number(from - FIRST) + 1
    const last = end < FIRST ? 0 : Number(end - FIRST) + 1
    return widened(
      this.#versions.slice(first, last).flatMap(({ changed }) => changed),
      resolution,
    )
  }

  /** The version that was the latest one at a time. */
  versionAt(time: bigint): bigint {
    const behind = this.#versions.findIndex(({ made }) => made > time)
    if (behind === 0) refuse('noVersion', `stream ${this.uuid} was not there at ${time}`)
    return behind < 0 ? this.version : FIRST + BigInt(behind - 1)
  }

  get #newest(): Version {
    return this.#versions[this.#versions.length - 1] as Version
  }

  #push(snapshot: Snapshot, changed: readonly Stretch[], now: bigint): void {
    const { made } = this.#newest
    // Clocks go back; versions do not.
    this.#versions.push({ snapshot, changed, made: now > made ? now : made })
  }
}

function check({ time, value }: Columns): void {
  for (let i = 0; i < time.length; i++) {
    const at = time[i] as bigint
    if (at < MINIMUM_TIME || at >= MAXIMUM_TIME)
      refuse('timeRange', `the time of point ${i} is outside of the legal times: ${at}`)
    if (!Number.isFinite(value[i]))
      refuse('badValue', `the value of point ${i} is not a finite number: ${String(value[i])}`)
  }
}

/** A value without its `bits` lowest bits, rounded to the nearest one that has none. */
export function rounded(values: Float64Array, bits: number): Float64Array {
  if (bits <= 0) return values
  const result = Float64Array.from(values)
  const raw = new BigUint64Array(result.buffer)
  const low = BigInt(Math.min(bits, 52))
  for (let i = 0; i < raw.length; i++) {
    const up = (((raw[i] as bigint) + (1n << (low - 1n))) >> low) << low
    const was = result[i]
    raw[i] = up
    // What would round up to infinity stays as it was.
    if (!Number.isFinite(result[i]) && was !== undefined) result[i] = was
  }
  return result
}
