// Output that is made without a stop keeps signals and timers waiting until all of it is made.

/** ms of work after which the event loop gets its turn. */
const LONGEST = 20

/** Interrupts long work: of updates that wait in a queue, or of values that are all there. */
export class Turns {
  #begun = performance.now()

  /** Undefined while there is time to go on, else a promise to wait for, in which signals and timers come. */
  next(): Promise<void> | undefined {
    if (performance.now() - this.#begun < LONGEST) return undefined
    return new Promise((resolve) => {
      setImmediate(() => {
        this.#begun = performance.now()
        resolve()
      })
    })
  }
}
