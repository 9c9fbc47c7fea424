/** Counts holds: the environment, which keeps the process alive while there is one. */
export interface Holder {
  hold(by: 1 | -1): void
}

/**
 * Keeps the process alive for one Context or Server, while it has something pending and was not told `unref()`.
 */
export class Hold {
  readonly #holder: Holder
  #count = 0
  #referenced = true

  constructor(holder: Holder) {
    this.#holder = holder
  }

  get active(): boolean {
    return this.#referenced && this.#count > 0
  }

  add(): void {
    if (++this.#count === 1 && this.#referenced) this.#holder.hold(1)
  }

  drop(): void {
    if (--this.#count === 0 && this.#referenced) this.#holder.hold(-1)
  }

  ref(): void {
    if (this.#referenced) return
    this.#referenced = true
    if (this.#count > 0) this.#holder.hold(1)
  }

  unref(): void {
    if (!this.#referenced) return
    this.#referenced = false
    if (this.#count > 0) this.#holder.hold(-1)
  }
}
