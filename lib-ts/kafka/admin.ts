// What is asked of the brokers as an administrator.
import { clientOptions, within } from './calls.js'
import type { KafkaAccess } from './options.js'
import { loadKafka, type Admin } from './peers.js'

/** Partitions of topics. */
export type Places = readonly { readonly name: string; readonly partitions: readonly number[] }[]

/** In the place of a time: the end of a partition. */
export const END = -1n
/** In the place of a time: the first record of a partition. */
export const START = -2n

/** Asks with a client that is closed afterwards. */
export async function asAdmin<T>(access: KafkaAccess, work: (admin: Admin) => Promise<T>): Promise<T> {
  const { Admin } = await loadKafka()
  const admin: Admin = new Admin({ ...clientOptions(access) })
  try {
    return await work(admin)
  } finally {
    await within(1_000, 'close', admin.close()).catch(() => undefined) // it answered all that it was asked
  }
}

/** All partitions of topics. */
export async function placesOf(
  admin: Admin,
  topics: readonly string[],
  op: string,
  timeout: number,
): Promise<Places> {
  const metadata = await within(timeout, op, admin.metadata({ topics: [...topics] }))
  return topics.map((name) => ({
    name,
    partitions: Array.from({ length: metadata.topics.get(name)?.partitionsCount ?? 0 }, (_, i) => i),
  }))
}

/** The first offset of each partition, by `topic/partition`, whose record is as late as `timestamp` in ms; -1 where none is. */
export async function offsetsAt(
  admin: Admin,
  wanted: Places,
  timestamp: bigint,
  op: string,
  timeout: number,
): Promise<Map<string, bigint>> {
  const asked = admin.listOffsets({
    topics: wanted.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((partitionIndex) => ({ partitionIndex, timestamp })),
    })),
  })
  const all = new Map<string, bigint>()
  for (const { name, partitions } of await within(timeout, op, asked))
    for (const { partitionIndex, offset } of partitions) all.set(`${name}/${partitionIndex}`, offset)
  return all
}
