import { timeOf } from '../input/index.js'
import { BridgeError } from '../pvws/index.js'
import type { History, Window } from '../telemetry/index.js'
import type { Feeds } from './feeds.js'
import type { Kept, Point } from './kept.js'
import type { Address } from './names.js'

type SampleText = readonly [time: string, value: unknown, severity: number]
type WindowText = readonly [time: string, min: number, mean: number, max: number, count: number]

/** What a client gets: samples, or windows when there are more than it wants. */
export type PastReply =
  { readonly samples: readonly SampleText[] } | { readonly windows: readonly WindowText[] }

interface Range {
  readonly from: bigint
  readonly to: bigint
}

/** The values that PVs had: of late as this bridge has kept them, before that as a store has them. */
export class Past {
  /** Whether there is any at all. */
  readonly any: boolean
  readonly #feeds: Feeds
  readonly #history: History | undefined

  constructor(feeds: Feeds, history: History | undefined, keep: number) {
    this.any = history !== undefined || keep > 0
    this.#feeds = feeds
    this.#history = history
  }

  /**
   * @throws BridgeError when there is no history at all
   * @throws InvalidArgumentError for what is not a time
   */
  async of(
    { name, path }: Address,
    times: { readonly from: string; readonly to: string },
    points: number,
    signal: AbortSignal,
  ): Promise<PastReply> {
    const range = { from: timeOf(times.from, '"from"'), to: timeOf(times.to, '"to"') }
    if (!this.any)
      throw new BridgeError('ERR_BRIDGE_NO_HISTORY', 'this bridge keeps no values and has no history')
    if (range.from >= range.to) return { samples: [] }
    const field = path === 'value' ? '' : path
    const kept = this.#feeds.keptOf(name, field)
    const id = field === '' ? name : `${name}.${field}`
    const middle = this.#history === undefined ? range.from : within(kept?.since ?? range.to, range)
    const before = { from: range.from, to: middle }
    const older = await this.#read(id, before, points + 1, signal)
    const newer = kept?.between(middle, range.to) ?? []
    if (older.length + newer.length <= points) return { samples: [...older, ...newer].map(sampleText) }
    // What has no mean is cut instead: the newest are what a page shows.
    if (newer.some(([, x]) => typeof x === 'string'))
      return { samples: [...older, ...newer].slice(-points).map(sampleText) }
    return { windows: await this.#windows(id, kept, middle, range, points, signal) }
  }

  async #read(id: string, { from, to }: Range, limit: number, signal: AbortSignal): Promise<Point[]> {
    const found: Point[] = []
    if (this.#history === undefined || from >= to) return found
    for await (const batch of this.#history.read(id, { from, to, limit }, { signal }))
      for (const { time, value, severity } of batch) found.push([time, value as Point[1], severity])
    return found
  }

  async #windows(
    id: string,
    kept: Kept | undefined,
    middle: bigint,
    range: Range,
    points: number,
    signal: AbortSignal,
  ): Promise<WindowText[]> {
    // One window more than whole ones fit is touched where the range does not begin with one.
    const parts = BigInt(Math.max(1, points - 1))
    const width = (range.to - range.from + parts - 1n) / parts
    // A window is of one source: the store's end where the next begins.
    const cut = kept === undefined ? range.to : within(ceiled(middle, width), range)
    const found: WindowText[] = []
    if (this.#history !== undefined && range.from < cut)
      for await (const batch of this.#history.windows(id, { from: range.from, to: cut }, width, { signal }))
        for (const window of batch) found.push(windowText(window))
    if (kept !== undefined)
      found.push(...windowsOf(kept.between(this.#history === undefined ? range.from : cut, range.to), width))
    return found
  }
}

function within(time: bigint, { from, to }: Range): bigint {
  return time < from ? from : time > to ? to : time
}

function floored(time: bigint, width: bigint): bigint {
  const rest = time % width
  return time - (rest < 0n ? rest + width : rest)
}

function ceiled(time: bigint, width: bigint): bigint {
  const floor = floored(time, width)
  return floor === time ? time : floor + width
}

/** Windows stand on multiples of their width from 1970; those without a number are left out. */
function windowsOf(points: readonly Point[], width: bigint): WindowText[] {
  const windows = new Map<bigint, { min: number; sum: number; max: number; count: number }>()
  for (const [time, x] of points) {
    if (x === null) continue
    const value = Number(x)
    if (Number.isNaN(value)) continue
    const begin = floored(time, width)
    const window = windows.get(begin)
    if (window === undefined) windows.set(begin, { min: value, sum: value, max: value, count: 1 })
    else {
      window.min = Math.min(window.min, value)
      window.max = Math.max(window.max, value)
      window.sum += value
      window.count++
    }
  }
  return Array.from(windows)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([time, { min, sum, max, count }]) => [String(time), min, sum / count, max, count])
}

function windowText({ time, min, mean, max, count }: Window): WindowText {
  return [String(time), min, mean, max, count]
}

function sampleText([time, value, severity]: Point): SampleText {
  return [String(time), plain(value), severity]
}

/** As `Value.toJSON` writes it. */
function plain(x: unknown): unknown {
  if (typeof x === 'bigint') return String(x)
  if (typeof x === 'number') return Object.is(x, -0) ? '-0' : Number.isFinite(x) ? x : String(x)
  if (Array.isArray(x) || ArrayBuffer.isView(x)) return Array.from(x as unknown as ArrayLike<unknown>, plain)
  return x
}
