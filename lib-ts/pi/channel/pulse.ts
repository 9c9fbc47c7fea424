import type { WebSocket } from 'ws'

/** When a socket counts as dead. */
export interface PulseLimits {
  readonly deadAfter: number
  readonly pingInterval: number
  readonly pingTimeout: number
}

const LONGEST_TIMER = 2_147_483_647

/** Watches over one socket: pings it, and waits for its messages. What is not read by us cannot be missed. */
export class Pulse {
  readonly #socket: WebSocket
  readonly #limits: PulseLimits
  readonly #died: (reason: string) => void
  #ping: NodeJS.Timeout | undefined
  #pong: NodeJS.Timeout | undefined
  #silence: NodeJS.Timeout | undefined

  constructor(socket: WebSocket, limits: PulseLimits, died: (reason: string) => void) {
    this.#socket = socket
    this.#limits = limits
    this.#died = died
    socket.on('pong', () => this.#answered())
    this.start()
  }

  /** To be called for each message. */
  beat(): void {
    this.#silence?.refresh()
    if (this.#pong !== undefined) this.#answered()
  }

  /** When the socket is read again. */
  start(): void {
    this.stop()
    const { deadAfter, pingInterval, pingTimeout } = this.#limits
    if (pingInterval <= LONGEST_TIMER)
      this.#ping = setInterval(() => {
        if (this.#pong !== undefined) return
        this.#socket.ping()
        const died = (): void => this.#died(`no answer to a ping within ${pingTimeout} ms`)
        if (pingTimeout <= LONGEST_TIMER) this.#pong = setTimeout(died, pingTimeout)
      }, pingInterval)
    if (deadAfter <= LONGEST_TIMER)
      this.#silence = setTimeout(() => this.#died(`no message within ${deadAfter} ms`), deadAfter)
  }

  /** While the socket is not read, and for ever when it is closed. */
  stop(): void {
    clearInterval(this.#ping)
    clearTimeout(this.#silence)
    this.#silence = undefined
    this.#answered()
  }

  #answered(): void {
    clearTimeout(this.#pong)
    this.#pong = undefined
  }
}
