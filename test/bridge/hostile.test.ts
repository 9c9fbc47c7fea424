// What no browser sends: broken frames and broken HTTP, on a bare socket. Each ends that client, and no other.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { NTScalar, SharedPV } from 'node-pvxs'
import type { Bridge } from 'node-pvxs/bridge'
import { bridged, until, type Bridged } from './fixtures.js'

const TEXT = 1
const BINARY = 2
const CLOSE = 8
const PING = 9
const PONG = 10

interface Frame {
  readonly opcode: number
  readonly payload?: Buffer
  readonly fin?: boolean
  /** The reserved bits, as they stand in the first byte. */
  readonly reserved?: number
  readonly masked?: boolean
  /** The length that it claims. */
  readonly claims?: number
}

/** A frame of RFC 6455, section 5.2, whether or not it is allowed. */
function frame({
  opcode,
  payload = Buffer.alloc(0),
  fin = true,
  reserved = 0,
  masked = true,
  claims,
}: Frame): Buffer {
  const length = claims ?? payload.length
  const head = [(fin ? 0x80 : 0) | reserved | opcode]
  const mask = masked ? 0x80 : 0
  if (length < 126) head.push(mask | length)
  else if (length < 65_536) head.push(mask | 126, length >> 8, length & 0xff)
  else {
    const long = Buffer.alloc(8)
    long.writeBigUInt64BE(BigInt(length))
    head.push(mask | 127, ...long)
  }
  if (!masked) return Buffer.concat([Buffer.from(head), payload])
  const key = randomBytes(4)
  const hidden = Buffer.from(payload.map((byte, i) => byte ^ (key[i % 4] ?? 0)))
  return Buffer.concat([Buffer.from(head), key, hidden])
}

