// ms after which a PV without a value is told as not found.
const NOT_FOUND = 3_000

/** What was asked for and has not been found yet: told once, 3 s after it was asked for, those of one moment together. */
export class Unseen<T> {
  readonly #since = new Map<T, number>()
  readonly #told: (missing: readonly T[]) => void
  #timer: NodeJS.Timeout | undefined

  constructor(told: (missing: readonly T[]) => void) {
    this.#told = told
  }

  add(one: T): void {
    this.#since.set(one, performance.now())
    this.#timer ??= setTimeout(this.#look, NOT_FOUND).unref()
  }

  delete(one: T): void {
    this.#since.delete(one)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#since.clear()
  }

  readonly #look = (): void => {
    this.#timer = undefined
    const before = performance.now() - NOT_FOUND
    const missing: T[] = []
    for (const [one, since] of this.#since) {
      // A timer may be a little early; those of one message are told together.
      if (since > before + 20) {
        this.#timer = setTimeout(this.#look, since - before).unref()
        break
      }
      this.#since.delete(one)
      missing.push(one)
    }
    if (missing.length > 0) this.#told(missing)
  }
}
