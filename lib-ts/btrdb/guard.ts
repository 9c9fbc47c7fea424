import { onAbort } from './abort-listeners.js'
import type { BackOff } from '../telemetry/index.js'
import type { Call } from './transport.js'

/** What a call is, for its errors, and how it may end. */
export interface Spec {
  /** The user's word for it. */
  readonly op: string
  readonly uuid?: string | undefined
  readonly signal?: AbortSignal | undefined
  readonly timeout?: number | undefined
  /** An in-band code that is an answer and not an error. */
  readonly allow?: number
}

interface Terms {
  readonly timeout: number
  readonly expired: (ms: number) => Error
  readonly backOff: BackOff
  readonly attempts: number
}

/** Longer ones fire at once. */
const LONGEST = 2_000_000_000

/** What may end a call from outside: its signal, its time limit, the closing of the client. */
export class Guard {
  readonly spec: Spec
  /** The attempt that runs. */
  call: Call | undefined
  tried = 1
  readonly #terms: Terms
  #failure: { readonly error: unknown } | undefined
  #timer: NodeJS.Timeout | undefined
  #wake: ((error: Error) => void) | undefined
  readonly #deaf: (() => void) | undefined

  constructor(spec: Spec, terms: Terms) {
    this.spec = spec
    this.#terms = terms
    const { signal } = spec
    if (signal?.aborted === true) this.#failure = { error: signal.reason as unknown }
    else if (signal !== undefined)
      this.#deaf = onAbort(signal, () => {
        this.fail(signal.reason)
      })
  }

  /** The time limit begins. */
  arm(): void {
    const { timeout, expired } = this.#terms
    if (timeout > LONGEST) return
    this.#timer = setTimeout(() => {
      this.fail(expired(timeout))
    }, timeout)
  }

  disarm(): void {
    clearTimeout(this.#timer)
  }

  /** Throws what has ended it. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }

  fail(error: unknown): void {
    this.#failure ??= { error }
    this.call?.fail(error)
    this.#wake?.(error as Error)
  }

  /** A page came: further attempts are counted anew. */
  succeeded(): void {
    this.tried = 1
    this.#terms.backOff.reset()
  }

  mayTryAgain(): boolean {
    return this.#failure === undefined && this.tried < this.#terms.attempts
  }

  /** Waits until the next attempt. */
  pause(): Promise<void> {
    this.tried++
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#wake = undefined
        resolve()
      }, this.#terms.backOff.next())
      this.#wake = (error) => {
        clearTimeout(timer)
        reject(error)
      }
    })
  }

  /** What settles first, the work or what ends the call. */
  or<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#wake = reject
      work.then(resolve, reject)
    }).finally(() => {
      this.#wake = undefined
    })
  }

  end(): void {
    this.disarm()
    this.#deaf?.()
    this.call?.fail(undefined)
  }
}
