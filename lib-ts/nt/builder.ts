import {
  Value,
  type Input,
  type Member,
  type MutableValue,
  type TypeBuilder,
  type TypeDef,
} from '../data/index.js'
import { checkOptions, quote } from '../input/index.js'
import { about, InvalidArgumentError } from '../errors.js'

/** What every normative type's builder offers; `T` is what its values read as. */
export abstract class NormativeType<T> implements TypeBuilder<T> {
  readonly #type: TypeDef<T>

  protected constructor(type: TypeDef) {
    const built: unknown = type // `TypeDef` alone means one whose fields are not known
    this.#type = built as TypeDef<T>
  }

  /**
   * The type, the same object at every call.
   *
   * @example
   * const Special = new NTScalar('float64').build().extend({ serial: 'string' })
   */
  build(): TypeDef<T> {
    return this.#type
  }

  /**
   * A value of this type, defaults where `initial` says nothing. What `initial` names is marked.
   *
   * @throws {@link ConversionError} or {@link NoFieldError} when `initial` does not fit
   * @example
   * const m = new NTScalar('float64').create({ value: 21.5, alarm: { severity: 1, message: 'warm' } })
   */
  create(initial?: Input<T>): MutableValue<T> {
    return about({ op: 'create' }, () => this.#type.create(initial))
  }

  /**
   * Whether a value is one of this normative type: its id, whatever the version, and the fields that the type cannot do
   * without. The optional ones (`alarm`, `timeStamp`, `descriptor`) are not required: a peer may leave them out.
   *
   * @example
   * const v = await ctx.get('lab:setpoint')
   * new NTScalar('float64').is(v) // → true
   * new NTScalar('string').is(v) // → false
   */
  abstract is(value: unknown): value is Value<T>
}

/** A value whose id is that of a normative type, up to the version: `epics:nt/NTEnum` takes `epics:nt/NTEnum:1.0`. */
export function hasId(value: unknown, id: string): value is Value {
  return value instanceof Value && (value.$id === id || value.$id.startsWith(`${id}:`))
}

/** The type of a member; undefined when there is none. */
export function memberType(
  type: { readonly members: readonly Member[] } | undefined,
  name: string,
): TypeDef | undefined {
  return type?.members.find((member) => member.name === name)?.type
}

/** @throws InvalidArgumentError for anything but a Value; one from another copy of the package is accepted */
export function checkValue(value: unknown, where: string): void {
  if (typeof (value as Partial<Value> | null | undefined)?.$has !== 'function')
    throw new InvalidArgumentError(`${where} takes a Value, not ${quote(value)}`, { op: where })
}

/** The options that switch a part of a type on or off. */
export function checkSwitches(options: unknown, known: readonly string[], where: string): void {
  checkOptions(options, known, where)
  for (const [key, value] of Object.entries(options ?? {})) {
    if (value !== undefined && typeof value !== 'boolean') {
      throw new InvalidArgumentError(`option ${key} of ${where} must be true or false`, { op: where })
    }
  }
}

/** Sets a property under a name that came from the network: `__proto__` is an ordinary name. */
export function define(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true })
  } else {
    target[name] = value // much cheaper than defining it, which a table of many rows notices
  }
}
