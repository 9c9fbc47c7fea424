// Values that survive: a file that is whole at any moment.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, unlinkSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { escapeLine, quote } from '../../input/index.js'
import { UsageError } from '../declare.js'
import { contentOf, type Served } from './served.js'

const DELAY = 300 // ms from a change to its writing; the promise is 1 s

type Kept = Readonly<Record<string, unknown>>

export interface KeepEvents {
  /** Something that the user should know. */
  note(text: string): void
  /** A file could not be written; told once until it can again. */
  failed(reason: string): void
}

/**
 * Keeps the values of mailboxes in a file. It is written beside and renamed, so that it is never half there. Names in it
 * that are not served now stay in it.
 */
export class Keep {
  readonly #path: string
  readonly #events: KeepEvents
  readonly #others: Map<string, Kept>
  readonly #mailboxes: readonly Served[]
  #timer: NodeJS.Timeout | undefined
  #failing = false

  /**
   * Reads the file and gives the mailboxes what is in it.
   *
   * @throws UsageError for a file that is not one of these; it is left as it is
   */
  constructor(path: string, served: readonly Served[], events: KeepEvents) {
    this.#path = path
    this.#events = events
    this.#mailboxes = served.filter(({ isMailbox }) => isMailbox)
    this.#others = valuesIn(path)
    for (const one of this.#mailboxes) {
      const kept = this.#others.get(one.name)
      if (kept !== undefined) this.#restore(one, kept)
      this.#others.delete(one.name)
    }
    try {
      this.#write()
    } catch (error) {
      throw new UsageError(`--persist: ${quote(path)} cannot be written: ${(error as Error).message}`)
    }
  }

  /** Has what is there now written soon. */
  changed(): void {
    this.#timer ??= setTimeout(() => this.flush(), DELAY)
  }

  /** Writes now; false when it could not. */
  flush(): boolean {
    clearTimeout(this.#timer)
    this.#timer = undefined
    try {
      this.#write()
      this.#failing = false
      return true
    } catch (error) {
      if (!this.#failing)
        this.#events.failed(`${quote(this.#path)} cannot be written: ${(error as Error).message}`)
      this.#failing = true
      this.changed()
      return false
    }
  }

  stop(): boolean {
    const written = this.flush()
    clearTimeout(this.#timer)
    return written
  }

  #restore(one: Served, kept: Kept): void {
    try {
      const { kind } = one
      const fields = kind.kind === 'enum' ? { ...kept, value: indexOf(kind.choices, kept['value']) } : kept
      one.restore(fields)
    } catch (error) {
      this.#events.note(
        `${escapeLine(one.name)}: the kept value does not fit and is dropped: ${(error as Error).message}`,
      )
    }
  }

  #write(): void {
    const values = new Map(this.#others)
    for (const { name, kind, pv } of this.#mailboxes) {
      const now = pv.current()
      const { timeStamp, alarm, ...others } = now.toJSON()
      const content = kind.kind === 'image' ? others : { value: contentOf(now) }
      values.set(name, { ...content, alarm, timeStamp })
    }
    const lines = [...values].map(([name, kept]) => `${JSON.stringify(name)}:${JSON.stringify(kept)}`)
    replace(this.#path, `{"node-pvxs":"values","version":1,"values":{\n${lines.join(',\n')}\n}}\n`)
  }
}

function indexOf(choices: readonly string[], label: unknown): { index: number } {
  const index = choices.findIndex((choice) => choice === label)
  if (index < 0) throw new Error(`${quote(label)} is not one of its choices`)
  return { index }
}

function valuesIn(path: string): Map<string, Kept> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map()
    throw new UsageError(`--persist: ${quote(path)} cannot be read: ${(error as Error).message}`)
  }
  try {
    const { version, values } = JSON.parse(text) as { version?: unknown; values?: unknown }
    if (version === 1 && typeof values === 'object' && values !== null && !Array.isArray(values))
      return new Map(Object.entries(values).filter((entry): entry is [string, Kept] => isKept(entry[1])))
  } catch (error) {
    throw new UsageError(
      `--persist: ${quote(path)} does not parse, and is left as it is: ${(error as Error).message}`,
    )
  }
  throw new UsageError(`--persist: ${quote(path)} is not a file of kept values, and is left as it is`)
}

function isKept(x: unknown): boolean {
  return typeof x === 'object' && x !== null && 'value' in x
}

/** Writes beside, then renames: a reader and a crash see the old file or the new one. */
function replace(path: string, text: string): void {
  const beside = `${path}.${process.pid}.tmp`
  const fd = openSync(beside, 'w')
  try {
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at)
    fsyncSync(fd)
    closeSync(fd)
    renameSync(beside, path)
  } catch (error) {
    try {
      closeSync(fd)
    } catch {
      // it is closed
    }
    try {
      unlinkSync(beside)
    } catch {
      // it has its name already
    }
    throw error
  }
  keepName(dirname(path))
}

// The name of a renamed file is in its folder, which is written by itself. Windows has no such thing.
function keepName(folder: string): void {
  if (process.platform === 'win32') return
  const fd = openSync(folder, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
