import type { Pace } from './series-policy.js'

/**
 * How a PV is recorded. Every duration is in ms.
 *
 * A change of severity passes `deadband`, `relative` and `minPeriod` at once; so does a step from NaN to a number and back.
 *
 * @example
 * import type { Policy } from 'node-pvxs/record'
 *
 * const slow: Policy = { deadband: 0.1, minPeriod: 1_000, every: 60_000 }
 */
export interface Policy extends Pace {
  /** Whose clock: the PV's (the default), or ours. */
  readonly time?: 'source' | 'receive' | undefined
  /** Arrays `whole` (the default), as `stats`, element by element (`expand`), or not at all (`skip`). */
  readonly arrays?: 'whole' | 'stats' | 'expand' | 'skip' | undefined
  /** With `expand`: how many elements. 64. */
  readonly maxElements?: number | undefined
  /** Enums by `index` (the default), or as text by `label`. */
  readonly enums?: 'index' | 'label' | undefined
  /** One sample without a value when the PV disconnects (`mark`, the default), or none. */
  readonly onDisconnect?: 'mark' | 'nothing' | undefined
  /** ms that a time stamp may be ahead of our clock; a sample beyond is rejected. 1800000. */
  readonly maxAhead?: number | undefined
  /** Updates that may wait at the server, 2 to 1000000. */
  readonly queueSize?: number | undefined
  /** The sinks it goes to, in place of those whose `pvs` match. */
  readonly sinks?: readonly string[] | undefined
}
