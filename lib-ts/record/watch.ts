// Whether files changed, by what `stat` says of them.
import { stat } from 'node:fs/promises'

const LOOK = 250 // ms
const QUIET = 100 // ms without a change until it is told

/**
 * Looks at files again and again, and tells when they have changed. Their state is asked for, rather than the system's
 * events: those tell nothing of network file systems, of files behind symbolic links, and of those that are replaced.
 */
export class FileWatch {
  readonly #files: () => readonly string[]
  readonly #changed: () => void
  #seen = ''
  #told = ''
  #timer: NodeJS.Timeout | undefined
  #ended = false

  constructor(files: () => readonly string[], changed: () => void) {
    this.#files = files
    this.#changed = changed
    this.#next(0)
  }

  end(): void {
    this.#ended = true
    clearTimeout(this.#timer)
  }

  #next(ms: number): void {
    if (this.#ended) return
    this.#timer = setTimeout(() => void this.#look(), ms).unref()
  }

  async #look(): Promise<void> {
    const state = (await Promise.all(this.#files().map(stateOf))).join()
    if (this.#ended) return
    const moved = state !== this.#seen
    this.#seen = state
    if (!moved && state !== this.#told) {
      this.#told = state
      this.#changed()
    }
    this.#next(moved ? QUIET : LOOK)
  }
}

async function stateOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeNs } = await stat(file, { bigint: true })
    return `${ino}:${size}:${mtimeNs}`
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'error'
  }
}
