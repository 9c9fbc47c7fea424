// The messages of PVAccess that find things: search, its answer, beacon, origin tag. Read and written in plain TypeScript, so
// that every answer is seen, and not only the first one.

const MAGIC = 0xca
const VERSION = 2
const HEADER = 8

const CONTROL = 0x01
const FROM_SERVER = 0x40
const BIG_ENDIAN = 0x80

export const Command = {
  Beacon: 0,
  Validation: 1,
  Search: 3,
  Answer: 4,
  Validated: 9,
  OriginTag: 22,
} as const

const MUST_REPLY = 0x01
const UNICAST = 0x80

export interface Message {
  readonly command: number
  readonly isControl: boolean
  readonly fromServer: boolean
  readonly bigEndian: boolean
  readonly body: Buffer
}

/** Something that is not what PVAccess says. */
export class Malformed extends Error {}

/** The first message in the bytes, and where the next one begins; undefined while it is not whole. */
export function messageIn(bytes: Buffer): { readonly message: Message; readonly end: number } | undefined {
  if (bytes.length > 0 && bytes[0] !== MAGIC) throw new Malformed('it does not begin as PVAccess does')
  if (bytes.length < HEADER) return undefined
  const flags = bytes.readUInt8(2)
  const bigEndian = (flags & BIG_ENDIAN) !== 0
  const isControl = (flags & CONTROL) !== 0
  const size = isControl ? 0 : bigEndian ? bytes.readUInt32BE(4) : bytes.readUInt32LE(4)
  if (size > LARGEST) throw new Malformed(`a message of ${size} bytes`)
  if (bytes.length < HEADER + size) return undefined
  const body = bytes.subarray(HEADER, HEADER + size)
  const command = bytes.readUInt8(3)
  const fromServer = (flags & FROM_SERVER) !== 0
  return { message: { command, isControl, fromServer, bigEndian, body }, end: HEADER + size }
}

const LARGEST = 1 << 20

/** All messages of a datagram; what does not parse ends it. */
export function messagesOf(datagram: Buffer): Message[] {
  const messages: Message[] = []
  try {
    for (let rest = datagram; rest.length > 0;) {
      const next = messageIn(rest)
      if (next === undefined) break
      messages.push(next.message)
      rest = rest.subarray(next.end)
    }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
  }
  return messages
}

/** A message in little endian. */
export function messageOf(command: number, body: Buffer, fromServer = false): Buffer {
  const head = Buffer.from([MAGIC, VERSION, fromServer ? FROM_SERVER : 0, command, 0, 0, 0, 0])
  head.writeUInt32LE(body.length, 4)
  return Buffer.concat([head, body])
}

/** Reads the fields of a message one after the other. */
export class Fields {
  readonly #bytes: Buffer
  readonly #bigEndian: boolean
  #at = 0

  constructor({ body, bigEndian }: Message) {
    this.#bytes = body
    this.#bigEndian = bigEndian
  }

  #take(length: number): Buffer {
    const end = this.#at + length
    if (length < 0 || end > this.#bytes.length) throw new Malformed('a message is cut')
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }

  u8(): number {
    return this.#take(1).readUInt8()
  }

  u16(): number {
    const bytes = this.#take(2)
    return this.#bigEndian ? bytes.readUInt16BE() : bytes.readUInt16LE()
  }

  u32(): number {
    const bytes = this.#take(4)
    return this.#bigEndian ? bytes.readUInt32BE() : bytes.readUInt32LE()
  }

  guid(): string {
    return this.#take(12).toString('hex')
  }

  skip(length: number): void {
    this.#take(length)
  }

