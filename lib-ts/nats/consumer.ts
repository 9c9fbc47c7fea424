// The durable consumer of a reader. What was delivered and not acknowledged is delivered again only after `ack_wait`, behind
// newer messages. So a reader does not take a consumer over as it is: it makes it anew, from what was acknowledged.
import { isoText } from '../input/index.js'
import type { NatsReaderOptions } from './options.js'
import { loadJetStream, type JetStream, type NatsConnection } from './peers.js'

/** A batch may wait for its store as long as this before it comes again, in ns; a reader that starts does not wait for it. */
const ACK_WAIT = 3_600_000_000_000

type Consumer = Awaited<ReturnType<ReturnType<JetStream['jetstream']>['consumers']['get']>>

/**
 * Opens the consumer for one reader.
 *
 * @param committed the sequence that this reader has committed
 */
export async function openConsumer(
  connection: NatsConnection,
  { stream, consumer: name, subject }: NatsReaderOptions,
  from: string | bigint,
  committed: number,
  timeout: number,
): Promise<Consumer> {
  const { jetstream, jetstreamManager, AckPolicy, DeliverPolicy } = await loadJetStream()
  const manager = await jetstreamManager(connection, { timeout, checkAPI: false })
  await manager.streams.info(stream)
  const before = await manager.consumers.info(stream, name).catch((error: unknown) => {
    if ((error as Error).name === 'ConsumerNotFoundError') return undefined
    throw error
  })
  let start: object
  if (before !== undefined) {
    await manager.consumers.delete(stream, name)
    const floor = Math.max(before.ack_floor.stream_seq, committed)
    start = { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: floor + 1 }
  } else if (typeof from === 'bigint') {
    start = { deliver_policy: DeliverPolicy.StartTime, opt_start_time: isoText(from) }
  } else if (committed > 0) {
    start = { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: committed + 1 }
  } else {
    start = { deliver_policy: from === 'latest' ? DeliverPolicy.New : DeliverPolicy.All }
  }
  await manager.consumers.add(stream, {
    durable_name: name,
    ack_policy: AckPolicy.All,
    ack_wait: ACK_WAIT,
    max_ack_pending: -1,
    ...(subject !== undefined && { filter_subject: subject }),
    ...start,
  })
  return jetstream(connection, { timeout }).consumers.get(stream, name)
}
