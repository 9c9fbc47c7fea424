// Where a group that is new begins, when that is a time.
import { clientOptions, leavesOf, within } from './calls.js'
import type { KafkaReaderOptions } from './options.js'
import { loadKafka } from './peers.js'

/** Sets the offsets of a group that has none to those of a time. A group that runs has begun. */
export async function beginAt(options: KafkaReaderOptions, from: bigint, timeout: number): Promise<void> {
  const { Admin } = await loadKafka()
  const { topics, group: groupId } = options
  const admin = new Admin({ ...clientOptions(options) })
  try {
    const metadata = await within(timeout, 'from', admin.metadata({ topics: [...topics] }))
    const partitionsOf = (topic: string): number[] =>
      Array.from({ length: metadata.topics.get(topic)?.partitionsCount ?? 0 }, (_, i) => i)
    const [known] = await within(timeout, 'from', admin.listConsumerGroupOffsets({ groups: [groupId] }))
    const committed = new Set(
      known?.topics.flatMap(({ name, partitions }) =>
        partitions.filter((p) => p.committedOffset >= 0n).map((p) => `${name}/${p.partitionIndex}`),
      ),
    )
    const wanted = topics
      .map((name) => ({ name, partitions: partitionsOf(name).filter((p) => !committed.has(`${name}/${p}`)) }))
      .filter(({ partitions }) => partitions.length > 0)
    if (wanted.length === 0) return
    const at = await offsetsAt(admin, wanted, from < 0n ? 0n : from / 1_000_000n, timeout)
    const ends = await offsetsAt(admin, wanted, END, timeout)
    const altered = admin.alterConsumerGroupOffsets({
      groupId,
      topics: wanted.map(({ name, partitions }) => ({
        name,
        partitionOffsets: partitions.map((partition) => {
          const offset = at.get(`${name}/${partition}`) ?? -1n
          // -1: nothing is as late as that
          return { partition, offset: offset < 0n ? (ends.get(`${name}/${partition}`) ?? 0n) : offset }
        }),
      })),
    })
    await within(timeout, 'from', altered)
  } catch (error) {
    if (!leavesOf(error).some(({ apiId }) => apiId === 'NON_EMPTY_GROUP' || apiId === 'UNKNOWN_MEMBER_ID'))
      throw error
  } finally {
    await within(1_000, 'close', admin.close()).catch(() => undefined)
  }
}

/**
 * Sets what a group committed to the first record that is there, in partitions whose records were deleted before it read them.
 * @returns how many records are gone
 */
export async function passDeleted(options: KafkaReaderOptions, timeout: number): Promise<bigint> {
  const { Admin } = await loadKafka()
  const { topics, group: groupId } = options
  const admin = new Admin({ ...clientOptions(options) })
  try {
    const [known] = await within(timeout, 'from', admin.listConsumerGroupOffsets({ groups: [groupId] }))
    const committed = (known?.topics ?? []).filter(({ name }) => topics.includes(name))
    const wanted = committed.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((p) => p.partitionIndex),
    }))
    const starts = await offsetsAt(admin, wanted, START, timeout)
    let gone = 0n
    const behind = committed.map(({ name, partitions }) => ({
      name,
      partitionOffsets: partitions.flatMap(({ partitionIndex: partition, committedOffset }) => {
        const start = starts.get(`${name}/${partition}`) ?? 0n
        if (committedOffset < 0n || committedOffset >= start) return []
        gone += start - committedOffset
        return [{ partition, offset: start }]
      }),
    }))
    const altered = behind.filter(({ partitionOffsets }) => partitionOffsets.length > 0)
    if (altered.length > 0)
      await within(timeout, 'from', admin.alterConsumerGroupOffsets({ groupId, topics: altered }))
    return gone
  } finally {
    await within(1_000, 'close', admin.close()).catch(() => undefined)
  }
}

/** In the place of a time: the first record of a partition. */
const START = -2n
/** In the place of a time: the end of a partition. */
const END = -1n

type Admin = InstanceType<Awaited<ReturnType<typeof loadKafka>>['Admin']>

/** The first offset of each partition, by `topic/partition`, whose record is as late as `timestamp` in ms; -1 where none is. */
async function offsetsAt(
  admin: Admin,
  wanted: readonly { readonly name: string; readonly partitions: readonly number[] }[],
  timestamp: bigint,
  timeout: number,
): Promise<Map<string, bigint>> {
  const asked = admin.listOffsets({
    topics: wanted.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((partitionIndex) => ({ partitionIndex, timestamp })),
    })),
  })
  const all = new Map<string, bigint>()
  for (const { name, partitions } of await within(timeout, 'from', asked))
    for (const { partitionIndex, offset } of partitions) all.set(`${name}/${partitionIndex}`, offset)
  return all
}
