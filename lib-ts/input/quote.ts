const CUT = 60

const LONE_SURROGATE = /\p{Surrogate}/u // with the u flag, pairs are read as the character they make
// ES2024's, which every supported Node has, at a tenth of the pattern's price.
const native = (String.prototype as { isWellFormed?: () => boolean }).isWellFormed

/** Whether text can be written as UTF-8. */
export function isWellFormed(text: string): boolean {
  return native === undefined ? !LONE_SURROGATE.test(text) : native.call(text)
}

/** A value as an error message shows it: short, on one line, without control characters, never throwing. */
export function quote(x: unknown): string {
  switch (typeof x) {
    case 'string':
      return x.length > CUT ? `${escaped(x.slice(0, CUT))}… (${x.length} characters)` : escaped(x)
    case 'bigint':
      return cut(`${digits(x)}n`)
    case 'number':
      return Object.is(x, -0) ? '-0' : String(x)
    case 'function':
      return 'a function'
    case 'object':
      return x === null ? 'null' : quoteObject(x)
    default:
      return String(x)
  }
}

/** Text in quotes, all of it, without control characters. JSON leaves DEL and the C1 ones as they are; a terminal does not. */
export function escaped(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\u009f]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)
}

// A bigint of a million digits takes seconds to print.
function digits(x: bigint): string {
  return BigInt.asIntN(256, x) === x ? String(x) : `${x < 0n ? '-' : ''}(more than 255 bits)`
}

function cut(text: string): string {
  return text.length > CUT ? `${text.slice(0, CUT)}…` : text
}

function quoteObject(x: object): string {
  try {
    if (Array.isArray(x)) return `an array of ${x.length}`
    if (ArrayBuffer.isView(x)) return `${tagOf(x)} of ${x.byteLength} bytes`
    const name: unknown = (Object.getPrototypeOf(x) as { constructor?: { name?: unknown } } | null)
      ?.constructor?.name
    if (name === 'Object' || typeof name !== 'string' || name === '') return 'an object'
    return cut(x instanceof Date ? `Date ${String(x.getTime())}` : `${escaped(name).slice(1, -1)} object`)
  } catch {
    return 'an object that cannot be read' // a Proxy whose traps throw; the caller is already reporting it
  }
}

function tagOf(x: object): string {
  return Object.prototype.toString.call(x).slice(8, -1)
}

/** Whether PVAccess and this package take it as the name of a field. */
export function isFieldName(text: string): boolean {
  return FIELD_NAME.test(text)
}

const FIELD_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/**
 * Text of the network for a terminal or a log, which may have lines: controls, which could be escape sequences,
 * separators of lines, controls of the writing direction and lone surrogates become `\x1b`, `\u202e`.
 */
export function escapeControls(text: string): string {
  return PLAIN.test(text) ? text : text.replace(UNSAFE, (c) => (c === '\n' || c === '\t' ? c : visible(c)))
}

/** The same for text that stays on one line: a line break and a tab become `\n` and `\t` too. */
export function escapeLine(text: string): string {
  return PLAIN.test(text) ? text : text.replace(UNSAFE, visible)
}

const PLAIN = /^[ -~]*$/ // nearly all text
// With the u flag, a surrogate pair is one character and not a surrogate.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Surrogate}/gu
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function visible(c: string): string {
  const code = c.charCodeAt(0)
  const hex = code.toString(16)
  return SHORT[c] ?? (code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`)
}
