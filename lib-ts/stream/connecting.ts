import { after } from './attempt.js'
import { listed, StreamTimeoutError, type FailedMember } from './errors.js'
import type { Member } from './member.js'

export interface ConnectingOptions {
  /** One connection is enough. */
  readonly any: boolean
  readonly signal: AbortSignal
  readonly timeout: number
}

/** How long the first update may take, ms, when all are connected: a server need not have one. */
const FIRST = 500

/**
 * Waits for the first connection of members, and then for their first updates: what a server refuses, or what is not of
 * the type asked for, shows only then. Names those that are missing when the time is up.
 */
export class Connecting {
  readonly done: Promise<void>
  readonly #missing: Set<Member>
  #unproven: number
  readonly #options: ConnectingOptions
  #resolve!: () => void
  #reject!: (reason: unknown) => void
  #cancel: () => void

  constructor(members: readonly Member[], options: ConnectingOptions) {
    this.#missing = new Set(members)
    this.#unproven = options.any ? 1 : members.length
    this.#options = options
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    const { signal, timeout } = options
    this.#cancel = after(timeout, () => {
      this.#reject(this.#timeout())
    })
    const aborted = (): void => {
      this.#reject(signal.reason)
    }
    signal.addEventListener('abort', aborted, { once: true })
    if (signal.aborted) aborted()
    const settled = (): void => {
      this.#cancel()
      signal.removeEventListener('abort', aborted)
    }
    this.done.then(settled, settled)
    for (const member of members) this.#await(member)
  }

  #await(member: Member): void {
    member.ready.then(() => {
      this.#missing.delete(member)
      member.connected = true
      if (this.#missing.size > 0 && !this.#options.any) return
      this.#cancel()
      this.#cancel = after(FIRST, this.#resolve)
    }, this.#reject)
    member.proven.then(() => {
      if (--this.#unproven === 0) this.#resolve()
    }, this.#reject)
  }

  #timeout(): StreamTimeoutError {
    const within = `within ${this.#options.timeout} ms`
    const hint = 'is its server running, and is its address among those that are searched?'
    const details = { op: 'stream', phase: 'search', hint } as const
    const failed: FailedMember[] = [...this.#missing].map(({ name }) => ({
      id: name,
      error: new StreamTimeoutError(`PV ${JSON.stringify(name)} was not found ${within}`, {
        ...details,
        pv: name,
      }),
    }))
    const names = failed.map(({ id }) => id)
    const [first] = names
    if (failed.length === 1 && first !== undefined) {
      return new StreamTimeoutError(`PV ${JSON.stringify(first)} was not found ${within}`, {
        ...details,
        pv: first,
        failed,
      })
    }
    return new StreamTimeoutError(`${failed.length} PVs were not found ${within}: ${listed(names)}`, {
      ...details,
      failed,
    })
  }
}
