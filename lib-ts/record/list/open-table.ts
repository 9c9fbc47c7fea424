import type { KeyTable } from '../../telemetry/index.js'
import type { ListConfig } from '../config/config.js'
import { byDefaults } from '../sinks/brokers.js'

/** The table of a broker that keeps a list of PVs. */
export async function openTable({ type, ...options }: ListConfig): Promise<KeyTable> {
  if (type === 'kafka') {
    const { KafkaTable } = await import('../../kafka/index.js')
    return new KafkaTable({ ...options, createTopic: byDefaults(options['createTopic']) } as never)
  }
  const { NatsTable } = await import('../../nats/index.js')
  return new NatsTable(options as never)
}
