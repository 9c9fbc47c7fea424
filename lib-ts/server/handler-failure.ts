import { RemoteError } from '../errors.js'
import { quote } from '../input/index.js'
import { LineRate, log } from '../log.js'

// One for all servers of a process: a client that makes a handler fail as often as it likes must not fill a disk.
const rate = new LineRate()
const CAUSES = 5

/**
 * Logs what a handler threw, with its stack: it is taken for a mistake in the handler. A RemoteError is how a handler refuses, and leaves no trace.
 *
 * @param what the handler and its PV
 */
export function logFailure(what: string, error: unknown): void {
  if (error instanceof RemoteError) return
  const more = rate.next()
  if (more !== undefined) log('error', 'node-pvxs.server', `${what}${more}: ${stackOf(error)}`)
}

/** The stack with those of the causes. What was thrown may be anything, also what throws when it is read. */
function stackOf(error: unknown): string {
  const stacks: string[] = []
  try {
    let at = error
    for (let n = 0; n < CAUSES && at instanceof Error; n++, at = at.cause) {
      const { stack } = at as { stack?: unknown }
      stacks.push(typeof stack === 'string' ? stack : `${at.name}: ${at.message}`)
    }
  } catch {
    // what could be read until then is told
  }
  return stacks.length === 0 ? `it threw ${quote(error)}` : stacks.join('\ncaused by ')
}
