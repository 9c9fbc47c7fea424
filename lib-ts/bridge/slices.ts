/** ms of one turn of the event loop; when they are over, what else there is waits for the next. */
const SLICE = 20
/** Bytes that may wait: beyond them the loop is held up, so that no more is read. */
const MOST = 8 << 20

/**
 * Work in slices. A thousand browsers that come back at once are a thousand handshakes and messages in one turn of the event
 * loop: done there and then, they held up everything else for a fifth of a second.
 */
export class Slices {
  readonly #queue: { readonly work: () => void; readonly bytes: number }[] = []
  #bytes = 0
  #began: number | undefined

  /** Does it now, or in its order in a later turn. */
  run(work: () => void, bytes = 0): void {
    const now = performance.now()
    if (this.#began === undefined) {
      this.#began = now
      setImmediate(this.#next)
    }
    if (this.#queue.length === 0 && now - this.#began < SLICE) {
      work()
      return
    }
    this.#queue.push({ work, bytes })
    this.#bytes += bytes
    if (this.#bytes > MOST) this.#drain(Infinity)
  }

  /** Resolves when there is time. */
  turn(): Promise<void> {
    return new Promise((resolve) => {
      this.run(resolve)
    })
  }

  readonly #next = (): void => {
    this.#began = undefined
    if (this.#queue.length === 0) return
    this.#began = performance.now()
    setImmediate(this.#next)
    this.#drain(this.#began + SLICE)
  }

  #drain(until: number): void {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      this.#bytes -= next.bytes
      next.work()
      if (performance.now() > until) return
    }
  }
}
