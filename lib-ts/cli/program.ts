// One run of the program: which command, its words, how it ends.
import { didYouMean, escapeControls, quote } from '../input/index.js'
import { CommandContext, type Streams } from './context.js'
import { UsageError } from './declare.js'
import { codeOf, DONE, failureText, USAGE } from './failures.js'
import { commandHelp, optionsOf, overview } from './help.js'
import * as options from './options.js'
import { outsideProgram, runOutside } from './outside.js'
import { asksFor, parse } from './parse.js'
import type { CommandTable, Listed } from './table.js'
import { ownVersion } from './version.js'

export interface Run extends Streams {
  readonly words: readonly string[]
  readonly table: CommandTable
  /** Fires when the run is to end. */
  readonly signal: AbortSignal
}

/** Runs a command line and gives the exit code. */
export async function runProgram(run: Run): Promise<number> {
  const [name = '', ...words] = run.words
  try {
    if (name === 'help' || name === '-h' || name === '--help') return await runHelp(run, words)
    const general = name.startsWith('-') ? parse(run.words, options.shared.general) : undefined
    if (general?.of(options.version) === true)
      return await runVersion(run, general.of(options.verbose) === true)
    if (general !== undefined) throw new UsageError('no command is named')
    const listed = own(run.table, name)
    if (listed !== undefined) return await runCommand(run, listed, words)
    const program = outsideProgram(name)
    if (program !== undefined) return await runOutside(program, words)
    throw name === '' ? new UsageError('no command is named') : unknownCommand(name, run.table)
  } catch (error) {
    return failedToStart(run, error, own(run.table, name) === undefined ? '' : `${name} `)
  }
}

function own(table: CommandTable, name: string): Listed | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}

function unknownCommand(name: string, table: CommandTable): UsageError {
  const names = [...Object.keys(table), 'help']
  return new UsageError(`unknown command ${quote(name)}${didYouMean(name, names)} (${names.join(', ')})`)
}

function failedToStart({ stderr, signal }: Run, error: unknown, command: string): number {
  if (signal.aborted) return DONE
  const usage = error instanceof UsageError
  const more = usage ? `try: node-pvxs ${command}--help\n` : ''
  void stderr.write(failureText(undefined, error, true) + more)
  return codeOf(error)
}

async function runHelp({ stdout, table }: Run, words: readonly string[]): Promise<number> {
  const [name] = words.filter((word) => !word.startsWith('-'))
  if (name === undefined) void stdout.write(overview(table))
  else {
    const listed = own(table, name)
    if (listed === undefined) throw unknownCommand(name, table)
    void stdout.write(commandHelp(await listed.load(), listed.summary))
  }
  return DONE
}

async function runVersion({ stdout }: Run, all: boolean): Promise<number> {
  const { version } = all ? await import('../index.js') : { version: undefined }
  const text =
    version === undefined
      ? `${ownVersion()}\n`
      : Object.entries(version())
          .map(([name, it]) => `${name} ${it}\n`)
          .join('')
  void stdout.write(text)
  return DONE
}

async function runCommand(run: Run, listed: Listed, words: readonly string[]): Promise<number> {
  const command = await listed.load()
  const known = optionsOf(command)
  if (asksFor(words, known, options.help)) {
    void run.stdout.write(commandHelp(command, listed.summary))
    return DONE
  }
  const parsed = parse(words, known)
  if (parsed.of(options.version) === true) return runVersion(run, parsed.of(options.verbose) === true)
  const context = new CommandContext(run, run.signal, parsed)
  try {
    await command.run(context)
  } catch (error) {
    if (run.signal.aborted) return context.exitCode
    if (codeOf(error) === USAGE) throw error
    context.failed(undefined, error, true)
    if (process.env['NODE_PVXS_STACKS'] === '1') context.talk(escapeControls(`${(error as Error).stack}\n`))
  }
  context.explain()
  return context.exitCode
}
