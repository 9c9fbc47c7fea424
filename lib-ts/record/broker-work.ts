// What goes on with a broker for as long as a recorder runs.
import { BackOff, pause } from '../telemetry/index.js'
import { RecordError } from './errors.js'

/** How it goes. */
export interface BrokerStatus {
  /** `retrying`: the broker does not answer, and is asked again. `failed`: it never will. */
  readonly state: 'ok' | 'retrying' | 'failed'
  readonly lastError?: string
}

interface Failure extends Error {
  readonly retryable?: boolean
  readonly code?: string
}

/** Another one has its place, or its options are wrong. */
const FINAL = /_(TAKEN|ARGUMENT|PEER)$/

/** Work that is begun again whenever it breaks, ever more slowly. */
export class BrokerWork {
  readonly #what: string
  readonly #work: () => Promise<void>
  readonly #log: (line: string) => void
  readonly #ending = new AbortController()
  readonly #backOff = new BackOff({ min: 1_000, max: 30_000 })
  #working: Promise<void> | undefined
  #begun: (() => void) | undefined
  #running = false
  #state: BrokerStatus['state'] = 'ok'
  #error: Error | undefined

  /** @param what it is about, as messages say it */
  constructor(what: string, work: () => Promise<void>, log: (line: string) => void) {
    this.#what = what
    this.#work = work
    this.#log = log
  }

  /**
   * Resolves when the broker has answered, or after `patience` ms.
   *
   * @throws RecordError, `ERR_RECORD_START`, for what can never work; a broker that is down is not an error
   */
  async start(patience: number): Promise<void> {
    const begun = new Promise<void>((resolve) => (this.#begun = resolve))
    this.#working = this.#goOn()
    await Promise.race([begun, this.#working, pause(patience, this.#ending.signal)])
    this.#running = true
    if (this.#state === 'failed')
      throw new RecordError(`${this.#what}: ${this.#error?.message}`, {
        code: 'ERR_RECORD_START',
        cause: this.#error,
      })
  }

  /** The broker answers. */
  answered(): void {
    if (this.#error !== undefined) this.#log(`${this.#what}: it answers again`)
    this.#error = undefined
    this.#state = 'ok'
    this.#backOff.reset()
    this.#begun?.()
  }

  get running(): boolean {
    return this.#running
  }

  /** Whether it was told to stop. */
  isEnding(): boolean {
    return this.#ending.signal.aborted
  }

  get status(): BrokerStatus {
    const error = this.#error
    return { state: this.#state, ...(error !== undefined && { lastError: error.message }) }
  }

  /** It is not begun again. */
  stop(): void {
    this.#ending.abort()
  }

  /** Resolves when it has ended. */
  async ended(): Promise<void> {
    await this.#working
  }

  async #goOn(): Promise<void> {
    while (!this.isEnding()) {
      try {
        await this.#work()
      } catch (error) {
        if (this.isEnding()) return
        if (!this.#failed(error as Failure)) return
      }
      await pause(this.#backOff.next(), this.#ending.signal)
    }
  }

  /** Whether it may go on later: a topic that is gone may be made again; only at the start is it a mistake. */
  #failed(error: Failure): boolean {
    const again = error.retryable === true || (this.#running && !FINAL.test(error.code ?? ''))
    if (this.#error?.message !== error.message)
      this.#log(`${this.#what}: ${error.message}${again ? '; it is asked again' : ''}`)
    this.#error = error
    this.#state = again ? 'retrying' : 'failed'
    return again
  }
}
