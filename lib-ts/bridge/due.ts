import type { Watch } from './watch.js'

/** The PVs of one client whose updates wait for their turn or for room: one timer, whatever their number. */
export class Due {
  readonly #waiting = new Set<Watch>()
  #timer: NodeJS.Timeout | undefined
  #timerAt = Infinity

  /**
   * To be looked at again at that time of the monotonic clock; what is due already, when there is room.
   *
   * @returns whether it waited already
   */
  add(watch: Watch, at: number): boolean {
    const waited = this.#waiting.has(watch)
    this.#waiting.add(watch)
    if (at >= this.#timerAt || at === -Infinity) return waited
    clearTimeout(this.#timer)
    this.#timerAt = at
    this.#timer = setTimeout(this.#ring, Math.max(0, at - performance.now()))
    return waited
  }

  delete(watch: Watch): void {
    this.#waiting.delete(watch)
  }

  /** Sends what is due; what is not comes back by itself. */
  readonly flush = (): void => {
    const now = performance.now()
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const watch of waiting) watch.flush(now)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#waiting.clear()
  }

  readonly #ring = (): void => {
    this.#timerAt = Infinity
    this.flush()
  }
}
