import { spawn } from 'node:child_process'
import { complete, type Completion } from '../complete.js'
import { UsageError, unknownWord, type Command } from '../declare.js'
import { cacheAge, knownNames, namesWithin, touchCache } from '../name-cache.js'
import { bashReply, shellLine } from '../shell-words.js'
import { commands } from '../table.js'
import { SCRIPTS } from '../completion-scripts.js'

const SHELLS = ['bash', 'zsh', 'fish'] as const
const FRESH = 60_000 // ms
/** The same for a cache without a name: a server may have come since. */
const FRESH_EMPTY = 5_000
/** ms since the start of the process when a shell is answered at the latest; it waits for 300. */
const ANSWER = 270

export const completion: Command = {
  name: 'completion',
  forms: ['bash|zsh|fish'],
  completes: SHELLS,
  options: [],
  shares: [],
  notes: [
    'bash: source <(node-pvxs completion bash) in ~/.bashrc. zsh: the same in ~/.zshrc, after compinit. fish: node-pvxs completion fish > ~/.config/fish/completions/node-pvxs.fish',
    'Names of PVs come from a file in XDG_CACHE_HOME or ~/.cache, which list keeps. A completion that finds it older than a minute answers from it all the same, and has it made anew. One that finds no name there waits a moment for the servers to tell theirs.',
  ],
  examples: ['node-pvxs completion bash', 'node-pvxs completion zsh', 'node-pvxs completion fish'],
  run: async ({ args, stdout }) => {
    const [shell, ...words] = args
    if (shell === 'reply') return reply(words, (text) => stdout.write(text))
    if (shell === undefined) throw new UsageError(`a shell is wanted: ${SHELLS.join(', ')}`)
    if (words.length > 0) throw new UsageError('one shell is wanted')
    if (!isShell(shell)) throw unknownWord(shell, SHELLS, 'a shell that can be completed in')
    await stdout.write(SCRIPTS[shell])
  },
}

function isShell(word: string): word is (typeof SHELLS)[number] {
  return (SHELLS as readonly string[]).includes(word)
}

/**
 * The answer to a script: `words` or `files`, then a line for each word. bash gives its line and what breaks a word there;
 * zsh and fish give the words behind the name of the program.
 */
async function reply(
  [shell = '', ...given]: readonly string[],
  write: (text: string) => Promise<void> | undefined,
): Promise<void> {
  if (cacheAge() > (knownNames().length === 0 ? FRESH_EMPTY : FRESH)) refresh()
  const [line = '', breaks = ''] = given
  const typed = shellLine(line)
  const names = (): Promise<string[]> => namesWithin(ANSWER - performance.now())
  const answer = await complete(commands, shell === 'bash' ? typed.words.slice(1) : given, names)
  const toShell = (word: string): string | undefined =>
    shell === 'bash' ? bashReply(word, typed, breaks) : word
  await write(lines(answer, toShell))
}

function lines(answer: Completion, toShell: (word: string) => string | undefined): string {
  if (answer.kind === 'files') return 'files\n'
  return ['words', ...answer.words.flatMap((word) => toShell(word) ?? [])].map((word) => `${word}\n`).join('')
}

/** Has the names looked for, by a process that nobody waits for. */
function refresh(): void {
  touchCache()
  const [, program = ''] = process.argv
  const child = spawn(process.execPath, [program, 'list', '--all', '-q', '-w', '2'], {
    detached: true,
    stdio: 'ignore',
  })
  child.on('error', () => undefined) // no process can be made; the names stay as they are
  child.unref()
}
