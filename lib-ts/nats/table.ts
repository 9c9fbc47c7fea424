import { BrokerError, inSessions, type KeyTable, type TableChange } from '../telemetry/index.js'
import { errorOf, NatsLink } from './connection.js'
import { tableOptions, type NatsTableOptions } from './options.js'
import { loadKeyValue, type Bucket } from './peers.js'
import { keyOf, pvOfKey } from './subjects.js'

/**
 * A bucket of JetStream as a table: the last text of each PV.
 *
 * @hidden
 */
export class NatsTable implements KeyTable {
  readonly #options: NatsTableOptions
  readonly #link: NatsLink
  readonly #ended = new AbortController()
  #watch: { stop(): void } | undefined

  constructor(options: NatsTableOptions) {
    this.#options = tableOptions(options)
    // What changed while the connection was broken may be missing: all of it is read again.
    this.#link = new NatsLink(this.#options, 'list', () => this.#watch?.stop())
  }

  changes(): AsyncGenerator<TableChange, void, undefined> {
    return inSessions(
      () => this.#session(),
      this.#ended.signal,
      (error) => errorOf('list', error),
    )
  }

  async put(entries: TableChange['entries']): Promise<void> {
    try {
      const bucket = await this.#bucket()
      for (const [pv, text] of entries) {
        if (text === undefined) await bucket.delete(keyOf(pv))
        else await bucket.put(keyOf(pv), text)
      }
    } catch (error) {
      throw errorOf('list', error)
    }
  }

  /** Ends the following. */
  async close(): Promise<void> {
    this.#ended.abort()
    this.#watch?.stop()
    await this.#link.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #bucket(): Promise<Bucket> {
    const { bucket, createBucket } = this.#options
    const { Kvm } = await loadKeyValue()
    const manager = new Kvm(await this.#link.get())
    const opened = createBucket === true ? await manager.create(bucket) : await manager.open(bucket)
    try {
      await opened.status()
    } catch (error) {
      if (!/not found/i.test(String(error))) throw error
      throw new BrokerError(`list: there is no bucket "${bucket}"`, {
        code: 'ERR_NATS_STREAM',
        op: 'list',
        hint: 'createBucket makes it',
        cause: error,
      })
    }
    return opened
  }

  async *#session(): AsyncGenerator<TableChange, void, undefined> {
    const bucket = await this.#bucket()
    const { values } = await bucket.status()
    const watch = await bucket.watch()
    this.#watch = watch
    const all = new Map<string, string | undefined>()
    let whole = values === 0
    if (whole) yield { whole: true, entries: all }
    for await (const entry of watch) {
      const pv = pvOfKey(entry.key)
      const text = entry.operation === 'PUT' ? entry.string() : undefined
      if (whole) {
        if (pv !== undefined) yield { whole: false, entries: new Map([[pv, text]]) }
        continue
      }
      if (pv !== undefined && text !== undefined) all.set(pv, text)
      whole = entry.delta === 0
      if (whole) yield { whole: true, entries: all }
    }
  }
}
