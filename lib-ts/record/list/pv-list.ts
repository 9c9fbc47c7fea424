// The list of PVs that a broker keeps.
import { BackOff, pause, type KeyTable, type TableChange } from '../../telemetry/index.js'
import { isPlainObject } from '../../input/index.js'
import type { ListConfig, PvEntry } from '../config/config.js'
import { RecordError } from '../errors.js'
import { openTable } from './open-table.js'

/** What is known of a list of PVs in a broker. */
export interface ListStatus {
  /** `retrying`: the broker does not answer; the list stays as it was. */
  readonly state: 'ok' | 'retrying' | 'failed'
  readonly entries: number
  /** Entries with faults: their PVs stay as they were, or are not recorded. */
  readonly faulty: number
  readonly lastError?: string
}

/** What a list needs of its recorder. */
export interface ListPlace {
  /** What is wrong with an entry; undefined for nothing. */
  faultOf(entry: PvEntry): string | undefined
  /** The PVs are others now. */
  changed(): void
  log(line: string): void
}

/** ms that a start waits for the list of a broker that does not answer. */
const PATIENCE = 5_000

/** Follows a list of PVs. An entry with faults changes nothing; a broker that is away neither. */
export class PvList {
  readonly #config: ListConfig
  readonly #place: ListPlace
  readonly #ending = new AbortController()
  readonly #backOff = new BackOff({ min: 1_000, max: 30_000 })
  readonly #entries = new Map<string, PvEntry>()
  readonly #faulty = new Set<string>()
  readonly #working: Promise<void>
  readonly #started: Promise<void>
  #loaded!: () => void
  #running = false
  #table: KeyTable | undefined
  #state: ListStatus['state'] = 'ok'
  #error: Error | undefined

  private constructor(config: ListConfig, place: ListPlace) {
    this.#config = config
    this.#place = place
    const loaded = new Promise<void>((resolve) => (this.#loaded = resolve))
    this.#working = this.#work()
    this.#started = Promise.race([loaded, this.#working, pause(PATIENCE, this.#ending.signal)])
  }

  /** @throws RecordError, `ERR_RECORD_START`, for what can never work; a broker that is down is not an error */
  static async start(config: ListConfig, place: ListPlace): Promise<PvList> {
    const list = new PvList(config, place)
    await list.#started
    if (list.#state === 'failed')
      throw new RecordError(`list in ${config.type}: ${list.#error?.message}`, {
        code: 'ERR_RECORD_START',
        cause: list.#error,
      })
    list.#running = true
    return list
  }

  /** The PVs, each by its last entry without faults. */
  get entries(): readonly PvEntry[] {
    return [...this.#entries.values()]
  }

  get status(): ListStatus {
    return {
      state: this.#state,
      entries: this.#entries.size,
      faulty: this.#faulty.size,
      ...(this.#error === undefined ? {} : { lastError: this.#error.message }),
    }
  }

  async end(): Promise<void> {
    this.#ending.abort()
    await this.#table?.close()
    await this.#working
  }

  async #work(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      try {
        this.#table = await openTable(this.#config)
        for await (const change of this.#table.changes()) this.#take(change)
      } catch (error) {
        if (!this.#failed(error as Error & { retryable?: boolean })) return
      } finally {
        await this.#table?.close()
      }
      await pause(this.#backOff.next(), this.#ending.signal)
    }
  }

  /** Whether it may go on later. */
  #failed(error: Error & { retryable?: boolean }): boolean {
    const again = error.retryable === true || this.#running
    if (this.#error?.message !== error.message)
      this.#place.log(`list in ${this.#config.type}: ${error.message}${again ? '; it is asked again' : ''}`)
    this.#error = error
    this.#state = again ? 'retrying' : 'failed'
    return again
  }

  #take({ whole, entries }: TableChange): void {
    this.#state = 'ok'
    this.#error = undefined
    this.#backOff.reset()
    if (whole)
      for (const name of [...this.#entries.keys(), ...this.#faulty])
        if (!entries.has(name)) this.#remove(name)
    for (const [name, text] of entries) {
      if (text === undefined) this.#remove(name)
      else this.#set(name, text)
    }
    this.#loaded()
    if (this.#running) this.#place.changed()
  }

  #remove(name: string): void {
    this.#entries.delete(name)
    this.#faulty.delete(name)
  }

  #set(name: string, text: string): void {
    const { entry, fault } = entryOf(name, text)
    const wrong = fault ?? (entry === undefined ? undefined : this.#place.faultOf(entry))
    if (entry !== undefined && wrong === undefined) {
      this.#entries.set(name, entry)
      this.#faulty.delete(name)
      return
    }
    this.#faulty.add(name)
    const stays = this.#entries.has(name) ? 'it stays as it was' : 'it is not recorded'
    this.#place.log(`list in ${this.#config.type}: ${JSON.stringify(name)}: ${wrong}; ${stays}`)
  }
}

/** A key of the list with its value: a policy as JSON, or empty. */
function entryOf(name: string, text: string): { readonly entry?: PvEntry; readonly fault?: string } {
  if (text.trim() === '') return { entry: { name } }
  let policy: unknown
  try {
    policy = JSON.parse(text)
  } catch {
    return { fault: 'its policy is not JSON' }
  }
  if (!isPlainObject(policy)) return { fault: 'its policy is not an object' }
  for (const key of ['name', 'file'])
    if (key in policy) return { fault: `a policy has no ${JSON.stringify(key)}` }
  return { entry: { ...policy, name } }
}
