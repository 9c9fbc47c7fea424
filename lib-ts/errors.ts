/** How far an operation had come when it failed. */
export type Phase = 'search' | 'connect' | 'init' | 'execute'

/** What is known about a failure beside its text; all of it ends up on the error. */
export interface ErrorDetails {
  /** The operation that failed: `get`, `put`, `monitor`, `create`, … */
  readonly op?: string
  readonly pv?: string
  readonly phase?: Phase
  readonly cause?: unknown
  /** What the reader may try next. */
  readonly hint?: string
}

// Two copies of the package may live in one process (ESM beside CommonJS, two versions in one tree). `instanceof` must
// hold between them, so it asks for this mark, which is shared by all copies, and not for the prototype.
// Exported for errors that belong to one room alone.
export const BRAND: unique symbol = Symbol.for('node-pvxs.error')

/**
 * The base of every error this package makes.
 *
 * `code` is stable and meant for programs; the message is meant for people and may change. `instanceof` also holds for
 * errors that come from another copy of the package.
 *
 * @example
 * try {
 *   await ctx.get('lab:absent', { timeout: 200 })
 * } catch (e) {
 *   if (e instanceof PvaError) console.error(e.code, e.pv, e.phase, e.hint)
 * }
 */
export class PvaError extends Error {
  static readonly [BRAND]: string = 'ERR_PVA'
  static {
    nameInstances(this.prototype, 'PvaError')
  }
  readonly code: string
  /** The operation that failed, `''` when it is not part of one. */
  readonly op: string
  declare readonly pv?: string
  declare readonly phase?: Phase
  declare readonly hint?: string

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined)
    this.code = new.target[BRAND]
    this.op = details.op ?? ''
    if (details.pv !== undefined) this.pv = details.pv
    if (details.phase !== undefined) this.phase = details.phase
    if (details.hint !== undefined) this.hint = details.hint
  }

  get [BRAND](): readonly string[] {
    return brandsOf(this)
  }

  /**
   * Plain data for logs: name, code, message and everything known; a cause becomes its text.
   *
   * @example
   * const failed = await ctx.get('lab:absent', { timeout: 200 }).catch((e: PvaError) => e)
   * console.log(JSON.stringify(failed))
   */
  toJSON(): Record<string, unknown> {
    const json: Record<string, unknown> = { name: this.name, message: this.message }
    for (const key of Object.keys(this)) json[key] = (this as unknown as Record<string, unknown>)[key]
    if (this.cause !== undefined) json['cause'] = causeText(this.cause)
    return json
  }

  static override [Symbol.hasInstance](x: unknown): boolean {
    if (typeof x !== 'object' || x === null) return false
    if (Object.prototype.isPrototypeOf.call(this.prototype, x)) return true
    if (!Object.hasOwn(this, BRAND)) return false // a subclass made by the user
    const brands = (x as { [BRAND]?: unknown })[BRAND]
    return Array.isArray(brands) && brands.includes(this[BRAND])
  }
}

/**
 * The time ran out. The message says in which phase, where was searched, and what to try.
 *
 * @example
 * try {
 *   await ctx.get('lab:absent', { timeout: 200 })
 * } catch (e) {
 *   if (e instanceof TimeoutError) console.log(e.phase, e.hint) // search: nobody answers to the name
 * }
 */
export class TimeoutError extends PvaError {
  static override readonly [BRAND]: string = 'ERR_PVA_TIMEOUT'
  static {
    nameInstances(this.prototype, 'TimeoutError')
  }
}

/**
 * The connection broke and the call may not be repeated.
 *
 * @example
 * const retry = async (e: unknown) => {
 *   if (!(e instanceof DisconnectedError)) throw e
 *   console.log(`${e.pv}: it is not known whether the put was done`)
 * }
 * await ctx.put('lab:setpoint', 5, { atMostOnce: true }).catch(retry)
 */
export class DisconnectedError extends PvaError {
  static override readonly [BRAND]: string = 'ERR_PVA_DISCONNECTED'
  static {
    nameInstances(this.prototype, 'DisconnectedError')
  }
}

/**
 * The server said no; the message is its text.
 *
 * @example
 * const failed = await ctx.put('lab:serial', 'mine').catch((e: unknown) => e)
 * failed instanceof RemoteError // → true
 */
export class RemoteError extends PvaError {
  static override readonly [BRAND]: string = 'ERR_PVA_REMOTE'
  static {
    nameInstances(this.prototype, 'RemoteError')
  }
}

/**
 * Used after `close()`, or closed while it was pending.
 *
 * @example
 * const ctx = new Context()
 * await ctx.close()
 * const failed = await ctx.get('lab:temp1').catch((e: unknown) => e)
 * failed instanceof ClosedError // → true
 */
export class ClosedError extends PvaError {
  static override readonly [BRAND]: string = 'ERR_PVA_CLOSED'
  static {
    nameInstances(this.prototype, 'ClosedError')
  }
}

/**
 * The server's type lacks what was asked for; the message holds a readable difference.
 *
 * @example
 * const failed = await ctx.get('lab:temp1', { type: new NTScalar('string') }).catch((e: unknown) => e)
 * failed instanceof TypeMismatchError // → true
 */
export class TypeMismatchError extends PvaError {
  static override readonly [BRAND]: string = 'ERR_PVA_TYPE'
  static {
    nameInstances(this.prototype, 'TypeMismatchError')
  }
}

