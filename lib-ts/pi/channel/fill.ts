// What was missed, out of the archive.
import { BackOff, pause } from '../../telemetry/index.js'
import { PiError, PiHttpError } from '../errors.js'
import { recordedPages } from '../pages.js'
import { updateOf, type PiUpdate } from '../update.js'
import type { Reading } from '../values.js'
import type { Member } from './member.js'

const AT_ONCE = 8 // streams
const PAGE = 1000
const TRIES = 4
/** Events may be a little ahead of the server's clock. */
const END = '*+10m'

export interface Filling {
  readonly members: readonly Member[]
  readonly signal: AbortSignal
  /** Gives values of one stream; resolves when there is room for more. */
  readonly give: (member: Member, updates: PiUpdate[], page: readonly unknown[]) => Promise<void>
}

/** Gives what the archive has and was not given yet; the count, or null when some of it could not be read. */
export async function fill(reading: Reading, { members, signal, give }: Filling): Promise<number | null> {
  const stopped = (): boolean => signal.aborted
  let filled = 0
  let failures = 0
  const waiting = members.filter(({ gone }) => !gone).values()
  const work = async (): Promise<void> => {
    for (const member of waiting) {
      if (stopped()) return
      try {
        await read(member)
      } catch (error) {
        if (!(error instanceof PiError) && !stopped()) throw error
        failures++
      }
    }
  }
  const read = async (member: Member): Promise<void> => {
    const backOff = new BackOff()
    for (let tries = TRIES; ;) {
      try {
        await readOnce(member)
        return
      } catch (error) {
        if (--tries === 0 || stopped() || !mayPass(error)) throw error
        await pause(backOff.next(), signal)
      }
    }
  }
  const readOnce = async (member: Member): Promise<void> => {
    const range = {
      from: member.last ?? member.since ?? 0n,
      to: END,
      limit: Infinity,
      pageSize: PAGE,
      call: { signal },
    }
    for await (const page of recordedPages(reading.api, member.stream, range)) {
      const fresh = page.map((item) => updateOf(member.stream, item)).filter((update) => !member.gave(update))
      if (stopped()) throw signal.reason as Error
      if (fresh.length === 0 || member.gone) continue
      filled += fresh.length
      await give(member, fresh, page)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return failures > 0 ? null : filled
}

/** Of 4xx it is told; of all else it is tried again while the socket stands. */
function mayPass(error: unknown): boolean {
  if (error instanceof PiHttpError) return error.retryable
  return ['ERR_PI_NETWORK', 'ERR_PI_TIMEOUT', 'ERR_PI_RESPONSE'].includes((error as PiError).code)
}
