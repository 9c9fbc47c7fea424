import type { Clock } from '../../lib-ts/record/policy/timetable.js'

/** A monotonic clock that stands until it is advanced; its timers ring in their order. */
export class FakeClock implements Clock {
  #now = 0
  readonly #timers = new Set<{ readonly due: number; readonly call: () => void }>()

  now(): number {
    return this.#now
  }

  after(ms: number, call: () => void): () => void {
    const timer = { due: this.#now + ms, call }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  advance(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const next = [...this.#timers].filter(({ due }) => due <= end).sort((a, b) => a.due - b.due)[0]
      if (next === undefined) break
      this.#timers.delete(next)
      this.#now = Math.max(this.#now, next.due)
      next.call()
    }
    this.#now = end
  }

  get timers(): number {
    return this.#timers.size
  }
}
