// The names of PVs that a command is given.
import { readFileSync } from 'node:fs'
import { InvalidArgumentError } from '../errors.js'
import { pvName } from '../input/index.js'
import type { CommandContext } from './context.js'
import { UsageError } from './declare.js'
import * as options from './options.js'

/** The names among the arguments, then those of files; at least one. */
export async function namesOf(
  context: CommandContext,
  args: readonly string[] = context.args,
): Promise<string[]> {
  const names = args.map((name) => checkedName(name))
  const files = context.options.all(options.namesFile)
  for (const file of files) names.push(...namesIn(await textOf(file, context.signal), file))
  if (names.length > 0) return names
  throw new UsageError(
    files.length === 0
      ? 'no PV is named'
      : `no PV is named in ${files.map((file) => JSON.stringify(file)).join(', ')}`,
  )
}

/** A PV's name, without pva://. */
export function checkedName(name: string, where = ''): string {
  try {
    return pvName(name, '')
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw new UsageError(`${where}${error.message}`)
    throw error
  }
}

function namesIn(text: string, file: string): string[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const name = line.replace(/(^|\s)#.*$/, '').trim()
    return name === '' ? [] : [checkedName(name, `${file === '-' ? 'stdin' : file}:${index + 1}: `)]
  })
}

/** The text of a file, or of stdin for `-`. */
export async function textOf(file: string, signal: AbortSignal): Promise<string> {
  let bytes: Buffer
  try {
    bytes = file === '-' ? await stdin(signal) : readFileSync(file)
  } catch (error) {
    signal.throwIfAborted()
    throw new UsageError(
      `${file === '-' ? 'stdin' : JSON.stringify(file)} cannot be read: ${(error as Error).message}`,
    )
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new UsageError(`${file === '-' ? 'stdin' : JSON.stringify(file)} is not UTF-8 text`)
  }
}

let read: Promise<Buffer> | undefined

/** All of stdin; it is read once, however often it is named. */
function stdin(signal: AbortSignal): Promise<Buffer> {
  read ??= (async () => {
    const chunks: Buffer[] = []
    const end = (): void => void process.stdin.destroy()
    signal.addEventListener('abort', end, { once: true })
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
    signal.removeEventListener('abort', end)
    return Buffer.concat(chunks)
  })()
  return read
}
