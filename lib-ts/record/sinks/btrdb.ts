import type { BTrDB, ConnectOptions } from '../../btrdb/index.js'
import { SinkError, type History, type Sink } from '../../telemetry/index.js'
import type { SinkConfig } from '../config/config.js'
import type { OpenSink } from '../open-sink.js'

const SINK = ['root', 'namespace', 'merge', 'severity', 'flush', 'adopt']
const SOON = 2_000 // ms that the start waits for a server

/** What no server that comes back repairs. */
const LASTING = [
  'ERR_BTRDB_PEER',
  'ERR_BTRDB_ARGUMENT',
  'ERR_BTRDB_CREDENTIALS',
  'ERR_BTRDB_PROFILE',
  'ERR_BTRDB_NOT_SUPPORTED',
]

export async function openBtrdb(config: SinkConfig): Promise<OpenSink> {
  const { type: _, pvs: __, batch: ___, ...rest } = config
  const client = Object.entries(rest).filter(([key]) => !SINK.includes(key))
  const how = Object.fromEntries(Object.entries(rest).filter(([key]) => SINK.includes(key)))
  const connection = new Connection(Object.fromEntries(client))
  try {
    await connection.open(SOON)
  } catch (error) {
    // One that is down is connected to when there is something to write.
    if (LASTING.includes((error as { code?: string }).code ?? '')) throw error
  }
  return { sink: sinkOf(connection, how), history: historyOf(connection, how) }
}

/** A client that is made when it is needed, and again after a failure. */
class Connection {
  readonly #options: ConnectOptions
  readonly #ending = new AbortController()
  #db: Promise<BTrDB> | undefined

  constructor(options: ConnectOptions) {
    this.#options = options
  }

  open(connectTimeout = this.#options.connectTimeout): Promise<BTrDB> {
    this.#db ??= this.#connect(connectTimeout).catch((error: unknown) => {
      this.#db = undefined
      throw error
    })
    return this.#db
  }

  async #connect(connectTimeout: number | undefined): Promise<BTrDB> {
    const { BTrDB } = await import('../../btrdb/index.js')
    return BTrDB.connect({ ...this.#options, connectTimeout, signal: this.#ending.signal })
  }

  async close(): Promise<void> {
    this.#ending.abort(new Error('the recorder closes this sink'))
    const db = await this.#db?.catch(() => undefined)
    await db?.close()
  }
}

function sinkOf(connection: Connection, how: object): Sink {
  let sink: Sink | undefined
  return {
    write: async (batch, options) => {
      sink ??= await connected(connection, how)
      return sink.write(batch, options)
    },
    close: async () => {
      await sink?.close()
      await connection.close()
    },
  }
}

async function connected(connection: Connection, how: object): Promise<Sink> {
  try {
    return (await connection.open()).sink(how)
  } catch (cause) {
    const { code = 'ERR_BTRDB_CONNECT', message } = cause as { code?: string; message: string }
    throw new SinkError(message, { code, retryable: !LASTING.includes(code), cause })
  }
}

function historyOf(
  connection: Connection,
  { root, namespace }: { root?: string; namespace?: string },
): History {
  const open = async (): Promise<History> => (await connection.open()).history({ root, namespace })
  return {
    async *read(...args) {
      yield* (await open()).read(...args)
    },
    async *windows(...args) {
      yield* (await open()).windows(...args)
    },
    at: async (...args) => (await open()).at(...args),
    async *find(...args) {
      yield* (await open()).find(...args)
    },
  }
}
