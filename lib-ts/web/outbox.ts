/**
 * The texts that wait for a socket. A bridge ends a socket that says more than so many messages a second, so a burst
 * goes out no faster than that.
 */
export class Outbox {
  readonly #send: (text: string) => void
  readonly #perSecond: number
  #room: number
  #since = performance.now()
  #waiting: string[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param perSecond messages that the bridge takes; twice that at once */
  constructor(send: (text: string) => void, perSecond: number) {
    this.#send = send
    this.#perSecond = perSecond * 0.9
    this.#room = this.#perSecond
  }

  push(text: string): void {
    this.#waiting.push(text)
    if (this.#timer === undefined) this.#pump()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#waiting = []
  }

  readonly #pump = (): void => {
    this.#timer = undefined
    const now = performance.now()
    this.#room = Math.min(this.#perSecond, this.#room + ((now - this.#since) * this.#perSecond) / 1_000)
    this.#since = now
    const sent = this.#waiting.splice(0, Math.floor(this.#room))
    this.#room -= sent.length
    for (const text of sent) this.#send(text)
    if (this.#waiting.length > 0) this.#timer = setTimeout(this.#pump, 1_000 / this.#perSecond + 1)
  }
}
