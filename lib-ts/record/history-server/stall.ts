import { QueryFault } from './fault.js'

/** Ends a request that makes no progress: its store gives nothing, or its client takes nothing. */
export class Stall implements Disposable {
  readonly #abort = new AbortController()
  readonly #timer: NodeJS.Timeout | undefined

  /** @param limit ms without progress */
  constructor(limit: number) {
    if (limit === Infinity) return
    this.#timer = setTimeout(() => this.end(new StallFault(limit)), Math.min(limit, 2 ** 31 - 1))
    this.#timer.unref()
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  progress(): void {
    this.#timer?.refresh()
  }

  end(reason: Error): void {
    this.#abort.abort(reason)
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
  }
}

/** Why a stalled request ended. */
export class StallFault extends QueryFault {
  constructor(limit: number) {
    super(`nothing went on for ${limit} ms`)
  }
}
