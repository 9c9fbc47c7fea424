import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { Bucket, type Limits } from './limits.js'
import type { Slices } from './slices.js'
import { Taking } from './taking.js'
import type { Counters } from './counters.js'

/** Where one client is, and how much it takes. */
export interface SocketInfo {
  readonly id: number
  readonly peer: string
  readonly user: string
  readonly since: number
}

// ms between two pings, and how many may stay unanswered.
const PING = 30_000
const UNANSWERED = 2

/**
 * A WebSocket with its limits: what it is sent at most, how fast it may speak, and how long it may be silent or take nothing.
 */
export class ClientSocket {
  readonly info: SocketInfo
  readonly #socket: WebSocket
  readonly #raw: Socket
  readonly #taking: Taking
  readonly #counters: Counters
  readonly #bucket: Bucket
  readonly #slices: Slices
  #corked = false
  #pings = 0
  #pinging: NodeJS.Timeout | undefined
  #cutting: NodeJS.Timeout | undefined

  constructor(
    socket: WebSocket,
    raw: Socket,
    info: SocketInfo,
    limits: Limits,
    { counters, slices }: { readonly counters: Counters; readonly slices: Slices },
  ) {
    this.info = info
    this.#socket = socket
    this.#raw = raw
    this.#taking = new Taking(raw, limits, this.#stalled)
    this.#counters = counters
    this.#slices = slices
    this.#bucket = new Bucket(limits.messages)
    this.#pinging = setInterval(this.#ping, PING).unref()
    socket.on('pong', () => (this.#pings = 0))
    socket.on('close', this.#closed)
    socket.on('error', () => {
      // what a client sent is no WebSocket message; ws closes with the code for it
    })
  }

  /** Whether it may be sent more now. */
  get room(): boolean {
    return this.#taking.room(this.#socket.bufferedAmount)
  }

  get open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }

  get waiting(): number {
    return this.#socket.bufferedAmount
  }

  /** Calls `heard` for each message within the rate, and `drained` when there is room again. */
  listen(
    heard: (text: string, binary: boolean) => void,
    tooMany: () => void,
    drained: () => void,
    closed: () => void,
  ): void {
    this.#socket.on('message', (data: Buffer, binary: boolean) => {
      this.#counters.received++
      if (this.#bucket.take()) this.#slices.run(() => heard(data.toString(), binary), data.length)
      else if (this.open) {
        tooMany()
        this.close(1008, 'too many messages')
      }
    })
    this.#raw.on('drain', drained)
    // Behind what it said before.
    this.#socket.on('close', () => this.#slices.run(closed))
  }

  send(text: string): void {
    if (!this.open) return
    this.#cork()
    this.#counters.sent++
    this.#counters.bytes += text.length
    this.#socket.send(text)
  }

  /** One message, in two parts where the second would have to be copied. */
  sendBinary(bytes: Uint8Array, behind?: Uint8Array): void {
    if (!this.open) return
    this.#cork()
    this.#counters.sent++
    this.#counters.bytes += bytes.length + (behind?.length ?? 0)
    this.#socket.send(bytes, { binary: true, fin: behind === undefined })
    if (behind !== undefined) this.#socket.send(behind, { binary: true, fin: true })
  }

  /** What one turn of the event loop sends goes out in one system call. */
  #cork(): void {
    if (this.#corked) return
    this.#corked = true
    this.#raw.cork()
    process.nextTick(this.#uncork)
  }

  ping(): void {
    if (this.open) this.#socket.ping()
  }

  /** Closes it; one that does not answer is cut after a second. */
  close(code: number, reason: string): void {
    this.#socket.close(code, reason)
    this.#cutting ??= setTimeout(() => this.#socket.terminate(), 1_000)
  }

  /** The same, and resolves when it is gone. */
  async end(code: number, reason: string): Promise<void> {
    if (this.#socket.readyState === this.#socket.CLOSED) return
    const gone = once(this.#socket, 'close')
    this.close(code, reason)
    await gone
  }

  readonly #uncork = (): void => {
    this.#corked = false
    this.#raw.uncork()
  }

  readonly #ping = (): void => {
    if (this.#pings++ >= UNANSWERED) this.#socket.terminate()
    else this.#socket.ping()
  }

  readonly #stalled = (): void => {
    this.#counters.refuse('stalled')
    this.#socket.terminate()
  }

  readonly #closed = (): void => {
    clearInterval(this.#pinging)
    this.#taking.close()
    clearTimeout(this.#cutting)
  }
}
