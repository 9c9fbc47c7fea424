/** Writes to one PV happen in their order; none waits for a write to another PV. */
export class WriteOrder {
  readonly #last = new Map<string, Promise<void>>()

  /** Runs it behind those that were given before for this name; `write` does not reject. */
  run(name: string, write: () => Promise<void>): Promise<void> {
    const done = (this.#last.get(name) ?? Promise.resolve()).then(write)
    this.#last.set(name, done)
    return done.then(() => {
      if (this.#last.get(name) === done) this.#last.delete(name)
    })
  }
}
