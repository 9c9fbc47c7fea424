// What PVAccess allows of names, ids and depths.
import { InvalidArgumentError } from '../../errors.js'
import { isFieldName, isWellFormed, quote } from '../../input/index.js'
import { isMembered, type TypeCode } from './codes.js'

/**
 * PVXS, and so every peer built on it, refuses a description nested deeper than this; the root is at 0 and an array of
 * structures counts twice, as it does on the wire.
 */
export const MAX_DEPTH = 20

/** @throws {@link InvalidArgumentError} that quotes the name when it is not a field name */
export function checkName(name: unknown): asserts name is string {
  if (typeof name !== 'string' || !isFieldName(name)) {
    throw new InvalidArgumentError(
      `${quote(name)} is not a field name: letters, digits and _, no digit first`,
    )
  }
}

/** The id, if a type of this code may have it. */
export function checkId(code: TypeCode, id: unknown): string {
  if (typeof id !== 'string') throw new InvalidArgumentError(`a type id is text, not ${quote(id)}`)
  if (id !== '' && !isMembered(code))
    throw new InvalidArgumentError(`${code} has no id, and was given ${quote(id)}`)
  if (!isWellFormed(id)) throw new InvalidArgumentError(`the type id ${quote(id)} holds a lone surrogate`)
  return id
}

export function typeTooDeep(): InvalidArgumentError {
  return new InvalidArgumentError(`types may nest ${MAX_DEPTH} deep, and this one nests deeper`)
}
