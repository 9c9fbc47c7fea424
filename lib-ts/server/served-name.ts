import { InvalidArgumentError } from '../errors.js'
import { pvName, quote } from '../input/index.js'

// PVXS answers to it on every server before any source is asked: what list() and serverInfo() call.
const RESERVED = 'server'

/**
 * Checks a name that is to be served, and returns it as clients ask for it.
 *
 * @throws InvalidArgumentError for what is not a PV name, and for the name that every server has for itself
 */
export function servedName(name: unknown, op: string): string {
  const checked = pvName(name, op)
  if (checked !== RESERVED) return checked
  throw new InvalidArgumentError(
    `${quote(checked)} is reserved: every PVAccess server answers to it with its list of names, so a PV of this name is never reached`,
    { op, pv: checked },
  )
}
