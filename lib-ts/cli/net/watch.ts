// Searches and beacons on the UDP port, seen without taking one from anybody.
//
// A socket on the wildcard address would get unicast searches instead of the server beside it. So each socket here is bound to
// an address of many, which every socket gets a copy of. What is sent to this host alone arrives at a client of PVXS, which
// hands it on to the group of this host as every PVXS does; servers hear it there, and so do we.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { beaconIn, Command, Malformed, messagesOf, searchIn, type Message } from './wire.js'

/** The group on loopback by which the programs of a host hand searches on. */
export const LOCAL_GROUP = '224.0.0.128'

export type Seen =
  | {
      readonly event: 'search'
      readonly peer: string
      readonly host: string
      readonly names: readonly string[]
    }
  | {
      readonly event: 'beacon'
      readonly peer: string
      readonly host: string
      readonly guid: string
      readonly server: string
    }

export class Watch {
  readonly #sockets: Socket[] = []
  readonly #seen: (seen: Seen) => void
  /** Addresses that could not be listened at, with the reason. */
  readonly failed: string[] = []

  constructor(seen: (seen: Seen) => void) {
    this.#seen = seen
  }

  /** Listens at an address of many: a broadcast address, or a group, which is joined at that local address. */
  listen(address: string, port: number, joinedAt?: string): Promise<void> {
    return new Promise((resolve) => {
      const socket = createSocket({ type: 'udp4', reuseAddr: true })
      socket.on('error', (error) => {
        this.failed.push(`${address}:${port}: ${error.message}`)
        resolve()
      })
      socket.bind(port, address, () => {
        try {
          if (joinedAt !== undefined) socket.addMembership(address, joinedAt)
          this.#sockets.push(socket)
        } catch (error) {
          this.failed.push(`${address}:${port}: ${(error as Error).message}`)
          socket.close()
        }
        resolve()
      })
      socket.on('message', (bytes, from) => this.#read(bytes, from))
    })
  }

  close(): void {
    for (const socket of this.#sockets) socket.close()
  }

  #read(bytes: Buffer, from: RemoteInfo): void {
    for (const message of messagesOf(bytes)) {
      if (message.isControl) continue
      try {
        this.#take(message, from)
      } catch (error) {
        if (!(error instanceof Malformed)) throw error
      }
    }
  }

  #take(message: Message, from: RemoteInfo): void {
    if (message.command === Command.Search) {
      const { replyAddress, replyPort, names } = searchIn(message)
      const host = replyAddress === '' ? from.address : replyAddress
      this.#seen({ event: 'search', peer: `${host}:${replyPort}`, host, names })
    } else if (message.command === Command.Beacon) {
      const { guid, address, port } = beaconIn(message)
      const server = `${address === '' ? from.address : address}:${port}`
      this.#seen({ event: 'beacon', peer: `${from.address}:${from.port}`, host: from.address, guid, server })
    }
  }
}
