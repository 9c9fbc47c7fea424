// What of a configuration cannot change while a recorder runs.
import type { Fault } from './check.js'
import type { RecordConfig } from './config.js'

/** The faults of a configuration that is to follow another. A name that is left out stays as it is. */
export function fixedFaults(before: RecordConfig, after: RecordConfig): Fault[] {
  const faults: Fault[] = []
  const fixed = (path: Fault['path'], was: unknown, is: unknown): void => {
    if (JSON.stringify(was) === JSON.stringify(is)) return
    const key = path.map(String).join('.')
    faults.push({ path, message: `"${key}" cannot change while the recorder runs: start it again` })
  }
  if (after.name !== undefined) fixed(['name'], before.name, after.name)
  fixed(['spool', 'dir'], before.spool?.dir, after.spool?.dir)
  for (const key of ['http', 'status', 'history', 'pva', 'from', 'list'] as const)
    fixed([key], before[key], after[key])
  return faults
}
