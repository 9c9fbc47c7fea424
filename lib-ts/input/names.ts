import { InvalidArgumentError } from '../errors.js'
import { quote } from './quote.js'

const LONGEST = 1024 // bytes of UTF-8
const PLAIN = /^[!-9;-~]{1,1024}$/ // nearly every name: ASCII, no space, no colon of a scheme
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/
const SURROGATE = /\p{Surrogate}/u
const utf8 = new TextEncoder()
const SCHEME = /^(pva|ca):\/\//i

/**
 * Checks a PV name and returns it as it goes out: without a leading `pva://`.
 *
 * @throws InvalidArgumentError that says what is wrong with it
 */
export function pvName(name: unknown, op: string): string {
  if (typeof name !== 'string')
    throw invalid(`a PV name is text, not ${quote(name)}${Array.isArray(name) ? severalBy(op) : ''}`, op)
  if (PLAIN.test(name)) return name
  const scheme = SCHEME.exec(name)?.[1]?.toLowerCase()
  if (scheme === 'ca') {
    throw invalid(
      `${quote(name)} asks for Channel Access, and this is a PVAccess library: use the name without ca://`,
      op,
    )
  }
  const bare = scheme === 'pva' ? name.slice('pva://'.length) : name
  const fault = faultOf(bare)
  if (fault !== undefined) throw invalid(`${quote(name)} is not a PV name: ${fault}`, op)
  return bare
}

/** The call that takes several names, where there is one. */
function severalBy(op: string): string {
  const other = { get: 'getAll', monitor: 'monitorAll' }[op]
  return other === undefined ? '' : `: ${other} takes several`
}

function faultOf(name: string): string | undefined {
  if (name === '') return 'it is empty'
  if (name.length > LONGEST || utf8.encode(name).length > LONGEST) return `it is longer than ${LONGEST} bytes`
  if (CONTROL.test(name)) return 'it holds control characters'
  if (SURROGATE.test(name)) return 'it holds a lone surrogate'
  if (name.trim() !== name) return 'it has white space at its ends'
  return undefined
}

/** PV names in a list, each checked; the error says which one is wrong. */
export function pvNames(names: unknown, op: string): string[] {
  if (!Array.isArray(names)) throw invalid(`a list of PV names is an array, not ${quote(names)}`, op)
  return Array.from(names as readonly unknown[], (name) => pvName(name, op))
}

function invalid(message: string, op: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { op })
}
