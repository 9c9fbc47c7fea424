import { ClosedError, type ResourceError } from '../errors.js'
import { log } from '../log.js'
import {
  Acknowledgement,
  unwatch,
  watch,
  type Abortable,
  type InboxRecord,
  type Sink,
} from '../native/index.js'
import type { Closable, ContextCore } from './context-core.js'

/** How something ended that was open. */
export type Ending =
  { readonly how: 'finished' | 'closed' } | { readonly how: 'failed' | 'aborted'; readonly reason: unknown }

/** The error of an ending, in the form that a queue takes. */
export function errorIn(ending: Ending): { readonly reason: unknown } | undefined {
  return 'reason' in ending ? ending : undefined
}

/** Something of a Context that is open until it is closed or aborted, ends by itself, or the Context closes. */
export abstract class Attachment implements Sink, Closable, Abortable {
  protected readonly core: ContextCore
  readonly id: number
  readonly #signal: AbortSignal | undefined
  #open = true
  #closing: Promise<void> | undefined

  constructor(core: ContextCore, signal: AbortSignal | undefined) {
    this.core = core
    this.id = core.env.newId()
    this.#signal = signal
  }

  get open(): boolean {
    return this.#open
  }

  abstract record(record: InboxRecord): void

  /** Ends it in the addon, which answers the call when nothing is left of it. */
  protected abstract detach(call: number): void

  /** Called once. */
  protected abstract ended(ending: Ending): void

  /** Called before it ends, while the addon still knows it. */
  protected ending(): void {
    // for subclasses
  }

  protected attach(submit: () => void): void {
    if (this.#signal?.aborted === true) {
      this.#closing = Promise.resolve()
      this.#finish({ how: 'aborted', reason: this.#signal.reason })
      return
    }
    this.core.env.inbox.add(this.id, this)
    this.core.open.add(this)
    if (this.#signal !== undefined) watch(this.#signal, this)
    try {
      submit()
    } catch (error) {
      this.#closing = Promise.resolve() // the addon never had it
      this.#finish({ how: 'failed', reason: error })
      throw error
    }
  }

  aborted(reason: unknown): void {
    void this.end({ how: 'aborted', reason })
  }

  contextClosed(reason: ClosedError | ResourceError): void {
    this.ending()
    // A context that could not be opened is not closed by what it had: that would end the rest for another reason.
    const { broken } = this.core
    this.#closing ??= broken === undefined ? this.core.close() : Promise.resolve()
    this.#finish(broken === undefined ? { how: 'closed' } : { how: 'failed', reason })
  }

  /** Ends it: nothing is delivered after this returns; when the promise resolves, nothing is left of it. */
  close(): Promise<void> {
    return this.end({ how: 'closed' })
  }

  protected end(ending: Ending): Promise<void> {
    if (this.#closing !== undefined) return this.#closing
    this.ending()
    const { env, hold } = this.core
    this.#closing = new Acknowledgement(env, hold)
      .send((call) => this.detach(call))
      .promise.catch((reason: unknown) => {
        // A Context that closes first has ended this too. Any other error is logged: the caller may not await close().
        if (!(reason instanceof ClosedError))
          log('error', 'node-pvxs.client', `closing failed: ${String(reason)}`)
      })
    this.#finish(ending)
    return this.#closing
  }

  #finish(ending: Ending): void {
    if (!this.#open) return
    this.#open = false
    this.core.env.inbox.delete(this.id)
    this.core.open.delete(this)
    if (this.#signal !== undefined) unwatch(this.#signal, this)
    this.ended(ending)
  }
}
