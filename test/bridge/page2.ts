import { once } from 'node:events'
import { WebSocket, type ClientOptions } from 'ws'
import type { Value } from 'node-pvxs'
import { RecordReader } from '../../lib-ts/pvws/index.js'

export interface Message2 {
  readonly type: string
  readonly id?: number
  readonly [member: string]: unknown
}

/** What a binary frame brought, in the order of arrival beside the text messages. */
export interface Record2 {
  readonly type: 'record'
  readonly kind: number
  readonly id: number
  readonly complete: boolean
  readonly merged: number
  readonly value: Value
}

/** A program that speaks version 2, and keeps what it hears. */
export class Page2 implements AsyncDisposable {
  readonly socket: WebSocket
  readonly heard: (Message2 | Record2)[] = []
  readonly frames: Buffer[] = []
  readonly #reader = new RecordReader()
  readonly #waiting = new Set<() => void>()

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data: Buffer, binary: boolean) => {
      if (binary) this.#take(data)
      else this.heard.push(JSON.parse(data.toString()) as Message2)
      for (const look of [...this.#waiting]) look()
    })
  }

  #take(data: Buffer): void {
    this.frames.push(data)
    for (const record of this.#reader.read(new Uint8Array(data).buffer))
      this.heard.push({ ...record, type: 'record' })
  }

  static async open(url: string, options: ClientOptions = {}): Promise<Page2> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}pvws/pv?v=2`, options)
    const page = new Page2(socket)
    await once(socket, 'open')
    return page
  }

  say(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  }

  /** Bytes of all binary frames so far. */
  get bytes(): number {
    return this.frames.reduce((sum, { length }) => sum + length, 0)
  }

  /** The first message from now or before that fits; with `begin`, behind so many. */
  async hears<M extends Message2 | Record2 = Message2>(
    fits: (message: M) => boolean,
    type?: M['type'],
    begin = 0,
  ): Promise<M> {
    for (;;) {
      const found = this.heard.find(
        (message, i) => i >= begin && (type === undefined || message.type === type) && fits(message as M),
      )
      if (found !== undefined) return found as M
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error('the socket is closed')
      await new Promise<void>((resolve) => {
        const look = (): void => {
          this.#waiting.delete(look)
          this.socket.off('close', look)
          resolve()
        }
        this.#waiting.add(look)
        this.socket.once('close', look)
      })
    }
  }

  record(id: number, fits: (record: Record2) => boolean = () => true): Promise<Record2> {
    return this.hears<Record2>((record) => record.id === id && fits(record), 'record')
  }

  of(type: string, id: number, fits: (message: Message2) => boolean = () => true): Promise<Message2> {
    return this.hears((message) => message.id === id && fits(message), type)
  }

  /** The answer to a request: its reply, its record of kind 3, or its error. */
  async ask(request: {
    readonly id: number
    readonly [member: string]: unknown
  }): Promise<Message2 | Record2> {
    const begin = this.heard.length
    this.say(request)
    return this.hears<Message2 | Record2>(
      (message) =>
        message.id === request.id &&
        (message.type === 'reply' || message.type === 'error' || (message as Record2).kind === 3),
      undefined,
      begin,
    )
  }

  records(id: number): Record2[] {
    return this.heard.filter((message): message is Record2 => message.type === 'record' && message.id === id)
  }

  /** Everything that was said before is answered when the echo is back. */
  async settled(): Promise<void> {
    const mark = String(performance.now())
    this.say({ type: 'echo', mark })
    await this.hears((message) => message['mark'] === mark)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return
    this.socket.close()
    await once(this.socket, 'close')
  }
}
