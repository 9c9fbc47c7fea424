// What is due when, on the monotonic clock: one timer for all of it.

/** A clock that no step of the wall clock moves, and a timer on it. */
export interface Clock {
  /** ms */
  now(): number
  /** Calls back once, after so many ms; returns what takes the call back. */
  after(ms: number, call: () => void): () => void
}

const LONGEST = 2 ** 31 - 1 // of a timer

export const monotonic: Clock = {
  now: () => performance.now(),
  after(ms, call) {
    const timer = setTimeout(call, Math.min(ms, LONGEST))
    return () => {
      clearTimeout(timer)
    }
  },
}

interface Entry {
  readonly due: number
  readonly call: () => void
}

/** Calls that are due at a time; a heap, so that the many cost what the few do. */
export class Timetable {
  readonly #clock: Clock
  readonly #heap: Entry[] = []
  #armed = Infinity
  #disarm: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get now(): number {
    return this.#clock.now()
  }

  /** Calls back when the clock has reached `due`. It cannot be taken back: the one who is called looks whether it still is. */
  at(due: number, call: () => void): void {
    const heap = this.#heap
    let i = heap.length
    heap.push({ due, call })
    while (i > 0) {
      const parent = (i - 1) >> 1
      const above = heap[parent] as Entry
      if (above.due <= due) break
      heap[i] = above
      i = parent
    }
    heap[i] = { due, call }
    this.#arm()
  }

  clear(): void {
    this.#heap.length = 0
    this.#disarm?.()
    this.#disarm = undefined
    this.#armed = Infinity
  }

  #arm(): void {
    const due = this.#heap[0]?.due ?? Infinity
    if (due >= this.#armed) return
    this.#disarm?.()
    this.#armed = due
    // A timer may ring a little early: rounding up saves the second one.
    this.#disarm = this.#clock.after(Math.max(0, Math.ceil(due - this.#clock.now())), () => {
      this.#disarm = undefined
      this.#armed = Infinity
      this.#ring()
    })
  }

  #ring(): void {
    const now = this.#clock.now()
    for (let next = this.#heap[0]; next !== undefined && next.due <= now; next = this.#heap[0]) {
      this.#pop()
      next.call()
    }
    this.#arm()
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && (heap[child + 1] as Entry).due < (heap[child] as Entry).due) child++
      const below = heap[child] as Entry
      if (below.due >= last.due) break
      heap[i] = below
      i = child
    }
    heap[i] = last
  }
}
