import { InvalidArgumentError } from '../../errors.js'
import { tagged } from './compound.js'
import type { UnionValue } from '../types/infer.js'
import { quote } from '../../input/index.js'

/**
 * A value for a certain member of a `union` field; a plain value written there goes to the first member that takes it.
 *
 * @throws {@link InvalidArgumentError} when the member's name is no text; whether there is such a member, and whether the
 *   value fits it, is seen when it is written
 * @example
 * const Message = new TypeDef('struct', { choice: new TypeDef('union', { number: 'float64', text: 'string' }) })
 * const m = Message.create({ choice: union('text', '5') })
 * m.choice?.select // → 'text'
 */
export function union<const N extends string, const V>(member: N, value: V): UnionValue<N, V> {
  if (typeof member !== 'string')
    throw new InvalidArgumentError(`a member's name is text, not ${quote(member)}`)
  return tagged(member, value) as UnionValue<N, V>
}
