import { InvalidArgumentError, NoFieldError } from '../../errors.js'
import { quote, readOptions, type Check } from '../../input/index.js'
import type { MutableValue, PlainOptions } from '../types/infer.js'
import type { Layout } from '../types/layout.js'
import { valueMaker, type TypeDef } from '../types/typedef.js'
import { FIELD, LAYOUT, MARKS, ValueCore } from './core.js'
import { checkPath } from './errors.js'
import { inspectValue, type InspectOptions } from './inspect.js'
import { fieldsAround, lookUp } from './lookup.js'
import { changedPaths, isMarked } from './marks.js'
import { int64Form, plainObject, valueToJSON } from './plain.js'

/**
 * The base of frozen values and of MutableValue: everything they have besides their fields.
 *
 * At the end of its prototype chain stands a proxy, which answers paths and unknown names. Reads of
 * existing fields never get that far. Subclasses must therefore define their fields, never assign them.
 */
export abstract class ValueBase extends ValueCore {
  get $type(): TypeDef {
    return this[LAYOUT].type
  }

  get $id(): string {
    return this[LAYOUT].type.id
  }

  get $changed(): ReadonlySet<string> {
    return changedPaths(this[LAYOUT], this[MARKS])
  }

  $isChanged(path?: string): boolean {
    const layout = this[LAYOUT]
    if (path !== undefined) checkPath(path, '$isChanged')
    const index = path === undefined ? 0 : fieldOf(layout, path)
    return index >= 0 && isMarked(layout, this[MARKS], index)
  }

  $get(path: string): unknown {
    checkPath(path, '$get')
    const found = lookUp(this, path)
    if (found !== undefined) return found.value
    const { at, fields } = fieldsAround(this, path)
    const place = at === '' ? 'the fields are' : `the fields in ${quote(at)} are`
    const there = fields.length === 0 ? `${quote(at)} has no fields` : `${place} ${fields.join(', ')}`
    throw new NoFieldError(`there is no ${quote(path)}: ${there}`, { path, fields, op: '$get' })
  }

  $has(path: string): boolean {
    checkPath(path, '$has')
    return lookUp(this, path) !== undefined
  }

  get $time(): Date | undefined {
    const ns = this.$timeNs
    return ns === undefined ? undefined : new Date(Number((ns - positiveRemainder(ns)) / 1_000_000n))
  }

  get $timeNs(): bigint | undefined {
    const { byPath } = this[LAYOUT]
    const seconds = byPath.get('timeStamp.secondsPastEpoch')
    if (seconds === undefined) return undefined
    const whole = integer(this[FIELD](seconds))
    if (whole === undefined) return undefined
    const nanoseconds = byPath.get('timeStamp.nanoseconds')
    const part = nanoseconds === undefined ? 0n : (integer(this[FIELD](nanoseconds)) ?? 0n)
    return whole * 1_000_000_000n + part
  }

  $toObject(options?: PlainOptions): Record<string, unknown> {
    const { arrays = 'typed', int64 = 'bigint' } = readOptions(options, PLAIN, '$toObject')
    return plainObject(this, { arrays, int64 })
  }

  $clone(): MutableValue {
    return valueMaker().clone(this)
  }

  toJSON(): Record<string, unknown> {
    return valueToJSON(this)
  }

  /** One line, with what console.log shows. */
  override toString(): string {
    return inspectValue(this, SHOWN_DEPTH).replace(/\n\s*/g, ' ')
  }

  // Asked before toString, which may be the name of a field.
  [Symbol.toPrimitive](hint: string): string | number {
    return hint === 'number' ? NaN : ValueBase.prototype.toString.call(this)
  }

  [Symbol.for('nodejs.util.inspect.custom')](depth: number, options: InspectOptions): string {
    return inspectValue(this, depth, options)
  }
}

const SHOWN_DEPTH = 2 // as util.inspect does by default

const PLAIN = {
  arrays: ((value, name) => {
    if (value === 'typed' || value === 'plain') return value
    throw new InvalidArgumentError(
      `option ${quote(name)} of $toObject is typed or plain, not ${quote(value)}`,
    )
  }) satisfies Check<'typed' | 'plain'>,
  int64: int64Form,
}

/** The numbered field of a path, or the one that holds what the path leads to; -1 when there is none. */
function fieldOf(layout: Layout, path: string): number {
  const exact = layout.byPath.get(path)
  if (exact !== undefined) return exact
  const inside = /\[|->/.exec(path)
  return inside === null ? -1 : (layout.byPath.get(path.slice(0, inside.index)) ?? -1)
}

function integer(x: unknown): bigint | undefined {
  if (typeof x === 'bigint') return x
  return typeof x === 'number' && Number.isInteger(x) ? BigInt(x) : undefined
}

/** The nanoseconds past the last full millisecond, before 1970 too. */
function positiveRemainder(ns: bigint): bigint {
  const rest = ns % 1_000_000n
  return rest < 0n ? rest + 1_000_000n : rest
}

const tail: ProxyHandler<object> = {
  get(target, key, receiver) {
    if (typeof key === 'symbol' || key in target) return Reflect.get(target, key, receiver) as unknown
    return isPath(key) && receiver instanceof ValueBase ? lookUp(receiver, key)?.value : undefined
  },
  set(_target, key) {
    refuseWrite(key)
  },
}

/** Refuses an assignment to a frozen value where JavaScript itself would not. */
export function refuseWrite(key: string | symbol): never {
  throw new TypeError(
    `this Value is immutable, ${String(key)} cannot be set: $clone() gives a copy to change`,
  )
}

function isPath(key: string): boolean {
  return key.includes('.') || key.includes('[') || key.includes('->')
}

// Resolving a promise with a Value looks up `then`. Without this, each get would reach the Proxy, at a cost of 4 µs.
Object.defineProperty(ValueBase.prototype, 'then', { value: undefined, configurable: true })

Object.setPrototypeOf(ValueCore.prototype, new Proxy(Object.create(Object.prototype) as object, tail))
