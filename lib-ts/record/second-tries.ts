// PVs whose monitor was refused, or ended by its server: each is asked for again, later each time.
const FIRST = 1_000 // ms
const MOST = 60_000

export class SecondTries {
  readonly #ask: (name: string) => void
  readonly #tries = new Map<string, { readonly timer: NodeJS.Timeout; readonly wait: number }>()

  /** @param ask is called when it is time to ask for a PV again */
  constructor(ask: (name: string) => void) {
    this.#ask = ask
  }

  /** A PV was refused; whether for the first time. */
  refused(name: string): boolean {
    const before = this.#tries.get(name)
    clearTimeout(before?.timer)
    const wait = before === undefined ? FIRST : Math.min(2 * before.wait, MOST)
    const timer = setTimeout(() => {
      this.#ask(name)
    }, wait)
    this.#tries.set(name, { timer, wait })
    return before === undefined
  }

  get size(): number {
    return this.#tries.size
  }

  /** It gave a value, or is not wanted any more. */
  forget(name: string): void {
    clearTimeout(this.#tries.get(name)?.timer)
    this.#tries.delete(name)
  }

  end(): void {
    for (const { timer } of this.#tries.values()) clearTimeout(timer)
    this.#tries.clear()
  }
}
