// Recorded values page by page: the server gives so many at once, and several may have one time.
import type { HistoryOptions } from '../telemetry/index.js'
import { PiHttpError, PiResponseError } from './errors.js'
import type { PiStream } from './resolver.js'
import type { Controllers } from './table/tree.js'
import { isoText, timeOfStamp } from './time.js'

type Json = Readonly<Record<string, unknown>>

/** What is read; `from` is the later one for the newest first. */
export interface Pages {
  readonly from: bigint
  /** Text is a time as PI reads it. */
  readonly to: bigint | string
  readonly limit: number
  readonly pageSize: number
  readonly call: HistoryOptions
}

/** The recorded values of a stream, both times included. */
export async function* recordedPages(
  { streams }: Controllers,
  { webId }: PiStream,
  { from, to, limit, pageSize, call }: Pages,
): AsyncGenerator<readonly Json[], void, undefined> {
  const endTime = typeof to === 'string' ? to : isoText(to)
  let most = pageSize
  let cursor = from
  /** Events at the cursor that were given already; a page begins with them again. */
  let given = 0
  let left = limit
  for (;;) {
    let size = Math.min(Math.max(most, given + 1), left + given)
    let items: readonly Json[]
    try {
      const asked = { webId, startTime: isoText(cursor), endTime, maxCount: size, boundaryType: 'Inside' }
      items = (await streams.getRecorded(asked, call)).Items as unknown as readonly Json[]
    } catch (error) {
      const allowed = allowedBy(error, size)
      if (allowed === undefined) throw error
      if (allowed <= given)
        throw new PiResponseError(
          `there are more than ${given} events at ${isoText(cursor)}, and the server gives ${allowed} at once`,
          { cause: error },
        )
      most = size = allowed
      continue
    }
    const page = items.slice(given, given + left)
    if (page.length > 0) yield page
    left -= page.length
    if (items.length < size || left <= 0) return
    const last = timeOfStamp(items.at(-1)?.['Timestamp'])
    if (last === undefined) throw new PiResponseError('a recorded value has no Timestamp')
    const same = items.filter(({ Timestamp }) => timeOfStamp(Timestamp) === last).length
    // A page of one time alone: more of it at once, or it would never end.
    most = last === cursor && same === items.length ? size * 2 : pageSize < most ? pageSize : most
    cursor = last
    given = same
  }
}

/** The number of values that the server says it gives at most. */
export function allowedBy(error: unknown, size: number): number | undefined {
  if (!(error instanceof PiHttpError) || error.status !== 400) return undefined
  const text = error.errors.find((one) => /maximum allowed/i.test(one))
  const allowed = Number(/maximum allowed\D*(\d+)/i.exec(text ?? '')?.[1])
  return allowed > 0 && allowed < size ? allowed : undefined
}
