// The names of PVs that were seen, for completion: a text file, a name a line.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const MOST = 200_000

/** Where the names are kept; undefined when there is no place for them. */
export function cacheFile(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const set = (name: string): string | undefined => env[name] || undefined
  const folder =
    set('XDG_CACHE_HOME') ??
    (process.platform === 'win32' ? set('LOCALAPPDATA') : join(set('HOME') ?? homedir(), '.cache'))
  return folder === undefined ? undefined : join(folder, 'node-pvxs', 'names')
}

/** The names that are known; none when there is no file. */
export function knownNames(): string[] {
  const file = cacheFile()
  if (file === undefined) return []
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((name) => name !== '')
  } catch {
    return [] // not written yet: there is nothing to complete
  }
}

const LOOK = 10 // ms

/** The names that are known; while there are none, those that somebody finds within `ms`. */
export async function namesWithin(ms: number): Promise<string[]> {
  const end = performance.now() + ms
  for (;;) {
    const names = knownNames()
    if (names.length > 0 || performance.now() >= end) return names
    await sleep(LOOK)
  }
}

/** ms since the names were last looked for; Infinity when they never were. */
export function cacheAge(): number {
  try {
    return Date.now() - statSync(cacheFile() ?? '').mtimeMs
  } catch {
    return Infinity
  }
}

/** Notes that the names are being looked for, so that nobody else begins to. */
export function touchCache(): void {
  const file = cacheFile()
  if (file === undefined) return
  quietly(() => {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, '', { flag: 'a' })
    const now = new Date()
    utimesSync(file, now, now)
  })
}

/** Keeps these names, besides those that are known or, with `all`, instead of them. */
export function keepNames(names: Iterable<string>, all: boolean): void {
  const file = cacheFile()
  if (file === undefined) return
  const kept = [...new Set(all ? names : [...names, ...knownNames()])].slice(0, MOST)
  // A name of the network that has a line break, or acts on a terminal, is not one to complete.
  const text = kept.filter((name) => /^[^\p{Cc}\u2028\u2029]+$/u.test(name)).join('\n')
  const beside = `${file}.${process.pid}`
  quietly(() => {
    mkdirSync(dirname(file), { recursive: true })
    try {
      writeFileSync(beside, text === '' ? '' : `${text}\n`)
      renameSync(beside, file)
    } catch (error) {
      rmSync(beside, { force: true })
      throw error
    }
  })
}

// A home that cannot be written to takes completion away, and nothing else.
function quietly(write: () => void): void {
  try {
    write()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
  }
}
