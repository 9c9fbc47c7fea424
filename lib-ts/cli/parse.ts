// The words of a command line, read by a declaration.
//
// Not util.parseArgs: it reads the argument -0xf as three options, the last of which swallows the word behind it.
import { didYouMean, quote } from '../input/index.js'
import { UsageError, type Option } from './declare.js'

interface Given {
  readonly text: string
  readonly value: unknown
}

/** What was typed. */
export class Parsed {
  readonly args: readonly string[]
  readonly #values: ReadonlyMap<string, readonly Given[]>

  constructor(args: readonly string[], values: ReadonlyMap<string, readonly Given[]>) {
    this.args = args
    this.#values = values
  }

  /** The value of an option; of several the last. */
  of<T>(option: Option<T>): T | undefined {
    return this.#values.get(option.name)?.at(-1)?.value as T | undefined
  }

  /** Its text as it was typed. */
  text(option: Option): string | undefined {
    return this.#values.get(option.name)?.at(-1)?.text
  }

  /** The values of an option that may be given more than once. */
  all<T>(option: Option<T>): readonly T[] {
    return (this.#values.get(option.name) ?? []).map(({ value }) => value as T)
  }
}

/** Whether an argument that begins with a dash is a number, or a list of numbers, and so never an option. */
export function isNumeric(word: string): boolean {
  return /^-(\.?\d|(inf|infinity|nan)(,|$))/i.test(word)
}

interface Occurrence {
  readonly option: Option
  readonly text: string
  /** How it was typed. */
  readonly typed: string
}

/** Splits the words into options and arguments, and reads the values. */
export function parse(words: readonly string[], options: readonly Option[]): Parsed {
  const scanned = scan(words, options)
  const values = new Map<string, Given[]>()
  for (const { option, text, typed } of scanned.options) {
    const target = option.stands?.for ?? option
    const given = option.stands?.text ?? text
    const known = values.get(target.name) ?? []
    values.set(target.name, [...known, { text: given, value: target.read(given, typed) }])
  }
  return new Parsed(scanned.args, values)
}

/** Whether one of these options is there, whatever else is wrong. */
export function asksFor(words: readonly string[], options: readonly Option[], wanted: Option): boolean {
  try {
    return scan(words, options).options.some(({ option }) => option === wanted)
  } catch {
    const end = words.indexOf('--')
    return words.slice(0, end < 0 ? undefined : end).includes(`--${wanted.name}`)
  }
}

function scan(
  words: readonly string[],
  options: readonly Option[],
): { args: readonly string[]; options: readonly Occurrence[] } {
  const args: string[] = []
  const found: Occurrence[] = []
  const rest = [...words]
  const take = (option: Option, typed: string, inline?: string): void => {
    const text = option.value === undefined ? '' : (inline ?? rest.shift())
    if (text === undefined) throw new UsageError(`option ${typed} needs a value: ${typed} ${option.value}`)
    if (option.value === undefined && inline !== undefined)
      throw new UsageError(`option ${typed} takes no value, and ${quote(inline)} was given`)
    found.push({ option, text, typed })
  }
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') return { args: [...args, ...rest], options: found }
    if (word === '-' || !word.startsWith('-') || isNumeric(word)) args.push(word)
    else if (word.startsWith('--')) takeLong(word, options, take)
    else takeShort(word, options, take)
  }
  return { args, options: found }
}

type Take = (option: Option, typed: string, inline?: string) => void

function takeLong(word: string, options: readonly Option[], take: Take): void {
  const cut = word.indexOf('=')
  const typed = cut < 0 ? word : word.slice(0, cut)
  const option = options.find(({ name }) => `--${name}` === typed)
  if (option === undefined) {
    throw unknownOption(
      typed,
      options.map(({ name }) => `--${name}`),
    )
  }
  take(option, typed, cut < 0 ? undefined : word.slice(cut + 1))
}

/** Letters that may be joined, the last one with its value: -vw2. */
function takeShort(word: string, options: readonly Option[], take: Take): void {
  for (let at = 1; at < word.length; at++) {
    const letter = word[at]
    const typed = `-${letter}`
    const option = options.find(({ short }) => short === letter)
    if (option === undefined) {
      // -json is a long option with a dash too few; -vx has one letter that is not there.
      const long = options.map(({ name }) => `--${name}`)
      const meant = word.length > 2 ? didYouMean(`-${word}`, long) : ''
      throw new UsageError(`unknown option ${quote(meant === '' ? typed : word)}${meant}`)
    }
    const rest = option.value === undefined || at + 1 === word.length ? undefined : word.slice(at + 1)
    take(option, typed, rest)
    if (rest !== undefined) return
  }
}

function unknownOption(typed: string, names: readonly string[]): UsageError {
  return new UsageError(`unknown option ${quote(typed)}${didYouMean(typed, names)}`)
}
