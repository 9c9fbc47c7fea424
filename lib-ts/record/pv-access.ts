// How a recorder asks for its PVs.
import { Context } from '../client/index.js'
import type { PvMember } from '../stream/index.js'
import type { RecordConfig } from './config/config.js'
import type { PlannedPv } from './config/plan.js'
import { RecordError } from './errors.js'

/** @throws RecordError for an address that is none */
export function contextOf({ pva }: RecordConfig): Context {
  try {
    return new Context(pva)
  } catch (cause) {
    throw new RecordError(`pva: ${(cause as Error).message}`, { code: 'ERR_RECORD_START', cause })
  }
}

export function memberOf({ name, policy: { queueSize } }: PlannedPv): PvMember {
  return queueSize === undefined ? { name } : { name, queueSize }
}
