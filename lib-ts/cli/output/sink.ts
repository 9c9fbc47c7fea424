// One writer for stdout and one for stderr.
import { fstatSync, writeSync } from 'node:fs'
import { isatty } from 'node:tty'

const FULL = 1 << 20 // bytes that may wait for a reader
const BATCH = 1 << 16

/** Where a command writes. */
export interface Output {
  readonly terminal: boolean
  /** Undefined when there is room for more, else a promise of room. */
  write(text: string): Promise<void> | undefined
  /** Resolves when all is written, or nothing can be. */
  end(): Promise<void>
}

/**
 * Takes text and writes it in order. To a file it writes at once; a pipe or a terminal takes what it has room for, and
 * {@link Sink.write} then gives a promise to wait for.
 */
export class Sink implements Output {
  readonly terminal: boolean
  readonly #fd: 1 | 2
  readonly #broke: (error: NodeJS.ErrnoException) => void
  readonly #file: boolean
  #texts: string[] = []
  #length = 0
  #scheduled = false
  #written = 0
  #waiting: (() => void)[] = []
  #broken = false

  /** `broke` is called once, when nothing can be written any more; what is given later is dropped. */
  constructor(fd: 1 | 2, broke: (error: NodeJS.ErrnoException) => void) {
    this.#fd = fd
    this.#broke = broke
    this.terminal = isatty(fd)
    this.#file = !this.terminal && isFile(fd)
    if (!this.#file) this.#stream.on('error', (error: NodeJS.ErrnoException) => this.#fail(error))
  }

  write(text: string): Promise<void> | undefined {
    if (this.#broken || text === '') return undefined
    this.#texts.push(text)
    this.#length += text.length
    if (this.#length >= BATCH) this.#flush()
    else if (!this.#scheduled) {
      this.#scheduled = true
      setImmediate(() => {
        this.#scheduled = false
        this.#flush()
      })
    }
    return this.#written >= FULL ? new Promise((resolve) => this.#waiting.push(resolve)) : undefined
  }

  async end(): Promise<void> {
    this.#flush()
    while (this.#written > 0 && !this.#broken)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  get #stream(): NodeJS.WriteStream {
    return this.#fd === 1 ? process.stdout : process.stderr
  }

  #flush(): void {
    if (this.#length === 0 || this.#broken) return
    const text = this.#texts.join('')
    this.#texts = []
    this.#length = 0
    if (this.#file) this.#writeFile(text)
    else {
      const size = text.length
      this.#written += size
      this.#stream.write(text, (error) => {
        this.#written -= size
        if (error != null) this.#fail(error)
        if (this.#written < FULL) this.#wake()
      })
    }
  }

  // process.stdout does not look at how much a file took: on a full disk the end would be lost without an error.
  #writeFile(text: string): void {
    const bytes = Buffer.from(text)
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#fd, bytes, at)
    } catch (error) {
      this.#fail(error as NodeJS.ErrnoException)
    }
  }

  #fail(error: NodeJS.ErrnoException): void {
    if (this.#broken) return
    this.#broken = true
    this.#wake()
    this.#broke(error)
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

function isFile(fd: number): boolean {
  try {
    const stat = fstatSync(fd)
    return stat.isFile() || stat.isCharacterDevice()
  } catch {
    return false
  }
}
