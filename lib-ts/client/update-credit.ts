import type { CreditSource, Environment } from '../native/index.js'

/** What the consumer's end of a subscription tells the addon, which sends no update that nobody has room for. */
export interface Credit extends CreditSource {
  /** The subscription; 0 while it is not open. */
  id: number
  /** How many updates the addon may send at first; 0: no limit. */
  readonly size: number
  /** Whether what comes meanwhile is merged into one update, and none is sent before it is wanted. */
  readonly latest: boolean
  /** A consumer waits for an update. */
  wanted(): void
  /** The consumer took updates; `waiting` are left. */
  taken(updates: number, waiting: number): void
  /** Updates that nobody took are useless. */
  dropped(updates: number): void
}

/** How many updates the addon may send to one subscription before its consumer has taken some. */
export class UpdateCredit implements Credit {
  id = 0
  readonly size: number
  readonly latest = false
  readonly #env: Environment
  #taken = 0

  constructor(env: Environment, size: number) {
    this.#env = env
    this.size = size
  }

  wanted(): void {
    // the addon sends before it is asked
  }

  /** Half of the queue at a time is given back to the addon. */
  taken(updates: number, waiting: number): void {
    if (this.size === 0) return
    const added = this.#taken * 2 >= this.size
    this.#taken += updates
    if (this.#taken * 2 < this.size) return
    const { credit } = this.#env
    if (!added) credit.add(this)
    if (waiting === 0) credit.drained()
  }

  dropped(updates: number): void {
    this.taken(updates, 0)
  }

  collect(): number {
    const updates = this.id === 0 ? 0 : this.#taken
    this.#taken = 0
    return updates
  }
}

/**
 * Credit for one update at a time, given when a consumer waits for it: an update that was sent before would be old by the
 * time the consumer comes back.
 */
export class LatestCredit implements Credit {
  id = 0
  readonly size = 0
  readonly latest = true
  readonly #env: Environment
  #asked = false
  #owed = 0

  constructor(env: Environment) {
    this.#env = env
  }

  wanted(): void {
    if (this.#asked) return
    this.#asked = true
    this.#ask()
  }

  taken(): void {
    this.#asked = false
  }

  dropped(): void {
    if (this.#asked) this.#ask()
  }

  #ask(): void {
    this.#owed = 1
    const { credit } = this.#env
    credit.add(this)
    credit.drained()
  }

  collect(): number {
    const updates = this.id === 0 ? 0 : this.#owed
    this.#owed = 0
    return updates
  }
}

export function creditFor(env: Environment, size: number, latest: boolean): Credit {
  return latest ? new LatestCredit(env) : new UpdateCredit(env, size)
}
