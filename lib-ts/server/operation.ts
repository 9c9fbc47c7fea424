import { TypeDef, Value, type Fields } from '../data/index.js'
import { quote } from '../input/quote.js'
import { ClosedError, DisconnectedError, InvalidArgumentError, PvaError, TimeoutError } from '../errors.js'
import { Call, Hold, type Environment, type InboxRecord, type Timed } from '../native/index.js'
import { levelNumber, log, type LogLevel } from '../log.js'
import type { Caller } from './caller.js'
import type { Dispatcher, PendingOperation } from './dispatcher.js'

/**
 * What a client asks of a PV, as its handler sees it.
 *
 * @example
 * const pv = new SharedPV({
 *   type: new NTScalar('string'),
 *   initial: '',
 *   onGet: (op) => `hello ${op.account}, you came from ${op.peer} for ${op.pvName}`,
 * })
 * server.addPV('lab:who', pv)
 * console.log((await ctx.get('lab:who')).value)
 */
export interface ServerOperation {
  readonly pvName: string
  /** `host:port` of the client. */
  readonly peer: string
  /** `host:port` of ours that it reached. */
  readonly interface: string
  /** How the client says who it is: `ca` or `anonymous`. Without TLS it is a claim that nobody checks. */
  readonly method: string
  readonly account: string
  /**
   * The groups that the client's account has on this host, by its own word.
   *
   * @example
   * const pv = new SharedPV({
   *   type: new NTScalar('float64'),
   *   initial: 0,
   *   async onPut(op) {
   *     if ((await op.roles()).includes('visitors')) throw new Error('operators only')
   *     return op.value
   *   },
   * })
   * server.addPV('lab:guarded', pv)
   * await ctx.put('lab:guarded', 1)
   */
  roles(): Promise<string[]>
  /** The pvRequest, with the options that the client set in it. */
  readonly request: Value
  /** Aborts when the client cancels or leaves, the server stops, or `handlerTimeout` is over. */
  readonly signal: AbortSignal
  /**
   * Writes a line into the client's log.
   *
   * @example
   * const pv = new SharedPV({
   *   onRpc(op) {
   *     op.log('warning', 'this service will move') // the client's logger gets it
   *     return { value: 1 }
   *   },
   * })
   * server.addPV('lab:old-service', pv)
   * await ctx.rpc('lab:old-service')
   */
  log(level: LogLevel, text: string): void
}

/**
 * A put.
 *
 * @example
 * const pv = new SharedPV({
 *   type: new NTScalar('float64'),
 *   initial: 0,
 *   onPut(op) {
 *     console.log(`${op.account} changes ${[...op.value.$changed].join(', ')}`)
 *     return { value: Math.min(op.value.value, 100) }
 *   },
 * })
 * server.addPV('lab:clamped', pv)
 * await ctx.put('lab:clamped', 500)
 * pv.current().value // → 100
 */
export interface PutOperation<T = Fields> extends ServerOperation {
  /** What the client sent; `$changed` tells which fields. */
  readonly value: Value<T>
  /**
   * The PV's value now.
   *
   * @example
   * const pv = new SharedPV({
   *   type: new NTScalar('float64'),
   *   initial: 10,
   *   onPut: (op) => ({ value: (op.value.value + op.fetchCurrent().value) / 2 }),
   * })
   * server.addPV('lab:smooth', pv)
   * await ctx.put('lab:smooth', 20)
   * pv.current().value // → 15
   */
  fetchCurrent(): Value<T>
}

/**
 * An RPC.
 *
 * @example
 * server.addPV('lab:add', new SharedPV({ onRpc: ({ args }) => ({ value: Number(args['a']) + Number(args['b']) }) }))
 * const sum = (await ctx.rpc('lab:add', { a: 1, b: 2 }))?.value // → 3n
 */
export interface RpcOperation extends ServerOperation {
  /** The arguments by name: an NTURI's query, else the fields of the structure; `{}` without argument. */
  readonly args: Record<string, unknown>
  /** The argument as it came. */
  readonly value: Value | null
}

const NOTHING = new TypeDef('struct', []).create().$freeze()

/** The request in an Operation record; the reader stands behind the channel and the PV. */
export function readRequest(record: InboxRecord): Value {
  const type = record.reader.u32()
  return type === 0 ? NOTHING : record.value(record.planOf(type), null)
}

