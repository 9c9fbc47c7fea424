// The clock of simulations: one timer for all that step at one rate.
import type { Served } from './served.js'

export class Steps {
  readonly #timers: NodeJS.Timeout[] = []

  constructor(served: readonly Served[]) {
    const byRate = new Map<number, ((t: number, step: number) => void)[]>()
    for (const { rate, step } of served) {
      if (rate === undefined || step === undefined) continue
      byRate.set(rate, [...(byRate.get(rate) ?? []), step])
    }
    for (const [rate, steps] of byRate) this.#start(1_000 / rate, steps)
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer)
  }

  #start(every: number, steps: readonly ((t: number, step: number) => void)[]): void {
    const begin = performance.now()
    let step = 0
    // A timer has whole milliseconds; those that are due after a late one are caught up as one.
    this.#timers.push(
      setInterval(
        () => {
          const t = performance.now() - begin
          if (t < (step + 1) * every) return
          step++
          for (const one of steps) one(t / 1_000, step)
          if (t > (step + 2) * every) step = Math.floor(t / every)
        },
        Math.max(1, Math.floor(every)),
      ),
    )
  }
}
