// The topics of a sink: there, or made; how many partitions they have, and how large a record may be.
import { setTimeout } from 'node:timers/promises'
import { BrokerError } from '../telemetry/index.js'
import { asAdmin } from './admin.js'
import { DEFAULT_TIMEOUT, errorOf, leavesOf, meaningOf, within } from './calls.js'
import type { KafkaOptions } from './options.js'
import type { Admin, Kafka } from './peers.js'

/** What a sink has to know of a topic. */
export interface Topic {
  readonly name: string
  readonly partitions: number
  /** Bytes of a record batch at most. */
  readonly most: number
  /** How far from now, in ms, the time of a record may be: back, and ahead. */
  readonly before: number
  readonly after: number
}

/** Kafka's own limits, where a topic's cannot be asked for. */
const LIMITS = {
  'max.message.bytes': 1_048_588,
  'message.timestamp.before.max.ms': Infinity,
  'message.timestamp.after.max.ms': 3_600_000,
}
const TOPIC_RESOURCE = 2
/** ms before a topic that was just made is asked for again. */
const AGAIN = 50

/**
 * What is known about these topics.
 *
 * A produce to a topic that does not exist does not settle, so it is asked for first.
 */
export async function topicsOf(options: KafkaOptions, names: readonly string[]): Promise<readonly Topic[]> {
  const { timeout = DEFAULT_TIMEOUT, createTopic = false } = options
  try {
    return await asAdmin(options, async (admin) => {
      const there = new Set(await within(timeout, 'topics', admin.listTopics()))
      const missing = names.filter((name) => !there.has(name))
      if (missing.length > 0 && createTopic === false)
        throw new BrokerError(`there is no topic "${missing.join('", "')}"`, {
          code: 'ERR_KAFKA_TOPIC',
          op: 'topics',
          hint: 'createTopic makes it',
        })
      if (missing.length > 0 && createTopic !== false) await make(admin, missing, createTopic, timeout)
      const metadata = await metadataOf(admin, names, missing.length > 0, timeout)
      return Promise.all(
        names.map(async (name) => ({
          name,
          partitions: metadata.topics.get(name)?.partitionsCount ?? 1,
          ...(await limitsOf(admin, name, timeout)),
        })),
      )
    })
  } catch (error) {
    throw errorOf('topics', error)
  }
}

/** The partition of a key, as the Java client's default deals them. */
export function partitionOf({ murmur2 }: Kafka, key: Buffer, { partitions }: Topic): number {
  return (murmur2(key) & 0x7fff_ffff) % partitions
}

/** A topic that was just made is unknown for a moment, to the brokers that did not make it. */
async function metadataOf(
  admin: Admin,
  names: readonly string[],
  made: boolean,
  timeout: number,
): ReturnType<Admin['metadata']> {
  const limit = performance.now() + timeout
  for (;;) {
    try {
      return await within(timeout, 'topics', admin.metadata({ topics: [...names], forceUpdate: true }))
    } catch (error) {
      if (!made || meaningOf(error).code !== 'ERR_KAFKA_TOPIC' || performance.now() > limit) throw error
      await setTimeout(AGAIN)
    }
  }
}

async function make(
  admin: Admin,
  topics: string[],
  { partitions, replicas, config = {} }: Exclude<NonNullable<KafkaOptions['createTopic']>, false>,
  timeout: number,
): Promise<void> {
  const configs = Object.entries(config).map(([name, value]) => ({ name, value }))
  const made = admin.createTopics({
    topics,
    ...(partitions !== undefined && { partitions }),
    ...(replicas !== undefined && { replicas }),
    ...(configs.length > 0 && { configs }),
  })
  await within(timeout, 'topics', made).catch((error: unknown) => {
    // Somebody else made it meanwhile.
    if (!leavesOf(error).every(({ apiId }) => apiId === 'TOPIC_ALREADY_EXISTS')) throw error
  })
}

async function limitsOf(
  admin: Admin,
  topic: string,
  timeout: number,
): Promise<Pick<Topic, 'most' | 'before' | 'after'>> {
  const limits = { ...LIMITS }
  const asked = admin.describeConfigs({
    resources: [
      { resourceType: TOPIC_RESOURCE, resourceName: topic, configurationKeys: Object.keys(limits) },
    ],
  })
  // Who may write may not always ask; what a topic does not take is refused then.
  const [answer] = await within(timeout, 'topics', asked).catch(() => [])
  for (const { name, value } of answer?.configs ?? [])
    if (name in limits && value !== null) limits[name as keyof typeof limits] = Number(value)
  return {
    most: limits['max.message.bytes'],
    before: limits['message.timestamp.before.max.ms'],
    after: limits['message.timestamp.after.max.ms'],
  }
}
