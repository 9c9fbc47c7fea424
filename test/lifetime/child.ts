import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const TICK = 100
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
  /**
   * ms after which it counts as hanging: its signal says so, and stderr where its threads stand. Time in which this
   * process was stopped does not count, as the child was stopped with it.
   */
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
  // An interval that was missed is not made up for.
  let ticks = Math.ceil(limit / TICK)
  const hanging = setInterval(() => {
    if (--ticks !== 0) return
    stderr += `still running after ${limit} ms\n${threadsOf(child.pid)}`
    child.kill('SIGKILL')
  }, TICK)
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  clearInterval(hanging)
  return { code, signal, stdout, stderr, ms: performance.now() - begin }
}

/** Where the threads of a process stand: their stacks when gdb is installed, else what Linux knows of them. */
function threadsOf(pid: number | undefined): string {
  if (pid === undefined) return ''
  const gdb = spawnSync('gdb', ['-p', `${pid}`, '-batch', '-ex', 'thread apply all bt'], { encoding: 'utf8' })
  if (gdb.status === 0) return gdb.stdout
  const tasks = `/proc/${pid}/task`
  if (!existsSync(tasks)) return ''
  const of = (task: string, file: string): string => readFileSync(`${tasks}/${task}/${file}`, 'utf8').trim()
  return readdirSync(tasks)
    .map((task) => `${of(task, 'stat').split(' ').slice(0, 3).join(' ')} ${of(task, 'wchan')}\n`)
    .join('')
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
