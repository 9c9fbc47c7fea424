import { ClosedError, InvalidArgumentError } from '../errors.js'
import { bad, type Check, flag, integer, quote, readOptions } from '../input/index.js'
import { reasonOf, SpoolDatabase, SpoolError } from './spool-database.js'
import { decodeRecord, encodeRecord } from './spool-record.js'
import type { Sample } from './sample.js'

/** What {@link Spool.open} takes. */
export interface SpoolOptions {
  /** Bytes on disk at most. 1 GiB. */
  readonly maxBytes?: number | undefined
  /** Whether a push waits until the disk itself has it; true. Without, a crash of the machine may lose the newest. */
  readonly sync?: boolean | undefined
}

interface RecordKey {
  readonly key: string
  readonly count: number
  readonly bytes: number
  readonly since: number
}

interface Append {
  readonly samples: readonly Sample[]
  readonly maxItems: number
  readonly dropOldest: boolean
  readonly account: (stored: number, dropped: number) => void
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

const MAX_BYTES = 2 ** 30

const positive: Check<number> = (value, name) => {
  if (value === Infinity) return Infinity
  if (typeof value !== 'number' || !(value > 0)) throw bad(name, 'a number of bytes above 0', value)
  return integer(1, Number.MAX_SAFE_INTEGER)(value, name)
}

/**
 * A folder in which samples wait for their sink, so that neither a crash nor a restart loses them: store and forward.
 *
 * It belongs to one Batcher of one process at a time, and to one sink: what it holds is delivered to whoever opens it.
 * Needs the package `classic-level`.
 *
 * @example
 * await using spool = await Spool.open('spool/influx', { maxBytes: 100_000_000 })
 * await using batcher = new Batcher(sink, { spool })
 * console.log(spool.waiting) // what the last run could not deliver
 */
export class Spool implements AsyncDisposable {
  readonly #db: SpoolDatabase
  #maxBytes: number
  #sync: boolean
  #records: RecordKey[]
  #next: number
  #waiting = 0
  #bytes = 0
  /** What is still on disk but not waiting any more. */
  readonly #undeleted: string[] = []
  /** How many of the first records are being delivered. */
  #taken = 0
  #owner: object | undefined
  #appends: Append[] = []
  #appending: Promise<void> | undefined
  #roomMade: (() => void) | undefined
  #closing: Promise<void> | undefined

  /** @internal */
  constructor(db: SpoolDatabase, records: RecordKey[], maxBytes: number, sync: boolean) {
    this.#db = db
    this.#records = records
    this.#maxBytes = maxBytes
    this.#sync = sync
    this.#next =
      records.length === 0 ? 0 : Number.parseInt((records.at(-1) as RecordKey).key.slice(0, 14), 16) + 1
    for (const { count, bytes } of records) {
      this.#waiting += count
      this.#bytes += bytes
    }
  }

  /**
   * Opens the folder, made when it is not there.
   *
   * @throws {@link SpoolError}
   */
  static async open(folder: string, options?: SpoolOptions): Promise<Spool> {
    if (typeof folder !== 'string' || folder === '')
      throw new InvalidArgumentError(`the folder of a spool is text, not ${quote(folder)}`, {
        op: 'Spool.open',
      })
    const { maxBytes = MAX_BYTES, sync = true } = readOptions(
      options,
      { maxBytes: positive, sync: flag },
      'Spool.open',
    )
    const db = await SpoolDatabase.open(folder)
    try {
      const records: RecordKey[] = []
      for await (const key of db.keys()) {
        const [, count = 0, bytes = 0] = key.split(':').map(Number)
        records.push({ key, count, bytes, since: -Infinity })
      }
      return new Spool(db, records, maxBytes, sync)
    } catch (error) {
      await db.close()
      throw new SpoolError(`the spool in ${quote(folder)} cannot be read`, 'ERR_SPOOL_FOLDER', error)
    }
  }

  /** Samples on disk. */
  get waiting(): number {
    return this.#waiting
  }

  /** Bytes on disk, as far as samples take them. */
  get bytes(): number {
    return this.#bytes
  }

  /** Closes the folder; what is in it stays. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    const error = new ClosedError('this Spool is closed', { op: 'Spool' })
    for (const { reject } of this.#appends.splice(0)) reject(error)
    this.#roomMade?.()
    await this.#appending
    await this.#db.close()
  }

  /** @internal Other limits from now on. */
  change({ maxBytes = MAX_BYTES, sync = true }: SpoolOptions): void {
    this.#maxBytes = maxBytes
    this.#sync = sync
    this.#roomMade?.()
  }

