// What a command is. Parsing, help, completion and the page of the guide are made from this one declaration.
import { didYouMean, quote } from '../input/index.js'
import type { CommandContext } from './context.js'
import type { shared } from './options.js'

/** An option. `T` is what its text becomes, `true` for a switch. */
export interface Option<T = unknown> {
  /** The long name, without dashes. */
  readonly name: string
  /** The letter. */
  readonly short?: string
  /** What help calls its value; absent for a switch. */
  readonly value?: string
  /** Values that completion offers. */
  readonly words?: readonly string[]
  readonly complete?: 'file' | 'pv' | 'server'
  readonly help: string
  /** Checks the text and makes the value; throws a {@link UsageError}. */
  readonly read: (text: string, option: string) => T
  /** Short for another option with that text. */
  readonly stands?: { readonly for: Option; readonly text: string }
}

export type Group = 'Values' | 'Servers' | 'History' | 'Tools' | 'Further programs'

export interface Command {
  readonly name: string
  /** Its arguments, a line for each form: `NAME…`. */
  readonly forms: readonly string[]
  /** What the arguments are, for completion. */
  readonly completes?: 'pv' | 'server' | 'file' | 'command' | readonly string[]
  readonly options: readonly Option[]
  /** Groups of options that it shares with others. */
  readonly shares: readonly (keyof typeof shared)[]
  /** Lines below the options in its help. */
  readonly notes?: readonly string[]
  /** Command lines that show it; all of them run. */
  readonly examples: readonly string[]
  run(context: CommandContext): Promise<void>
}

/** What was typed is wrong; nothing was sent. Exit code 2. */
export class UsageError extends Error {}

/** An option without a value. */
export function toggle(name: string, help: string, short?: string): Option<true> {
  return { name, help, ...(short !== undefined && { short }), read: () => true }
}

/** An option with a value. */
export function valued<T>(
  names: string,
  value: string,
  help: string,
  read: Option<T>['read'],
  more: Pick<Option, 'words' | 'complete'> = {},
): Option<T> {
  const [name = '', short] = names.split(' ')
  return { name, ...(short !== undefined && { short }), value, help, read, ...more }
}

/** An option that takes one of these words. */
export function oneOf<W extends string>(names: string, words: readonly W[], help: string): Option<W> {
  return valued(
    names,
    words.join('|'),
    help,
    (text, option) => {
      const word = words.find((candidate) => candidate === text)
      if (word === undefined)
        throw new UsageError(
          `${option}: ${quote(text)} is not one of ${words.join(', ')}${didYouMean(text, words)}`,
        )
      return word
    },
    { words },
  )
}

/** The complaint about a word that is not among those there are. */
export function unknownWord(word: string, words: readonly string[], what: string): UsageError {
  return new UsageError(`${quote(word)} is not ${what}${didYouMean(word, words)} (${words.join(', ')})`)
}
