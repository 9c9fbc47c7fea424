// What the scripts share: where the project is, how a command is run, how a script fails.
import { spawnSync } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The program of a development dependency, e.g. `bin('typescript', 'bin/tsc')`; run it with `node`. */
export const bin = (name, path) => join(root, 'node_modules', name, path)

/** A failure that its message explains: printed without a stack. */
export class Failure extends Error {}

process.on('uncaughtException', (error) => {
  console.error(error instanceof Failure ? `\nnode-pvxs: ${error.message}` : error)
  process.exitCode = error.exitCode ?? 1
})

export const isMain = (url) => realpathSync(process.argv[1]) === fileURLToPath(url)

/** Runs a command with this script's own output; throws a {@link Failure} when it does not end with 0. */
export function run(command, args, { hint, env, ...options } = {}) {
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    ...options,
    env: { ...process.env, ...env },
  })
  if (done.status === 0) return done
  const how = done.error
    ? done.error.message
    : done.signal
      ? `ended by ${done.signal}`
      : `exit code ${done.status}`
  const failure = new Failure(hint ?? `${[command, ...args].join(' ')}: ${how}`)
  failure.exitCode = done.status || 1
  throw failure
}

export const node = (args, options) => run(process.execPath, args, options)