  /** @internal Only one Batcher delivers what is here; returns how much that is. */
  own(owner: object): number {
    if (this.#closing !== undefined) throw new ClosedError('this Spool is closed', { op: 'Batcher' })
    if (this.#owner !== undefined)
      throw new InvalidArgumentError('this Spool has a Batcher already: one folder, one sink', {
        op: 'Batcher',
      })
    this.#owner = owner
    return this.#waiting
  }

  /** @internal */
  disown(): void {
    this.#owner = undefined
    this.#taken = 0
  }

  /** @internal What a Batcher goes by. */
  get backlog(): { readonly size: number; readonly bytes: number; readonly since: number } {
    return { size: this.#waiting, bytes: this.#bytes, since: this.#records[0]?.since ?? Infinity }
  }

  /** @internal Resolves when nothing is on its way to the disk. */
  async settled(): Promise<void> {
    await this.#appending
  }

  /** @internal Resolves when the samples are on disk; `account` is told in the same turn as the counts here change. */
  append(
    samples: readonly Sample[],
    maxItems: number,
    dropOldest: boolean,
    account: (stored: number, dropped: number) => void,
  ): Promise<void> {
    if (this.#closing !== undefined)
      return Promise.reject(new ClosedError('the Spool of this Batcher is closed', { op: 'push' }))
    return new Promise((resolve, reject) => {
      this.#appends.push({ samples: samples.slice(), maxItems, dropOldest, account, resolve, reject })
      this.#appending ??= this.#drain().finally(() => (this.#appending = undefined))
    })
  }

  /** Pushes that came while the disk was busy go together: a sync costs the same for one and for a hundred. */
  async #drain(): Promise<void> {
    for (let all = this.#appends.splice(0); all.length > 0; all = this.#appends.splice(0)) {
      try {
        await this.#write(all)
        for (const { resolve } of all) resolve()
      } catch (error) {
        const failure =
          error instanceof ClosedError
            ? error
            : new SpoolError(`the spool cannot be written: ${reasonOf(error)}`, 'ERR_SPOOL_WRITE', error)
        for (const { reject } of all) reject(failure)
      }
    }
  }

  async #write(all: readonly Append[]): Promise<void> {
    const [first] = all as readonly [Append]
    const samples = all.length === 1 ? first.samples : all.flatMap((append) => append.samples)
    const records: { readonly key: string; readonly value: Buffer; readonly count: number }[] = []
    for (let at = 0; at < samples.length; at += first.maxItems) {
      const part = samples.slice(at, at + first.maxItems)
      const value = encodeRecord(part)
      // 14 digits: a Number counts no further, and keys sort as text.
      const key = `${this.#next.toString(16).padStart(14, '0')}:${part.length}:${value.length}`
      this.#next++
      records.push({ key, value, count: part.length })
    }
    const bytes = records.reduce((sum, { value }) => sum + value.length, 0)
    await this.#room(bytes, first)
    const puts = records.map(({ key, value }) => ({ type: 'put' as const, key, value }))
    const dels = this.#undeleted.map((key) => ({ type: 'del' as const, key }))
    await this.#db.change([...dels, ...puts], this.#sync)
    this.#undeleted.splice(0, dels.length)
    const since = performance.now()
    for (const { key, value, count } of records) {
      this.#records.push({ key, count, bytes: value.length, since })
    }
    this.#waiting += samples.length
    this.#bytes += bytes
    for (const append of all) append.account(append.samples.length, 0)
  }

  async #room(bytes: number, { dropOldest, account }: Append): Promise<void> {
    while (this.#waiting > 0 && this.#bytes + bytes > this.#maxBytes) {
      if (this.#closing !== undefined)
        throw new ClosedError('the Spool of this Batcher is closed', { op: 'push' })
      if (dropOldest && this.#records.length > this.#taken) {
        const [oldest] = this.#records.splice(this.#taken, 1) as [RecordKey]
        this.#undeleted.push(oldest.key)
        this.#forget(oldest)
        account(0, oldest.count)
      } else {
        await new Promise<void>((resolve) => (this.#roomMade = resolve))
      }
    }
  }

  #forget({ count, bytes }: RecordKey): void {
    this.#waiting -= count
    this.#bytes -= bytes
  }

  /** @internal The oldest records as one batch, and how many samples of them cannot be read any more. */
  async next(maxItems: number, maxBytes: number): Promise<{ samples: readonly Sample[]; damaged: number }> {
    let count = 0
    let bytes = 0
    let taken = 0
    for (const record of this.#records) {
      if (taken > 0 && (count + record.count > maxItems || bytes + record.bytes > maxBytes)) break
      count += record.count
      bytes += record.bytes
      taken++
    }
    this.#taken = taken
    const samples: Sample[] = []
    let damaged = 0
    for (const { key, count } of this.#records.slice(0, taken)) {
      const value = await this.#db.get(key).catch(() => undefined)
      const part = value === undefined ? undefined : decodeRecord(value)
      if (part === undefined) damaged += count
      else for (const sample of part) samples.push(sample)
    }
    return { samples, damaged }
  }

  /** @internal The batch that {@link next} gave was answered. `account` is told when it is off the disk. */
  async done(account: () => void): Promise<void> {
    const done = this.#records.slice(0, this.#taken)
    // Not synced: what comes back after a crash is written twice, which a sink takes for one.
    const keys = done.map(({ key }) => key)
    await this.#db
      .change(
        keys.map((key) => ({ type: 'del', key })),
        false,
      )
      .catch(() => {
        this.#undeleted.push(...keys) // a full disk takes no deletion either: the next write brings it along
      })
    this.#records = this.#records.slice(this.#taken)
    this.#taken = 0
    for (const record of done) this.#forget(record)
    account()
    this.#roomMade?.()
  }
}
