import type { CreditSource, Environment } from '../native/index.js'

/** How many updates the addon may send to one subscription before its consumer has taken some. */
export class UpdateCredit implements CreditSource {
  /** The subscription; 0 while it is not open. */
  id = 0
  /** 0: no limit. */
  readonly size: number
  readonly #env: Environment
  #taken = 0

  constructor(env: Environment, size: number) {
    this.#env = env
    this.size = size
  }

  /** The consumer took updates; `waiting` are left. Half of the queue at a time is given back to the addon. */
  taken(updates: number, waiting: number): void {
    if (this.size === 0) return
    const added = this.#taken * 2 >= this.size
    this.#taken += updates
    if (this.#taken * 2 < this.size) return
    const { credit } = this.#env
    if (!added) credit.add(this)
    if (waiting === 0) credit.drained()
  }

  collect(): number {
    const updates = this.id === 0 ? 0 : this.#taken
    this.#taken = 0
    return updates
  }
}
