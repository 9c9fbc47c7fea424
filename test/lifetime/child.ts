import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const programs = new URL('./programs/', import.meta.url)

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** ms from the start to the end */
  readonly ms: number
}

export interface ChildOptions {
  /** ms after which it counts as hanging; it is killed then, and its signal says so */
  readonly limit?: number
  readonly node?: string
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Sent as soon as the program has said `ready`. */
  readonly kill?: NodeJS.Signals
}

/** Runs one of `programs/` in a Node process of its own, over the built package. */
export async function runProgram(
  program: string,
  args: readonly string[] = [],
  options: ChildOptions = {},
): Promise<Ended> {
  const { limit = 30_000, node = process.execPath, flags = [], env = {}, kill } = options
  const begin = performance.now()
  const file = fileURLToPath(new URL(program, programs))
  const child = spawn(node, [...flags, file, ...args], { env: { ...process.env, NODE_OPTIONS: '', ...env } })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const told = stdout.includes('ready')
    stdout += text
    if (kill !== undefined && !told && stdout.includes('ready')) child.kill(kill)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const hanging = setTimeout(() => child.kill('SIGKILL'), limit)
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  clearTimeout(hanging)
  return { code, signal, stdout, stderr, ms: performance.now() - begin }
}

/** Runs `work` for 0 … count-1, `width` at a time. */
export async function inParallel(
  count: number,
  width: number,
  work: (n: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: width }, lane))
}
