// What may stand at the end of a command line, from the declarations.
import { isNumeric } from './parse.js'
import type { Command, Option } from './declare.js'
import { optionsOf } from './help.js'
import * as options from './options.js'
import type { CommandTable } from './table.js'

/** The words that fit, or the names of files. */
export type Completion =
  { readonly kind: 'words'; readonly words: readonly string[] } | { readonly kind: 'files' }

/** Gives the names of PVs that are known. */
export type Names = () => Promise<readonly string[]>

const nothing: Completion = { kind: 'words', words: [] }

/** Completes the last of the words that stand behind the name of the program. */
export async function complete(
  table: CommandTable,
  words: readonly string[],
  names: Names,
): Promise<Completion> {
  const current = words.at(-1) ?? ''
  const [name = ''] = words
  if (words.length < 2) {
    const general = options.shared.general.map((option) => `--${option.name}`)
    return fitting(current.startsWith('-') ? general : [...Object.keys(table), 'help'], current)
  }
  if (name === 'help') return words.length === 2 ? fitting(Object.keys(table), current) : nothing
  const listed = Object.hasOwn(table, name) ? table[name] : undefined
  if (listed === undefined) return nothing
  return ofCommand(await listed.load(), table, words.slice(1, -1), current, names)
}

function fitting(words: readonly string[], current: string): Completion {
  return { kind: 'words', words: words.filter((word) => word.startsWith(current)) }
}

async function ofCommand(
  command: Command,
  table: CommandTable,
  before: readonly string[],
  current: string,
  names: Names,
): Promise<Completion> {
  const known = optionsOf(command)
  const { args, open, ended } = read(before, known)
  if (open !== undefined) return ofOption(open, current, '', names)
  if (!ended && current.startsWith('-') && current !== '-' && !isNumeric(current)) {
    const cut = current.indexOf('=')
    const long = known.find(({ name }) => cut > 0 && current.slice(0, cut) === `--${name}`)
    if (long !== undefined) return ofOption(long, current.slice(cut + 1), current.slice(0, cut + 1), names)
    return fitting(
      known.map(({ name }) => `--${name}`),
      current,
    )
  }
  const what = command.completes
  if (what === undefined) return nothing
  if (typeof what !== 'string') return args === 0 ? fitting(what, current) : nothing
  const many = command.forms.some((form) => /^(NAME|SERVER|FILE)…/.test(form))
  return args > 0 && !many ? nothing : of(what, table, current, names)
}

async function of(
  what: 'pv' | 'server' | 'file' | 'command',
  table: CommandTable,
  current: string,
  names: Names,
): Promise<Completion> {
  switch (what) {
    case 'pv':
      return fitting(await names(), current)
    case 'file':
      return { kind: 'files' }
    case 'command':
      return fitting(Object.keys(table), current)
    default:
      return nothing
  }
}

/** The value of an option. What is given stands behind `head`: `--format=`. */
async function ofOption(option: Option, current: string, head: string, names: Names): Promise<Completion> {
  if (option.complete === 'file') return { kind: 'files' }
  const words = option.words ?? (option.complete === 'pv' ? await names() : [])
  return { kind: 'words', words: words.filter((word) => word.startsWith(current)).map((word) => head + word) }
}

/** How many arguments stand before, and the option that waits for its value. */
function read(
  words: readonly string[],
  known: readonly Option[],
): { args: number; open: Option | undefined; ended: boolean } {
  let args = 0
  let open: Option | undefined
  for (const [k, word] of words.entries()) {
    if (open !== undefined) open = undefined
    else if (word === '--') return { args: args + words.length - k - 1, open: undefined, ended: true }
    else if (word === '-' || !word.startsWith('-') || isNumeric(word)) args++
    else if (word.startsWith('--')) {
      const option = known.find(({ name }) => `--${name}` === word)
      if (option?.value !== undefined) open = option
    } else open = lastLetter(word, known)
  }
  return { args, open, ended: false }
}

/** Of joined letters, the option that waits for a value. */
function lastLetter(word: string, known: readonly Option[]): Option | undefined {
  for (let at = 1; at < word.length; at++) {
    const option = known.find(({ short }) => short === word[at])
    if (option?.value !== undefined) return at + 1 === word.length ? option : undefined
  }
  return undefined
}
