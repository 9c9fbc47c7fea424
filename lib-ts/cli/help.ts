// Help, made from the declarations. No line is longer than 80 columns.
import type { Command, Option } from './declare.js'
import { headings, shared } from './options.js'
import type { CommandTable, Listed } from './table.js'

const WIDTH = 80
const COLUMN = 26

/** The options of a command: its own, then those it shares. */
export function optionsOf(command: Command): readonly Option[] {
  const own = command.options
  const others = [...command.shares, 'general' as const].flatMap((group): readonly Option[] => shared[group])
  return [
    ...own,
    ...others.filter(({ name }) => !own.some((option) => option.name === name)).map(withoutTaken(own)),
  ]
}

// A command's own letter wins over a shared one.
const withoutTaken =
  (own: readonly Option[]) =>
  (option: Option): Option => {
    if (option.short === undefined || !own.some(({ short }) => short === option.short)) return option
    const { short: _short, ...rest } = option
    return rest
  }

/** The help of one command. */
export function commandHelp(command: Command, summary: string): string {
  const { forms, options, shares, notes = [], examples, name } = command
  const all = optionsOf(command)
  const sections = new Map<string, Option[]>()
  const add = (heading: string, list: readonly Option[]): void => {
    sections.set(heading, [...(sections.get(heading) ?? []), ...list])
  }
  add('Options', options)
  for (const group of [...shares, 'general' as const]) {
    add(
      headings[group],
      all.filter(
        (option) =>
          shared[group].some((candidate) => candidate.name === option.name) && !options.includes(option),
      ),
    )
  }
  const lines = [
    ...forms.map((form, k) => `${k === 0 ? 'Usage: ' : '       '}node-pvxs ${name} ${form}`.trimEnd()),
    '',
    ...wrapped(`${summary}.`, 0),
    ...notes.flatMap((note) => ['', ...wrapped(note, 0)]),
  ]
  for (const [heading, list] of sections) {
    if (list.length > 0) lines.push('', `${heading}:`, ...list.flatMap(optionLines))
  }
  lines.push('', 'Examples:', ...examples.map((example) => `  ${example}`))
  return `${lines.join('\n')}\n`
}

/** The help of the whole: every command with its line. */
export function overview(table: CommandTable): string {
  const groups = new Map<string, [string, Listed][]>()
  for (const entry of Object.entries(table)) {
    const { group } = entry[1]
    groups.set(group, [...(groups.get(group) ?? []), entry])
  }
  const lines = ['Usage: node-pvxs COMMAND [options] [arguments]', '']
  for (const [group, members] of groups) {
    lines.push(
      `${group}:`,
      ...members.flatMap(([name, { summary }]) => twoColumns(`  ${name}`, summary, 14)),
      '',
    )
  }
  lines.push(
    ...wrapped(
      'node-pvxs COMMAND --help tells about one of them. Exit codes: 0 done, 1 refused, 2 usage, 3 not found or out of time, 4 disconnected.',
      0,
    ),
  )
  return `${lines.join('\n')}\n`
}

function optionLines({ name, short, value, help }: Option): string[] {
  const word = value === undefined ? '' : ` ${value}`
  return twoColumns(`  ${short === undefined ? '   ' : `-${short},`} --${name}${word}`, help, COLUMN)
}

function twoColumns(left: string, right: string, column: number): string[] {
  const lines = wrapped(right, column)
  if (left.length >= column - 1) return [left, ...lines]
  return [left.padEnd(column) + (lines[0] ?? '').trimStart(), ...lines.slice(1)]
}

/** Text broken between words, every line indented. */
function wrapped(text: string, indent: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].map((one) => ' '.repeat(indent) + one)
}
