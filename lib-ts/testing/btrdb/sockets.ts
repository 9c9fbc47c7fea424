// Connections of a gRPC server. The sockets are ours, so that they can be cut as a network cuts them.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { ServerCredentials, type Server as GrpcServer } from '@grpc/grpc-js'
import type { FakeTls } from './options.js'

export interface Listening {
  readonly host: string
  readonly port: number
  readonly tls: FakeTls | undefined
}

export class Sockets {
  readonly #open = new Set<Socket>()
  readonly #server: Server
  readonly #injector: { destroy(): void }

  constructor(grpc: GrpcServer, tls: FakeTls | undefined) {
    const injector = grpc.createConnectionInjector(credentials(tls))
    this.#injector = injector
    this.#server = createServer((socket) => {
      this.#open.add(socket)
      socket.on('error', () => socket.destroy()) // the other end is gone, which is its own affair
      socket.once('close', () => this.#open.delete(socket))
      injector.injectConnection(socket)
    })
  }

  /** Gives `host:port`. */
  async listen({ host, port }: Listening): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, host, resolve)
    })
    const { port: bound } = this.#server.address() as AddressInfo
    return `${host.includes(':') ? `[${host}]` : host}:${bound}`
  }

  cut(): void {
    for (const socket of this.#open) socket.destroy()
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#injector.destroy()
    this.cut()
    await closed
  }
}

function credentials(tls: FakeTls | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure()
  const pair = { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.cert) }
  const { ca } = tls
  return ServerCredentials.createSsl(ca === undefined ? null : Buffer.from(ca), [pair], ca !== undefined)
}
