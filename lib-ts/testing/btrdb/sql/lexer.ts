import { refuse } from '../store/refusal.js'

export interface Token {
  readonly kind: 'word' | 'name' | 'text' | 'number' | 'parameter' | 'sign' | 'end'
  /** A word in lower case; a name in double quotes as it is; text without its quotes. */
  readonly text: string
}

// Longer signs first.
const SIGNS = [
  '->>',
  '->',
  '::',
  '<>',
  '!=',
  '<=',
  '>=',
  '||',
  '(',
  ')',
  ',',
  '*',
  '=',
  '<',
  '>',
  '.',
  '?',
  ';',
  '-',
]

const patterns: readonly (readonly [Token['kind'] | 'space', RegExp])[] = [
  ['space', /(?:\s+|--[^\n]*|\/\*[\s\S]*?\*\/)+/y],
  ['word', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['name', /"(?:[^"]|"")*"/y],
  ['text', /'(?:[^']|'')*'/y],
  ['number', /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y],
  ['parameter', /\$\d+/y],
]

export function tokens(query: string): Token[] {
  const all: Token[] = []
  let at = 0
  while (at < query.length) {
    const [kind, text] = next(query, at)
    at += text.length
    if (kind !== 'space') all.push({ kind, text: plain(kind, text) })
  }
  all.push({ kind: 'end', text: '' })
  return all
}

function next(query: string, at: number): readonly [Token['kind'] | 'space', string] {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at
    const found = pattern.exec(query)
    if (found !== null) return [kind, found[0]]
  }
  const sign = SIGNS.find((one) => query.startsWith(one, at))
  return sign === undefined ? syntaxError(query.slice(at, at + 1)) : ['sign', sign]
}

function plain(kind: Token['kind'], text: string): string {
  if (kind === 'word') return text.toLowerCase()
  if (kind === 'name') return text.slice(1, -1).replaceAll('""', '"')
  if (kind === 'text') return text.slice(1, -1).replaceAll("''", "'")
  return kind === 'parameter' ? text.slice(1) : text
}

export function syntaxError(near: string): never {
  refuse('sql', near === '' ? 'syntax error at end of input' : `syntax error at or near "${near}"`)
}
