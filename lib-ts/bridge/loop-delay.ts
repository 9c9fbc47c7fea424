import { monitorEventLoopDelay } from 'node:perf_hooks'

// ms between two looks; what a look is late by is the delay.
const RESOLUTION = 10
// ms after which what was seen is old, and forgotten with the next reading.
const FRESH = 60_000

/** How late the event loop is: what every message waits for. */
export class LoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION })
  #since = performance.now()

  constructor() {
    this.#histogram.enable()
  }

  /** Seconds that a share of all looks was late by, at most, of about the last minute. */
  read(...shares: readonly number[]): number[] {
    const seconds = shares.map((share) =>
      Math.max(0, this.#histogram.percentile(share * 100) / 1e9 - RESOLUTION / 1e3),
    )
    const now = performance.now()
    if (now - this.#since > FRESH) {
      this.#histogram.reset()
      this.#since = now
    }
    return seconds
  }

  close(): void {
    this.#histogram.disable()
  }
}
