// The stream that a sink writes to: there, or made.
import { BrokerError } from '../telemetry/index.js'
import type { NatsOptions } from './options.js'
import { loadJetStream, type NatsConnection } from './peers.js'

const NS_PER_MS = 1_000_000

/** Makes sure that there is a stream, by `createStream` when it is wanted. */
export async function prepareStream(
  connection: NatsConnection,
  { stream, subject = 'pv', createStream = false }: NatsOptions,
  timeout: number,
): Promise<void> {
  const { jetstreamManager } = await loadJetStream()
  const manager = await jetstreamManager(connection, { timeout, checkAPI: false })
  try {
    await manager.streams.info(stream)
    return
  } catch (error) {
    if ((error as Error).name !== 'StreamNotFoundError') throw error
    if (createStream === false)
      throw new BrokerError(`there is no stream "${stream}"`, {
        code: 'ERR_NATS_STREAM',
        hint: 'createStream makes it',
        cause: error,
      })
  }
  const { maxAge, maxBytes, replicas, storage } = createStream
  // When somebody else made it meanwhile, the same settings are no error.
  await manager.streams.add({
    name: stream,
    subjects: [`${subject}.>`],
    ...(maxAge !== undefined && { max_age: maxAge * NS_PER_MS }),
    ...(maxBytes !== undefined && { max_bytes: maxBytes }),
    ...(replicas !== undefined && { num_replicas: replicas }),
    ...(storage !== undefined && { storage }),
  })
}
