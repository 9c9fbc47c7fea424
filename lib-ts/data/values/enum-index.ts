import { ConversionError } from '../../errors.js'
import { quote } from '../../input/index.js'

const SHOWN = 20

/**
 * The index that a label, a numeric text or an index means among the choices an enumeration has now.
 *
 * A label wins over a number that is written the same way: choices are often numbers themselves. Without any choices, as
 * a record has none whose states are not named, every index from 0 is taken, and no label.
 *
 * @param path the field, for the error
 * @throws {@link ConversionError} that shows the choices, when it is not among them
 */
export function enumIndex(choices: readonly string[], input: unknown, path = 'value'): number {
  const index = typeof input === 'string' ? fromText(choices, input) : fromNumber(input)
  const end = choices.length === 0 ? Infinity : choices.length
  if (index !== undefined && index >= 0 && index < end) return index
  const shown = choices.slice(0, SHOWN).map((choice, at) => `${at} ${quote(choice)}`)
  if (choices.length > SHOWN) shown.push(`… ${choices.length} in all`)
  const known =
    choices.length === 0 ? 'there are none, so it takes an index from 0' : `they are ${shown.join(', ')}`
  throw new ConversionError(`${path}: ${quote(input)} is not among the choices: ${known}`, { path })
}

function fromText(choices: readonly string[], text: string): number | undefined {
  const label = choices.indexOf(text)
  if (label >= 0) return label
  const trimmed = text.trim()
  return /^([+-]?\d+|0x[\da-f]+)$/i.test(trimmed) ? Number(trimmed) : undefined
}

function fromNumber(input: unknown): number | undefined {
  if (typeof input === 'number') return Number.isInteger(input) ? input : undefined
  return typeof input === 'bigint' || typeof input === 'boolean' ? Number(input) : undefined
}
