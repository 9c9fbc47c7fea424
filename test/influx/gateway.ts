// An HTTP server that answers as a test says: for what no real InfluxDB does on demand.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export interface Gateway extends AsyncDisposable {
  readonly url: string
  readonly server: Server
  /** What came, body included. */
  readonly requests: {
    readonly method: string
    readonly url: string
    readonly headers: IncomingMessage['headers']
    readonly body: Buffer
  }[]
  /** Open sockets. */
  readonly sockets: ReadonlySet<Socket>
}

/** `answer` is called when a request has come in whole. */
export async function gateway(
  answer: (response: ServerResponse, request: Gateway['requests'][number], n: number) => unknown,
): Promise<Gateway> {
  const requests: Gateway['requests'] = []
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      requests.push({ method, url, headers, body: Buffer.concat(parts) })
      answer(response, requests.at(-1) as Gateway['requests'][number], requests.length)
    })
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    server,
    requests,
    sockets,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
