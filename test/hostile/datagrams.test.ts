// Hostile datagrams for our server (K). None may crash it, be answered when it should not, or keep a good client waiting.
import { createSocket } from 'node:dgram'
import { describe, expect, it } from 'vitest'
import { Context, NTScalar, SharedPV } from 'node-pvxs'
import { leavesNothing, until } from '../unit/fixtures.js'
import { create, frame, text, u32 } from './frames.js'
import { served } from './served.js'

leavesNothing()

const peer = served({ x: SharedPV.mailbox(new NTScalar('int32'), { value: 5 }) })

describe('K. datagrams', () => {
  const search = (names: readonly string[], reply = [...new Array<number>(16).fill(0)], port = 0, count = names.length): Buffer => // prettier-ignore
    frame(3, [
      ...u32(1), 0x80, 0, 0, 0, ...reply, port & 255, port >> 8, 1, ...text('tcp'),
      count & 255, count >> 8, ...names.flatMap((name, k) => [...u32(k), ...text(name)]),
    ]) // prettier-ignore
  const mapped = (...address: number[]): number[] => [
    ...new Array<number>(10).fill(0),
    0xff,
    0xff,
    ...address,
  ]
  const beacon = (sequence: number): Buffer =>
    frame(0, [...new Array<number>(12).fill(1), 0, sequence & 255, 0, 0, ...mapped(127, 0, 0, 1), 0, 0, ...text('tcp'), 0xff]) // prettier-ignore
  // whether it is answered, and the datagram of one who hears answers at that port
  const cases: Readonly<Record<string, readonly [boolean, (port: number) => Buffer]>> = {
    empty: [false, () => Buffer.alloc(0)],
    '7 bytes': [false, () => Buffer.alloc(7, 0xca)],
    '65,507 bytes': [false, () => Buffer.alloc(65_507, 0xca)],
    'a search as it should be': [true, (port) => search(['x'], undefined, port)],
    'reply address that is an IPv4 address mapped to IPv6': [true, (port) => search(['x'], mapped(127, 0, 0, 1), port)], // prettier-ignore
    'reply address of IPv6': [false, (port) => search(['x'], [...new Array<number>(15).fill(0), 1], port)],
    'version 0': [false, () => Buffer.from([0xca, 0, 0, 3, 0, 0, 0, 0])],
    'version 0 of a search': [false, (port) => search(['x'], undefined, port).fill(0, 1, 2)],
    'a command for TCP': [false, () => create(1, 'x')],
    'search of nothing': [false, (port) => search([], undefined, port)],
    'search of more names than come': [false, (port) => search(['x'], undefined, port, 65_535)],
    'name beyond the packet': [false, (port) => frame(3, [...u32(1), 0x80, 0, 0, 0, ...new Array<number>(16).fill(0), port & 255, port >> 8, 1, ...text('tcp'), 1, 0, ...u32(1), 200, 97])], // prettier-ignore
    'NUL in a name': [false, (port) => search(['a\0b'], undefined, port)],
    'NUL after a name, which ends it': [true, (port) => search(['x\0'], undefined, port)],
    'empty name': [false, (port) => search([''], undefined, port)],
    'reply to broadcast': [false, () => search(['x'], mapped(255, 255, 255, 255), 9)],
    'reply to multicast': [false, () => search(['x'], mapped(224, 0, 0, 1), 9)],
    'reply to nowhere': [false, () => search(['x'], mapped(0, 0, 0, 0), 0)],
    'reply address 0.0.0.0': [true, (port) => search(['x'], mapped(0, 0, 0, 0), port)],
    '255 protocols': [false, (port) => frame(3, [...u32(1), 0x80, 0, 0, 0, ...new Array<number>(16).fill(0), port & 255, port >> 8, 255])], // prettier-ignore
    'origin tag by unicast': [false, (port) => Buffer.concat([frame(22, mapped(127, 0, 0, 1)), search(['x'], undefined, port)])], // prettier-ignore
    'origin tags, nested': [false, (port) => Buffer.concat([frame(22, mapped(127, 0, 0, 1)), frame(22, mapped(127, 0, 0, 1)), search(['x'], undefined, port)])], // prettier-ignore
    'beacon with our address': [false, () => beacon(255)],
    'length that lies': [false, () => frame(3, [1, 2, 3], 0, 60_000)],
  }

  /** Sends them, and then a search until that is answered; the sequence numbers of all answers. */
  async function answersTo(
    make: (port: number) => readonly Buffer[],
    type: 'udp4' | 'udp6' = 'udp4',
  ): Promise<number[]> {
    const socket = createSocket(type)
    const to = type === 'udp4' ? '127.0.0.1' : '::ffff:127.0.0.1'
    const answers: number[] = []
    socket.on('message', (data) =>
      answers.push((data[2] ?? 0) & 0x80 ? data.readUInt32BE(20) : data.readUInt32LE(20)),
    )
    try {
      await new Promise<void>((resolve) => socket.bind(0, resolve))
      const { port } = socket.address()
      for (const datagram of make(port))
        await new Promise<void>((resolve, reject) => {
          socket.send(datagram, peer.server.udpPort, to, (error) => (error ? reject(error) : resolve()))
        })
      const last = search(['x'], mapped(127, 0, 0, 1), port)
      last.writeUInt32LE(LAST, 8)
      const ask = (): void => socket.send(last, peer.server.udpPort, to)
      ask()
      const again = setInterval(ask, 500) // a busy machine loses datagrams
      await until(() => answers.includes(LAST), 'the last answer').finally(() => clearInterval(again))
      await peer.stillServes()
      return answers.filter((sequence) => sequence !== LAST)
    } finally {
      socket.close()
    }
  }
  const LAST = 77

  it.each(Object.entries(cases))('%s', async (_, [answered, make]) => {
    const answers = await answersTo((port) => new Array<Buffer>(20).fill(make(port)))
    if (!answered) expect(answers).toEqual([])
    else expect(answers.length).toBeGreaterThan(0)
    expect(answers.length).toBeLessThanOrEqual(20)
  })

  it('a search by a socket of IPv6, whose IPv4 address is mapped', async () => {
    expect(await answersTo((port) => [search(['x'], undefined, port)], 'udp6')).toEqual([1])
  })

  it('reply to the server itself', async () => {
    const itself = search(['x'], mapped(127, 0, 0, 1), peer.server.udpPort)
    expect(await answersTo(() => new Array<Buffer>(20).fill(itself))).toEqual([])
  })

  it('beacons whose sequence number wraps, and goes back', async () => {
    const beacons = Array.from({ length: 600 }, (_, k) => beacon(k < 300 ? k & 255 : 300 - (k & 255)))
    expect(await answersTo(() => beacons)).toEqual([])
  })

  // A unicast search is passed on to all servers of the host by multicast, and answered once by each that has the name.
  it('answers with hardly more bytes than it is asked with', async () => {
    const socket = createSocket('udp4')
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    let answers = 0
    let bytes = 0
    socket.on('message', (data) => {
      bytes += data.length
      answers++
    })
    const datagram = search(['x'], mapped(127, 0, 0, 1), socket.address().port)
    let asked = 0
    const ask = (): void => {
      asked += datagram.length
      socket.send(datagram, peer.server.udpPort, '127.0.0.1')
    }
    for (let k = 1; k <= 50; k++) {
      ask()
      const again = setInterval(ask, 1_000) // a busy machine loses datagrams
      await until(() => answers >= k, 'an answer').finally(() => clearInterval(again))
    }
    // A second answer to a search would come before the answer to this get's.
    await using late = new Context(peer.server.clientConfig())
    await late.get('x')
    socket.close()
    expect(bytes).toBeLessThan(1.5 * asked)
  })
})
