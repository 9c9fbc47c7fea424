import { mkdir, stat, statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ClassicLevel } from 'classic-level'
import { nameInstances } from '../errors.js'
import { quote } from '../input/index.js'

/**
 * Why a spool cannot be used: `ERR_SPOOL_LOCKED` (another process or Spool has the folder), `ERR_SPOOL_FOLDER` (it cannot
 * be opened), `ERR_SPOOL_WRITE` (a full disk), `ERR_TELEMETRY_PEER` (`classic-level` is not installed).
 *
 * @example
 * import { Spool, SpoolError } from 'node-pvxs/telemetry'
 *
 * const failed = await Spool.open('/dev/null/spool').catch((e: unknown) => e)
 * failed instanceof SpoolError && failed.code // → 'ERR_SPOOL_FOLDER'
 */
export class SpoolError extends Error {
  static {
    nameInstances(this.prototype, 'SpoolError')
  }
  readonly code: string

  constructor(message: string, code: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

export type Change =
  | { readonly type: 'put'; readonly key: string; readonly value: Buffer }
  | { readonly type: 'del'; readonly key: string }

type Level = ClassicLevel<string, Uint8Array>

// What LevelDB writes when it starts: the log of the last run, 4 MiB at most, as a table.
const TO_START = 6 * 1024 * 1024
const AGAIN = 1_000 // ms until it is tried again to start it

/**
 * The database of a spool.
 *
 * A write that fails, as on a full disk, may leave half a record in LevelDB's log. What is written after it is then lost
 * with the next start, although LevelDB said that it is on disk. So the database is started again before the next write.
 */
export class SpoolDatabase {
  readonly #level: Level
  readonly #folder: string
  #damaged = false
  #starting: Promise<void> | undefined
  #closing = false

  private constructor(level: Level, folder: string) {
    this.#level = level
    this.#folder = folder
  }

  /** @throws SpoolError */
  static async open(folder: string): Promise<SpoolDatabase> {
    return new SpoolDatabase(await openLevel(folder), folder)
  }

  keys(): AsyncIterable<string> {
    return this.#level.keys()
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    while (this.#starting !== undefined) await this.#starting
    return this.#level.get(key)
  }

  /** All of the changes or none. */
  async change(changes: readonly Change[], sync: boolean): Promise<void> {
    if (this.#damaged) await this.#startAgain()
    try {
      await this.#level.batch([...changes], { sync })
    } catch (error) {
      this.#damaged = true
      throw error
    }
  }

  async #startAgain(): Promise<void> {
    // A database that cannot start cannot be read either, and what is read and delivered makes room.
    const { bavail, bsize } = await statfs(this.#folder)
    if (bavail * bsize < TO_START) throw new Error('No space left on device')
    this.#starting ??= this.#start().finally(() => (this.#starting = undefined))
    await this.#starting
  }

  async #start(): Promise<void> {
    await this.#level.close()
    while (!this.#closing) {
      try {
        await this.#level.open()
        this.#damaged = false
        return
      } catch {
        await pause(AGAIN) // reads wait, so nothing is taken for lost
      }
    }
  }

  async close(): Promise<void> {
    this.#closing = true
    await this.#starting
    await this.#level.close()
  }
}

async function openLevel(folder: string): Promise<Level> {
  let module: { readonly ClassicLevel: typeof ClassicLevel }
  try {
    module = await import('classic-level')
  } catch (error) {
    throw new SpoolError(
      'a Spool needs the package classic-level, which is not installed: npm install classic-level',
      'ERR_TELEMETRY_PEER',
      error,
    )
  }
  const open = async (): Promise<Level> => {
    const db = new module.ClassicLevel<string, Uint8Array>(folder, { valueEncoding: 'view' })
    await db.open()
    return db
  }
  try {
    await makeFolder(resolve(folder))
    return await open().catch(async (error: unknown) => {
      if (codeOf(error) !== 'LEVEL_CORRUPTION') throw error
      await module.ClassicLevel.repair(folder)
      return open()
    })
  } catch (error) {
    if (codeOf(error) === 'LEVEL_LOCKED')
      throw new SpoolError(
        `the spool in ${quote(folder)} is in use: one folder belongs to one process and one Batcher`,
        'ERR_SPOOL_LOCKED',
        error,
      )
    throw new SpoolError(
      `the folder ${quote(folder)} cannot be used as a spool: ${reasonOf(error)}`,
      'ERR_SPOOL_FOLDER',
      error,
    )
  }
}

/** Node's own recursive mkdir, which classic-level uses, turns for ever where nobody can make a folder, as in /proc. */
async function makeFolder(folder: string): Promise<void> {
  const make = (): Promise<unknown> =>
    mkdir(folder).catch(async (error: unknown) => {
      if (codeOf(error) !== 'EEXIST' || !(await stat(folder)).isDirectory()) throw error
    })
  try {
    await make()
  } catch (error) {
    const parent = dirname(folder)
    if (codeOf(error) !== 'ENOENT' || parent === folder) throw error
    await makeFolder(parent)
    await make()
  }
}

function codeOf(error: unknown): unknown {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } }
  return cause?.code ?? code
}

/** What an error of the database says; the reason is often one below. */
export function reasonOf(error: unknown): string {
  const { cause, message } = error as Error
  return cause instanceof Error ? cause.message : message
}
