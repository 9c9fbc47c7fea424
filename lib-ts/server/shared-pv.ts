import {
  typeDefOf,
  type AValue,
  type Fields,
  type MembersInput,
  type MutableValue,
  type TypeBuilder,
  type TypeDef,
  type Value,
  type WholeInput,
} from '../data/index.js'
import {
  bad,
  callback,
  type Check,
  flag,
  INSPECT,
  type Inspect,
  isPlainObject,
  ownEntries,
  quote,
  readOptions,
  shown,
} from '../input/index.js'
import { about, InvalidArgumentError } from '../errors.js'
import type { NTURI } from '../nt/index.js'
import { environment, PvFlag, whenForgotten, type Environment } from '../native/index.js'
import { dispatcher } from './dispatcher.js'
import type { PutOperation, RpcOperation, ServerOperation } from './operation.js'
import { LimitAlarms } from './limit-alarms.js'
import { PvCore, type Handlers } from './pv-core.js'
import { argumentsOption, type RpcArguments } from './rpc-arguments.js'

/** A type, or what builds one. */
export type TypeSource<T> = TypeDef<T> | TypeBuilder<T>

/** What is posted: a Value, fields, or what is short for `{ value: … }`. */
export type Postable<T = Fields> = WholeInput<T>

// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- a handler may return nothing
type Returned<R> = R | undefined | void | Promise<R | undefined | void>

// A Value of this very type, for a handler that is generic and returns `op.value`.
type ReadAs<T> = AValue & Readonly<NoInfer<T>>

/**
 * What {@link SharedPV} is made of: a type, a first value, and handlers.
 *
 * @example
 * const pv = new SharedPV({
 *   type: new NTScalar('float64'),
 *   initial: { value: 20 },
 *   onPut(op) {
 *     if (op.value.value > 100) throw new RemoteError('100 at most') // the client's, too
 *     return op.value // is posted
 *   },
 * })
 * server.addPV('lab:heater', pv)
 * await ctx.put('lab:heater', 50)
 * pv.current().value // → 50
 */
export interface SharedPVOptions<T = Fields, M extends MembersInput = MembersInput> {
  readonly type?: TypeSource<T> | undefined
  /** Opens the PV at once, with this value, which gets the current time unless it brings one. */
  readonly initial?: Postable<T> | undefined
  /**
   * Sets `alarm` by the limits in `valueAlarm`, at the first value and at each post, as {@link MailboxOptions.alarms} does. Needs a
   * `type` with such limits.
   */
  readonly alarms?: boolean | undefined
  /**
   * Takes a put. Return nothing, or null: done, and nothing is posted; return something: it is posted; throw: the client gets the
   * message as its RemoteError. To refuse, throw a {@link RemoteError}; anything else is taken for a mistake, and logged with its
   * stack at level error. So do the other two.
   */
  readonly onPut?: ((op: PutOperation<T>) => Returned<Postable<T> | ReadAs<T> | null>) | undefined
  /**
   * The arguments of `onRpc`: `op.args` has their types, and what a client sends is converted to them. A call that lacks one,
   * has another, or has one that does not fit, is refused before the handler runs.
   */
  readonly args?: NTURI<M> | undefined
  /** Answers an RPC: a Value, an object whose types are derived, or nothing. */
  readonly onRpc?: ((op: RpcOperation<RpcArguments<M>>) => unknown) | undefined
  /** Answers a get: fields upon the current value, or nothing for the current value. */
  readonly onGet?: ((op: ServerOperation) => Returned<Postable<T> | ReadAs<T>>) | undefined
  /** The first client opened a channel to this PV. */
  readonly onFirstConnect?: ((pv: SharedPV<T>) => unknown) | undefined
  /** The last client left. */
  readonly onLastDisconnect?: ((pv: SharedPV<T>) => unknown) | undefined
}

/**
 * What {@link SharedPV.mailbox} takes beside its type and first value.
 *
 * @example
 * const Limited = new NTScalar('float64', { valueAlarm: true })
 * const limits = { highAlarmLimit: 90, highAlarmSeverity: 2, highWarningLimit: 80, highWarningSeverity: 1, hysteresis: 5 }
 * const pv = SharedPV.mailbox(Limited, { value: 20, valueAlarm: limits }, { alarms: true })
 * pv.post(95).current().alarm.message // → 'HIHI'
 */
export interface MailboxOptions {
  /**
   * Sets severity, status and message of `alarm` by the limits in `valueAlarm` at each put and post, as the records of an IOC do:
   * HIHI, LOLO, HIGH, LOW, with the hysteresis. A limit of severity 0 does not count, nor does any while `valueAlarm.active`
   * is false; it is true unless the first value says otherwise. An alarm that is given stays where it is as severe.
   */
  readonly alarms?: boolean | undefined
}

