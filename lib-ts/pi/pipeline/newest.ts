// The newest event of many streams at or before a time, in few requests.
import type { HistoryOptions } from '../../telemetry/index.js'
import { PiError, PiHttpError } from '../errors.js'
import type { Wanted } from '../references.js'
import { queryText } from '../request.js'
import type { PiStream } from '../resolver.js'
import { isoText } from '../time.js'
import { urlParts } from '../url-parts.js'
import type { Reading } from '../values.js'

type Json = Readonly<Record<string, unknown>>

/** A stream with its event, a timed value of the server. */
export interface Newest {
  readonly stream: PiStream
  readonly event: Json
}

// PI's archive begins with 1970.
const BEGINNING = isoText(0n)

/** Per reference, in their order; undefined where there is no such stream, or nothing so early. */
export async function newestOf(
  reading: Reading,
  all: readonly Wanted[],
  time: string,
  call: HistoryOptions,
): Promise<(Newest | undefined)[]> {
  const streams = await found(reading, all, call)
  const once = [...new Map(streams.flatMap((stream) => (stream ? [[stream.webId, stream]] : []))).values()]
  const { base, webIdType, maxUrlBytes, connections } = reading.settings
  // The newest first, and one of them: a server has no other way to say that there is none.
  const range = { startTime: time, endTime: BEGINNING, boundaryType: 'Inside', maxCount: 1, webIdType }
  const head = `${base}/streamsets/recorded${queryText(Object.entries(range).map(([k, v]) => [k, String(v)]))}`
  const parts = [...urlParts(once, ({ webId }) => ['webId', webId], head, maxUrlBytes)]
  const events = new Map<string, Json>()
  const ask = async (): Promise<void> => {
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      const asked = { ...range, webId: part.map(({ webId }) => webId) }
      const { Items } = await reading.api.streamsets.getRecordedAdHoc(asked, call)
      const items = Items as unknown as readonly Json[]
      const byWebId = new Map(items.map((item) => [item['WebId'], item]))
      const byPath = new Map(items.map((item) => [String(item['Path']).toUpperCase(), item]))
      for (const { webId, path } of part) {
        const item = byWebId.get(webId) ?? byPath.get(path.toUpperCase())
        const [event] = (item?.['Items'] ?? []) as readonly Json[]
        if (event !== undefined) events.set(webId, event)
      }
    }
  }
  try {
    // No more at once than there are connections: the time of a request begins when it is called.
    await Promise.all(Array.from({ length: connections }, ask))
  } catch (error) {
    parts.length = 0
    throw error
  }
  return streams.map((stream) => {
    const event = stream === undefined ? undefined : events.get(stream.webId)
    return event === undefined ? undefined : { stream: stream as PiStream, event }
  })
}

/** The same, once more with references that are looked up anew: a point may have been made anew since. */
export async function newestOrAnew(
  reading: Reading,
  all: readonly Wanted[],
  time: string,
  call: HistoryOptions,
): Promise<(Newest | undefined)[]> {
  try {
    return await newestOf(reading, all, time, call)
  } catch (error) {
    if (!isGone(error)) throw error
    for (const wanted of all) reading.resolver.forget(wanted)
    return newestOf(reading, all, time, call)
  }
}

export function isGone(error: unknown): boolean {
  return error instanceof PiHttpError && (error.status === 404 || error.status === 410)
}

async function found(
  { resolver }: Reading,
  all: readonly Wanted[],
  call: HistoryOptions,
): Promise<(PiStream | undefined)[]> {
  const settled = await Promise.allSettled(resolver.resolve(all, call, false))
  return settled.map((result) => {
    if (result.status === 'fulfilled') return result.value
    const reason: unknown = result.reason
    if (reason instanceof PiError && reason.code === 'ERR_PI_NOT_FOUND') return undefined
    throw reason
  })
}
