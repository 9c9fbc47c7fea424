// The list of PVs that a broker keeps.
import { isPlainObject } from '../../input/index.js'
import type { KeyTable, TableChange } from '../../telemetry/index.js'
import { BrokerWork, type BrokerStatus } from '../broker-work.js'
import type { ListConfig, PvEntry } from '../config/config.js'
import { openTable } from './open-table.js'

/** What is known of a list of PVs in a broker. */
export interface ListStatus extends BrokerStatus {
  readonly entries: number
  /** Entries with faults: their PVs stay as they were, or are not recorded. */
  readonly faulty: number
}

/** What a list needs of its recorder. */
export interface ListPlace {
  /** What is wrong with an entry; undefined for nothing. */
  faultOf(entry: PvEntry): string | undefined
  /** The PVs are others now. */
  changed(): void
  readonly log: (line: string) => void
}

/** ms that a start waits for the list of a broker that does not answer. */
const PATIENCE = 5_000

/** Follows a list of PVs. An entry with faults changes nothing; a broker that is away neither. */
export class PvList {
  readonly #config: ListConfig
  readonly #place: ListPlace
  readonly #work: BrokerWork
  readonly #entries = new Map<string, PvEntry>()
  readonly #faulty = new Set<string>()
  #table: KeyTable | undefined

  private constructor(config: ListConfig, place: ListPlace) {
    this.#config = config
    this.#place = place
    this.#work = new BrokerWork(`list in ${config.type}`, () => this.#follow(), place.log)
  }

  /** @throws RecordError, `ERR_RECORD_START`, for what can never work; a broker that is down is not an error */
  static async start(config: ListConfig, place: ListPlace): Promise<PvList> {
    const list = new PvList(config, place)
    await list.#work.start(PATIENCE)
    return list
  }

  /** The PVs, each by its last entry without faults. */
  get entries(): readonly PvEntry[] {
    return [...this.#entries.values()]
  }

  get status(): ListStatus {
    return { ...this.#work.status, entries: this.#entries.size, faulty: this.#faulty.size }
  }

  async end(): Promise<void> {
    this.#work.stop()
    await this.#table?.close()
    await this.#work.ended()
  }

  async #follow(): Promise<void> {
    const table = await openTable(this.#config)
    this.#table = table
    try {
      for await (const change of table.changes()) this.#take(change)
    } finally {
      await table.close()
    }
  }

  #take({ whole, entries }: TableChange): void {
    if (whole)
      for (const name of [...this.#entries.keys(), ...this.#faulty])
        if (!entries.has(name)) this.#remove(name)
    for (const [name, text] of entries) {
      if (text === undefined) this.#remove(name)
      else this.#set(name, text)
    }
    this.#work.answered()
    if (this.#work.running) this.#place.changed()
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
