import type { TypeDef } from '../data/index.js'
import {
  annotate,
  ClosedError,
  DisconnectedError,
  InvalidArgumentError,
  PvaError,
  RemoteError,
  ResourceError,
  TypeMismatchError,
} from '../errors.js'
import { Call, FailureCode, type Progress } from '../native/index.js'
import { ConnectDeadline, type Connecting } from './connect-deadline.js'
import type { Closable, ContextCore, Target } from './context-core.js'
import { detailsOf, headOf } from './subject.js'
import { matchType } from './type-match.js'
import type { CallChecked } from './options.js'
import { handled } from './promised.js'
import { requestFrom } from './request.js'
import { timeoutError } from './timeouts.js'

/** A call to one PV. */
export abstract class PvCall<T> extends Call<T> implements Closable, Connecting {
  protected readonly target: Target
  protected readonly type: TypeDef | undefined
  protected readonly server: string
  #timeout: number
  #connecting: ConnectDeadline | undefined

  constructor(target: Target, options: CallChecked) {
    const timeout = options.timeout ?? target.core.config.options.timeout
    super(target.core.env, target.core.hold, { timeout, signal: options.signal })
    this.target = target
    this.type = options.type
    this.server = options.server ?? ''
    this.#timeout = timeout
    if (this.settled) return
    target.core.open.add(this)
    target.core.calls++
    const { connectTimeout = Infinity } = options
    if (connectTimeout < timeout)
      this.#connecting = new ConnectDeadline(target, this.server, connectTimeout, this)
  }

  notConnected(limit: number): void {
    this.#timeout = limit
    this.expired()
  }

  /** Rejects with the error, which learns what this is about. */
  override fail(reason: unknown): void {
    super.fail(reason instanceof PvaError ? annotate(reason, detailsOf(this.target)) : reason)
  }

  contextClosed(reason: ClosedError | ResourceError): void {
    if (this.target.core.closed) handled(this.promise)
    const Reason = reason instanceof ResourceError ? ResourceError : ClosedError
    this.fail(new Reason(`${headOf(this.target)}: ${reason.message}`, { cause: reason.cause }))
  }

  protected override finished(): void {
    this.#connecting?.close()
    this.target.core.open.delete(this)
  }

  protected timedOut(progress: Progress | undefined): Error {
    const phase = progress?.phase
    const shortage = phase === 'search' || phase === 'connect' ? this.env.addon.shortage() : ''
    if (shortage !== '') {
      const text = `${headOf(this.target)} was not connected to within ${this.#timeout} ms: ${shortage}`
      return new ResourceError(text, { ...(phase && { phase }) })
    }
    return timeoutError({
      target: this.target,
      timeout: this.#timeout,
      server: this.server,
      config: this.target.core.config,
      unresolved: this.target.core.unresolved,
      progress,
    })
  }

  protected override failure(code: number, text: string): Error | undefined {
    const about = headOf(this.target)
    switch (code) {
      case FailureCode.Remote:
        return new RemoteError(text)
      case FailureCode.Disconnected:
        return new DisconnectedError(
          `${about}: the connection broke; the ${this.target.op} may or may not have been carried out`,
        )
      case FailureCode.Closed:
        return new ClosedError(`${about}: ${text || 'the Context was closed'}`)
      case FailureCode.Type:
        return new TypeMismatchError(`${about}: ${text}`)
      case FailureCode.Argument:
        return new InvalidArgumentError(`${about}: ${text}`)
      case FailureCode.Resource:
        return new ResourceError(`${about}: ${text}`)
      default:
        return new PvaError(`${about}: ${text}`)
    }
  }

  /** @throws TypeMismatchError when the server's type is not the one asked for */
  protected checkType(actual: TypeDef): void {
    if (this.type !== undefined) matchType(this.type, actual, this.target.op, this.target.pv)
  }
}

/** The request of a call, encoded; null asks for everything. */
export function encodedRequest(core: ContextCore, options: CallChecked): Uint8Array | null {
  if (options.request === undefined && options.fields === undefined) return null
  return core.encodedRequest(requestFrom(options.request, options.fields))
}
