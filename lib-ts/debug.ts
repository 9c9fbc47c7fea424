import { environmentIfLoaded } from './native/index.js'

/** For tests and bug reports. */
export const debug = {
  /** Live native objects by class; all zero when everything is closed. Nothing is loaded by asking. */
  counts(): Record<string, number> {
    return environmentIfLoaded()?.addon.counts() ?? {}
  },
  /** PVXS's own counts of live objects by class. */
  instances(): Record<string, number> {
    return environmentIfLoaded()?.addon.instances() ?? {}
  },
} as const
