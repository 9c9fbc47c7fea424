import type { FeedStatus } from './feed.js'
import type { SinkStatus } from './lane.js'
import type { ListStatus } from './list/pv-list.js'

/** `degraded`: a sink fails or refuses, the others go on. */
export type RecorderState = 'starting' | 'running' | 'degraded' | 'stopping' | 'stopped' | 'failed'

/** What a recorder does, as it is now. */
export interface RecorderStatus {
  readonly name: string
  readonly state: RecorderState
  /** When it was started. */
  readonly since: Date
  readonly pvs: number
  readonly connected: number
  /** Samples per second that were recorded, over the last seconds. */
  readonly rate: number
  /** Samples that the PVs gave. */
  readonly received: number
  /** Samples that policies kept back. */
  readonly withheld: number
  /** Samples whose time went back. */
  readonly outOfOrder: number
  /** Samples refused for a time stamp in the future. */
  readonly futureTimes: number
  /** Updates of the configuration that were done. */
  readonly reloads: number
  /** Those that were not, for the faults of the configuration. */
  readonly reloadFailures: number
  /** Of the last one that was not done; gone with the next that is. */
  readonly lastReloadError?: string
  readonly sinks: Readonly<Record<string, SinkStatus>>
  /** With `from`: how the broker is read. */
  readonly from?: FeedStatus
  /** With `list`: what is known of the list. */
  readonly list?: ListStatus
}

/** What {@link Recorder.events} gives. Times are ns since the Unix epoch. */
export type RecorderEvent =
  | { readonly type: 'connected' | 'disconnected'; readonly pv: string; readonly time: bigint }
  | { readonly type: 'refused'; readonly pv: string; readonly error: Error }
  | {
      readonly type: 'sink'
      readonly sink: string
      readonly state: SinkStatus['state']
      readonly error?: Error
    }
  | { readonly type: 'rejected'; readonly sink: string; readonly count: number; readonly reason: string }
  | { readonly type: 'updated'; readonly added: number; readonly removed: number; readonly changed: number }

const SPAN = 5_000 // ms that the rate is taken over

/** How many samples a second, from a count that grows. */
export class Rate {
  #points: { readonly at: number; readonly count: number }[] = []

  of(count: number): number {
    const at = performance.now()
    this.#points.push({ at, count })
    while (this.#points.length > 2 && at - (this.#points[1] as { at: number }).at > SPAN) this.#points.shift()
    const first = this.#points[0] as { at: number; count: number }
    return at - first.at < 100 ? 0 : Math.round(((count - first.count) * 1_000) / (at - first.at))
  }
}
