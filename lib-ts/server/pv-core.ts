import {
  borrowed,
  DecodePlan,
  deriveType,
  fieldsOf,
  Reader,
  Value,
  valueOfPlain,
  type MutableValue,
  type TypeDef,
} from '../data/index.js'
import { isPlainObject, quote } from '../input/index.js'
import { checkWhole, choicesIn, hasWhole, isEnum, withIndex } from '../nt/index.js'
import { about, ClosedError, InvalidArgumentError, PvaError, RemoteError } from '../errors.js'
import { OperationCode, PvFlag, type Environment, type InboxRecord } from '../native/index.js'
import type { Caller } from './caller.js'
import { dispatcher, type PvTarget } from './dispatcher.js'
import { GetHandle, PutHandle, readRequest, RpcHandle } from './operation.js'
import type { LimitAlarms } from './limit-alarms.js'
import type { ArgumentReader } from './rpc-arguments.js'
import { Task, type Answer } from './task.js'

type Handler = (argument: never) => unknown

export interface Handlers {
  readonly onPut?: Handler | undefined
  readonly onRpc?: Handler | undefined
  readonly onGet?: Handler | undefined
  readonly onFirstConnect?: Handler | undefined
  readonly onLastDisconnect?: Handler | undefined
  /** Sets the alarm by the limits of the value. */
  readonly alarms?: LimitAlarms | undefined
  /** Converts the arguments of an RPC. */
  readonly args?: ArgumentReader | undefined
}

/** The inside of a SharedPV: its type, its value at the addon, and the operations that arrive for it. */
export class PvCore implements PvTarget {
  readonly env: Environment
  readonly id: number
  readonly #facade: object
  readonly #handlers: Handlers
  readonly #first: (() => MutableValue) | undefined
  #plan: DecodePlan | undefined
  #wasOpen = false

