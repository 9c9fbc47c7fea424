import type { BTrDB } from './client.js'
import type { CallOptions, Settings, TransportKind } from './options.js'
import type { Arrow } from './peers.js'
import type { Platform } from './platform.js'
import type { Session } from './session.js'

/** What streams and sets of a client share with it. */
export interface Core {
  readonly db: BTrDB
  readonly session: Session
  readonly settings: Settings
  readonly platform: Platform
  /** Arrow, when that call is to speak it. */
  arrow(kind: TransportKind | undefined, op: string): Promise<Arrow | undefined> | undefined
}

/** What every read takes. */
export interface ReadOptions extends CallOptions {
  /** The pinned one, else 0: the latest. */
  readonly version?: bigint | number | undefined
  readonly transport?: TransportKind | undefined
}
