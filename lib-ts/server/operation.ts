import type { Value } from '../data/index.js'
import { TypeDef, type Fields } from '../data/index.js'
import type { LogLevel } from '../log.js'
import type { InboxRecord } from '../native/index.js'
import { argumentsIn } from './rpc-arguments.js'
import type { Task } from './task.js'

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
  /** `host:port` of the server's end. */
  readonly interface: string
  /** How the client says who it is: `ca` or `anonymous`. Without TLS this claim is not checked. */
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
   *     if ((await op.roles()).includes('visitors')) throw new RemoteError('operators only')
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
 * server.addPV('lab:add', new SharedPV({ args: new NTURI({ a: 'int32', b: 'int32' }), onRpc: ({ args }) => ({ value: args.a + args.b }) }))
 * const sum = (await ctx.rpc('lab:add', { a: 1, b: 2 }))?.value // → 3n
 */
export interface RpcOperation<A = Record<string, unknown>> extends ServerOperation {
  /**
   * The arguments by name: an NTURI's query, else the fields of the structure; `{}` without argument. 64-bit integers are
   * numbers where a number holds them exactly, else bigints. With the option `args` of the PV they have its types.
   */
  readonly args: A
  /** The argument as it came. */
  readonly value: Value | null
}

const NOTHING = new TypeDef('struct', []).create().$freeze()

/** The request in an Operation record; the reader stands behind the channel and the PV. */
export function readRequest(record: InboxRecord): Value {
  const type = record.reader.u32()
  return type === 0 ? NOTHING : record.value(record.planOf(type), null)
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

  /** @param args what the client sent, when it has been converted already */
  constructor(task: Task, request: Value, value: Value | null, args?: Record<string, unknown>) {
    super(task, request)
    this.value = value
    this.#args = args
  }

  get args(): Record<string, unknown> {
    this.#args ??= argumentsIn(this.value)
    return this.#args
  }
}
