import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from '../index.js'
import type { Door } from './door.js'
import type { Gate, Who } from './gate.js'
import type { Hub } from './hub.js'
import type { Settings } from './options.js'

/** What the answers to requests are about. */
export interface Place {
  readonly settings: Settings
  readonly hub: Hub
  readonly ctx: Context
  readonly gate: Gate
  readonly door: Door
  readonly started: Date
  metrics(): string
  readonly closing: boolean
}

/** A request, taken apart. */
export interface Asked {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly target: URL
  readonly who: Who
}
