// Sinks by their configuration. A historian's room is loaded when a configuration names it.
import { quote } from '../input/index.js'
import type { History, Sink } from '../telemetry/index.js'
import type { SinkConfig } from './config/config.js'
import { RecordError } from './errors.js'
import { JsonlStore } from './jsonl/store.js'
import { openBtrdb } from './sinks/btrdb.js'
import { openKafka, openNats } from './sinks/brokers.js'
import { openInflux } from './sinks/influx.js'
import { openPi } from './sinks/pi.js'

/** A sink that is open, and what else it can do. */
export interface OpenSink {
  readonly sink: Sink
  /** Reads what the sink writes. */
  readonly history?: History
  /** After logs were rotated. */
  reopen?(): Promise<void>
}

export type Customs<T> = Readonly<Record<string, T>>

/** @throws RecordError for what can never work; a store that is down is not an error */
export async function openSink(name: string, config: SinkConfig, customs: Customs<Sink>): Promise<OpenSink> {
  try {
    switch (config.type) {
      case 'jsonl':
        return await openJsonl(config)
      case 'influx':
        return await openInflux(config)
      case 'pi':
        return await openPi(config)
      case 'btrdb':
        return await openBtrdb(config)
      case 'kafka':
        return await openKafka(config)
      case 'nats':
        return await openNats(config)
      case 'custom':
        return openCustom(name, customs)
    }
  } catch (cause) {
    throw new RecordError(`sink ${JSON.stringify(name)}: ${(cause as Error).message}`, {
      code: 'ERR_RECORD_START',
      sink: name,
      cause,
    })
  }
}

async function openJsonl({ path }: SinkConfig): Promise<OpenSink> {
  const store = new JsonlStore(path as string)
  await store.open()
  return { sink: store, history: store, reopen: () => store.reopen() }
}

function openCustom(name: string, customs: Customs<Sink>): OpenSink {
  const sink = Object.hasOwn(customs, name) ? customs[name] : undefined
  if (sink === undefined) throw new Error('the program gave no sink of that name')
  if (typeof (sink as Partial<Sink>).write !== 'function')
    throw new Error(`a sink has write(batch), ${quote(sink)} has not`)
  // Who made it closes it.
  return { sink: { write: (batch, options) => sink.write(batch, options), close: () => Promise.resolve() } }
}
