import { InvalidArgumentError } from '../errors.js'
import { quote } from './quote.js'

/** A user's options object, without a key that nobody reads: a misspelt option must not pass in silence. */
export function checkOptions(options: unknown, known: readonly string[], where: string): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new InvalidArgumentError(`the options of ${where} must be an object, not ${quote(options)}`)
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new InvalidArgumentError(`${where} has no option ${quote(key)}; it has ${known.join(', ')}`)
    }
  }
}
