// Commands that other packages bring: programs node-pvxs-NAME on the PATH.
import { spawn } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const NUMBERS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }

/** The program of a command that is not ours; undefined when there is none. */
export function outsideProgram(name: string): string | undefined {
  if (!/^[\w.-]+$/.test(name)) return undefined
  const endings = process.platform === 'win32' ? ['.exe', '.cmd'] : ['']
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const ending of endings) {
      const file = join(folder, `node-pvxs-${name}${ending}`)
      if (folder !== '' && runs(file)) return file
    }
  }
  return undefined
}

function runs(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}

/** Runs it in our place, and gives its exit code; signals go on to it. */
export function runOutside(file: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: 'inherit', shell: file.endsWith('.cmd') })
    for (const signal of SIGNALS) process.on(signal, () => child.kill(signal))
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(code ?? 128 + (NUMBERS[signal ?? ''] ?? 0)))
  })
}
