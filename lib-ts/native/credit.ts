/** A subscription whose consumer took updates, for which the addon may send as many again. */
export interface CreditSource {
  readonly id: number
  /** Updates taken since the last call. */
  collect(): number
}

/**
 * Gives the addon its credit for all subscriptions in one call, since each call may wake the thread that pops: when the
 * consumers have taken everything there is, and at the latest when this turn of the event loop is over.
 */
export class CreditBank {
  readonly #give: (pairs: Uint32Array, count: number) => void
  readonly #sources: CreditSource[] = []
  #drained = 0
  #scheduled = false
  #pairs = new Uint32Array(64)

  /** @param give is handed pairs of subscription and updates */
  constructor(give: (pairs: Uint32Array, count: number) => void) {
    this.#give = give
  }

  /** A subscription has credit to collect; it is added again only after it was collected. */
  add(source: CreditSource): void {
    this.#sources.push(source)
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(this.#turned)
  }

  /** The consumer of one that was added has taken everything there is. */
  drained(): void {
    if (++this.#drained >= this.#sources.length) this.#collect()
  }

  readonly #turned = (): void => {
    this.#scheduled = false
    this.#collect()
  }

  #collect(): void {
    const sources = this.#sources
    this.#drained = 0
    if (this.#pairs.length < sources.length * 2) this.#pairs = new Uint32Array(sources.length * 4)
    const pairs = this.#pairs
    let count = 0
    for (const source of sources) {
      const updates = source.collect()
      if (updates === 0) continue
      pairs[count * 2] = source.id
      pairs[count * 2 + 1] = updates
      count++
    }
    sources.length = 0
    if (count > 0) this.#give(pairs, count)
  }
}
