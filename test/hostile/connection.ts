import { Socket } from 'node:net'
import { reset } from '../faults/relay.js'

/** A message of the server. */
export interface Message {
  readonly command: number
  readonly body: Buffer
}

const LIMIT = 10_000

/** A connection to a server of PVAccess, byte by byte: what the server has said on it, and whether it closed it. */
export class Connection {
  readonly #socket = new Socket()
  readonly #ended: Promise<void>
  #received = Buffer.alloc(0)
  #heard: () => void = () => undefined
  closed = false

  private constructor() {
    this.#socket.on('data', (data) => {
      this.#received = Buffer.concat([this.#received, data])
      this.#heard()
    })
    // Either ends it: where a reset meets a shutdown under way, Node emits the error (EINVAL) and never 'close'.
    this.#ended = new Promise((resolve) => {
      const onEnd = (): void => {
        this.closed = true
        this.#heard()
        resolve()
      }
      this.#socket.on('error', onEnd).on('close', onEnd)
    })
  }

  /** Connects, and waits until the server has said the first word. */
  static async to(port: number): Promise<Connection> {
    const connection = new Connection()
    connection.#socket.connect(port, '127.0.0.1')
    await connection.hears(() => connection.#received.length > 0)
    return connection
  }

  /** Resolves when the bytes are the kernel's, or the connection is closed. */
  async write(bytes: Buffer): Promise<void> {
    if (this.#socket.destroyed) return
    await Promise.race([new Promise((resolve) => this.#socket.write(bytes, resolve)), this.#ended])
  }

  get received(): Buffer {
    return this.#received
  }

  /** The messages of the server so far. */
  get messages(): readonly Message[] {
    const messages: Message[] = []
    for (let at = 0; at + 8 <= this.#received.length;) {
      // A control message has no body: its length is something else.
      const isControl = ((this.#received[at + 2] ?? 0) & 1) !== 0
      const length = isControl ? 0 : this.#received.readUInt32LE(at + 4)
      const body = this.#received.subarray(at + 8, at + 8 + length)
      messages.push({ command: this.#received[at + 3] ?? -1, body })
      at += 8 + length
    }
    return messages
  }

  /** Waits until what was received is as `holds` wants it: true. False when the server closes before. */
  async hears(holds: () => boolean): Promise<boolean> {
    const done = (): boolean => this.closed || holds()
    if (!done()) {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => {
          const commands = this.messages.map(({ command }) => command).join(' ')
          reject(new Error(`nothing more in ${LIMIT} ms, and no end; the commands so far: ${commands}`))
        }, LIMIT)
        this.#heard = () => {
          if (!done()) return
          clearTimeout(timer)
          resolve()
        }
      })
    }
    return holds()
  }

  async end(how: 'close' | 'reset'): Promise<void> {
    if (how === 'reset') reset(this.#socket)
    else this.#socket.destroy()
    await this.#ended
  }
}
