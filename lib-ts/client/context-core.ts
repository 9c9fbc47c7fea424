import { ClosedError, ResourceError } from '../errors.js'
import { log } from '../log.js'
import {
  Acknowledgement,
  BatchedNotify,
  environment,
  Hold,
  TextsCall,
  trafficOf,
  type ConnectionReport,
  type Environment,
} from '../native/index.js'
import type { TypeDef } from '../data/index.js'
import type { ContextConfig } from './config.js'
import type { PvRequest } from './request.js'
import type { Subject } from './subject.js'
import { UnheardMonitors } from './unheard-monitors.js'

/** Something of a Context that its `close()` ends. */
export interface Closable {
  contextClosed(reason: ClosedError | ResourceError): void
}

/** What a put was last encoded for. */
export interface KnownType {
  readonly id: number
  readonly type: TypeDef
}

/** What a call is about, and whose it is. */
export interface Target extends Subject {
  readonly core: ContextCore
  /** The Context, which must not be collected while one of its calls is pending. */
  readonly owner: object
}

/** What a Context is doing now. */
export interface ContextStats {
  /** TCP connections to servers, with the channels on them and the bytes of each. */
  readonly connections: readonly ConnectionReport[]
  /** Channels on all connections. */
  readonly channels: number
  /** Bytes on all connections that are open. */
  readonly sent: number
  readonly received: number
  /** Calls, subscriptions, connections and discoveries that are open. */
  readonly open: number
  /** Calls made so far. */
  readonly calls: number
}

const MANY = 10_000

/**
 * What a {@link Context} and everything made by it share. It does not know the Context itself, so that the Context can be
 * collected, and then closed, while this lives.
 */
export class ContextCore {
  readonly env: Environment = environment()
  readonly id: number = this.env.newId()
  readonly hold: Hold = new Hold(this.env)
  readonly config: ContextConfig
  /** Calls, subscriptions and the like that are open. */
  readonly open = new Set<Closable>()
  /** The entries of lists of addresses that do not resolve. */
  unresolved: ReadonlySet<string> = new Set()
  /** Why the native context could not be opened. */
  broken: Error | undefined
  calls = 0
  readonly unheard = new UnheardMonitors(this)
  /** Gets, puts and RPCs that were handed to the addon. */
  readonly begun = new BatchedNotify(() => {
    if (!this.env.ended) this.env.addon.ring(this.id)
  })
  #closing: Promise<void> | undefined
  readonly #putTypes = new Map<string, KnownType>()
  readonly #requests = new Map<string, Uint8Array>()

  constructor(config: ContextConfig) {
    this.config = config
    this.env.watchExit()
    this.env.listen(1)
    const opening = new TextsCall(this.env, new Hold(this.env)).send((id) =>
      this.env.addon.contextOpen(this.id, id, config.definitions),
    )
    opening.promise.then(
      ([foreignInterface = '', ...unresolved]) => {
        this.unresolved = new Set(unresolved)
        if (foreignInterface !== '')
          log('warning', 'node-pvxs.config', `Context: ${foreignInterface}; the client goes on without it`)
      },
      (error: unknown) => {
        if (this.#closing === undefined) this.#fail(error as Error)
      },
    )
  }

  get closed(): boolean {
    return this.#closing !== undefined || this.env.ended
  }

  /** @throws ClosedError after close(), or what kept the context from coming up */
  check(op: string, pv?: string): void {
    if (this.closed)
      throw new ClosedError(`${op}: the Context is closed`, { op, ...(pv !== undefined && { pv }) })
    if (this.broken !== undefined) throw unopened(this.broken)
  }

  close(): Promise<void> {
    if (this.env.ended) this.#closing ??= Promise.resolve()
    if (this.#closing === undefined) {
      // With a hold of its own: after unref() the process would end in the middle of `await ctx.close()`.
      const closing = new Acknowledgement(this.env, new Hold(this.env)).send((id) =>
        this.env.addon.contextClose(this.id, id),
      )
      this.#closing = closing.promise
      this.env.listen(-1)
      this.#endAll(new ClosedError('the Context was closed'))
      this.env.deadlines.delete(this.unheard)
      this.#putTypes.clear()
      this.#requests.clear()
    }
    return this.#closing
  }

  #fail(error: Error): void {
    this.broken = error
    this.#endAll(unopened(error))
  }

  #endAll(reason: ClosedError | ResourceError): void {
    for (const item of [...this.open]) item.contextClosed(reason)
  }

  stats(): ContextStats {
    const connections = this.closed ? [] : this.env.addon.contextReport(this.id)
    return { ...trafficOf(connections), open: this.open.size, calls: this.calls }
  }

  putType(key: string): KnownType | undefined {
    return this.#putTypes.get(key)
  }

  rememberPutType(key: string, known: KnownType): void {
    if (this.#putTypes.size >= MANY) this.#putTypes.clear()
    this.#putTypes.set(key, known)
  }

  /** A request as the addon takes it; null asks for everything. */
  encodedRequest(request: PvRequest): Uint8Array | null {
    const { key } = request
    if (key === 'field()') return null
    let bytes = this.#requests.get(key)
    if (bytes === undefined) {
      if (this.#requests.size >= MANY) this.#requests.clear()
      bytes = this.env.encoder.typed(request.toValue())
      this.#requests.set(key, bytes)
    }
    return bytes
  }
}

function unopened(cause: Error): ClosedError | ResourceError {
  const Reason = cause instanceof ResourceError ? ResourceError : ClosedError
  return new Reason(`the Context could not be opened: ${cause.message}`, { cause })
}
