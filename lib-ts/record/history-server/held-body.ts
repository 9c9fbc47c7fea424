import type { ServerResponse } from 'node:http'
import type { Stall } from './stall.js'

const HELD = 4 * 1024 * 1024

/**
 * The body of a response that begins only when it is whole, or above 4 MiB: an error until then has a status of its own,
 * and a later one cuts the connection, so that no client takes a part for the whole.
 */
export class HeldBody {
  readonly #response: ServerResponse
  readonly #stall: Stall
  readonly #contentType: string
  #held: (string | Uint8Array)[] = []
  #size = 0
  #begun = false

  constructor(response: ServerResponse, stall: Stall, contentType: string) {
    this.#response = response
    this.#stall = stall
    this.#contentType = contentType
  }

  /** Whether the client has got a part of it. */
  get begun(): boolean {
    return this.#begun
  }

  /** Resolves when there is room for more. */
  async write(part: string | Uint8Array): Promise<void> {
    this.#stall.progress()
    if (part.length === 0) return
    if (this.#begun) {
      await this.#send(part)
      return
    }
    this.#held.push(part)
    this.#size += part.length
    if (this.#size < HELD) return
    this.#begun = true
    this.#response.writeHead(200, { 'content-type': this.#contentType })
    const held = this.#held
    this.#held = []
    for (const one of held) await this.#send(one)
  }

  async #send(part: string | Uint8Array): Promise<void> {
    const { signal } = this.#stall
    signal.throwIfAborted()
    if (this.#response.write(part)) return
    await new Promise<void>((resolve, reject) => {
      const done = (): void => {
        this.#response.off('drain', done)
        signal.removeEventListener('abort', done)
        if (signal.aborted) reject(signal.reason as Error)
        else resolve()
      }
      this.#response.on('drain', done)
      signal.addEventListener('abort', done)
    })
    this.#stall.progress()
  }

  end(): void {
    if (this.#begun) {
      this.#response.end()
      return
    }
    const body = Buffer.concat(this.#held.map((part) => Buffer.from(part as string)))
    this.#response.writeHead(200, { 'content-type': this.#contentType, 'content-length': body.length })
    this.#response.end(body)
  }
}
