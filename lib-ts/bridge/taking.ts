import type { Socket } from 'node:net'

interface TakingLimits {
  /** Bytes that may wait. */
  readonly buffered: number
  /** ms */
  readonly stalled: number
}

/** Whether the other end takes what it is sent, and whether it may be sent more. */
export class Taking {
  readonly #raw: Socket
  readonly #most: number
  readonly #patience: number
  readonly #stalled: () => void
  #timer: NodeJS.Timeout | undefined

  /** @param stalled called when something has waited so long and nothing of it was taken */
  constructor(raw: Socket, { buffered, stalled: patience }: TakingLimits, stalled: () => void) {
    this.#raw = raw
    // Below its own mark a socket does not say when there is room again.
    this.#most = Math.max(buffered, raw.writableHighWaterMark)
    this.#patience = patience
    this.#stalled = stalled
  }

  /** Whether there is room for more, where so many bytes wait. */
  room(waiting: number): boolean {
    if (waiting === 0) return true
    this.#timer ??= this.#wait()
    return waiting <= this.#most
  }

  #wait(): NodeJS.Timeout {
    const before = this.#taken
    const look = (): void => {
      this.#timer = undefined
      if (this.#raw.writableLength === 0) return
      // What waits now may have come a moment ago.
      if (this.#taken > before) this.#timer = this.#wait()
      else this.#stalled()
    }
    return setTimeout(look, this.#patience).unref()
  }

  get #taken(): number {
    return this.#raw.bytesWritten - this.#raw.writableLength
  }

  close(): void {
    clearTimeout(this.#timer)
  }
}
