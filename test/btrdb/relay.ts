// A way to a server that counts who is on it, and can be cut.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Relay {
  readonly endpoint: string
  /** Connections now. */
  readonly open: number
  /** Connections so far. */
  readonly accepted: number
  /** Whether connections are cut as soon as they are there. */
  refuse: boolean
  /** How many were. */
  readonly refused: number
  /** Cuts all of them. */
  cut(): void
  /** Resolves when there is none. */
  quiet(): Promise<void>
}

export async function relayTo({ endpoint }: { readonly endpoint: string }): Promise<Relay> {
  const at = endpoint.lastIndexOf(':')
  const there = { host: endpoint.slice(0, at), port: Number(endpoint.slice(at + 1)) }
  const clients = new Set<Socket>()
  let waiting: (() => void)[] = []
  let accepted = 0
  let refused = 0
  const gone = (client: Socket): void => {
    clients.delete(client)
    if (clients.size > 0) return
    for (const resolve of waiting) resolve()
    waiting = []
  }
  const server = createServer((client) => {
    if (relay.refuse) {
      refused++
      client.on('error', () => undefined).destroy()
      return
    }
    accepted++
    clients.add(client)
    const other = connect(there)
    // Either end may be cut, and takes the other with it.
    for (const [one, two] of [
      [client, other],
      [other, client],
    ] as const)
      one.on('error', () => one.destroy()).once('close', () => two.destroy())
    client.once('close', () => {
      gone(client)
    })
    client.pipe(other).pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = (): void => {
    for (const client of clients) client.destroy()
  }
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve()
        })
        cut()
      }),
  )
  const relay: Relay = {
    endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    refuse: false,
    get open() {
      return clients.size
    },
    get accepted() {
      return accepted
    },
    get refused() {
      return refused
    },
    cut,
    quiet: () => (clients.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  }
  return relay
}
