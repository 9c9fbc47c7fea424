import { onAbort } from './abort-listeners.js'

/** So many calls run at once; the others wait in the order they came. */
export class Slots {
  #limit: number
  #running = 0
  // A Set keeps the order, and lets an abort take any of them out at once.
  readonly #waiting = new Set<{ readonly resolve: () => void; readonly reject: (reason: Error) => void }>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get limit(): number {
    return this.#limit
  }

  /** Acts at once: more start, or those that run finish. */
  set limit(limit: number) {
    this.#limit = limit
    this.#start()
  }

  get running(): number {
    return this.#running
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** Resolves when a slot is ours; rejects with the signal's reason, and leaves the queue then. */
  take(signal: AbortSignal | undefined): Promise<void> | undefined {
    if (this.#running < this.#limit && this.#waiting.size === 0) {
      this.#running++
      return undefined
    }
    return new Promise((resolve, reject) => {
      let deaf: (() => void) | undefined
      const waiter = {
        resolve: () => {
          deaf?.()
          resolve()
        },
        reject: (reason: Error) => {
          deaf?.()
          reject(reason)
        },
      }
      if (signal !== undefined)
        deaf = onAbort(signal, () => {
          this.#waiting.delete(waiter)
          waiter.reject(signal.reason as Error)
        })
      this.#waiting.add(waiter)
    })
  }

  give(): void {
    this.#running--
    this.#start()
  }

  /** All that wait fail. */
  fail(reason: Error): void {
    for (const waiter of [...this.#waiting]) {
      this.#waiting.delete(waiter)
      waiter.reject(reason)
    }
  }

  #start(): void {
    for (const waiter of this.#waiting) {
      if (this.#running >= this.#limit) return
      this.#waiting.delete(waiter)
      this.#running++
      waiter.resolve()
    }
  }
}
