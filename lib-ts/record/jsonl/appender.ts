import { open, type FileHandle } from 'node:fs/promises'
import { quote } from '../../input/index.js'
import { SinkError } from '../../telemetry/index.js'

const LINE_FEED = 10

/** Appends text to a file, one write after the other, so that a line is never cut by another. */
export class Appender {
  readonly #path: string
  #file: FileHandle | undefined
  /** Whether the file may end within a line: of a write that failed, or of a program that was killed. */
  #torn = false
  #last: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(path: string) {
    this.#path = path
  }

  /** Opens the file, made when it is not there. */
  open(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#opened()
    })
  }

  /** Resolves when the operating system has all of it. */
  append(text: string): Promise<void> {
    return this.#inTurn(async () => {
      const file = await this.#opened()
      const bytes = Buffer.from(this.#torn ? `\n${text}` : text)
      this.#torn = true
      for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at)).bytesWritten
      this.#torn = false
    })
  }

  /** Closes the file and opens what is there under its name by then: after a rotation of logs. */
  reopen(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#release()
      await this.#opened()
    })
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      this.#closed = true
      await this.#release()
    })
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => undefined) // its caller has the error
    return turn.catch((error: unknown) => {
      if (error instanceof SinkError) throw error
      const { message } = error as Error
      throw new SinkError(`the file ${quote(this.#path)} cannot be written: ${message}`, {
        code: 'ERR_JSONL_WRITE',
        retryable: true, // an operator makes room, or gives a permission
        cause: error,
      })
    })
  }

  async #opened(): Promise<FileHandle> {
    if (this.#closed)
      throw new SinkError(`the file ${quote(this.#path)} was closed`, { code: 'ERR_JSONL_CLOSED' })
    if (this.#file !== undefined) return this.#file
    const file = await open(this.#path, 'a+')
    try {
      const { size } = await file.stat()
      const end = Buffer.alloc(1, LINE_FEED)
      if (size > 0) await file.read(end, 0, 1, size - 1)
      this.#torn = end[0] !== LINE_FEED
    } catch (error) {
      await file.close()
      throw error
    }
    return (this.#file = file)
  }

  async #release(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }
}
