// The first value of a PV, from the text of its definition.
import { memberNamed, type TypeDef } from '../../data/index.js'
import { quote } from '../../input/index.js'
import { UsageError } from '../declare.js'
import { contentOf } from '../words.js'
import type { Kind } from './kinds.js'

/**
 * What the field `value` of a PV of that type begins with, read as `put` reads it.
 *
 * @throws UsageError or ConversionError for text that does not fit the type
 */
export function firstValue(kind: Kind, type: TypeDef, text: string, where: string): unknown {
  if (kind.kind === 'image') throw new UsageError(`${where}: an image begins black: it takes no value`)
  if (kind.kind === 'enum') return { index: indexOf(kind.choices, text, where), choices: kind.choices }
  const value = memberNamed(type, 'value')?.type
  if (value === undefined) return undefined
  // The quotes that text may stand in are gone: what is left of them is its own.
  const how = value.code === 'string' ? 'text' : 'typed'
  return contentOf(value, [{ text, where, stream: false }], how, 'value')
}

// Not as a put does: here the choices are known, and an index that is not among them is a mistake.
function indexOf(choices: readonly string[], text: string, where: string): number {
  const label = choices.indexOf(text)
  const index = label >= 0 ? label : /^\d{1,9}$/.test(text) ? Number(text) : -1
  if (index >= 0 && index < choices.length) return index
  throw new UsageError(
    `${where}: ${quote(text)} is not one of ${choices.map(quote).join(', ')}, and not the index of one`,
  )
}
