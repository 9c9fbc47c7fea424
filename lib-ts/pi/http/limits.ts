import { PiTimeoutError, type PiPhase } from '../errors.js'

const LONGEST_TIMER = 2_147_483_647

/** The limits of one call: the caller's signal, the time, and the client's end. */
export class Limits {
  /** What is waited for now. */
  phase: PiPhase = 'connection'
  readonly #controller = new AbortController()
  readonly #user: AbortSignal | undefined
  readonly #aborted: () => void
  readonly #ended: () => void
  readonly #until: number
  #timer: NodeJS.Timeout | undefined

  constructor(
    what: { readonly verb: string; readonly url: string },
    timeout: number,
    user: AbortSignal | undefined,
    ended: () => void,
  ) {
    this.#user = user
    this.#ended = ended
    this.#aborted = () => this.stop(user?.reason)
    user?.addEventListener('abort', this.#aborted)
    this.#until = performance.now() + timeout
    if (timeout === Infinity) return
    this.#timer = setTimeout(
      () => {
        const waited = { connection: 'no connection', headers: 'no answer', body: 'not the whole answer' }[
          this.phase
        ]
        const text = `${what.verb} ${what.url}: ${waited} within ${timeout} ms`
        this.stop(new PiTimeoutError(text, this.phase, what))
      },
      Math.min(timeout, LONGEST_TIMER),
    )
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** ms that are left. */
  get left(): number {
    return this.#until - performance.now()
  }

  /** Ends the call with this error; the first one counts. */
  stop(error: unknown): void {
    this.#controller.abort(error)
  }

  throwIfStopped(): void {
    this.signal.throwIfAborted()
  }

  /** What settles first, the work or what stops the call. */
  async or<T>(work: PromiseLike<T>): Promise<T> {
    const { signal } = this
    let stop: (() => void) | undefined
    const stopped = new Promise<never>((_, reject) => {
      stop = () => reject(signal.reason as Error)
      signal.addEventListener('abort', stop)
      if (signal.aborted) stop()
    })
    try {
      return await Promise.race([work, stopped])
    } finally {
      if (stop !== undefined) signal.removeEventListener('abort', stop)
    }
  }

  /** Lets go of everything; harmless a second time. */
  end(): void {
    clearTimeout(this.#timer)
    this.#user?.removeEventListener('abort', this.#aborted)
    this.#ended()
  }
}
