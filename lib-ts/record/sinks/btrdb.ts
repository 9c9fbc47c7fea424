import type { SinkConfig } from '../config/config.js'
import type { OpenSink } from '../open-sink.js'

export async function openBtrdb(config: SinkConfig): Promise<OpenSink> {
  const { type: _, pvs: __, batch: ___, ...options } = config
  const { btrdbStore } = await import('../../btrdb/index.js')
  const { sink, history } = await btrdbStore(options)
  return { sink, history }
}
