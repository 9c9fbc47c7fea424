import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { WebSocket, type ClientOptions } from 'ws'

export interface Message {
  readonly type: string
  readonly pv?: string
  readonly [member: string]: unknown
}

/** A program on a socket of a bridge, which keeps what it hears. */
export abstract class Hearing<M extends { readonly type: string }> implements AsyncDisposable {
  readonly socket: WebSocket
  readonly heard: M[] = []
  readonly #waiting = new Set<() => void>()

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data: Buffer, binary: boolean) => {
      this.take(data, binary)
      for (const look of [...this.#waiting]) look()
    })
  }

  /** Keeps what a frame holds. */
  protected abstract take(data: Buffer, binary: boolean): void

  say(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  }

  /** The first message from now or before that fits; with `begin`, behind so many. */
  protected async first(fits: (message: M) => boolean, begin = 0): Promise<M> {
    for (;;) {
      const found = this.heard.find((message, i) => i >= begin && fits(message))
      if (found !== undefined) return found
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

  /** Everything that was said before is answered when the echo is back. */
  async settled(): Promise<void> {
    const mark = String(performance.now())
    this.say({ type: 'echo', mark })
    await this.first((message) => (message as { readonly mark?: unknown }).mark === mark)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return
    this.socket.close()
    await once(this.socket, 'close')
  }
}

/** A page that speaks version 1, and keeps what it hears. */
export class Page extends Hearing<Message> {
  readonly texts: string[] = []

  protected take(data: Buffer): void {
    this.texts.push(data.toString())
    this.heard.push(JSON.parse(data.toString()) as Message)
  }

  static async open(url: string, options: ClientOptions = {}): Promise<Page> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}pvws/pv`, options)
    const page = new Page(socket)
    await once(socket, 'open')
    return page
  }

  subscribe(...pvs: readonly unknown[]): void {
    this.say({ type: 'subscribe', pvs })
  }

  /** The first message from now or before that fits. */
  hears(fits: (message: Message) => boolean): Promise<Message> {
    return this.first(fits)
  }

  update(pv: string, fits: (message: Message) => boolean = () => true): Promise<Message> {
    return this.hears((message) => message.type === 'update' && message.pv === pv && fits(message))
  }

  error(pv?: string): Promise<Message> {
    return this.hears((message) => message.type === 'error' && (pv === undefined || message.pv === pv))
  }

  updates(pv: string): Message[] {
    return this.heard.filter((message) => message.type === 'update' && message.pv === pv)
  }
}

/** The status with which an upgrade is refused, and the error in its body. */
export async function refusal(
  url: string,
  headers: Record<string, string> = {},
  path = 'pvws/pv',
): Promise<{ status: number; code: string }> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, { headers })
  socket.on('error', () => undefined) // the answer tells more
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
  let body = ''
  for await (const part of response) body += String(part)
  const { error } = JSON.parse(body) as { error: { code: string } }
  return { status: response.statusCode ?? 0, code: error.code }
}