interface Inside {
  readonly flags: number
  readonly handlers: Handlers
}

// A builder may know more than its type: an NTTable's first value has labels.
const typeOption: Check<() => MutableValue> = (value, name) => {
  const type = typeDefOf(value)
  if (type === undefined) throw bad(name, 'a TypeDef or a builder of one', value)
  if (type.code !== 'struct')
    throw new InvalidArgumentError(`the type of a PV is a structure, not ${quote(type.code)}`)
  const { create } = value as { create?: unknown }
  return typeof create === 'function' ? () => create.call(value) as MutableValue : () => type.create()
}

const checks = {
  type: typeOption,
  initial: (value: unknown): unknown => value,
  alarms: flag,
  args: argumentsOption,
  onPut: callback,
  onRpc: callback,
  onGet: callback,
  onFirstConnect: callback,
  onLastDisconnect: callback,
}

/** A {@link SharedPV} of whatever type: what servers and sources take. */
export type AnyPV = Pick<SharedPV, 'isOpen' | 'subscribers'>

/**
 * A PV to be served: one value that all its clients share, and what happens when they ask.
 *
 * Give it to {@link Server.addPV} or a source, under one name or several. A slow subscriber never
 * changes what a fast one receives.
 *
 * @example
 * const pv = SharedPV.mailbox(new NTScalar('float64'), { value: 1.5 })
 * pv.post({ value: 2 })
 */
export class SharedPV<T = Fields, M extends MembersInput = MembersInput> {
  readonly #core: PvCore

  /**
   * A PV that takes what clients put, open at once. Puts without a time get the current one.
   *
   * @param options.alarms sets `alarm` by the limits in `valueAlarm` at each put and post, as records do
   * @throws {@link InvalidArgumentError} when there are no limits in the type
   * @example
   * server.addPV('lab:note', SharedPV.mailbox(new NTScalar('string'), { value: 'ready' }))
   * await ctx.put('lab:note', 'busy')
   */
  static mailbox<T = Fields>(
    type: TypeSource<T>,
    initial?: Postable<T>,
    options?: MailboxOptions,
  ): SharedPV<T> {
    const { alarms = false } = readOptions(options, { alarms: flag }, 'mailbox')
    if (!alarms) return SharedPV.#open('mailbox', type, initial, PvFlag.Mailbox)
    const limits = about({ op: 'mailbox' }, () => limitsOf(typeOption(type, 'type')))
    return SharedPV.#open('mailbox', type, initial, 0, { alarms: limits, onPut: ({ value }) => value })
  }

  /**
   * A PV that clients can only read, open at once.
   *
   * @example
   * const pv = SharedPV.readonly(new NTScalar('float64'), 1013.25)
   * server.addPV('lab:pressure2', pv)
   * pv.post(1013.5) // the server may, clients may not
   */
  static readonly<T = Fields>(type: TypeSource<T>, initial?: Postable<T>): SharedPV<T> {
    return SharedPV.#open('readonly', type, initial, PvFlag.Readonly)
  }

