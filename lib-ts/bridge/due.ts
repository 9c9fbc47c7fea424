import type { Watch } from './watch.js'

// ms: what is due within one such span is looked at together. A timer for each PV would ring thousands of times a second.
const SPAN = 8

/** The PVs of one client whose updates wait for their turn or for room: one timer, whatever their number. */
export class Due {
  /** By the span in which they are due. */
  readonly #turns = new Map<number, Set<Watch>>()
  /** Due already, and there is no room. */
  readonly #blocked = new Set<Watch>()
  readonly #where = new Map<Watch, Set<Watch>>()
  #timer: NodeJS.Timeout | undefined
  #timerAt = Infinity

  /**
   * To be looked at again at that time of the monotonic clock; at -Infinity, when there is room. A time that has just passed is a
   * time: nobody may tell of room that is there.
   *
   * @returns whether it waited already
   */
  add(watch: Watch, at: number): boolean {
    const waited = this.#where.get(watch)
    const turn = Math.ceil(at / SPAN)
    const place = at === -Infinity ? this.#blocked : this.#turnOf(turn)
    if (waited === place) return true
    waited?.delete(watch)
    place.add(watch)
    this.#where.set(watch, place)
    if (place !== this.#blocked) this.#ringAt(turn * SPAN)
    return waited !== undefined
  }

  delete(watch: Watch): void {
    this.#where.get(watch)?.delete(watch)
    this.#where.delete(watch)
  }

  /** Sends what waits for room; what finds none waits on. */
  readonly flush = (): void => {
    this.#look(this.#blocked, performance.now())
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#turns.clear()
    this.#blocked.clear()
    this.#where.clear()
  }

  #turnOf(turn: number): Set<Watch> {
    let watches = this.#turns.get(turn)
    if (watches === undefined) this.#turns.set(turn, (watches = new Set()))
    return watches
  }

  #ringAt(at: number): void {
    if (at >= this.#timerAt) return
    clearTimeout(this.#timer)
    this.#timerAt = at
    this.#timer = setTimeout(this.#ring, Math.max(0, at - performance.now()))
  }

  readonly #ring = (): void => {
    this.#timerAt = Infinity
    const now = performance.now()
    for (const [turn, watches] of [...this.#turns]) {
      if (turn * SPAN > now) continue
      this.#turns.delete(turn)
      this.#look(watches, now)
    }
    let next = Infinity
    for (const turn of this.#turns.keys()) next = Math.min(next, turn)
    if (next !== Infinity) this.#ringAt(next * SPAN)
  }

  #look(watches: Set<Watch>, now: number): void {
    const waiting = [...watches]
    watches.clear()
    for (const watch of waiting) this.#where.delete(watch)
    for (const watch of waiting) watch.flush(now)
  }
}
