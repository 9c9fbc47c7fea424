// Output that is made without a stop keeps signals and timers waiting until all of it is made.

/** ms of work after which the event loop gets its turn. */
const LONGEST = 20

/** Interrupts long work: of updates that came at once, or of values that are all there. */
export class Turns {
  #begun: number | undefined

  /** Undefined while there is time to go on in this turn, else a promise to wait for, in which signals and timers come. */
  next(): Promise<void> | undefined {
    if (this.#begun === undefined) {
      this.#begun = performance.now()
      setImmediate(() => (this.#begun = undefined))
    } else if (performance.now() - this.#begun >= LONGEST) {
      return new Promise((resolve) => {
        setImmediate(resolve)
      })
    }
    return undefined
  }
}
