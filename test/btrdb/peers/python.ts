// The vendor's client for Python, in the environment of this folder.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { environment } from '../../../scripts/tests/venv.mjs'

const run = promisify(execFile)

/** ms in which the environment can be made, and a script of it run. */
export const PYTHON_MS = 400_000

/** Runs a script of this folder, or text behind `-c`, and reads the JSON that it prints. */
export async function python(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const file = script === '-c' ? script : new URL(script, import.meta.url).pathname
  const kept = Object.entries(process.env).filter(([name]) => !/^(BTRDB_|PINGTHINGS_)/.test(name))
  const { stdout } = await run(await environment('btrdb'), ['-W', 'ignore', file, ...args], {
    env: { ...Object.fromEntries(kept), GRPC_VERBOSITY: 'NONE', ...env },
    maxBuffer: 64 * 1024 * 1024,
  })
  return JSON.parse(stdout)
}
