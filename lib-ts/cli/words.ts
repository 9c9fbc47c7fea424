// From the text of a value to the value, by the type that the server has.
import { TypeDef } from '../data/index.js'
import { ConversionError } from '../errors.js'
import { isPlainObject, quote } from '../input/index.js'
import { csvRows } from './csv.js'
import { UsageError } from './declare.js'
import { exactJson, notJson } from './exact-json.js'
import { hasChoices, isColumns } from './output/reading.js'

/** A text that was typed, or read from a file or stdin. */
export interface Word {
  readonly text: string
  /** What a complaint calls it. */
  readonly where: string
  /** It came from a file or stdin: a newline ends it, and an array has a line for each element. */
  readonly stream: boolean
}

/** How text is read: by the type, as it is, as JSON, as CSV with a header, as a cell of CSV. */
export type Reading = 'typed' | 'text' | 'json' | 'csv' | 'cell'

/** What the server holds in the field, as far as it matters. */
export interface Present {
  /** The labels of an enum. */
  readonly choices?: readonly string[]
  /** The selected member of a union. */
  readonly selected?: string | undefined
}

/**
 * What the words mean for a field of that type, in the form that a write takes. `path` names the field in a complaint.
 *
 * @throws UsageError for text that is not JSON or CSV where it has to be, ConversionError for what does not fit the type
 */
export function contentOf(
  type: TypeDef,
  words: readonly Word[],
  how: Reading,
  path: string,
  present: Present = {},
): unknown {
  const [word] = words
  if (word === undefined) throw new UsageError('a value is wanted')
  if (type.code.endsWith('[]')) return arrayOf(type, words, how, path)
  if (words.length > 1) throw unfit(path, `takes one value, and ${words.length} were given`)
  if (how === 'json') return jsonOf(type, word)
  switch (type.code) {
    case 'struct':
      return structureOf(type, word, how, path, present)
    case 'union':
    case 'any':
      return heldOf(type, word, how, path, present)
    default:
      return scalarOf(type, word, how)
  }
}

function unfit(path: string, why: string): ConversionError {
  return new ConversionError(`${path === '' ? 'the value' : path} ${why}`, { path })
}

function jsonOf(type: TypeDef, { text, where }: Word): unknown {
  const json = exactJson(text, type)
  if (json === undefined) throw notJson(text, where)
  return json
}

/** The text without the newline that ends it. */
function lineOf({ text, stream }: Word): string {
  return stream ? text.replace(/\r?\n$/, '') : text
}

/** A whole JSON string is what it stands for; any other text is itself. */
function unquoted(text: string): string {
  if (!/^\s*"[^]*"\s*$/.test(text)) return text
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'string' ? json : text
  } catch {
    return text
  }
}

function scalarOf({ code }: TypeDef, word: Word, how: Reading): unknown {
  const text = how === 'cell' ? word.text : lineOf(word)
  if (code === 'string') return how === 'typed' ? unquoted(text) : text
  if (code !== 'bool') return text
  const bare = text.trim()
  return bare === '1' ? true : bare === '0' ? false : text
}

