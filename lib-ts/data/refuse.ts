import { ConversionError, NoFieldError } from '../errors.js'
import { quote } from './quote.js'

/** The error for a value that does not fit; `why` follows the value, as in `300 is out of range`. */
export function unfit(path: string, x: unknown, code: string, why: string, cause?: unknown): ConversionError {
  const place = path === '' ? 'the value' : `field ${quote(path)}`
  const message = `${place} (${code}): ${quote(x)} ${why}`
  return new ConversionError(message, { path, ...(cause === undefined ? {} : { cause }) })
}

/** The error for a path that leads nowhere; `at` is how far it leads, `fields` what exists there. */
export function noField(path: string, at: string, fields: readonly string[]): NoFieldError {
  const place = at === '' ? '' : ` in ${quote(at)}`
  const there = fields.length === 0 ? `nothing${place} has fields` : `there is ${listed(fields)}${place}`
  return new NoFieldError(`no field ${quote(path)}: ${there}`, { path, fields })
}

const MOST_LISTED = 40

function listed(fields: readonly string[]): string {
  if (fields.length <= MOST_LISTED) return fields.join(', ')
  return `${fields.slice(0, MOST_LISTED).join(', ')} and ${fields.length - MOST_LISTED} more`
}
