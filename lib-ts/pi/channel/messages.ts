import type { PiUpdate } from '../update.js'

/** What a channel gives: the values of one message of the server, or of one read of the archive. */
export interface ChannelMessage {
  /** In the server's order; those of the archive in order of time. */
  readonly items: PiUpdate[]
  /** The document as it came. */
  readonly body: unknown
  /** When it came, ns since the Unix epoch, on this machine's clock. */
  readonly received: bigint
  /** `initial`: the values at the opening. `backfill`: read from the archive after a gap. */
  readonly source: 'live' | 'initial' | 'backfill'
}

/** What {@link Channel.events} gives. Times are ns since the Unix epoch; sockets are counted from 1. */
export type ChannelEvent =
  | {
      readonly type: 'connected' | 'disconnected'
      readonly socket: number
      readonly time: bigint
      readonly reason?: string
    }
  /** No socket was open between the two times; `filled` counts what the archive gave for it, null when it could not be read. */
  | {
      readonly type: 'gap'
      readonly from: bigint
      readonly to: bigint
      readonly refs: readonly string[]
      readonly filled: number | null
    }
  | { readonly type: 'updated'; readonly added: readonly string[]; readonly removed: readonly string[] }
  /** The first message that was not a document of values; later ones are counted only. */
  | { readonly type: 'bad'; readonly socket: number; readonly time: bigint; readonly reason: string }

/** Counters of a channel since its opening. */
export interface ChannelStats {
  /** Messages with values. */
  readonly messages: number
  /** Values given, those of the archive with them. */
  readonly updates: number
  /** Messages without values. */
  readonly heartbeats: number
  readonly reconnects: number
  /** Values that came again and were not given again. */
  readonly duplicates: number
  readonly backfilled: number
  /** Messages, and parts of messages, that were not what a channel sends. */
  readonly bad: number
}

/** Now, on this machine's clock. */
export const nowNs = (): bigint => BigInt(Date.now()) * 1_000_000n
