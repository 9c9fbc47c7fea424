import { isThenable, quote } from '../input/index.js'
import { ClosedError, DisconnectedError, InvalidArgumentError, PvaError, TimeoutError } from '../errors.js'
import { levelNumber, type LogLevel } from '../log.js'
import { Call, Hold, type Environment, type InboxRecord, type Timed } from '../native/index.js'
import type { Caller } from './caller.js'
import type { Dispatcher, PendingOperation } from './dispatcher.js'
import { logFailure } from './handler-failure.js'

/** What is sent back, in the form that the addon's `operationReply` takes. */
export interface Answer {
  readonly bytes: Uint8Array | null
  readonly stamp?: boolean
}

/**
 * One operation from its arrival to its answer. It is answered exactly once: by its handler, here when the handler fails or
 * takes too long, or by the addon when the client leaves or the server stops.
 */
export class Task implements PendingOperation, Timed {
  slot = 0
  readonly #dispatcher: Dispatcher
  readonly #id: number
  readonly #caller: Caller
  readonly #limit: number
  #controller: AbortController | undefined
  #gone: Error | undefined
  #answered = false

  constructor(dispatcher: Dispatcher, id: number, caller: Caller) {
    this.#dispatcher = dispatcher
    this.#id = id
    this.#caller = caller
    this.#limit = dispatcher.handlerTimeouts.get(caller.server) ?? Infinity
    dispatcher.operations.set(id, this)
    dispatcher.env.deadlines.add(this, this.#limit)
  }

  get env(): Environment {
    return this.#dispatcher.env
  }

  get caller(): Caller {
    return this.#caller
  }

  get answered(): boolean {
    return this.#answered
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#gone !== undefined) this.#controller.abort(this.#gone)
    }
    return this.#controller.signal
  }

  /**
   * Runs a handler, and answers with what `answer` makes of what it returns. What it throws reaches the client, and, unless
   * it is how a handler refuses, the log.
   *
   * @param name of the handler, as the user knows it
   */
  run(name: string, handler: () => unknown, answer: (returned: unknown) => Answer): void {
    const failed = (error: unknown): void => {
      if (!this.#toldOf(error)) logFailure(`${name} of ${quote(this.#caller.info.name)} failed`, error)
      this.fail(error)
    }
    const finish = (returned: unknown): void => {
      if (this.#answered) return // too late: it was answered in the handler's place
      this.#reply(answer(returned))
    }
    try {
      const returned = handler()
      if (isThenable(returned)) {
        Promise.resolve(returned).then(finish).catch(failed)
      } else finish(returned)
    } catch (error) {
      failed(error)
    }
  }

  /** Whether a handler ends because `signal` told it to: it has nothing to tell. */
  #toldOf(error: unknown): boolean {
    if (this.#gone === undefined) return false
    return error === this.#gone || (error instanceof Error && error.cause === this.#gone)
  }

  #reply({ bytes, stamp = false }: Answer): void {
    this.#finish()
    this.env.addon.operationReply(this.#id, bytes, stamp)
  }

  /** Answers with an error. Does nothing when it has been answered. */
  fail(error: unknown): void {
    if (this.#answered) return
    this.#finish()
    this.env.addon.operationError(this.#id, messageOf(error))
  }

  /** Ends it without an answer: the addon has given one, or the client no longer waits. */
  cancelled(): void {
    if (this.#answered) return
    this.#finish()
    const { server, info } = this.#caller
    this.#abort(
      this.#dispatcher.stopping.has(server)
        ? new ClosedError('the server was stopped')
        : new DisconnectedError(`the client of ${JSON.stringify(info.name)} no longer waits`),
    )
  }

  expired(): void {
    const text = `the handler did not answer within ${this.#limit} ms`
    const late = new TimeoutError(text, { op: 'handler', pv: this.#caller.info.name })
    this.fail(late)
    this.#abort(late)
  }

  #abort(reason: Error): void {
    this.#gone = reason
    this.#controller?.abort(reason)
  }

  #finish(): void {
    this.#answered = true
    this.#dispatcher.operations.delete(this.#id)
    this.env.deadlines.delete(this)
  }

  log(level: LogLevel, text: string): void {
    const number = levelNumber(level, 'log')
    if (typeof text !== 'string')
      throw new InvalidArgumentError(`what is logged is text, not ${quote(text)}`, { op: 'log' })
    if (!this.#answered) this.env.addon.operationLog(this.#id, number, text)
  }

  roles(): Promise<string[]> {
    if (this.#answered) return Promise.resolve([])
    return new Roles(this.env, new Hold(this.env)).send((call) =>
      this.env.addon.operationRoles(this.#id, call),
    ).promise
  }
}

class Roles extends Call<string[]> {
  protected result({ reader }: InboxRecord): string[] {
    return Array.from({ length: reader.u32() }, () => reader.string())
  }

  protected timedOut(): Error {
    return new PvaError('no answer')
  }
}

/** The text that a client is told. What a handler throws may have no text, or throw when it is read. */
function messageOf(error: unknown): string {
  let text = NO_TEXT
  try {
    text = String(error instanceof Error ? error.message : error)
  } catch {
    // quote() shows what it can
  }
  const tells = typeof error === 'string' || (error instanceof Object && !text.startsWith(NO_TEXT))
  if (!tells) return `the handler threw ${quote(error)}`
  return text === '' ? 'the handler failed without a reason' : text
}

const NO_TEXT = '[object ' // what objects without a text of their own begin with
