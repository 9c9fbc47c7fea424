// Where a group begins that has committed nothing, or whose records are gone.
import type { RejectedMessage } from '../telemetry/index.js'
import { asAdmin, END, offsetsAt, placesOf, START } from './admin.js'
import { leavesOf, within } from './calls.js'
import type { KafkaReaderOptions } from './options.js'
import type { Admin } from './peers.js'

/** Sets the offsets of a group that has none to those of a time. A group that runs has begun. */
export async function beginAt(options: KafkaReaderOptions, from: bigint, timeout: number): Promise<void> {
  try {
    await asAdmin(options, async (admin) => {
      const all = await placesOf(admin, options.topics, 'from', timeout)
      const committed = await committedBy(admin, options, timeout)
      const wanted = all
        .map(({ name, partitions }) => ({
          name,
          partitions: partitions.filter((p) => !committed.has(`${name}/${p}`)),
        }))
        .filter(({ partitions }) => partitions.length > 0)
      if (wanted.length === 0) return
      const at = await offsetsAt(admin, wanted, from < 0n ? 0n : from / 1_000_000n, 'from', timeout)
      const ends = await offsetsAt(admin, wanted, END, 'from', timeout)
      // -1: nothing is as late as that
      const begin = [...at].map(
        ([place, offset]) => [place, offset < 0n ? (ends.get(place) ?? 0n) : offset] as const,
      )
      await alter(admin, options, new Map(begin), timeout)
    })
  } catch (error) {
    if (!leavesOf(error).some(({ apiId }) => apiId === 'NON_EMPTY_GROUP' || apiId === 'UNKNOWN_MEMBER_ID'))
      throw error
  }
}

/** A partition, as `topic/partition`, that does not have what was to be read next. */
export interface Lost {
  readonly place: string
  readonly told: RejectedMessage
}

/**
 * Sets what a group committed to the first record that is there, in partitions that do not have what it is to read next.
 *
 * @returns those partitions
 */
export function passDeleted(options: KafkaReaderOptions, timeout: number): Promise<Lost[]> {
  return asAdmin(options, async (admin) => {
    const committed = await committedBy(admin, options, timeout)
    const all = await placesOf(admin, options.topics, 'from', timeout)
    const starts = await offsetsAt(admin, all, START, 'from', timeout)
    const ends = await offsetsAt(admin, all, END, 'from', timeout)
    const lost = [...committed].flatMap(([place, next]) => {
      const [start = next, end = next] = [starts.get(place), ends.get(place)]
      return next < start || next > end ? [{ place, next, start }] : []
    })
    const begin = new Map(lost.map(({ place, start }) => [place, start]))
    if (lost.length > 0) await alter(admin, options, begin, timeout)
    return lost.map(({ place, next, start }) => {
      const reason =
        next < start
          ? `the topic deleted ${start - next} records before they were read`
          : 'the topic ends before what is to be read next, and is read from its beginning'
      return { place, told: { where: `${place}@${next}`, reason } }
    })
  })
}

/** What a group has committed, by `topic/partition`. */
async function committedBy(
  admin: Admin,
  { group, topics }: KafkaReaderOptions,
  timeout: number,
): Promise<Map<string, bigint>> {
  const [known] = await within(timeout, 'from', admin.listConsumerGroupOffsets({ groups: [group] }))
  const all = new Map<string, bigint>()
  for (const { name, partitions } of known?.topics ?? [])
    for (const { partitionIndex, committedOffset } of partitions)
      if (topics.includes(name) && committedOffset >= 0n)
        all.set(`${name}/${partitionIndex}`, committedOffset)
  return all
}

/** Commits these offsets, by `topic/partition`, for a group without members. */
async function alter(
  admin: Admin,
  { group, topics }: KafkaReaderOptions,
  offsets: ReadonlyMap<string, bigint>,
  timeout: number,
): Promise<void> {
  const altered = topics.map((name) => ({
    name,
    partitionOffsets: [...offsets]
      .filter(([place]) => place.slice(0, place.lastIndexOf('/')) === name)
      .map(([place, offset]) => ({ partition: Number(place.slice(name.length + 1)), offset })),
  }))
  await within(
    timeout,
    'from',
    admin.alterConsumerGroupOffsets({
      groupId: group,
      topics: altered.filter(({ partitionOffsets }) => partitionOffsets.length > 0),
    }),
  )
}
