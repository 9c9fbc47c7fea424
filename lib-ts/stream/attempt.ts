import { asError, StreamTimeoutError } from './errors.js'
import type { OpenOptions } from './source.js'

/** How long a source may take, ms, after its own time has run out, to say what was missing. */
const GRACE = 250
/** How long something of the user's, given up, may take to settle, ms; then nobody waits for it any more. */
export const PATIENCE = 1_000
const LONGEST = 2 ** 31 - 1 // of a timer

/** How a call of a source ended. */
export type Outcome<T> =
  | { readonly how: 'done'; readonly value: T }
  /** It rejected: by itself, or because it was given up. */
  | { readonly how: 'refused'; readonly error: unknown; readonly aborted: boolean }
  /** It was given up, and succeeded nevertheless. */
  | { readonly how: 'late'; readonly value: T; readonly error: unknown; readonly aborted: boolean }
  /** It was given up and does not settle. */
  | { readonly how: 'stuck'; readonly error: unknown; readonly aborted: boolean }

/**
 * One call of a source: with a limit that comes after the source's own, so that the source can name what it misses, and
 * that can be given up. `done` never rejects.
 */
export class Attempt<T> {
  readonly done: Promise<Outcome<T>>
  readonly #controller = new AbortController()
  readonly #late: (value: T) => void
  #finish!: (outcome: Outcome<T>) => void
  #cancelTimer: () => void = nothing
  #stuck = false
  #finished = false
  /** Why it was given up: by a caller, or for its time. */
  #given: { readonly reason: unknown; readonly aborted: boolean } | undefined

  /** `late` gets what a call gives that nobody waits for any more. */
  constructor(
    op: string,
    timeout: number,
    work: (options: OpenOptions) => Promise<T>,
    late: (value: T) => void,
  ) {
    this.#late = late
    this.done = new Promise((resolve) => {
      this.#finish = (outcome) => {
        this.#finished = true
        this.#cancelTimer()
        resolve(outcome)
      }
    })
    this.#cancelTimer = after(timeout + GRACE, () => {
      this.#giveUp(new StreamTimeoutError(`${op}: not done within ${timeout} ms`, { op }), false)
    })
    this.#run(work, timeout)
  }

  /** Gives it up for the caller. */
  abort(reason: unknown): void {
    this.#giveUp(reason, true)
  }

  #run(work: (options: OpenOptions) => Promise<T>, timeout: number): void {
    const { signal } = this.#controller
    // In a function of its own, so that what `work` throws is a rejection too.
    const call = async (): Promise<T> => work({ signal, timeout })
    call().then(
      (value) => {
        if (this.#stuck) this.#late(value)
        else if (this.#given === undefined) this.#finish({ how: 'done', value })
        else this.#finish({ how: 'late', value, error: this.#given.reason, aborted: this.#given.aborted })
      },
      (error: unknown) => {
        const { reason, aborted = false } = this.#given ?? {}
        this.#finish({ how: 'refused', error: aborted ? reason : error, aborted })
      },
    )
  }

  #giveUp(reason: unknown, aborted: boolean): void {
    if (this.#finished || this.#given !== undefined) return
    this.#given = { reason, aborted }
    this.#cancelTimer()
    this.#controller.abort(reason)
    this.#cancelTimer = after(PATIENCE, () => {
      this.#stuck = true
      this.#finish({ how: 'stuck', error: reason, aborted })
    })
  }
}

function nothing(): void {
  // there is no timer
}

/** Calls after so many ms, also when no timer can wait that long, and holds the process till then; returns what cancels it. */
export function after(ms: number, call: () => void): () => void {
  let timer = setTimeout(due, Math.min(ms, LONGEST))
  let left = ms - LONGEST
  function due(): void {
    if (left <= 0) {
      call()
      return
    }
    timer = setTimeout(due, Math.min(left, LONGEST))
    left -= LONGEST
  }
  return () => {
    clearTimeout(timer)
  }
}

/** Waits for a promise, but no longer than {@link PATIENCE}: `undefined` when it settled well in time, else the error. */
export function patiently(promise: Promise<unknown>, what: string): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const cancel = after(PATIENCE, () => {
      resolve(new StreamTimeoutError(`${what} did not end within ${PATIENCE} ms`, { op: 'stop' }))
    })
    promise.then(
      () => {
        cancel()
        resolve(undefined)
      },
      (error: unknown) => {
        cancel()
        resolve(asError(error, what))
      },
    )
  })
}
