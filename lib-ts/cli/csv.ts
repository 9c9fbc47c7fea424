// Reads CSV as RFC 4180 has it; lines may end with LF alone.
import { UsageError } from './declare.js'

const PLAIN = /[^",\r\n]*/y
const SEPARATOR = /,|\r?\n/y

/** The rows of a CSV text. `where` names the text in a complaint. */
export function csvRows(text: string, where: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let at = 0
  while (at < text.length || row.length > 0) {
    const field = text[at] === '"' ? quotedAt(text, at) : plainAt(text, at)
    if (field === undefined) throw broken(text, at, 'a quote that is not closed', where)
    row.push(field.text)
    SEPARATOR.lastIndex = field.end
    const separator = SEPARATOR.exec(text)?.[0]
    if (separator === undefined && field.end < text.length)
      throw broken(text, field.end, 'text beside a quoted field', where)
    at = field.end + (separator?.length ?? 0)
    if (separator === ',') continue
    rows.push(row)
    row = []
  }
  return rows
}

interface Field {
  readonly text: string
  /** Where what follows it begins. */
  readonly end: number
}

function plainAt(text: string, at: number): Field {
  PLAIN.lastIndex = at
  const field = PLAIN.exec(text)?.[0] ?? ''
  return { text: field, end: at + field.length }
}

function quotedAt(text: string, at: number): Field | undefined {
  for (let end = text.indexOf('"', at + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    if (text[end + 1] !== '"') return { text: text.slice(at + 1, end).replaceAll('""', '"'), end: end + 1 }
    end++
  }
  return undefined
}

function broken(text: string, at: number, what: string, where: string): UsageError {
  const line = text.slice(0, at).split('\n').length
  return new UsageError(`${where}:${line}: ${what}`)
}
