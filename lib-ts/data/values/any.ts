import { InvalidArgumentError } from '../../errors.js'
import { isTypeCode, type TypeCode } from '../types/codes.js'
import { typed } from './compound.js'
import { toCell } from './convert.js'
import type { AnyValue, CodeType, Read, TypeBuilder } from '../types/infer.js'
import { quote } from '../../input/index.js'
import { Stage } from './stage.js'
import { plainType, typeDefOf, type TypeDef } from '../types/typedef.js'

/**
 * A value with its type, for an `any` field: a plain value written there gets the type it suggests, this one keeps its own.
 *
 * @param type a type code, a TypeDef, or a builder of one
 * @throws {@link ConversionError} when the value does not fit the type, {@link InvalidArgumentError} when that is none
 * @example
 * const Settings = new TypeDef('struct', { parameters: 'any', extra: 'any' })
 * const m = Settings.create({ parameters: any('uint8', 7) })
 * m.extra = any(new TypeDef('struct', { position: 'float64' }), { position: 3.5 })
 */
export function any<const C extends TypeCode>(
  type: C,
  value: unknown,
): AnyValue & { readonly value: CodeType<C> }
export function any<T>(
  type: TypeDef<T> | TypeBuilder<T>,
  value: unknown,
): AnyValue & { readonly value: Read<T> }
export function any(type: unknown, value: unknown): AnyValue {
  const known = isTypeCode(type) ? plainType(type) : typeDefOf(type)
  if (known === undefined)
    throw new InvalidArgumentError(`any() takes a type first, and ${quote(type)} is none`)
  return typed(known, toCell(known, value, '', { stage: new Stage(), target: undefined, depth: 2 }))
}
