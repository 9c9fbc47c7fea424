// What a test needs that `npm ci` does not bring: programs of other packages, a certain system, rights.
//
// A test that cannot run here is skipped in one way only: its name, or that of its group, ends with the reason, which
// the totals of the run repeat. Where CI is true, whatever can be installed must be there: the file fails instead.
import { spawnSync } from 'node:child_process'
import { isMainThread } from 'node:worker_threads'

export interface Need {
  /** For `it.skipIf` and `describe.skipIf`. */
  readonly missing: boolean
  /** The name of a test or group; ends with the reason when it is skipped. */
  named(name: string): string
}

/** A program that a test runs: how to see that it works, and the Debian package that brings it. */
export interface Program {
  readonly command: string
  readonly args: readonly string[]
  readonly debian: string
}

const met: Need = { missing: false, named: (name) => name }

/** A need that nothing installed here could meet, such as another system; met where `reason` is undefined. */
export function unless(reason: string | undefined): Need {
  return reason === undefined ? met : { missing: true, named: (name) => `${name} (skipped: ${reason})` }
}

/** The need of programs. */
export function programs(wanted: readonly Program[]): Need {
  const absent = wanted.filter(
    ({ command, args }) => spawnSync(command, [...args], { stdio: 'ignore', timeout: 60_000 }).status !== 0,
  )
  if (absent.length === 0) return met
  const reason = `not installed: ${absent.map(({ command }) => command).join(', ')}`
  const packages = [...new Set(absent.map(({ debian }) => debian))].join(' ')
  if (process.env['CI'] === 'true')
    throw new Error(
      `${reason}. CI is true, so this may not be skipped. Debian, Ubuntu: apt install ${packages}`,
    )
  return unless(reason)
}

export const onLinux = unless(process.platform === 'linux' ? undefined : 'runs on Linux only')
export const onPosix = unless(
  process.platform === 'win32' ? 'Windows has no signals and no limit of open files' : undefined,
)
export const onMainThread = unless(isMainThread ? undefined : 'signals reach the main thread only')
