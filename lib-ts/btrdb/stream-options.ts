// What reads of a stream take, and how it is checked.
import { flag, integer, readOptions, type Checked, type Checks } from '../input/index.js'
import type { ReadOptions } from './core.js'
import { checking } from './errors.js'
import { callChecks, transportCheck, type CallOptions } from './options.js'
import { versionIn } from './time.js'

/** What {@link Stream.preciseWindows} takes. */
export interface PreciseOptions extends ReadOptions {
  /** Windows may be inexact by 2^depth ns. 0. */
  readonly depth?: number | undefined
  /** Gives windows without points too, with NaN for their figures. false. */
  readonly empty?: boolean | undefined
}

/** What {@link Stream.nearest} takes. */
export interface NearestOptions extends ReadOptions {
  /** Strictly before the time, instead of at or after it. false. */
  readonly backward?: boolean | undefined
}

export const readChecks = {
  ...callChecks,
  version: (value: unknown): bigint => versionIn(value, 'option "version"', 'read'),
  transport: transportCheck,
}

export const preciseChecks = { ...readChecks, depth: integer(0, 63), empty: flag }

export const nearestChecks = { ...readChecks, backward: flag }

/** Options, checked. A signal that has aborted ends the call here. */
export function optionsIn<C extends Checks>(options: unknown, checks: C, op: string): Checked<C> {
  const read = checking(op, () => readOptions(options, checks, op))
  ;(read as CallOptions).signal?.throwIfAborted()
  return read
}
