import { enumIndex, Value, type TypeDef } from '../data/index.js'
import { isPlainObject } from '../input/index.js'
import { NTEnum } from './enum.js'

type Plain = Readonly<Record<string, unknown>>

const kinds = new WeakMap<TypeDef, boolean>()

/** Whether a type is an NTEnum, whose `value` is given by label or index. */
export function isEnum(type: TypeDef): boolean {
  let known = kinds.get(type)
  if (known === undefined) kinds.set(type, (known = new NTEnum().is(type.create())))
  return known
}

interface EnumInput {
  readonly field: 'value' | 'value.index' | 'nested'
  readonly input: unknown
}

/** What a put to an NTEnum says about its index, if that has to be looked up among the choices. */
export function enumFields(put: Plain | Value): EnumInput | undefined {
  if (put instanceof Value) return undefined
  if (put['value.index'] !== undefined) return { field: 'value.index', input: put['value.index'] }
  const { value } = put
  if (value === undefined || value instanceof Value) return undefined
  if (!isPlainObject(value)) return { field: 'value', input: value }
  // A put that brings its own choices needs no look-up.
  return value['index'] === undefined || value['choices'] !== undefined
    ? undefined
    : { field: 'nested', input: value['index'] }
}

/** The same put with its index found among the choices. */
export function withIndex(put: Plain | Value, choices: readonly string[]): Plain | Value {
  const found = enumFields(put)
  if (found === undefined) return put
  const index = enumIndex(choices, found.input, found.field === 'value' ? 'value' : 'value.index')
  if (found.field === 'value.index') return { ...put, 'value.index': index }
  return {
    ...put,
    value: found.field === 'nested' ? { ...((put as Plain)['value'] as Plain), index } : { index },
  }
}

/** The choices in a value of an NTEnum. */
export function choicesIn(value: Value): readonly string[] {
  const choices: unknown = value['value.choices']
  return Array.isArray(choices) ? (choices as readonly string[]) : []
}
