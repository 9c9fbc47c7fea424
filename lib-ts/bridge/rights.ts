import { matcher, nothing, type Matcher, type Patterns } from './patterns.js'

/** What one user may do. */
export interface Rights {
  readonly read: Matcher
  readonly write: Matcher
  readonly rpc: Matcher
  /** Whether there is anything that he may write, and call. */
  readonly writes: boolean
  readonly calls: boolean
}

/** Patterns of the PVs that somebody may read and write, and of the services that he may call. */
export interface RightsOptions {
  readonly read?: Patterns | undefined
  readonly write?: Patterns | undefined
  readonly rpc?: Patterns | undefined
}

/** The rights that the options give; what they do not name is the bridge's. */
export function rightsOf({ read, write, rpc }: RightsOptions, bridge?: Rights): Rights {
  const may = {
    read: read === undefined ? (bridge?.read ?? (() => true)) : matcher(read, 'read'),
    write: write === undefined ? (bridge?.write ?? nothing) : matcher(write, 'write'),
    rpc: rpc === undefined ? (bridge?.rpc ?? nothing) : matcher(rpc, 'rpc'),
  }
  return { ...may, writes: may.write !== nothing, calls: may.rpc !== nothing }
}

/** Reading, and neither writing nor calling. */
export function readingOnly({ read }: Pick<Rights, 'read'>): Rights {
  return { read, write: nothing, rpc: nothing, writes: false, calls: false }
}

/** Of who has not come in. */
export const noRights: Rights = readingOnly({ read: nothing })
