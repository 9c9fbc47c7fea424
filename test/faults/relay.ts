import { createServer, Socket, type AddressInfo, type Server as TcpServer } from 'node:net'

/** One connection through a {@link Relay}. */
export interface Link {
  readonly client: Socket
  readonly server: Socket
  /** What has passed so far. */
  readonly toServer: Buffer[]
  readonly toClient: Buffer[]
}

export interface RelayRules {
  /** What becomes of a piece of data; nothing: it is swallowed. */
  toServer?: (data: Buffer, link: Link) => Buffer | undefined
  toClient?: (data: Buffer, link: Link) => Buffer | undefined
}

/**
 * Resets a connection. Not one that is shutting down: Node (20 to 26) takes it for closed then and never closes it, and a
 * worker thread that has one never ends.
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}

/**
 * A TCP relay between a client and a server. It records, and does to the data what its rules say; they may be changed at
 * any time.
 */
export class Relay implements AsyncDisposable {
  readonly links: Link[] = []
  rules: RelayRules
  /** Pieces are handed on in order, this many ms late. */
  delay = 0
  readonly #listener: TcpServer

  private constructor(port: number, rules: RelayRules) {
    this.rules = rules
    this.#listener = createServer((client) => {
      this.#connect(client, port)
    })
  }

  static async to(port: number, rules: RelayRules = {}): Promise<Relay> {
    const relay = new Relay(port, rules)
    await new Promise<void>((resolve) => relay.#listener.listen(0, '127.0.0.1', resolve))
    return relay
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port
  }

  /** The `server` option of calls that go through here. A search would lead past it, to the server itself. */
  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  #connect(client: Socket, port: number): void {
    const server = new Socket()
    const link: Link = { client, server, toServer: [], toClient: [] }
    this.links.push(link)
    client.setNoDelay(true)
    server.setNoDelay(true)
    server.connect(port, '127.0.0.1')
    for (const socket of [client, server]) {
      socket.on('error', () => undefined) // resets are this one's business
      socket.on('close', () => {
        client.destroy()
        server.destroy()
      })
    }
    client.on('data', (data) => {
      this.#pass(data, link.toServer, server, this.rules.toServer, link)
    })
    server.on('data', (data) => {
      this.#pass(data, link.toClient, client, this.rules.toClient, link)
    })
  }

  #pass(data: Buffer, record: Buffer[], to: Socket, rule: RelayRules['toServer'], link: Link): void {
    record.push(data)
    const passed = rule === undefined ? data : rule(data, link)
    if (passed === undefined) return
    const write = (): void => {
      if (!to.destroyed) to.write(passed)
    }
    if (this.delay === 0) write()
    else setTimeout(write, this.delay)
  }

  /** Breaks all connections with a reset. */
  reset(): void {
    for (const { client, server } of this.links.splice(0)) {
      reset(client)
      reset(server)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.reset()
    await new Promise((resolve) => this.#listener.close(resolve))
  }
}