/** What is sent back: as `operationReply` of the addon wants it. */
export interface Answer {
  readonly bytes: Uint8Array | null
  readonly stamp?: boolean
}

/**
 * One operation from its arrival to its answer, which it gets exactly once: from its handler, from us when the handler
 * fails or takes too long, or from the addon when the client leaves or the server stops.
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

  /** Runs a handler, and answers with what `answer` makes of what it returns. */
  run(handler: () => unknown, answer: (returned: unknown) => Answer): void {
    const finish = (returned: unknown): void => {
      if (this.#answered) return // too late: it was answered for him
      this.#reply(answer(returned))
    }
    try {
      const returned = handler()
      if (isThenable(returned)) {
        Promise.resolve(returned)
          .then(finish)
          .catch((error: unknown) => {
            this.fail(error)
          })
      } else finish(returned)
    } catch (error) {
      this.fail(error)
    }
  }

  #reply({ bytes, stamp = false }: Answer): void {
    this.#settle()
    this.env.addon.operationReply(this.#id, bytes, stamp)
  }

  fail(error: unknown): void {
    if (this.#answered) {
      log(
        'debug',
        'node-pvxs.server',
        `${this.#caller.info.name}: a handler failed after its time: ${messageOf(error)}`,
      )
      return
    }
    this.#settle()
    this.env.addon.operationError(this.#id, messageOf(error))
  }

  /** Leaves the operation without its answer: the addon has given one, or nobody waits for it. */
  cancelled(): void {
    if (this.#answered) return
    this.#settle()
    const { server, info } = this.#caller
    this.#abort(
      this.#dispatcher.stopping.has(server)
        ? new ClosedError('the server was stopped')
        : new DisconnectedError(`the client of ${JSON.stringify(info.name)} does not wait any more`),
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

  #settle(): void {
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

/** What handlers are given. */
export abstract class OperationHandle implements ServerOperation {
  readonly #task: Task
  readonly request: Value

  constructor(task: Task, request: Value) {
    this.#task = task
    this.request = request
  }

  get pvName(): string {
    return this.#task.caller.info.name
  }

  get peer(): string {
    return this.#task.caller.info.peer
  }

  get interface(): string {
    return this.#task.caller.info.interface
  }

  get method(): string {
    return this.#task.caller.info.method
  }

  get account(): string {
    return this.#task.caller.info.account
  }

  get signal(): AbortSignal {
    return this.#task.signal
  }

  roles(): Promise<string[]> {
    return this.#task.roles()
  }

  log(level: LogLevel, text: string): void {
    this.#task.log(level, text)
  }
}

export class GetHandle extends OperationHandle {}

export class PutHandle extends OperationHandle implements PutOperation {
  readonly value: Value
  readonly #current: () => Value

  constructor(task: Task, request: Value, value: Value, current: () => Value) {
    super(task, request)
    this.value = value
    this.#current = current
  }

  fetchCurrent(): Value {
    return this.#current()
  }
}

export class RpcHandle extends OperationHandle implements RpcOperation {
  readonly value: Value | null
  #args: Record<string, unknown> | undefined

  constructor(task: Task, request: Value, value: Value | null) {
    super(task, request)
    this.value = value
  }

  get args(): Record<string, unknown> {
    this.#args ??= argumentsIn(this.value)
    return this.#args
  }
}

function argumentsIn(value: Value | null): Record<string, unknown> {
  if (!(value instanceof Value)) return {}
  const query: unknown = /^(epics:nt|ev4:nt)\/NTURI:/.test(value.$id) ? value['query'] : undefined
  return (query instanceof Value ? query : value).$toObject()
}

function isThenable(x: unknown): x is PromiseLike<never> {
  if (typeof x !== 'object' || x === null || x instanceof Value) return false
  return typeof (x as { then?: unknown }).then === 'function'
}

/** The text a client is told. What a handler throws may refuse to be text, or to be looked at. */
function messageOf(error: unknown): string {
  let text = NO_TEXT
  try {
    text = String(error instanceof Error ? error.message : error)
  } catch {
    // quote() copes
  }
  const tells = typeof error === 'string' || (error instanceof Object && !text.startsWith(NO_TEXT))
  if (!tells) return `the handler threw ${quote(error)}`
  return text === '' ? 'the handler failed without a reason' : text
}

const NO_TEXT = '[object ' // what objects without a text of their own begin with
