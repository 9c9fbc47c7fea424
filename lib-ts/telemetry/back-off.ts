/** How long to wait between attempts. */
export interface BackOffOptions {
  /** ms before the second attempt; it doubles with each. 100. */
  readonly min?: number | undefined
  /** ms at most. 30000. */
  readonly max?: number | undefined
  /** The fraction by which a wait is varied, so that many clients do not come back at once. 0.2. */
  readonly jitter?: number | undefined
}

/**
 * Waits that double from `min` to `max`, each varied by up to ± `jitter`.
 *
 * @hidden
 */
export class BackOff {
  readonly #min: number
  readonly #max: number
  readonly #jitter: number
  #next: number

  constructor({ min = 100, max = 30_000, jitter = 0.2 }: BackOffOptions = {}) {
    this.#min = min
    this.#max = max
    this.#jitter = jitter
    this.#next = min
  }

  /** ms to wait now; `least` is what the other side asked for, which counts when it is longer. */
  next(least = 0): number {
    const wait = Math.min(this.#next, this.#max) * (1 + this.#jitter * (2 * Math.random() - 1))
    this.#next = Math.min(this.#next * 2, this.#max)
    return Math.max(wait, least)
  }

  /** Begins with `min` again. */
  reset(): void {
    this.#next = this.#min
  }
}

/**
 * Resolves after `ms`, or at once when the signal aborts: who waits looks at the signal itself.
 *
 * @hidden
 */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve()
      return
    }
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    // Longer ones fire at once; a server that asks for a month gets three weeks.
    const timer = setTimeout(done, Math.min(ms, 2_000_000_000))
    signal.addEventListener('abort', done)
  })
}