/** A bare connection to the bridge. */
class Raw {
  readonly socket: Socket
  received = Buffer.alloc(0)
  ended = false

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (data: Buffer) => (this.received = Buffer.concat([this.received, data])))
    socket.on('error', () => undefined) // a reset is an end, too
    socket.once('close', () => (this.ended = true))
  }

  static async to(bridge: Bridge): Promise<Raw> {
    const { hostname, port } = new URL(bridge.url)
    const socket = connect(Number(port), hostname)
    const raw = new Raw(socket)
    onTestFinished(() => {
      socket.destroy()
    })
    await once(socket, 'connect')
    return raw
  }

  /** The same after the handshake. */
  static async webSocket(bridge: Bridge): Promise<Raw> {
    const raw = await Raw.to(bridge)
    const { host } = new URL(bridge.url)
    raw.send(
      `GET /pvws/pv HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    )
    await until(() => raw.received.includes('\r\n\r\n'))
    expect(raw.received.toString('latin1')).toMatch(/^HTTP\/1\.1 101 /)
    raw.received = raw.received.subarray(raw.received.indexOf('\r\n\r\n') + 4)
    return raw
  }

  send(data: string | Buffer): void {
    this.socket.write(data)
  }

  /** The code of the close frame that the bridge sent. */
  get code(): number | undefined {
    for (let at = 0; at + 2 <= this.received.length;) {
      const short = (this.received[at + 1] ?? 0) & 0x7f
      const head = short === 126 ? 4 : short === 127 ? 10 : 2
      const length = short === 126 ? this.received.readUInt16BE(at + 2) : short
      if (((this.received[at] ?? 0) & 0x0f) === CLOSE) return this.received.readUInt16BE(at + head)
      at += head + length
    }
    return undefined
  }
}

const x = (): SharedPV<never> => SharedPV.mailbox(new NTScalar('float64'), { value: 1 }) as never

/** Another page is served as before. */
async function othersAreServed({ open, bridge }: Bridged): Promise<void> {
  const page = await open()
  page.say({ type: 'subscribe', pvs: ['x'] })
  await page.update('x')
  await until(() => bridge.stats().sockets === 1)
}

describe('a frame that is not allowed ends its socket by the code of the protocol', () => {
  const text = Buffer.from('{"type":"ping"}')
  it.each<[string, number, readonly Frame[]]>([
    ['is not masked', 1002, [{ opcode: TEXT, payload: text, masked: false }]],
    ['has the first reserved bit', 1002, [{ opcode: TEXT, payload: text, reserved: 0x40 }]],
    ['has the second reserved bit', 1002, [{ opcode: TEXT, payload: text, reserved: 0x20 }]],
    ['has the third reserved bit', 1002, [{ opcode: TEXT, payload: text, reserved: 0x10 }]],
    ['has a reserved opcode', 1002, [{ opcode: 3 }]],
    ['has a reserved control opcode', 1002, [{ opcode: 11 }]],
    ['goes on with nothing', 1002, [{ opcode: 0, payload: text }]],
    [
      'begins a message within another',
      1002,
      [
        { opcode: TEXT, payload: text, fin: false },
        { opcode: TEXT, payload: text },
      ],
    ],
    ['is a ping in pieces', 1002, [{ opcode: PING, fin: false }]],
    ['is a ping of 126 bytes', 1002, [{ opcode: PING, payload: Buffer.alloc(126) }]],
    ['is text that is not UTF-8', 1007, [{ opcode: TEXT, payload: Buffer.from([0x22, 0xc3, 0x28, 0x22]) }]],
    [
      'is text cut within a character, in pieces',
      1007,
      [
        { opcode: TEXT, payload: Buffer.from([0xe2, 0x82]), fin: false },
        { opcode: 0, payload: Buffer.from([0x22]) },
      ],
    ],
    ['claims more than a message may have', 1009, [{ opcode: TEXT, payload: text, claims: 2 ** 30 }]],
    [
      'claims more than there can be',
      1009,
      [{ opcode: TEXT, payload: text, claims: Number.MAX_SAFE_INTEGER }],
    ],
    ['closes with a code of one byte', 1002, [{ opcode: CLOSE, payload: Buffer.from([3]) }]],
    [
      'closes with a code that nobody may send',
      1002,
      [{ opcode: CLOSE, payload: Buffer.from([0x03, 0xed]) }],
    ],
    [
      'closes with a text that is not UTF-8',
      1007,
      [{ opcode: CLOSE, payload: Buffer.from([0x03, 0xe8, 0xff]) }],
    ],
  ])('that %s: %i', async (_, code, frames) => {
    const stage = await bridged({ x: x() })
    const raw = await Raw.webSocket(stage.bridge)
    raw.send(Buffer.concat(frames.map(frame)))
    await until(() => raw.ended)
    expect(raw.code).toBe(code)
    await othersAreServed(stage)
  })
})

it('a message in many pieces, with a ping between them, is one message', async () => {
  const stage = await bridged({ x: x() })
  const raw = await Raw.webSocket(stage.bridge)
  const whole = Buffer.from('{"type":"subscribe","pvs":["x"]}')
  for (const [i, byte] of [...whole].entries()) {
    const last = i === whole.length - 1
    raw.send(frame({ opcode: i === 0 ? TEXT : 0, payload: Buffer.from([byte]), fin: last }))
    if (i === 5) raw.send(frame({ opcode: PING, payload: Buffer.from('here') }))
  }
  await until(() => raw.received.includes('"pv":"x"'))
  expect(raw.received.includes(Buffer.concat([Buffer.from([0x80 | PONG, 4]), Buffer.from('here')]))).toBe(
    true,
  )
})

it('half a frame, then silence, holds nothing and hinders nobody', async () => {
  const stage = await bridged({ x: x() })
  const halves = await Promise.all(Array.from({ length: 20 }, () => Raw.webSocket(stage.bridge)))
  for (const raw of halves)
    raw.send(frame({ opcode: BINARY, payload: Buffer.alloc(100_000) }).subarray(0, 50_000))
  const page = await stage.open()
  page.say({ type: 'subscribe', pvs: ['x'] })
  await page.update('x')
  for (const raw of halves) raw.socket.destroy()
  await until(() => stage.bridge.stats().sockets === 1)
})

it('random bytes after the handshake end their socket, and no other', { timeout: 60_000 }, async () => {
  const stage = await bridged({ x: x() })
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
      const raw = await Raw.webSocket(stage.bridge)
      raw.send(Buffer.from(bytes))
      raw.socket.end()
      await until(() => raw.ended)
    }),
    { numRuns: 60 },
  )
  await until(() => stage.bridge.stats().sockets === 0)
  await othersAreServed(stage)
})

describe('HTTP that is not HTTP', () => {
  const head = 'Host: 127.0.0.1\r\n'
  it.each<[string, string, RegExp]>([
    [
      'two lengths',
      `POST /api/pv/x HTTP/1.1\r\n${head}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd`,
      /^HTTP\/1\.1 400 /,
    ],
    [
      'a length and pieces',
      `POST /api/pv/x HTTP/1.1\r\n${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      /^HTTP\/1\.1 400 /,
    ],
    ['a header of 40 kB', `GET / HTTP/1.1\r\n${head}X: ${'a'.repeat(40_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['a line feed in a header', `GET / HTTP/1.1\r\n${head}X: a\nb\r\n\r\n`, /^HTTP\/1\.1 400 /],
    ['no HTTP at all', '\u0016\u0003\u0001\r\n\r\n', /^HTTP\/1\.1 400 /],
    [
      'another host in the target',
      `GET http://evil.example/pvws/info HTTP/1.1\r\n${head}\r\n`,
      /^HTTP\/1\.1 4\d\d /,
    ],
    ['dots in the path', `GET /pvws/../../../etc/passwd HTTP/1.1\r\n${head}\r\n`, /^HTTP\/1\.1 404 /],
    ['escaped dots', `GET /pvws/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n${head}\r\n`, /^HTTP\/1\.1 404 /],
    ['a zero in the path', `GET /api/pv/%00 HTTP/1.1\r\n${head}\r\n`, /^HTTP\/1\.1 400 /],
    ['a broken escape', `GET /api/pv/%zz HTTP/1.1\r\n${head}\r\n`, /^HTTP\/1\.1 400 /],
    ['a method that there is not', `BREW / HTTP/1.1\r\n${head}\r\n`, /^HTTP\/1\.1 400 /],
    ['CONNECT', `CONNECT evil.example:80 HTTP/1.1\r\n${head}\r\n`, /^(?:HTTP\/1\.1 4\d\d |$)/],
  ])('%s is refused, and says nothing of this machine', async (_, request, answer) => {
    const stage = await bridged({ x: x() })
    const raw = await Raw.to(stage.bridge)
    raw.send(request)
    raw.socket.end()
    await until(() => raw.ended || raw.received.length > 0)
    await until(() => raw.ended || raw.received.includes('\r\n\r\n'))
    const said = raw.received.toString('latin1')
    expect(said).toMatch(answer)
    expect(said).not.toMatch(/root:|node_modules|at \w+ \(/)
    await othersAreServed(stage)
  })

  it('a second request behind a wrong length is not answered', async () => {
    const stage = await bridged({ x: x() })
    const raw = await Raw.to(stage.bridge)
    const inner = `GET /pvws/info HTTP/1.1\r\n${head}\r\n`
    raw.send(
      `POST /api/pv/x HTTP/1.1\r\n${head}Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
    )
    await until(() => raw.ended)
    expect(raw.received.toString('latin1').match(/HTTP\/1\.1 \d\d\d/g)).toEqual(['HTTP/1.1 400'])
  })
})
