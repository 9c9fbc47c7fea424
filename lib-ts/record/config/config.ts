import type { Policy } from '../policy/policy.js'
import type { BatchOptions } from '../lane.js'

/** A PV with its policy; or a file of names, one a line, with one policy for all. */
export interface PvEntry extends Policy {
  readonly name?: string | undefined
  readonly file?: string | undefined
  /** A policy of `profiles`. */
  readonly profile?: string | undefined
}

/** A sink: its type, which PVs it takes, how they are collected, and the options of that type. */
export interface SinkConfig {
  readonly type: 'jsonl' | 'influx' | 'custom'
  /** Globs (`*`, `?`); all by default. */
  readonly pvs?: readonly string[] | undefined
  readonly batch?: BatchOptions | undefined
  readonly [option: string]: unknown
}

/**
 * What a recorder does. `docs/recording.md` has every key.
 *
 * @example
 * import type { RecordConfig } from 'node-pvxs/record'
 *
 * const config: RecordConfig = {
 *   pvs: ['lab:temperature', { name: 'lab:flow', deadband: 0.1 }],
 *   sinks: { file: { type: 'jsonl', path: 'lab.jsonl' } },
 * }
 */
export interface RecordConfig {
  readonly $schema?: string | undefined
  readonly name?: string | undefined
  /** Options of the Context. */
  readonly pva?: Readonly<Record<string, unknown>> | undefined
  readonly defaults?: Policy | undefined
  readonly profiles?: Readonly<Record<string, Policy>> | undefined
  readonly pvs: readonly (string | PvEntry)[]
  readonly sinks: Readonly<Record<string, SinkConfig>>
  readonly spool?: { readonly dir: string; readonly maxBytes?: number; readonly sync?: boolean } | undefined
  /** ms that what waits may need at the end. 10000. */
  readonly drain?: number | undefined
}
