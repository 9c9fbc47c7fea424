/** Something that runs out of time. `slot` belongs to {@link Deadlines}; 0: not waiting. */
export interface Timed {
  slot: number
  expired(): void
}

// A call is late by at most this much, and never early.
const TICK = 8
const LONGEST = 0x7fff_ffff // what setTimeout takes

/**
 * The deadlines of all calls, on one timer: adding and removing one costs a Set entry, not a timer of its own.
 *
 * The timer does not keep the process alive; a pending call does that itself.
 */
export class Deadlines {
  readonly #slots = new Map<number, Set<Timed>>()
  #timer: NodeJS.Timeout | undefined
  #armed = Infinity

  /** `ms` from now; Infinity means never. */
  add(item: Timed, ms: number): void {
    this.delete(item)
    if (ms === Infinity) return
    const slot = Math.ceil((performance.now() + ms) / TICK)
    item.slot = slot
    const items = this.#slots.get(slot)
    if (items === undefined) this.#slots.set(slot, new Set([item]))
    else items.add(item)
    if (slot < this.#armed) this.#arm(slot)
  }

  delete(item: Timed): void {
    if (item.slot === 0) return
    const items = this.#slots.get(item.slot)
    if (items?.delete(item) === true && items.size === 0) this.#slots.delete(item.slot)
    item.slot = 0
  }

  #arm(slot: number): void {
    clearTimeout(this.#timer)
    this.#armed = slot
    const wait = slot * TICK - performance.now()
    this.#timer = setTimeout(this.#fire, Math.min(Math.max(wait, 1), LONGEST)).unref()
  }

  readonly #fire = (): void => {
    const now = performance.now() / TICK
    const late: Timed[] = []
    let next = Infinity
    for (const [slot, items] of this.#slots) {
      if (slot > now) {
        if (slot < next) next = slot
      } else {
        late.push(...items)
        this.#slots.delete(slot)
      }
    }
    this.#armed = Infinity
    if (next !== Infinity) this.#arm(next)
    for (const item of late) {
      if (item.slot === 0) continue // deleted by an item that expired before it
      item.slot = 0
      item.expired()
    }
  }
}
