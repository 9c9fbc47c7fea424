// A proxy that tunnels: whatever host it is asked for, it leads to one server.
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface ConnectProxy {
  readonly url: string
  /** What it was asked for, `host:port` each. */
  readonly asked: readonly string[]
  readonly headers: readonly IncomingHttpHeaders[]
}

export async function connectProxy(
  target: { readonly endpoint: string },
  status = 200,
): Promise<ConnectProxy> {
  const asked: string[] = []
  const headers: IncomingHttpHeaders[] = []
  const open = new Set<Socket>()
  const kept = (socket: Socket): Socket => {
    open.add(socket)
    // Either end may be cut.
    return socket.on('error', () => socket.destroy()).once('close', () => open.delete(socket))
  }
  const server = createServer()
  server.on('connect', (request, socket, head: Buffer) => {
    const client = kept(socket as Socket)
    asked.push(request.url ?? '')
    headers.push(request.headers)
    if (status !== 200) {
      client.end(`HTTP/1.1 ${status} No\r\n\r\n`)
      return
    }
    const at = target.endpoint.lastIndexOf(':')
    const host = target.endpoint.slice(0, at)
    const there = kept(connect({ host, port: Number(target.endpoint.slice(at + 1)) }))
    there.once('connect', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      there.write(head)
      client.pipe(there)
      there.pipe(client)
    })
    client.once('close', () => there.destroy())
    there.once('close', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve()
        })
        for (const socket of open) socket.destroy()
      }),
  )
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, headers }
}
