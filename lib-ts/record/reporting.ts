import type { RecordConfig } from './config/config.js'
import type { PvListChange, UpdateResult } from './config/change.js'
import type { PvStatus } from './pv-recording.js'
import type { RecorderStatus } from './status.js'

/** What the ways out of a recorder tell of, and what may be asked of it there. */
export interface Reporting {
  status(): RecorderStatus
  pv(name: string): PvStatus | undefined
  pvs(): Iterable<PvStatus>
  update(to: RecordConfig | PvListChange): Promise<UpdateResult>
  reload(): Promise<UpdateResult>
}

/** How long each sink has had samples that wait and none that leaves, in ms. */
export type Stalled = () => ReadonlyMap<string, number>
