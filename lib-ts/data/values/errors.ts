import { ConversionError, InvalidArgumentError, NoFieldError } from '../../errors.js'
import { quote } from '../../input/index.js'
import { MAX_DEPTH } from '../types/rules.js'

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
  const part = partOfScalar(path, at, fields)
  if (part !== undefined)
    return new NoFieldError(
      `no field ${quote(path)}: ${there}; an NTScalar of numbers has it when made with { ${part}: true }`,
      { path, fields },
    )
  return new NoFieldError(`no field ${quote(path)}: ${there}`, { path, fields })
}

/** The option of NTScalar that would bring the field; undefined where the type does not look like one. */
function partOfScalar(path: string, at: string, fields: readonly string[]): string | undefined {
  if (at === 'display' && fields.includes('units') && /^display\.(precision|form)\b/.test(path)) return 'form'
  if (at !== '' || !fields.includes('value') || !fields.includes('timeStamp')) return undefined
  return /^(display|control|valueAlarm)\b/.exec(path)?.[0]
}

/** The error for what nests too deep. It names the field at most three steps down: a value that holds itself has endless paths. */
export function tooDeep(path: string, x: unknown, code: string): ConversionError {
  const [field = ''] = /^(?:\.?[^.[]+|\[\d+\]){0,3}/.exec(path) ?? []
  return unfit(field, x, code, `nests deeper than ${MAX_DEPTH}, or holds itself`)
}

/** @throws InvalidArgumentError for a path that is not text */
export function checkPath(path: unknown, op: string): void {
  if (typeof path !== 'string') throw new InvalidArgumentError(`a path is text, not ${quote(path)}`, { op })
}

/** Whether an error says that a value does not fit, rather than that it could not be read. */
export function isUnfit(error: unknown): boolean {
  return error instanceof ConversionError || error instanceof NoFieldError
}

const MOST_LISTED = 40

function listed(fields: readonly string[]): string {
  if (fields.length <= MOST_LISTED) return fields.join(', ')
  return `${fields.slice(0, MOST_LISTED).join(', ')} and ${fields.length - MOST_LISTED} more`
}
