import type { ContextOptions } from '../../client/index.js'
import type { ServerOptions } from '../../server/index.js'
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
  readonly type: 'jsonl' | 'influx' | 'pi' | 'btrdb' | 'kafka' | 'nats' | 'custom'
  /** Globs (`*`, `?`); all by default. */
  readonly pvs?: readonly string[] | undefined
  readonly batch?: BatchOptions | undefined
  readonly [option: string]: unknown
}

/** Samples from a broker: its type, and the options of `KafkaReader` or `NatsReader`. */
export interface FromConfig {
  readonly type: 'kafka' | 'nats'
  readonly [option: string]: unknown
}

/** The list of PVs in a broker: its type, and where it is. */
export interface ListConfig {
  readonly type: 'kafka' | 'nats'
  readonly [option: string]: unknown
}

/** PVs about the recorder itself: what their names begin with, and how the server listens. */
export interface StatusConfig extends Omit<ServerOptions, 'pvs' | 'handlerTimeout'> {
  readonly prefix: string
}

/** Health, metrics and status by HTTP. */
export interface HttpConfig {
  /** 0 takes a free one. */
  readonly port: number
  /** 127.0.0.1. */
  readonly host?: string | undefined
  /** What `POST /reload` and `PATCH /pvs` need as a bearer token; without it they are refused. */
  readonly token?: string | undefined
  /** ms that a sink may write nothing while samples wait. 60000. */
  readonly unhealthyAfter?: number | undefined
  /** ms after which it is ready even though PVs are missing. 30000. */
  readonly readyAfter?: number | undefined
}

/** What was recorded, for clients: by RPC, and on the port of `http`. */
export interface HistoryConfig {
  /** The name of the RPC service. hist. */
  readonly service?: string | undefined
  /** A sink that can be read, or a store of the program. */
  readonly store: string
  /** Samples of one answer at most. 1000000. */
  readonly maxSamples?: number | undefined
  /** ms that an answer may take. 60000. */
  readonly timeout?: number | undefined
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
  readonly pva?: ContextOptions | undefined
  readonly defaults?: Policy | undefined
  readonly profiles?: Readonly<Record<string, Policy>> | undefined
  /** The PVs to record; or `from`, or `list`. */
  readonly pvs?: readonly (string | PvEntry)[] | undefined
  /** Messages of a broker go to the sinks, and are committed when every sink has them, or has them on disk. */
  readonly from?: FromConfig | undefined
  /** The PVs to record are kept by a broker; a change there is a change here, while it runs. */
  readonly list?: ListConfig | undefined
  readonly sinks: Readonly<Record<string, SinkConfig>>
  readonly spool?: { readonly dir: string; readonly maxBytes?: number; readonly sync?: boolean } | undefined
  /** PVs about the recorder itself; beside the prefix of their names, options of a Server. */
  readonly status?: StatusConfig | undefined
  readonly http?: HttpConfig | undefined
  readonly history?: HistoryConfig | undefined
  /** Whether a change of the file that it is from is a reload. false. */
  readonly watch?: boolean | undefined
  /** ms that what waits may need at the end. 10000. */
  readonly drain?: number | undefined
}
