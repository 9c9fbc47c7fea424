// BTrDB as the store of a recorder: sink and history on a client of their own, which connects when it is needed first.
import { isPlainObject, readOptions } from '../input/index.js'
import {
  SinkError,
  unlessAborted,
  type History,
  type HistoryOptions,
  type ReadRange,
  type Sample,
  type Series,
  type Sink,
  type TimeInput,
  type TimeRange,
  type Window,
  type WriteResult,
} from '../telemetry/index.js'
import { BTrDB } from './client.js'
import { accessOf, rootsOf } from './credentials.js'
import { checking } from './errors.js'
import { readConnectOptions, type ConnectOptions } from './options.js'
import { loadConnection } from './peers.js'
import { sinkChecks, type SinkOptions } from './pv-place.js'
import { sinkError, type BTrDBSink } from './sink.js'

/** What {@link btrdbStore} takes: the options of a connection and those of a sink. */
export interface BTrDBStoreOptions extends Omit<ConnectOptions, 'signal'>, SinkOptions {}

/** A sink and a history that connect when they are needed first. */
export interface BTrDBStore extends AsyncDisposable {
  /** While the server is away, a write fails so that it may be tried again. Closing it closes the store. */
  readonly sink: Sink
  /** Reads what the sink writes. */
  readonly history: History
  /** Makes what was written durable, and ends the connection. Twice is fine. */
  close(): Promise<void>
}

/**
 * BTrDB as a store that may be away when a program starts. What can never work is an error here: bad options, no
 * credentials, a missing package. A server that does not answer is not: each use tries to connect until one has.
 *
 * @throws {@link BTrDBError} `ERR_BTRDB_ARGUMENT`, `_CREDENTIALS`, `_PROFILE`, `_PEER`
 * @example
 * import { btrdbStore } from 'node-pvxs/btrdb'
 *
 * const open = async () => btrdbStore({ endpoint: 'grid.example:4411', root: 'lab', severity: true })
 */
export async function btrdbStore(options: BTrDBStoreOptions = {}): Promise<BTrDBStore> {
  const [ofSink, ofConnection] = partsOf(options)
  const how = checking('sink', () => readOptions(ofSink, sinkChecks, 'sink'))
  const settings = readConnectOptions(ofConnection)
  await accessOf(settings)
  await rootsOf(settings)
  await loadConnection()
  return new LazyStore(ofConnection as ConnectOptions, how)
}

function partsOf(options: unknown): readonly [ofSink: object, ofConnection: unknown] {
  if (!isPlainObject(options)) return [{}, options]
  const all = Object.entries(options)
  const part = (ours: boolean): object =>
    Object.fromEntries(all.filter(([key]) => Object.hasOwn(sinkChecks, key) === ours))
  return [part(true), part(false)]
}

class LazyStore implements BTrDBStore {
  readonly sink: Sink
  readonly history: History
  readonly #connection: ConnectOptions
  readonly #how: SinkOptions
  readonly #end = new AbortController()
  #client: Promise<BTrDB> | undefined
  #writer: BTrDBSink | undefined

  constructor(connection: ConnectOptions, how: SinkOptions) {
    this.#connection = connection
    this.#how = how
    this.sink = {
      write: (batch, options) => this.#write(batch, options?.signal),
      close: () => this.close(),
    }
    this.history = new LazyHistory(async (signal) => {
      const { namespace } = how
      return (await this.#connected(signal)).history({ namespace })
    })
  }

  /** The client; a failure to connect is forgotten, so that the next use tries again. */
  #connected(signal: AbortSignal | undefined): Promise<BTrDB> {
    if (this.#client === undefined) {
      const client = BTrDB.connect({ ...this.#connection, signal: this.#end.signal })
      this.#client = client
      client.catch(() => {
        this.#client = undefined
      })
    }
    // What others wait for too goes on when one gives up.
    return unlessAborted(this.#client, signal)
  }

  async #write(batch: readonly Sample[], signal: AbortSignal | undefined): Promise<WriteResult> {
    signal?.throwIfAborted()
    if (this.#writer === undefined) {
      try {
        const client = await this.#connected(signal)
        this.#writer ??= client.sink(this.#how)
      } catch (error) {
        throw sinkError(error)
      }
    }
    return this.#writer.write(batch, { signal })
  }

  async close(): Promise<void> {
    if (!this.#end.signal.aborted) this.#end.abort(closed())
    const client = await this.#client?.catch(() => undefined)
    try {
      await this.#writer?.close()
    } finally {
      await client?.close()
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

function closed(): SinkError {
  return new SinkError('this store is closed', { code: 'ERR_BTRDB_CLOSED' })
}

type Open = (signal: AbortSignal | undefined) => Promise<History>

class LazyHistory implements History {
  readonly #open: Open

  constructor(open: Open) {
    this.#open = open
  }

  async *read(id: string, range: ReadRange, o?: HistoryOptions): AsyncGenerator<Sample[], void, undefined> {
    yield* (await this.#open(o?.signal)).read(id, range, o)
  }

  async *windows(
    id: string,
    range: TimeRange,
    width: bigint,
    o?: HistoryOptions,
  ): AsyncGenerator<Window[], void, undefined> {
    yield* (await this.#open(o?.signal)).windows(id, range, width, o)
  }

  async at(ids: readonly string[], time: TimeInput, o?: HistoryOptions): Promise<(Sample | null)[]> {
    return (await this.#open(o?.signal)).at(ids, time, o)
  }

  async *find(pattern: string | RegExp, o?: HistoryOptions): AsyncGenerator<Series, void, undefined> {
    yield* (await this.#open(o?.signal)).find(pattern, o)
  }
}
