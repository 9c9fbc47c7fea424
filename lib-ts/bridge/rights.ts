import { matcher, nothing, type Matcher, type Patterns } from './patterns.js'

/** What one user may do. */
export interface Rights {
  readonly read: Matcher
  readonly write: Matcher
  readonly rpc: Matcher
}

/** Patterns of the PVs that somebody may read and write, and of the services that he may call. */
export interface RightsOptions {
  readonly read?: Patterns | undefined
  readonly write?: Patterns | undefined
  readonly rpc?: Patterns | undefined
}

/** The rights that the options give; what they do not name is the bridge's. */
export function rightsOf({ read, write, rpc }: RightsOptions, bridge?: Rights): Rights {
  return {
    read: read === undefined ? (bridge?.read ?? (() => true)) : matcher(read, 'read'),
    write: write === undefined ? (bridge?.write ?? nothing) : matcher(write, 'write'),
    rpc: rpc === undefined ? (bridge?.rpc ?? nothing) : matcher(rpc, 'rpc'),
  }
}
