// What a put is told to write: PVs, their fields, and where the text of each value comes from.
import type { CommandContext } from './context.js'
import { UsageError } from './declare.js'
import { csvRows } from './csv.js'
import { checkedName, textOf } from './names.js'
import { quote } from '../input/index.js'
import { CSV_HEADER } from './output/plain.js'
import type { Reading, Word } from './words.js'

/** What one PV is to be given. */
export interface Assignment {
  readonly name: string
  readonly fields: readonly FieldWords[]
}

export interface FieldWords {
  /** The path that was typed; undefined for the value, or the whole of a structure. */
  readonly path: string | undefined
  readonly words: readonly Word[]
  readonly how: Reading
}

const FIELD = /^([A-Za-z_]\w*(?:(?:\.|->)[A-Za-z_]\w*)*)=([^]*)$/

/**
 * The assignments of a command line. The first argument decides: where it has a `=`, all are NAME=VALUE; else it is the
 * PV, and what follows are its values, or its fields where each has a path before its first `=`.
 */
export async function assignmentsOf(
  context: CommandContext,
  named: string | undefined,
  how: Reading,
): Promise<Assignment[]> {
  const { args } = context
  const [first = '', ...rest] = args
  if (named !== undefined) return [await onePv(context, checkedName(named), args, how)]
  if (args.length === 0) throw new UsageError('no PV is named')
  if (how === 'csv' && rest.length === 0 && isSource(first)) return fromCsv(await read(context, first, how))
  if (!first.includes('=')) return [await onePv(context, checkedName(first), rest, how)]
  const made: Assignment[] = []
  for (const arg of args) {
    const cut = arg.indexOf('=')
    if (cut < 0)
      throw new UsageError(
        `${quote(arg)} is not NAME=VALUE, as the first argument is; --pv NAME gives a name that has a = itself`,
      )
    const word = await read(context, arg.slice(cut + 1), how)
    made.push({
      name: checkedName(arg.slice(0, cut)),
      fields: [{ path: undefined, words: [word], how }],
    })
  }
  return made
}

async function onePv(
  context: CommandContext,
  name: string,
  values: readonly string[],
  how: Reading,
): Promise<Assignment> {
  if (values.length === 0) throw new UsageError(`a value for ${quote(name)} is wanted`)
  const matches = how === 'text' || how === 'csv' ? [] : values.map((value) => FIELD.exec(value))
  if (matches.length > 0 && matches.every((match) => match !== null)) {
    const paths = matches.map(([, path = '']) => path)
    const twice = paths.find((path, k) => paths.indexOf(path) !== k)
    if (twice !== undefined) throw new UsageError(`the field ${twice} is given twice`)
    const fields = []
    for (const [, path, text = ''] of matches)
      fields.push({ path, words: [await read(context, text, how)], how })
    return { name, fields }
  }
  const words = []
  for (const value of values) words.push(await read(context, value, how))
  return { name, fields: [{ path: undefined, words, how }] }
}

function isSource(text: string): boolean {
  return text === '-' || /^@[^@]/.test(text)
}

/** A value as it was typed, of stdin for `-`, or of a file for `@FILE`; `@@` is an @ of the text. */
async function read(context: CommandContext, text: string, how: Reading): Promise<Word> {
  if (text === '-') return { text: await textOf('-', context.signal), where: 'stdin', stream: true }
  if (how === 'text' || !text.startsWith('@')) return { text, where: quote(text), stream: false }
  if (text.startsWith('@@')) return { text: text.slice(1), where: quote(text.slice(1)), stream: false }
  const file = text.slice(1)
  if (file === '') throw new UsageError('@ wants the name of a file; @@ is an @ of the text')
  return { text: await textOf(file, context.signal), where: file, stream: true }
}

/** The PVs and values of CSV as `get --csv` writes it. */
function fromCsv({ text, where }: Word): Assignment[] {
  const rows = csvRows(text, where)
  const cells = cellsOf(rows, where)
  if (cells.length === 0) throw new UsageError(`${where} has no PV`)
  return cells.map(({ name, word }, k) => ({
    name: checkedName(name, `${where}, row ${k + 1}: `),
    fields: [{ path: undefined, words: [word], how: 'cell' as const }],
  }))
}

/** The cell that is meant for one PV, of CSV as `get --csv` writes it. */
export function cellFor(name: string, { text, where }: Word): Word {
  const cells = cellsOf(csvRows(text, where), where).filter((cell) => cell.name === name)
  const [cell] = cells
  if (cell === undefined || cells.length > 1)
    throw new UsageError(
      `${where} has ${cell === undefined ? 'no row' : `${cells.length} rows`} for ${quote(name)}`,
    )
  return cell.word
}

function cellsOf(rows: readonly (readonly string[])[], where: string): { name: string; word: Word }[] {
  const [header = [], ...body] = rows
  const name = header.indexOf('name')
  const value = header.indexOf('value')
  if (name < 0 || value < 0)
    throw new UsageError(`${where}: its first line has to name the columns, as ${CSV_HEADER.join(',')} does`)
  return body
    .filter((row) => row.length > 1 || row[0] !== '')
    .map((row, k) => {
      const at = row[name]
      const text = row[value]
      if (at === undefined || text === undefined || row.length !== header.length)
        throw new UsageError(
          `${where}: row ${k + 1} has ${row.length} fields, and there are ${header.length} columns`,
        )
      return { name: at, word: { text, where: `${where}, row ${k + 1}`, stream: false } }
    })
}
