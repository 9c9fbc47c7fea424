import { createServer } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

const USER = 'pi'
const PASSWORD = 'pr0xy'

/** What the proxy does with a CONNECT: opens it, refuses it with 407, or never answers. */
export type Manner = 'open' | 'refuse' | 'silent'

export interface Proxy {
  /** With its user and password. */
  readonly url: string
  readonly password: string
  /** Target and Proxy-Authorization of each CONNECT. */
  readonly connects: readonly (readonly [string | undefined, string | undefined])[]
  /** Connections of clients that are open. */
  readonly open: number
  manner: Manner
}

/** An HTTP proxy that knows CONNECT alone. */
export async function connectProxy(): Promise<Proxy> {
  const connects: [string | undefined, string | undefined][] = []
  const clients = new Set<Socket>()
  const server = createServer()
  server.on('connection', (socket: Socket) => {
    clients.add(socket)
    socket.on('error', () => undefined).once('close', () => clients.delete(socket))
  })
  const proxy = {
    url: '',
    password: PASSWORD,
    connects,
    manner: 'open' as Manner,
    get open() {
      return clients.size
    },
  }
  server.on('connect', (request, socket: Socket) => {
    connects.push([request.url, request.headers['proxy-authorization']])
    if (proxy.manner === 'silent') {
      // It is to notice that the client leaves.
      socket.resume().once('end', () => socket.end())
      return
    }
    if (proxy.manner === 'refuse') {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n')
      return
    }
    const [host, port] = (request.url ?? '').split(':')
    const through = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      through.pipe(socket).pipe(through)
    })
    through.on('error', () => socket.destroy()).once('close', () => socket.destroy())
    socket.once('close', () => through.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    for (const socket of clients) socket.destroy()
  })
  proxy.url = `http://${USER}:${PASSWORD}@127.0.0.1:${(server.address() as AddressInfo).port}`
  return proxy
}