  /** An address as text; '' for the one that stands for the sender's. */
  address(): string {
    return addressText(this.#take(16))
  }

  size(): number {
    const first = this.u8()
    if (first < 254) return first
    return first === 254 ? this.u32() : -1
  }

  text(): string {
    const size = this.size()
    return size < 0 ? '' : this.#take(size).toString('utf8')
  }
}

const MAPPED = Buffer.from('00000000000000000000ffff', 'hex')

function addressText(bytes: Buffer): string {
  if (bytes.every((byte) => byte === 0)) return ''
  if (bytes.subarray(0, 12).equals(MAPPED)) {
    const v4 = [...bytes.subarray(12)].join('.')
    return v4 === '0.0.0.0' ? '' : v4
  }
  // Some write an IPv4 address without the prefix.
  if (bytes.subarray(0, 12).every((byte) => byte === 0)) return [...bytes.subarray(12)].join('.')
  return Array.from({ length: 8 }, (_, k) => bytes.readUInt16BE(2 * k).toString(16)).join(':')
}

export interface Search {
  readonly sequence: number
  readonly mustReply: boolean
  readonly unicast: boolean
  /** '' for the sender's. */
  readonly replyAddress: string
  readonly replyPort: number
  readonly names: readonly string[]
}

export interface Answer {
  readonly guid: string
  /** '' for the sender's. */
  readonly address: string
  readonly port: number
  readonly protocol: string
  readonly found: boolean
  readonly ids: readonly number[]
}

export interface Beacon {
  readonly guid: string
  /** '' for the sender's. */
  readonly address: string
  readonly port: number
  readonly protocol: string
}

export function searchIn(message: Message): Search {
  const fields = new Fields(message)
  const sequence = fields.u32()
  const flags = fields.u8()
  fields.skip(3)
  const replyAddress = fields.address()
  const replyPort = fields.u16()
  for (let count = fields.size(); count > 0; count--) fields.text()
  const names = Array.from({ length: fields.u16() }, () => {
    fields.skip(4)
    return fields.text()
  })
  return {
    sequence,
    mustReply: (flags & MUST_REPLY) !== 0,
    unicast: (flags & UNICAST) !== 0,
    replyAddress,
    replyPort,
    names,
  }
}

export function answerIn(message: Message): Answer & { readonly sequence: number } {
  const fields = new Fields(message)
  const guid = fields.guid()
  const sequence = fields.u32()
  const address = fields.address()
  const port = fields.u16()
  const protocol = fields.text()
  const found = fields.u8() !== 0
  const ids = Array.from({ length: fields.u16() }, () => fields.u32())
  return { guid, sequence, address, port, protocol, found, ids }
}

export function beaconIn(message: Message): Beacon {
  const fields = new Fields(message)
  const guid = fields.guid()
  fields.skip(4)
  const address = fields.address()
  return { guid, address, port: fields.u16(), protocol: fields.text() }
}

/** A search for one name, or, without one, for every server: it must reply either way. */
export function searchFor(
  name: string | undefined,
  how: {
    readonly sequence: number
    readonly id: number
    readonly unicast: boolean
    readonly replyPort: number
  },
): Buffer {
  const { sequence, id, unicast, replyPort } = how
  const text = Buffer.from(name ?? '')
  const head = Buffer.alloc(26)
  head.writeUInt32LE(sequence, 0)
  head.writeUInt8(MUST_REPLY | (unicast ? UNICAST : 0), 4)
  head.writeUInt16LE(replyPort, 24) // the address before it is zero: the sender's
  const protocols = Buffer.concat([Buffer.from([1, 3]), Buffer.from('tcp')])
  const count = Buffer.from([name === undefined ? 0 : 1, 0])
  if (name === undefined) return messageOf(Command.Search, Buffer.concat([head, protocols, count]))
  const one = Buffer.alloc(4)
  one.writeUInt32LE(id)
  return messageOf(Command.Search, Buffer.concat([head, protocols, count, one, sizeOf(text.length), text]))
}

export function sizeOf(length: number): Buffer {
  if (length < 254) return Buffer.from([length])
  const bytes = Buffer.alloc(5, 254)
  bytes.writeUInt32LE(length, 1)
  return bytes
}
