const BATCH = 32
const microtask = Promise.resolve()

/**
 * Notifies another thread of work that was handed to it: of the first item of a turn at once, of the others in batches,
 * and of the rest when the running code is through. Waking a thread for each of a thousand items costs more than the items.
 */
export class BatchedNotify {
  readonly #notify: () => void
  #count = 0

  constructor(notify: () => void) {
    this.#notify = notify
  }

  /** One more item. */
  add(): void {
    const before = this.#count++
    if (before === 0) void microtask.then(this.#turned)
    if (before % BATCH === 0) this.#notify()
  }

  readonly #turned = (): void => {
    const more = this.#count % BATCH !== 1
    this.#count = 0
    if (more) this.#notify()
  }
}