  static #open<T>(
    op: string,
    type: TypeSource<T>,
    initial: Postable<T> | undefined,
    flags: number,
    handlers: Handlers = {},
  ): SharedPV<T> {
    about({ op }, () => typeOption(type, 'type'))
    const pv = new SharedPV<T>({ type }, { flags, handlers })
    pv.#core.open(initial, op)
    return pv
  }

  /**
   * Without `initial` it is closed until {@link SharedPV.open}; without `onPut` it refuses puts, without `onRpc` RPCs.
   *
   * @throws {@link InvalidArgumentError} for a bad option
   * @throws {@link ConversionError} or {@link NoFieldError} when `initial` does not fit the type
   */
  constructor(options?: SharedPVOptions<T, M>)
  /** @internal */
  constructor(options: SharedPVOptions<T, M> | undefined, also: Inside)
  constructor(options?: SharedPVOptions<T, M>, also?: Inside) {
    const { type, initial, alarms, ...handlers } = readOptions(options, checks, 'SharedPV')
    const limits = alarms === true ? about({ op: 'SharedPV' }, () => limitsOf(type)) : undefined
    const env = environment()
    env.watchExit()
    const all = { ...handlers, alarms: limits, ...also?.handlers }
    this.#core = new PvCore(env, this, all, type, also?.flags ?? 0)
    whenForgotten(this, { env, id: this.#core.id }, free)
    if (initial !== undefined) this.#core.open(initial, 'SharedPV')
  }

  /** @internal */
  static coreOf(pv: AnyPV): PvCore {
    return (pv as SharedPV).#core
  }

  /**
   * Gives it a value and lets clients in; those that waited go on. Without a `type` the value brings it. A value that sets no
   * time gets the current one.
   *
   * @throws {@link InvalidArgumentError} when it is open, or no type is known
   * @throws {@link ConversionError} or {@link NoFieldError} when the value does not fit, as with {@link SharedPV.post}
   * @example
   * const pv = new SharedPV({ type: new NTScalar('float64') })
   * server.addPV('lab:slow', pv)
   * const waiting = ctx.get('lab:slow') // a client waits until it has a value
   * pv.open({ value: 4.2 })
   * const got = (await waiting).value // → 4.2
   */
  open(value?: Postable<T>): this {
    this.#core.open(value, 'open')
    return this
  }

  /**
   * Disconnects its clients; they wait for the next `open`. Does nothing when it is closed.
   *
   * @example
   * const pv = SharedPV.mailbox(new NTScalar('float64'))
   * pv.close() // clients see it disconnected
   * pv.open({ value: 1 }) // and connected again
   */
  close(): this {
    this.#core.close()
    return this
  }

  get isOpen(): boolean {
    return this.#core.isOpen
  }

  /**
   * Changes the value and tells every subscriber. Fields that are not named stay as they are. Of a Value its marked fields
   * are taken, converted to this PV's type. A time stamp that is not given becomes the current time.
   *
   * @param options.stamp false leaves the time stamp alone
   * @throws {@link ClosedError} when it is not open
   * @throws {@link ConversionError} or {@link NoFieldError} when the value does not fit, when it would leave a table's columns unequal,
   *   or an image's data not filling its shape; nothing is posted then
   * @example
   * const pv = SharedPV.readonly(new NTScalar('float64'), 20)
   * pv.post(20.5)
   * pv.post({ value: 99, alarm: { severity: 2, message: 'too hot' } })
   * pv.post({ value: 20.6, timeStamp: timeStamp(1_700_000_000) })
   */
  post(value: Postable<T>, options?: { readonly stamp?: boolean | undefined }): this {
    const { stamp = true } = readOptions(options, { stamp: flag }, 'post')
    this.#core.post(value, stamp)
    return this
  }

  /**
   * The value now.
   *
   * @throws {@link ClosedError} when it is not open
   * @example
   * const pv = SharedPV.mailbox(new NTScalar('float64'), 20)
   * pv.current().value // → 20
   */
  current(): Value<T> {
    return this.#core.current()
  }

  /** @internal What console.log shows. */
  [INSPECT](_depth: number, options: unknown, inspect: Inspect): string {
    const value = this.isOpen ? this.#core.current() : 'closed'
    return shown('SharedPV', { value, subscribers: this.subscribers }, options, inspect)
  }

  /** How many subscriptions there are. */
  get subscribers(): number {
    const { env, id } = this.#core
    return env.addon.pvSubscribers(id)
  }
}

function limitsOf(type: (() => MutableValue) | undefined): LimitAlarms {
  if (type === undefined)
    throw new InvalidArgumentError('option "alarms" needs a "type", which has the limits')
  return new LimitAlarms(type().$type)
}

// The addon keeps a PV as long as a server serves it, and must be told when we do not need it any more.
function free({ env, id }: { readonly env: Environment; readonly id: number }): void {
  dispatcher().pvs.delete(id)
  env.addon.pvFree(id)
}

/** @throws InvalidArgumentError for what is not a SharedPV */
export function checkPv(pv: unknown, op: string): PvCore {
  if (pv instanceof SharedPV) return SharedPV.coreOf(pv)
  throw new InvalidArgumentError(`what is served is ${notPv(pv)}`, { op })
}

/** PVs by their names. */
export const pvsByName: Check<ReadonlyMap<string, AnyPV>> = (value, name) => {
  if (!isPlainObject(value)) throw bad(name, 'a plain object of SharedPVs', value)
  const found = new Map<string, AnyPV>()
  for (const [key, pv] of ownEntries(value, name)) {
    if (!(pv instanceof SharedPV))
      throw new InvalidArgumentError(`option ${quote(`${name}.${key}`)} is ${notPv(pv)}`)
    found.set(key, pv)
  }
  return found
}

/** How an error says that something is not a SharedPV. */
function notPv(x: unknown): string {
  const shown = quote(x)
  const foreign = shown === 'SharedPV object' ? ' of another copy of node-pvxs (see: npm ls node-pvxs)' : ''
  return `a SharedPV, not ${foreign && 'a '}${shown}${foreign}`
}
