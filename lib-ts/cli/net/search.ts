// Searches by UDP that collect every answer, not only the first.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { answerIn, Command, Malformed, messagesOf, searchFor } from './wire.js'

export interface Destination {
  readonly host: string
  readonly port: number
  /** Whether it is one host's own address. */
  readonly unicast: boolean
}

/** What a server answered. */
export interface Heard {
  readonly guid: string
  /** Where the datagram came from. */
  readonly from: string
  /** Where it says that it is to be reached; `from` where it does not say. */
  readonly server: string
  /** Whether it says so itself, an address of its own. */
  readonly says: boolean
  readonly host: string
  readonly port: number
  /** Whether it has the name that was searched. */
  readonly found: boolean
  /** Whether it was reached by what is configured. */
  readonly configured: boolean
}

const AGAIN = [0, 300, 900] // ms

/** Destinations that are asked by one socket, so that its answers are told from those of another. */
export class Searcher {
  readonly #socket: Socket
  readonly #heard: (heard: Heard) => void
  readonly #configured: boolean
  readonly #timers: NodeJS.Timeout[] = []
  /** Destinations that could not be sent to, with the reason. */
  readonly failed = new Map<string, string>()

  private constructor(socket: Socket, configured: boolean, heard: (heard: Heard) => void) {
    this.#socket = socket
    this.#heard = heard
    this.#configured = configured
    socket.on('message', (bytes, peer) => this.#read(bytes, peer))
    socket.on('error', () => undefined) // an ICMP answer; the silence tells enough
  }

  static async open(configured: boolean, heard: (heard: Heard) => void): Promise<Searcher> {
    const socket = createSocket('udp4')
    socket.bind(0)
    await once(socket, 'listening')
    socket.setBroadcast(true)
    return new Searcher(socket, configured, heard)
  }

  /** Asks all of them for the name, three times; without a name for who is there. */
  ask(destinations: readonly Destination[], name: string | undefined): void {
    AGAIN.forEach((ms, round) => {
      this.#timers.push(setTimeout(() => this.#send(destinations, name, round), ms))
    })
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#socket.close()
  }

  #send(destinations: readonly Destination[], name: string | undefined, sequence: number): void {
    const { port: replyPort } = this.#socket.address()
    for (const { host, port, unicast } of destinations) {
      const bytes = searchFor(name, { sequence, id: 1, unicast, replyPort })
      this.#socket.send(bytes, port, host, (error) => {
        if (error !== null) this.failed.set(`${host}:${port}`, error.message)
      })
    }
  }

  #read(bytes: Buffer, peer: RemoteInfo): void {
    for (const message of messagesOf(bytes)) {
      if (message.command !== Command.Answer || message.isControl) continue
      try {
        const { guid, address, port, found, protocol } = answerIn(message)
        if (protocol !== 'tcp') continue
        const host = address === '' ? peer.address : address
        const server = `${host}:${port}`
        const says = address !== ''
        const from = peer.address
        this.#heard({ guid, from, server, says, host, port, found, configured: this.#configured })
      } catch (error) {
        if (!(error instanceof Malformed)) throw error
      }
    }
  }
}