  constructor(
    env: Environment,
    facade: object,
    handlers: Handlers,
    first: (() => MutableValue) | undefined,
    flags: number,
  ) {
    this.env = env
    this.id = env.newId()
    this.#facade = facade
    this.#handlers = handlers
    this.#first = first
    if ((flags & PvFlag.Mailbox) !== 0 && first !== undefined && hasWhole(first().$type)) {
      // The addon knows no normative types: what a put would make of the whole is checked here.
      this.#handlers = { ...handlers, onPut: this.#take }
      flags = 0
    }
    env.addon.pvNew(this.id, flags | flagsOf(this.#handlers))
    dispatcher().pvs.set(this.id, new WeakRef<PvTarget>(this))
  }

  get isOpen(): boolean {
    return this.#plan !== undefined
  }

  open(value: unknown, op: string): void {
    if (this.isOpen) throw new InvalidArgumentError('the PV is open already', { op })
    const initial = about({ op }, () => this.#initial(value))
    this.#handlers.alarms?.open(initial)
    const type = this.env.encoder.described(initial.$type)
    this.env.addon.pvOpen(this.id, type, this.env.encoder.changed(initial), value !== undefined)
    this.#plan = DecodePlan.of(initial.$type)
    this.#wasOpen = true
  }

  #initial(value: unknown): MutableValue {
    const initial = this.#first === undefined ? typeOfInitial(value).create() : this.#first()
    const { code } = initial.$type
    if (code !== 'struct') {
      throw new InvalidArgumentError(`a PV is a structure, not ${quote(code)}`)
    }
    if (value !== undefined) initial.$assign(fieldsOf(value))
    checkWhole(initial, () => initial)
    return initial
  }

  close(): void {
    if (!this.isOpen) return
    this.#plan = undefined
    this.env.addon.pvClose(this.id)
  }

  /** The addon has closed it, because its name was taken from a source. */
  closed(): void {
    this.#plan = undefined
  }

  post(value: unknown, stamp: boolean): void {
    const made = about({ op: 'post' }, () => {
      const converted = this.#convert(value)
      checkWhole(converted, () => this.current())
      return converted
    })
    this.#handlers.alarms?.change(this.current(), made)
    this.env.addon.pvPost(this.id, this.env.encoder.changed(made), stamp)
    this.env.posted.add()
  }

  #openPlan(op: string): DecodePlan {
    if (this.#plan === undefined || this.env.ended) throw new ClosedError(this.#whyClosed(), { op })
    return this.#plan
  }

  #whyClosed(): string {
    if (this.env.ended) return 'the PV is closed: the process exits'
    if (this.#wasOpen) return 'the PV is closed: open() it again first'
    return 'the PV is not open yet: call open() first, or give it a first value with the option "initial"'
  }

  #convert(value: unknown): MutableValue {
    const { type } = this.#openPlan('post')
    const fields = fieldsOf(value)
    return borrowed(type, isEnum(type) ? withIndex(fields, choicesIn(this.current())) : fields)
  }

  current(): Value {
    const plan = this.#openPlan('current')
    const bytes = this.env.addon.pvCurrent(this.id)
    if (bytes === null) throw new ClosedError(this.#whyClosed(), { op: 'current' })
    return plan.update(readerOf(bytes), plan.initial)
  }

  occupied(on: boolean): void {
    const hook = on ? this.#handlers.onFirstConnect : this.#handlers.onLastDisconnect
    if (hook === undefined) return
    try {
      hook(this.#facade as never)
    } catch (error) {
      this.env.fatal(error)
    }
  }

  operation(record: InboxRecord, id: number, caller: Caller): void {
    const task = new Task(dispatcher(), id, caller)
    try {
      const request = readRequest(record)
      const value = record.type === 0 ? null : record.value(record.plan, null)
      this.#dispatch(record.flags, task, request, value)
    } catch (error) {
      task.fail(error) // what the client sent could not be decoded, or does not fit the arguments
    }
  }

  #dispatch(code: number, task: Task, request: Value, value: Value | null): void {
    const { onPut, onRpc, onGet } = this.#handlers
    if (code === OperationCode.Put && onPut !== undefined && value !== null) {
      const op = new PutHandle(task, request, value, () => this.current())
      task.run('onPut', () => onPut(op as never), this.#afterPut)
    } else if (code === OperationCode.Rpc && onRpc !== undefined) {
      const op = new RpcHandle(task, request, value, this.#handlers.args?.(value))
      task.run('onRpc', () => onRpc(op as never), this.#rpcReply)
    } else if (code === OperationCode.Get && onGet !== undefined) {
      task.run('onGet', () => onGet(new GetHandle(task, request) as never), this.#getReply)
    } else {
      task.fail(new InvalidArgumentError('the PV has no handler for this'))
    }
  }

  /** How a mailbox takes a put that is not taken in the addon. */
  readonly #take = ({ value }: { readonly value: Value }): void => {
    try {
      this.post(value, true)
    } catch (error) {
      throw error instanceof PvaError ? new RemoteError(error.message, { cause: error }) : error
    }
  }

  readonly #afterPut = (returned: unknown): Answer => {
    if (returned !== undefined && returned !== null) this.post(returned, true)
    return NO_DATA
  }

  readonly #rpcReply = (returned: unknown): Answer => {
    if (returned === undefined || returned === null) return NO_DATA
    if (returned instanceof Value) return { bytes: this.env.encoder.typed(returned) }
    const reply = isPlainObject(returned) ? returned : { value: returned }
    return { bytes: this.env.encoder.typed(valueOfPlain(reply, 'the reply')) }
  }

  readonly #getReply = (returned: unknown): Answer => {
    const current = this.current()
    if (returned === undefined) return { bytes: this.env.encoder.changed(current) }
    const answer = this.#convert(returned)
    checkWhole(answer, () => current)
    return { bytes: this.env.encoder.changed(current.$clone().$assign(answer)), stamp: !bringsTime(answer) }
  }
}

const NO_DATA: Answer = { bytes: null }

function bringsTime(value: MutableValue): boolean {
  return value.$isChanged('timeStamp.secondsPastEpoch') || value.$isChanged('timeStamp.nanoseconds')
}

function typeOfInitial(value: unknown): TypeDef {
  if (value === undefined) throw new InvalidArgumentError('the PV has no type: give one, or a value')
  if (value instanceof Value) return value.$type
  if (isPlainObject(value)) return deriveType(value)
  throw new InvalidArgumentError(`a PV without a type is opened with a structure, not ${quote(value)}`)
}

function flagsOf(handlers: Handlers): number {
  // Occupancy always: a PV with clients must not be collected, even if nothing else refers to it.
  let flags: number = PvFlag.Occupancy
  if (handlers.onPut !== undefined) flags |= PvFlag.OnPut
  if (handlers.onRpc !== undefined) flags |= PvFlag.OnRpc
  if (handlers.onGet !== undefined) flags |= PvFlag.OnGet
  return flags
}

function readerOf(bytes: Uint8Array): Reader {
  return new Reader(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
}