function arrayOf(type: TypeDef, words: readonly Word[], how: Reading, path: string): unknown {
  const { element } = type
  const [word] = words
  if (words.length > 1) {
    if (words.some(({ stream }) => stream)) throw unfit(path, 'takes its elements from one place')
    return words.map((one) => contentOf(element, [one], how, path))
  }
  if (word === undefined) return []
  if (how === 'json') return jsonOf(type, word)
  const { text, stream, where } = word
  if (!(how === 'text' && element.code === 'string') && /^\s*\[/.test(text)) {
    const json = exactJson(text, type)
    if (Array.isArray(json)) return json
    // Numbers need no quotes: [1, nan, 0x10].
    const inner = /^\s*\[([^"[\]{}]*)\]\s*$/.exec(text)?.[1]
    if (inner !== undefined && isPlain(element)) return elements(element, inner.split(','), how)
    if (element.code !== 'string') throw notJson(text, where)
  }
  if (!isPlain(element) && element.code !== 'string') throw notJson(text, where)
  if (text === '' && (stream || element.code !== 'string')) return []
  if (stream) {
    const lines = lineOf(word).split(/\r?\n/)
    // A file may end in blank lines; they are elements of an array of text alone.
    if (element.code !== 'string') while (lines.length > 0 && lines.at(-1)?.trim() === '') lines.pop()
    const [only = ''] = lines
    return lines.length === 1 && element.code !== 'string'
      ? elements(element, only.split(','), how)
      : elements(element, lines, how)
  }
  return elements(element, element.code === 'string' ? [text] : text.split(','), how)
}

function elements(element: TypeDef, texts: readonly string[], how: Reading): unknown[] {
  return texts.map((text) => scalarOf(element, { text, where: '', stream: false }, how))
}

/** Whether it is a number or a boolean, whose text has neither commas nor brackets. */
function isPlain({ code }: TypeDef): boolean {
  return /^(bool|u?int\d+|float\d+)$/.test(code)
}

function structureOf(type: TypeDef, word: Word, how: Reading, path: string, present: Present): unknown {
  const { text, where } = word
  if (how === 'csv' && isColumns(type)) return columnsOf(type, word, true)
  const isRows = how === 'typed' && word.stream && isColumns(type)
  const label = how === 'cell' ? text : lineOf(word)
  if (present.choices?.includes(label) === true) return label
  if (how !== 'text' && /^\s*\{/.test(text)) {
    const json = exactJson(text, type)
    // A cell of CSV with a quote in it begins with one, so only {} can be both.
    if (isPlainObject(json) && !(isRows && Object.keys(json).length === 0)) return json
    if (!hasChoices(type) && !isRows) throw notJson(text, where)
  }
  if (hasChoices(type)) return how === 'typed' ? unquoted(label) : label
  if (isRows) return columnsOf(type, word, false)
  throw unfit(
    path,
    `is a structure: give it as JSON, or its fields (${type.members
      .slice(0, 3)
      .map(({ name }) => `${name}=…`)
      .join(' ')})`,
  )
}

/** The columns of a table, of CSV with a header or without. */
function columnsOf(type: TypeDef, { text, where }: Word, header: boolean): Record<string, unknown> {
  const rows = csvRows(text, where)
  const names = header ? rows.shift() : type.members.map(({ name }) => name)
  if (names === undefined) throw new UsageError(`${where}: a header is wanted`)
  const columns = names.map((name) => {
    const member = type.members.find((candidate) => candidate.name === name)
    if (member === undefined || names.indexOf(name) !== names.lastIndexOf(name))
      throw new UsageError(
        `${where}:1: ${quote(name)} is not ${member === undefined ? 'a column of the table' : 'there once'} (${type.members.map((one) => one.name).join(', ')})`,
      )
    return { name, element: member.type.element, cells: [] as string[] }
  })
  const many = columns.length > 1
  rows.forEach((row, k) => {
    if (many && row.length === 1 && row[0] === '') return // a blank line
    if (row.length !== columns.length)
      throw new UsageError(
        `${where}: row ${k + 1} has ${row.length} fields, and there are ${columns.length} columns`,
      )
    row.forEach((cell, column) => columns[column]?.cells.push(cell))
  })
  return Object.fromEntries(
    columns.map(({ name, element, cells }) => [name, elements(element, cells, 'cell')]),
  )
}

const WORDS: Readonly<Record<string, unknown>> = { true: true, false: false, null: null }

/** What a union or an any is to hold. */
function heldOf(type: TypeDef, word: Word, how: Reading, path: string, { selected }: Present): unknown {
  const text = how === 'cell' ? word.text : lineOf(word)
  const isText = how === 'text'
  const member = type.members.find(({ name }) => name === selected)?.type
  const json = isText ? undefined : exactJson(text, type)
  if (isTagged(json)) return json
  // What it holds now is what it will hold, where the text can be that.
  if (member !== undefined && selected !== undefined) {
    const value = attempt(() => contentOf(member, [word], how, path))
    if (value !== undefined && fits(member, value)) return { select: selected, value }
  }
  if (isText) return text
  const bare = text.trim()
  if (Object.hasOwn(WORDS, bare)) return WORDS[bare]
  if (json !== undefined) return json
  return word.stream && text.includes('\n') ? text.split(/\r?\n/) : text
}

function isTagged(json: unknown): boolean {
  return isPlainObject(json) && 'value' in json && ('select' in json || 'type' in json)
}

function fits(type: TypeDef, value: unknown): boolean {
  return attempt(() => new TypeDef('struct', [type.as('value')]).create({ value } as never)) !== undefined
}

function attempt(make: () => unknown): unknown {
  try {
    return make()
  } catch (error) {
    if (error instanceof ConversionError || error instanceof UsageError) return undefined
    throw error
  }
}
