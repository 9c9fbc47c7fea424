// Values by reference.
import { PiHttpError } from './errors.js'
import type { CallOptions, Settings } from './options.js'
import type { Wanted } from './references.js'
import { queryText } from './request.js'
import type { PiStream, Resolver } from './resolver.js'
import type { Controllers } from './table/tree.js'
import { updateOf, type PiUpdate } from './update.js'
import { urlParts } from './url-parts.js'

type Json = Readonly<Record<string, unknown>>

/** What reading by reference needs. */
export interface Reading {
  readonly api: Controllers
  readonly resolver: Resolver
  readonly settings: Settings
}

/** The value of one stream, now or at a time. */
export async function readValue(
  reading: Reading,
  wanted: Wanted,
  time: string | undefined,
  options: CallOptions,
): Promise<PiUpdate> {
  const read = async (): Promise<PiUpdate> => {
    const [stream] = (await Promise.all(reading.resolver.resolve([wanted], options))) as [PiStream]
    const timed = await reading.api.streams.getValue({ webId: stream.webId, time }, options)
    return updateOf(stream, timed as unknown as Json)
  }
  try {
    return await read()
  } catch (error) {
    // The point may have been made anew since its WebID was cached; it is looked up once more.
    if (!isGone(error) || wanted.by === 'webId') throw error
    reading.resolver.forget(wanted)
    return read()
  }
}

/** The values of many streams, in few requests; one that fails fails alone. */
export async function readValues(
  reading: Reading,
  all: readonly Wanted[],
  time: string | undefined,
  options: CallOptions,
): Promise<PromiseSettledResult<PiUpdate>[]> {
  const streams = await Promise.allSettled(reading.resolver.resolve(all, options))
  const found = streams.flatMap((result, i) =>
    result.status === 'fulfilled' ? [{ i, stream: result.value, wanted: all[i] as Wanted }] : [],
  )
  const results: PromiseSettledResult<PiUpdate>[] = streams.map((result) =>
    result.status === 'rejected' ? result : { status: 'rejected', reason: undefined },
  )
  await Promise.all(
    [...parts(found, time, reading.settings)].map(async (part) => {
      const updates = await readPart(reading, part, time, options)
      updates.forEach((update, at) => (results[(part[at] as Entry).i] = update))
    }),
  )
  return results
}

interface Entry {
  readonly i: number
  readonly stream: PiStream
  readonly wanted: Wanted
}

function parts(
  found: readonly Entry[],
  time: string | undefined,
  { base, webIdType, maxUrlBytes }: Settings,
): Iterable<Entry[]> {
  const fixed: [string, string][] = [['webIdType', webIdType]]
  if (time !== undefined) fixed.push(['time', time])
  const head = `${base}/streamsets/value${queryText(fixed)}`
  return urlParts(found, ({ stream }) => ['webId', stream.webId], head, maxUrlBytes)
}

async function readPart(
  reading: Reading,
  part: readonly Entry[],
  time: string | undefined,
  options: CallOptions,
): Promise<PromiseSettledResult<PiUpdate>[]> {
  const one = ({ wanted }: Entry): Promise<PiUpdate> => readValue(reading, wanted, time, options)
  let items: readonly Json[]
  try {
    const webIds = part.map(({ stream }) => stream.webId)
    const { webIdType } = reading.settings
    const answer = await reading.api.streamsets.getValuesAdHoc({ webId: webIds, time, webIdType }, options)
    items = answer.Items as unknown as readonly Json[]
  } catch (error) {
    // A server that fails the whole for one stream: each alone.
    if (isGone(error) && part.length > 0) return Promise.allSettled(part.map(one))
    return part.map(() => ({ status: 'rejected', reason: error }))
  }
  const byWebId = new Map(items.map((item) => [item['WebId'], item]))
  const byPath = new Map(items.map((item) => [String(item['Path']).toUpperCase(), item]))
  return Promise.allSettled(
    part.map((entry) => {
      const { stream } = entry
      const item = byWebId.get(stream.webId) ?? byPath.get(stream.path.toUpperCase())
      const timed = item?.['Value'] as Json | null | undefined
      return timed == null ? one(entry) : Promise.resolve(updateOf(stream, timed))
    }),
  )
}

function isGone(error: unknown): boolean {
  return error instanceof PiHttpError && (error.status === 404 || error.status === 410)
}
