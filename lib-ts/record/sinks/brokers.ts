// Topics and streams of brokers as sinks.
import { unlessAborted, type Sink, type SinkError } from '../../telemetry/index.js'
import type { SinkConfig } from '../config/config.js'
import type { OpenSink } from '../open-sink.js'

/** ms that a start waits for the answer of a broker. */
const PATIENCE = 5_000

export async function openKafka({ type: _, pvs: __, batch: ___, ...rest }: SinkConfig): Promise<OpenSink> {
  const { KafkaSink } = await import('../../kafka/index.js')
  return asked(new KafkaSink({ ...rest, createTopic: byDefaults(rest['createTopic']) } as never))
}

export async function openNats({ type: _, pvs: __, batch: ___, ...rest }: SinkConfig): Promise<OpenSink> {
  const { NatsSink } = await import('../../nats/index.js')
  const { createStream, dedup, ...others } = rest
  // true is what it does anyway
  const how = {
    createStream: byDefaults(createStream),
    dedup: dedup === true ? 'retry' : dedup,
  }
  return asked(new NatsSink({ ...others, ...how } as never))
}

/** `true` in a configuration: what is not there is made, and nothing more is said of it. */
export function byDefaults(made: unknown): unknown {
  return made === true ? {} : made
}

/** A batch of nothing connects: what can never work is told at the start, and a broker that is down is not an error. */
async function asked(sink: Sink): Promise<OpenSink> {
  const limit = AbortSignal.timeout(PATIENCE)
  try {
    await unlessAborted(sink.write([]), limit)
  } catch (error) {
    if (!limit.aborted && !(error as SinkError).retryable) {
      await sink.close()
      throw error
    }
  }
  return { sink }
}
