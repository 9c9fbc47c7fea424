import { createServer, type AddressInfo, type Socket } from 'node:net'

/** One message of PVAccess, little endian, as a server sends it. */
export function message(command: number, ...body: readonly (number | Buffer)[]): Buffer {
  const content = Buffer.concat(body.map((part) => (typeof part === 'number' ? Buffer.from([part]) : part)))
  const head = Buffer.from([0xca, 2, 0x40, command, 0, 0, 0, 0])
  head.writeUInt32LE(content.length, 4)
  return Buffer.concat([head, content])
}

export const u32 = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer)
export const text = (value: string): Buffer => Buffer.from([value.length, ...Buffer.from(value)])

/** struct { int32 value } */
export const INT32_TYPE = Buffer.concat([Buffer.from([0x80, 0, 1]), text('value'), Buffer.from([0x22])])
export const STRING_TYPE = Buffer.concat([Buffer.from([0x80, 0, 1]), text('value'), Buffer.from([0x60])])
export const OK = 0xff

export const Command = { Create: 7, Destroy: 8, Get: 10, Put: 11, Monitor: 13, Info: 17, Rpc: 20 } as const

export interface Request {
  readonly command: number
  readonly ioid: number
  readonly subcommand: number
}

/** A server that shakes hands and creates every channel, and answers operations as it is told. */
export class ScriptedServer implements AsyncDisposable {
  /** Closes each channel as soon as it has created it. */
  closesChannels = false
  /** Channels that were asked for. */
  created = 0
  /** The id of the last of them. */
  lastChannel = u32(0)
  readonly #listener
  readonly #sockets = new Set<Socket>()

  private constructor(answer: (request: Request, send: (data: Buffer) => void) => void) {
    this.#listener = createServer((socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket))
      const send = (data: Buffer): void => {
        if (!socket.destroyed) socket.write(data)
      }
      send(Buffer.from([0xca, 2, 0x41, 2, 0, 0, 0, 0])) // byte order
      send(message(1, u32(0x1_0000), 0xff, 0x7f, 1, text('anonymous')))
      let rest = Buffer.alloc(0)
      socket.on('data', (data) => {
        rest = Buffer.concat([rest, data])
        while (rest.length >= 8) {
          const control = ((rest[2] ?? 0) & 1) !== 0
          const end = 8 + (control ? 0 : rest.readUInt32LE(4))
          if (rest.length < end) return
          this.#onMessage(rest[3] ?? 0, rest.subarray(8, end), control, send, answer)
          rest = rest.subarray(end)
        }
      })
    })
  }

  static async start(
    answer: (request: Request, send: (data: Buffer) => void) => void,
  ): Promise<ScriptedServer> {
    const server = new ScriptedServer(answer)
    await new Promise<void>((resolve) => server.#listener.listen(0, '127.0.0.1', resolve))
    return server
  }

  get address(): string {
    return `127.0.0.1:${(this.#listener.address() as AddressInfo).port}`
  }

  #onMessage(
    command: number,
    body: Buffer,
    control: boolean,
    send: (data: Buffer) => void,
    answer: (request: Request, send: (data: Buffer) => void) => void,
  ): void {
    if (control) return
    if (command === 1) send(message(9, OK))
    else if (command === Command.Create) {
      const cid = body.subarray(2, 6)
      this.created++
      this.lastChannel = Buffer.from(cid)
      send(message(Command.Create, cid, cid, OK))
      if (this.closesChannels) send(message(Command.Destroy, cid, cid))
    } else if (command === Command.Info) {
      answer({ command, ioid: body.readUInt32LE(4), subcommand: 0 }, send)
    } else if (
      body.length >= 9 &&
      [Command.Get, Command.Put, Command.Monitor, Command.Rpc].includes(command as 10)
    ) {
      answer({ command, ioid: body.readUInt32LE(4), subcommand: body[8] ?? 0 }, send)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#listener.close(resolve))
  }
}
