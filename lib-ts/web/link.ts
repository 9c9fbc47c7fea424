import { DecodeError } from '../errors.js'
import { RecordReader, type ValueRecord } from '../pvws/index.js'
import type { Hello } from './hello.js'
import { Outbox } from './outbox.js'
import { Queue } from './queue.js'
import { openSocket, type WebSocketConstructor, type WebSocketLike } from './web-socket.js'

/** How the connection to the bridge is; `refused`: it closed before the bridge had spoken. */
export type BridgeStatus =
  | { readonly type: 'open' }
  | {
      readonly type: 'closed' | 'refused'
      /** Of the closing of the WebSocket. */
      readonly code?: number
      /** ms until the next try. */
      readonly retryIn?: number
    }

export interface LinkSettings {
  readonly url: string
  readonly token: string | undefined
  readonly WebSocket: WebSocketConstructor
  readonly min: number
  readonly max: number
  readonly jitter: number
}

/** Whom a link tells. */
export interface Hearer {
  /** The bridge has spoken: whatever is wanted may be said. */
  opened(hello: Hello): void
  lost(): void
  message(message: Readonly<Record<string, unknown>>): void
  record(record: ValueRecord): void
  wanted(id: number): boolean
}

const MOST_STATUS = 64
const NORMAL = 1000

/** The connection to a bridge: when it is lost it is tried again, ever more slowly, for ever. */
export class Link {
  readonly #settings: LinkSettings
  readonly #hearer: Hearer
  readonly #listeners = new Set<Queue<BridgeStatus>>()
  #socket: WebSocketLike | undefined
  #outbox: Outbox | undefined
  #reader = new RecordReader()
  #timer: ReturnType<typeof setTimeout> | undefined
  #wait: number
  #handled = 0
  #acknowledged = 0
  #window = 0
  #status: BridgeStatus | undefined
  hello: Hello | undefined
  #closed = false

  constructor(settings: LinkSettings, hearer: Hearer) {
    this.#settings = settings
    this.#hearer = hearer
    this.#wait = settings.min
    this.#connect()
  }

  get open(): boolean {
    return this.#outbox !== undefined
  }

  say(message: object): void {
    this.#outbox?.push(JSON.stringify(message))
  }

  /** An id whose subscription has ended keeps no value. */
  forget(id: number): void {
    this.#reader.forget(id)
  }

  status(): AsyncIterableIterator<BridgeStatus> {
    const queue: Queue<BridgeStatus> = new Queue(
      MOST_STATUS,
      (_, newest) => newest,
      () => this.#listeners.delete(queue),
    )
    if (this.#status !== undefined) queue.push(this.#status)
    if (this.#closed) queue.end()
    else this.#listeners.add(queue)
    return queue
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#outbox?.close()
    this.#outbox = undefined
    this.#socket?.close(NORMAL)
    this.#socket = undefined
    for (const queue of this.#listeners) queue.end()
    this.#listeners.clear()
  }

  #connect(): void {
    const { url, token, WebSocket } = this.#settings
    const socket = openSocket(WebSocket, url, token)
    socket.binaryType = 'arraybuffer'
    this.#socket = socket
    this.#reader = new RecordReader()
    this.#handled = this.#acknowledged = 0
    socket.addEventListener('message', ({ data }: { readonly data: unknown }) => {
      if (this.#socket === socket) this.#take(data, socket)
    })
    socket.addEventListener('close', ({ code }: { readonly code: number }) => {
      if (this.#socket === socket) this.#ended(code)
    })
    // What is wrong is told by the closing that follows; an error without a listener would be thrown.
    socket.addEventListener('error', () => undefined)
  }

  #take(data: unknown, socket: WebSocketLike): void {
    try {
      if (typeof data === 'string') this.#text(JSON.parse(data) as Readonly<Record<string, unknown>>, socket)
      else this.#frame(data as ArrayBuffer)
    } catch (error) {
      if (!(error instanceof DecodeError) && !(error instanceof SyntaxError)) throw error
      socket.close(4002, 'what came cannot be read')
      this.#ended(4002)
    }
  }

  #text(message: Readonly<Record<string, unknown>>, socket: WebSocketLike): void {
    if (message['type'] !== 'hello') {
      this.#hearer.message(message)
      return
    }
    const hello = message as unknown as Hello
    this.hello = hello
    this.#window = hello.window
    this.#wait = this.#settings.min
    this.#outbox = new Outbox((text) => {
      socket.send(text)
    }, hello.limits['messages'] ?? 200)
    this.say({ type: 'ack', n: 0 }) // from the first one on the bridge keeps to its window
    this.#tell({ type: 'open' })
    this.#hearer.opened(hello)
  }

  #frame(frame: ArrayBuffer): void {
    for (const record of this.#reader.read(frame, (id) => this.#hearer.wanted(id)))
      this.#hearer.record(record)
    this.#handled += frame.byteLength
    if (this.#handled - this.#acknowledged < this.#window / 4) return
    this.#acknowledged = this.#handled
    this.say({ type: 'ack', n: this.#handled })
  }

  #ended(code: number): void {
    const type = this.open ? 'closed' : 'refused'
    this.#socket = undefined
    this.#outbox?.close()
    this.#outbox = undefined
    const { max, jitter } = this.#settings
    const retryIn = Math.round(this.#wait * (1 - jitter * Math.random()))
    this.#wait = Math.min(max, this.#wait * 2)
    this.#timer = setTimeout(() => {
      this.#connect()
    }, retryIn)
    this.#hearer.lost()
    this.#tell({ type, code, retryIn })
  }

  #tell(status: BridgeStatus): void {
    this.#status = status
    for (const queue of this.#listeners) queue.push(status)
  }
}
