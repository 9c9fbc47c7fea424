// The value of --format, read. Apart from the formats themselves, which help and usage errors do not need.
import { didYouMean, quote } from '../../input/index.js'
import { UsageError } from '../declare.js'

export const FORMATS = ['line', 'delta', 'tree', 'json', 'csv', 'raw'] as const
export type FormatName = (typeof FORMATS)[number]

/** A format by its name, or a template, read. */
export type Format = FormatName | Template

/** The option's text: one of the names, or any text with a brace. */
export function formatOf(text: string, option: string): Format {
  const name = FORMATS.find((candidate) => candidate === text)
  if (name !== undefined) return name
  if (text.includes('{')) return templateOf(text, option)
  throw new UsageError(
    `${option}: ${quote(text)} is not a format${didYouMean(text, FORMATS)} (${FORMATS.join(', ')}, or a template with {…})`,
  )
}

/** Text, and paths between it. */
export type Template = readonly Part[]

type Part = { readonly text: string } | { readonly path: string }

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', '\\': '\\' }

/** Reads a template: `{path}`, `{{` and `}}` for braces, `\n` and `\t`. */
function templateOf(text: string, option: string): Template {
  const parts: Part[] = []
  let rest = text.replace(/\\([nt\\])/g, (_, letter: string) => ESCAPES[letter] ?? '')
  const wrong = (what: string): UsageError => new UsageError(`${option}: the template ${quote(text)} ${what}`)
  while (rest !== '') {
    const [, plain = ''] = /^([^{}]*)/.exec(rest) ?? []
    if (plain !== '') parts.push({ text: plain })
    rest = rest.slice(plain.length)
    if (rest.startsWith('{{') || rest.startsWith('}}')) {
      parts.push({ text: rest.slice(0, 1) })
      rest = rest.slice(2)
    } else if (rest.startsWith('}')) throw wrong('has a } without a {; a brace itself is }}')
    else if (rest !== '') {
      const [all, path = ''] = /^\{([^{}]*)\}/.exec(rest) ?? []
      if (all === undefined) throw wrong('has a { without a }; a brace itself is {{')
      if (path.trim() === '') throw wrong('has an empty {}')
      parts.push({ path: path.trim() })
      rest = rest.slice(all.length)
    }
  }
  return parts
}