/**
 * A value does not fit its field. `path` is the field, from the value written to; `''` is that value itself.
 *
 * @example
 * const failed = await ctx.put('lab:counter', { value: 'many' }).catch((e: unknown) => e)
 * failed instanceof ConversionError && failed.path // → 'value'
 */
export class ConversionError extends PvaError {
  static override readonly [BRAND]: string = 'ERR_PVA_CONVERSION'
  static {
    nameInstances(this.prototype, 'ConversionError')
  }
  readonly path: string

  constructor(message: string, details: ErrorDetails & { readonly path: string }) {
    super(message, details)
    this.path = details.path
  }
}

/**
 * No such field. `path` is what was asked for, `fields` what exists at the place where the path ends.
 *
 * @example
 * const v = await ctx.get('lab:setpoint')
 * try {
 *   v.$get('alarm.colour')
 * } catch (e) {
 *   if (e instanceof NoFieldError) console.log(e.path, e.fields) // alarm.colour [ 'severity', 'status', 'message' ]
 * }
 */
export class NoFieldError extends PvaError {
  static override readonly [BRAND]: string = 'ERR_PVA_NO_FIELD'
  static {
    nameInstances(this.prototype, 'NoFieldError')
  }
  readonly path: string
  readonly fields: readonly string[]

  constructor(
    message: string,
    details: ErrorDetails & { readonly path: string; readonly fields: readonly string[] },
  ) {
    super(message, details)
    this.path = details.path
    this.fields = details.fields
  }
}

/**
 * A bad option, name, type or request. Nothing was sent.
 *
 * @example
 * const failed = await ctx.get('').catch((e: unknown) => e)
 * failed instanceof InvalidArgumentError // → true
 */
export class InvalidArgumentError extends PvaError {
  static override readonly [BRAND]: string = 'ERR_PVA_ARGUMENT'
  static {
    nameInstances(this.prototype, 'InvalidArgumentError')
  }
}

/**
 * What a peer sent is not valid PVAccess: it is cut short, or contradicts its own type. The call or the subscription that
 * received it ends with this error; other calls go on.
 *
 * @example
 * const v = await ctx.get('lab:temp1').catch((e: unknown) => {
 *   if (!(e instanceof DecodeError)) throw e
 *   console.error(`${e.pv} runs on a broken server: ${e.message}`)
 * })
 */
export class DecodeError extends PvaError {
  static override readonly [BRAND]: string = 'ERR_PVA_DECODE'
  static {
    nameInstances(this.prototype, 'DecodeError')
  }
}

/**
 * This process has no file descriptor, thread or memory left that the call needs. The message says which; a Context that
 * could not be opened stays unusable, and a new one may be made when there is room again.
 *
 * @example
 * const v = await ctx.get('lab:temp1').catch((e: unknown) => {
 *   if (e instanceof ResourceError) console.error(`${e.message}: raise the limit of open files`)
 *   throw e
 * })
 */
export class ResourceError extends PvaError {
  static override readonly [BRAND]: string = 'ERR_PVA_RESOURCE'
  static {
    nameInstances(this.prototype, 'ResourceError')
  }
}

// What other operations do on the way: a put that fails by what it was given is a failed put, not a failed `$assign`.
const PARTS: ReadonlySet<string> = new Set([
  'TypeDef',
  'Member',
  'extend',
  'as',
  'create',
  '$assign',
  'set',
  'PvRequest.parse',
  'PvRequest.field',
  'PvRequest.record',
])

/**
 * Adds to an error on its way out what the place it came from could not know; what is known already stays.
 */
export function annotate<E extends PvaError>(error: E, details: Omit<ErrorDetails, 'cause'>): E {
  const open = error as { -readonly [K in keyof ErrorDetails]: ErrorDetails[K] }
  if (details.op !== undefined && (error.op === '' || PARTS.has(error.op))) open.op = details.op
  if (details.pv !== undefined) open.pv ??= details.pv
  if (details.phase !== undefined) open.phase ??= details.phase
  if (details.hint !== undefined) open.hint ??= details.hint
  return error
}

/** Runs it; an error of ours that it throws learns what it is about. */
export function about<R>(details: Omit<ErrorDetails, 'cause'>, work: () => R): R {
  try {
    return work()
  } catch (error) {
    throw error instanceof PvaError ? annotate(error, details) : error
  }
}

/**
 * Gives a class of errors its name; on the prototype, so that console.log, which prints own properties, says it once.
 */
export function nameInstances(prototype: object, name: string): void {
  Object.defineProperty(prototype, 'name', { value: name, configurable: true, writable: true })
}

function brandsOf(error: PvaError): readonly string[] {
  const brands: string[] = []
  let type: unknown = error.constructor
  while (typeof type === 'function') {
    if (Object.hasOwn(type, BRAND)) brands.push((type as typeof PvaError)[BRAND])
    type = Object.getPrototypeOf(type)
  }
  return brands
}

function causeText(cause: unknown): string {
  try {
    return String(cause)
  } catch {
    return Object.prototype.toString.call(cause) // a cause is whatever a user threw, also what has no text
  }
}

/**
 * Has the process say that a function of the user threw: an `uncaughtException`, as if no code of ours were between.
 * What called the function goes on.
 */
export function raiseUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
