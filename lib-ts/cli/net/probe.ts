// Who listens at a TCP port: a PVAccess server speaks first.
import { connect, type Socket } from 'node:net'
import {
  answerIn,
  Command,
  Fields,
  Malformed,
  messageIn,
  messageOf,
  searchFor,
  sizeOf,
  type Message,
} from './wire.js'

export type Probe =
  | { readonly state: 'speaks' }
  | { readonly state: 'refused' | 'unreachable'; readonly reason: string }
  | { readonly state: 'silent' }
  | { readonly state: 'foreign'; readonly said: string }

/** What a name server says of a name. */
export interface Named {
  readonly guid: string
  readonly found: boolean
  readonly host: string
  readonly port: number
  readonly says: boolean
}

export interface ProbeResult {
  readonly probe: Probe
  /** The answers to a search by this connection. */
  readonly named: readonly Named[]
}

const CONNECT_MS = 1_000
const SPEAK_MS = 1_000
const ANSWER_MS = 700
const FIRST_BYTES = 24 // of what is not PVAccess, for the finding

/** Connects, and reads the first words; asks for `name` when it is a server, `undefined`: only whether it is one. */
export function probe(host: string, port: number, name?: string): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const talk = new Talk(socket, name, (result) => {
      socket.destroy()
      resolve(result)
    })
    talk.begin()
  })
}

class Talk {
  readonly #socket: Socket
  readonly #name: string | undefined
  readonly #done: (result: ProbeResult) => void
  readonly #named: Named[] = []
  #bytes: Buffer = Buffer.alloc(0)
  #timer: NodeJS.Timeout | undefined
  #speaks = false
  #over = false

  constructor(socket: Socket, name: string | undefined, done: (result: ProbeResult) => void) {
    this.#socket = socket
    this.#name = name
    this.#done = done
  }

  begin(): void {
    const socket = this.#socket
    this.#wait(CONNECT_MS, { state: 'unreachable', reason: 'no answer' })
    socket.on('connect', () => this.#wait(SPEAK_MS, { state: 'silent' }))
    socket.on('data', (bytes: Buffer) => this.#read(bytes))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const refused = error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET'
      this.#end({ state: refused ? 'refused' : 'unreachable', reason: error.message })
    })
    socket.on('close', () => this.#end({ state: 'refused', reason: 'it closed the connection' }))
  }

  #wait(ms: number, otherwise: Probe): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#end(otherwise), ms)
  }

  #end(probe: Probe): void {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#timer)
    this.#done({ probe: this.#speaks ? { state: 'speaks' } : probe, named: this.#named })
  }

  #read(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes])
    try {
      for (let next = messageIn(this.#bytes); next !== undefined; next = messageIn(this.#bytes)) {
        this.#bytes = this.#bytes.subarray(next.end)
        this.#take(next.message)
      }
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      this.#end({ state: 'foreign', said: this.#bytes.subarray(0, FIRST_BYTES).toString('latin1') })
    }
  }

  #take(message: Message): void {
    if (message.isControl || this.#over) return
    if (message.command === Command.Validation) {
      this.#speaks = true
      if (this.#name === undefined) this.#end({ state: 'speaks' })
      else this.#introduce(message)
    } else if (message.command === Command.Validated) {
      this.#socket.write(searchFor(this.#name, { sequence: 1, id: 1, unicast: true, replyPort: 0 }))
    } else if (message.command === Command.Answer) this.#answer(message)
  }

  /** Says who we are, which a server waits for before it answers searches. */
  #introduce(message: Message): void {
    const fields = new Fields(message)
    const size = fields.u32()
    const registry = fields.u16()
    const head = Buffer.alloc(8)
    head.writeUInt32LE(size, 0)
    head.writeUInt16LE(registry, 4)
    const method = Buffer.from('anonymous')
    this.#socket.write(
      messageOf(
        Command.Validation,
        Buffer.concat([head, sizeOf(method.length), method, Buffer.from([0xff])]),
      ),
    )
    this.#wait(ANSWER_MS, { state: 'speaks' })
  }

  #answer(message: Message): void {
    const { guid, found, address, port } = answerIn(message)
    const host = address === '' ? (this.#socket.remoteAddress ?? '') : address
    this.#named.push({ guid, found, host, port, says: address !== '' })
    this.#wait(ANSWER_MS / 2, { state: 'speaks' })
  }
}
