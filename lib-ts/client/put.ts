import {
  borrowed,
  fieldsOf,
  snapshot,
  type MutableValue,
  type TypeDef,
  Value,
  type WholeInput,
} from '../data/index.js'
import { isPlainObject, isThenable } from '../input/index.js'
import { FailureCode, type InboxRecord } from '../native/index.js'
import { checkShort, checkWhole, choicesIn, enumFields, isEnum, withIndex } from '../nt/index.js'
import type { Target } from './context-core.js'
import { encodedRequest, PvCall } from './call.js'
import { get } from './get.js'
import type { PutChecked } from './options.js'
import { requestFrom } from './request.js'
import { checkSelection, type Selection } from './selection.js'

/** What a put is given: fields of it, a Value, or what is short for `{ value: … }`. */
export type PutValue<T> = (string extends keyof T ? object : never) | WholeInput<T>

/** What a put is given: fields, or a function of the current value. */
export type PutInput = Readonly<Record<string, unknown>> | Value | ((current: MutableValue) => unknown)

/** What the caller gave. */
interface Given {
  readonly input: PutInput
  /** It was data alone, and `input` is what it is short for. */
  readonly short: boolean
}

/** What is sent. It may have to be sent again, so it is a copy that nothing else can change. */
interface Made {
  readonly type: number
  readonly value: Value | MutableValue
}

/**
 * A put.
 *
 * The plain form is encoded at once for the type that this PV had last time; when that is unknown, or has changed, the
 * server's type comes to us first (Init) and the value goes after it. The function form always asks for Init, with the
 * current value.
 */
export class PutCall extends PvCall<void> {
  readonly #input: PutInput
  readonly #short: boolean
  /** Whether the request leaves no field out, so that a function gets the whole value. */
  readonly #whole: boolean
  readonly #request: Uint8Array | null
  readonly #key: string
  readonly #selection: Selection
  readonly #once: boolean
  #made: Made | undefined
  /** The type for which a value is being made, or was. */
  #asked = 0
  #choices: { cancel(reason: unknown): void } | undefined

  constructor(target: Target, given: Given, request: Uint8Array | null, key: string, options: PutChecked) {
    super(target, options)
    this.#input = given.input
    this.#short = given.short
    this.#whole = options.request === undefined && options.fields === undefined
    this.#request = request
    this.#key = key
    this.#selection = options
    this.#once = options.atMostOnce ?? false
  }

  start(): this {
    return this.send((id) => {
      const known = typeof this.#input === 'function' ? undefined : this.target.core.putType(this.#key)
      if (known !== undefined && !this.#needsChoices(known.type)) {
        this.#check(known.type)
        this.#made = { type: known.id, value: this.#plain(known.type, this.#input) }
      }
      this.#submit(id)
    })
  }

  readonly #submit = (id: number): void => {
    const { core, pv } = this.target
    const { type, value } = this.#made ?? { type: 0, value: null }
    const bytes = value === null ? null : this.env.encoder.changed(value)
    const fetch = typeof this.#input === 'function' && value === null
    this.env.addon.put(id, core.id, pv, this.#request, this.server, type, bytes, fetch)
    core.begun.add()
  }

  protected result(): void {
    // its arrival is the answer
  }

  // The addon never sends a put twice. One that was sent with a value is sent again with the same value: a function of the
  // current value would see its own effect.
  protected override failure(code: number, text: string): Error | undefined {
    if (code !== FailureCode.Disconnected || this.#once) return super.failure(code, text)
    this.renumber()
    this.send(this.#submit)
    return undefined
  }

  protected override init(record: InboxRecord): void {
    const { plan, type, flags } = record
    this.#check(plan.type)
    this.target.core.rememberPutType(this.#key, { id: type, type: plan.type })
    // Asked again after a reconnect, before anything was sent: the user's function is called once for each type.
    if (this.#made?.type === type) {
      this.#put(this.#made)
      return
    }
    if (this.#asked === type) return
    this.#asked = type
    const current = flags === 1 ? record.value(plan, null) : plan.initial
    if (typeof this.#input === 'function') this.#call(this.#input, type, current)
    else if (this.#needsChoices(plan.type)) this.#askChoices(type, plan.type, this.#input)
    else this.#put({ type, value: this.#plain(plan.type, this.#input) })
  }

  #check(type: TypeDef): void {
    this.checkType(type)
    checkSelection(this.#selection, type, this.target)
  }

  #plain(type: TypeDef, input: PutInput): MutableValue {
    if (this.#short) checkShort(type)
    return borrowed(type, input)
  }

  #call(edit: (current: MutableValue) => unknown, type: number, current: Value): void {
    const edited = current.$clone().$unmark()
    const finish = (returned: unknown): void => {
      if (this.settled || this.#asked !== type) return
      if (returned !== undefined) edited.$assign(this.#withChoices(current, fieldsOf(returned)))
      if (this.#whole) checkWhole(edited, () => edited)
      this.#put({ type, value: edited.$freeze() })
    }
    const returned = edit(edited)
    if (!isThenable(returned)) {
      finish(returned)
      return
    }
    Promise.resolve(returned)
      .then(finish)
      .catch((error: unknown) => {
        this.cancel(error)
      })
  }

  #needsChoices(type: TypeDef): boolean {
    return isEnum(type) && typeof this.#input !== 'function' && enumFields(this.#input) !== undefined
  }

  #withChoices(
    current: Value,
    input: Readonly<Record<string, unknown>> | Value,
  ): Readonly<Record<string, unknown>> | Value {
    return isEnum(current.$type) ? withIndex(input, choicesIn(current)) : input
  }

  #askChoices(type: number, layout: TypeDef, input: Readonly<Record<string, unknown>> | Value): void {
    const asked = get(this.target, {
      request: 'field(value.choices)',
      server: this.server,
      timeout: Infinity,
    })
    this.#choices = asked
    asked.promise
      .then((value) => {
        if (!this.settled && this.#asked === type)
          this.#put({ type, value: borrowed(layout, withIndex(input, choicesIn(value))) })
      })
      .catch((error: unknown) => {
        this.cancel(error)
      })
  }

  protected override finished(): void {
    super.finished()
    this.#choices?.cancel(undefined)
  }

  #put(made: Made): void {
    this.#made = made
    this.env.addon.putValue(this.id, made.type, this.env.encoder.changed(made.value))
  }
}

/** Starts a put. */
export function put(target: Target, input: unknown, options: PutChecked): PutCall {
  const { core, pv } = target
  const request = putRequest(core, options)
  const given =
    typeof input === 'function'
      ? { input: input as (current: MutableValue) => unknown, short: false }
      : { input: snapshot(input), short: !(input instanceof Value || isPlainObject(input)) }
  const key = `${options.server ?? ''} ${request.key} ${pv}`
  return new PutCall(target, given, request.bytes, key, options).start()
}

function putRequest(core: Target['core'], options: PutChecked): { bytes: Uint8Array | null; key: string } {
  if (options.process === undefined && options.block === undefined) {
    if (options.request === undefined && options.fields === undefined) return { bytes: null, key: '' }
    const bytes = encodedRequest(core, options)
    return { bytes, key: requestFrom(options.request, options.fields).key }
  }
  const request = requestFrom(options.request, options.fields)
  // As text, which every server reads.
  if (options.process !== undefined) request.record('process', String(options.process))
  if (options.block !== undefined) request.record('block', String(options.block))
  return { bytes: core.encodedRequest(request), key: request.key }
}
