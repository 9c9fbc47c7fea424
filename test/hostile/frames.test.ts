// Hostile peers of our server: TCP frames (J). None may crash it, or keep a good client waiting.
import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { debug, NTScalar, SharedPV } from 'node-pvxs'
import { reset } from '../faults/relay.js'
import { leavesNothing, turn, until } from '../unit/fixtures.js'
import { Connection } from './connection.js'
import { create, frame, text, u32 } from './frames.js'
import { served } from './served.js'

leavesNothing()

const x = SharedPV.mailbox(new NTScalar('int32'), { value: 5 })
const peer = served({ x, f: new SharedPV({ onRpc: () => ({ ok: true }) }) })

const HELLO = frame(1, [0, 0, 1, 0, 0xff, 0x7f, 0, 0, ...text('anonymous'), 0xff])
const SID = 0x0705_0301 // what PVXS gives to the first channel of a connection; checked below
const NULL_REQUEST = [0xff]
const EMPTY_REQUEST = [0x80, 0, 0] // a structure without fields
const opened = (...rest: Buffer[]): Buffer[] => [HELLO, create(1, 'x'), ...rest]
const init = (command: number, ioid: number, request = EMPTY_REQUEST): Buffer =>
  frame(command, [...u32(SID), ...u32(ioid), 8, ...request])
const exec = (command: number, ioid: number, subcommand: number, rest: number[] = []): Buffer =>
  frame(command, [...u32(SID), ...u32(ioid), subcommand, ...rest])
const [GET, PUT, MONITOR, RPC, INFO] = [10, 11, 13, 20, 17] as const
const nested = (depth: number): number[] =>
  Array.from({ length: depth }, () => [0x80, 0, 1, ...text('a')]).flat().concat([0x22]) // prettier-ignore

/** Sends all of it without waiting for an answer, and resets the connection when a good call has gone by. */
async function sendBlindly(frames: readonly Buffer[]): Promise<void> {
  const socket = new Socket()
  socket.resume()
  // Either ends it: where a reset meets a shutdown under way, Node emits the error (EINVAL) and never 'close'.
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
    socket.on('error', () => resolve())
  })
  await Promise.race([
    new Promise<void>((resolve) => socket.connect(peer.server.tcpPort, '127.0.0.1', resolve)),
    closed,
  ])
  for (const each of frames) {
    if (socket.destroyed) break
    socket.write(each)
    await turn()
  }
  // Either the server throws it out, or a good call has gone by.
  await Promise.race([closed, peer.stillServes().then(() => peer.good.get('x'))])
  reset(socket)
  await closed
}

/** What becomes of a connection: it is closed, an echo after all of it is answered, or the server waits for more. */
type Fate = 'closed' | 'goes on' | 'waits'
type Case = readonly [Fate, readonly Buffer[]]
const closed = (frames: readonly Buffer[]): Case => ['closed', frames]
const goesOn = (frames: readonly Buffer[]): Case => ['goes on', frames]
const waits = (frames: readonly Buffer[]): Case => ['waits', frames]

const isInit = (each: Buffer): boolean => [GET, PUT, MONITOR, RPC].includes(each[3] as 10) && each[16] === 8
const MARKER = Buffer.from('the last echo')

/** Sends each INIT and waits for its answer: an execute that comes earlier is a case of its own. */
async function converse(connection: Connection, frames: readonly Buffer[]): Promise<void> {
  let inits = 0
  for (const each of frames) {
    void connection.write(each)
    if (!isInit(each)) continue
    inits++
    await connection.hears(() => connection.messages.filter(({ body }) => body[4] === 8).length >= inits)
  }
}

async function fateOf(frames: readonly Buffer[], expected: Fate, end: 'close' | 'reset'): Promise<Fate> {
  const connection = await Connection.to(peer.server.tcpPort)
  try {
    await converse(connection, frames)
    await connection.write(frame(2, MARKER))
    const isEchoed = (): boolean => connection.received.includes(MARKER)
    if (expected !== 'waits') return (await connection.hears(isEchoed)) ? 'goes on' : 'closed'
    // One thread of the server reads all connections. When it has answered two calls that were made after these bytes,
    // it has read them too, and what it said about them has arrived.
    for (let k = 0; k < 2; k++) await peer.stillServes()
    for (let k = 0; k < 3; k++) await turn()
    return connection.closed ? 'closed' : isEchoed() ? 'goes on' : 'waits'
  } finally {
    await connection.end(end)
  }
}

describe('J. frames', () => {
  it('the handshake of these tests is one that PVXS takes', async () => {
    const connection = await Connection.to(peer.server.tcpPort)
    await converse(connection, opened(init(GET, 1), exec(GET, 1, 0), frame(2, MARKER)))
    const commands = (): number[] => connection.messages.map(({ command }) => command)
    const gets = (): number => commands().filter((command) => command === GET).length
    expect(await connection.hears(() => gets() >= 2 && connection.received.includes(MARKER))).toBe(true)
    expect(commands()).toContain(7)
    expect(gets()).toBe(2)
    await connection.end('close')
  })

  const many = (count: number, of: (k: number) => Buffer): Buffer =>
    Buffer.concat(Array.from({ length: count }, (_, k) => of(k)))
  const cases: Readonly<Record<string, Case>> = {
    'connect and close': goesOn([]),
    'one byte': waits([Buffer.from([0xca])]),
    'not ours': closed([Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')]),
    'TLS hello': closed([
      Buffer.from([0x16, 3, 1, 0, 0x20, 1, 0, 0, 0x1c, 3, 3, ...new Array<number>(26).fill(0)]),
    ]),
    'version 0': closed([Buffer.from([0xca, 0, 0, 1, 0, 0, 0, 0]), create(1, 'x')]),
    'version 255': closed([Buffer.from([0xca, 255, 0, 1, 0, 0, 0, 0]), create(1, 'x')]),
    'flood of control messages': goesOn([many(10_000, (k) => Buffer.from([0xca, 2, 1, k & 3, 0, 0, 0, 0]))]),
    'byte order changed again and again': goesOn([many(1_000, (k) => frame(2, [], k & 1 ? 0x80 : 0))]),
    'flood of echoes': goesOn([HELLO, many(10_000, () => frame(2, [1, 2, 3, 4]))]),
    'body shorter than its length': waits([HELLO, frame(7, [1, 0], 0, 1_000)]),
    'body of 4 GiB': waits([HELLO, frame(7, [1, 0], 0, 0xffff_ffff)]),
    'body longer than it needs': goesOn([HELLO, frame(7, [1, 0, ...u32(1), ...text('x'), 9, 9, 9, 9])]),
    'empty body of every command': closed([HELLO, many(256, (k) => frame(k))]),
    'a byte for every command': closed([HELLO, many(256, (k) => frame(k, [0xff]))]),
    'segment that is never last': closed([
      HELLO,
      frame(7, [1, 0], 0x10),
      many(100, () => frame(7, [0], 0x30)),
    ]),
    'segments of different commands': closed([
      HELLO,
      frame(7, [1, 0], 0x10),
      frame(10, [0], 0x30),
      frame(2, [0], 0x20),
    ]),
    'last segment first': closed([HELLO, frame(7, [1, 0], 0x20)]),
    'no handshake': goesOn([create(1, 'x'), init(GET, 1)]),
    'a method that was not offered': goesOn([
      frame(1, [0, 0, 1, 0, 0xff, 0x7f, 0, 0, ...text('x509'), 0xff]),
    ]),
    'handshake without end': closed([frame(1, [0, 0, 1, 0, 0xff, 0x7f, 0, 0, 250, 65])]),
    'credentials of a nonsense type': goesOn([
      frame(1, [0, 0, 1, 0, 0xff, 0x7f, 0, 0, ...text('ca'), 0x20, 5]),
    ]),
    'credentials that nest 25 deep': closed([
      frame(1, [0, 0, 1, 0, 0xff, 0x7f, 0, 0, ...text('ca'), ...nested(25), 1, 0, 0, 0]),
    ]),
    'handshake twice': goesOn([HELLO, HELLO]),
    'byte order changed between a name and its request': goesOn([
      HELLO,
      Buffer.from([0xca, 2, 0x80, 7, 0, 0, 0, 8, 0, 1, 0, 0, 0, 1, 1, 120]),
      init(GET, 1),
      exec(GET, 1, 0),
    ]),
    'an unknown command': goesOn([HELLO, frame(200, [1, 2, 3])]),
    '100,000 names': goesOn([HELLO, many(100_000, (k) => create(k, `nobody:${k}`))]),
    '10,000 names': goesOn([HELLO, many(10_000, (k) => create(k, `nobody:${k}`))]),
    'the same channel id twice': goesOn(opened(create(1, 'x'))),
    'empty name': goesOn([HELLO, create(1, '')]),
    'name of 1 MB': goesOn([HELLO, create(1, 'n'.repeat(1_000_000))]),
    'name that is not UTF-8': goesOn([HELLO, frame(7, [1, 0, ...u32(1), 2, 0xff, 0xfe])]),
    'channels announced, none there': closed([HELLO, frame(7, [0xff, 0xff])]),
    'destroy an unknown channel': goesOn([HELLO, frame(8, [...u32(77), ...u32(77)])]),
    'destroy a channel twice': goesOn(
      opened(frame(8, [...u32(SID), ...u32(1)]), frame(8, [...u32(SID), ...u32(1)])),
    ),
    'operation without a channel': closed([HELLO, init(GET, 1)]),
    'operation id used twice': closed(opened(init(GET, 1), init(GET, 1))),
    'GET on the id of a monitor': closed(opened(init(MONITOR, 1), exec(GET, 1, 0))),
    'execute before INIT': goesOn(
      opened(exec(GET, 1, 0), exec(PUT, 2, 0), exec(MONITOR, 3, 0x44), exec(RPC, 4, 0)),
    ),
    // PVXS reads both in one piece, and its operation is not made yet.
    'INIT and execute in one write': closed([Buffer.concat(opened(init(GET, 1), exec(GET, 1, 0)))]),
    'request of null': goesOn(opened(init(GET, 1, NULL_REQUEST), exec(GET, 1, 0))),
    'request of a scalar': goesOn(opened(init(GET, 1, [0x22, 1, 0, 0, 0]))),
    'request of an unknown type': closed(opened(init(GET, 1, [0x3f]))),
    'request that nests 20 deep': goesOn(opened(init(GET, 1, [...nested(20), 1, 0, 0, 0]))),
    'request that nests 21 deep': closed(opened(init(GET, 1, [...nested(21), 1, 0, 0, 0]))),
    'request that nests 25 deep': closed(opened(init(GET, 1, nested(25)))),
    'request from the type cache, unknown': closed(opened(init(GET, 1, [0xfe, 9, 9]))),
    'request into the type cache, twice': goesOn(opened(init(GET, 1, [0xfd, 1, 0, 0x80, 0, 0]), init(GET, 2, [0xfd, 1, 0, 0x22, 1, 0, 0, 0]))), // prettier-ignore
    'type that refers to itself': closed(
      opened(init(GET, 1, [0xfd, 1, 0, 0x80, 0, 1, ...text('a'), 0xfe, 1, 0])),
    ),
    'structure of 2^31 fields': closed(opened(init(GET, 1, [0x80, 0, 254, ...u32(0x7fff_ffff)]))),
    'negative size': closed(opened(init(GET, 1, [0x80, 0, 254, ...u32(0xffff_ffff)]))),
    'put: a mask longer than the type': closed(
      opened(init(PUT, 1), exec(PUT, 1, 0, [32, ...new Array<number>(32).fill(0xff)])),
    ),
    'put: a bit out of range': goesOn(opened(init(PUT, 1), exec(PUT, 1, 0, [2, 0, 0x80]))),
    'put: a mask without a value': closed(opened(init(PUT, 1), exec(PUT, 1, 0, [1, 2]))),
    'put: a mask of 4 GB': closed(opened(init(PUT, 1), exec(PUT, 1, 0, [254, ...u32(0xffff_fff0)]))),
    'put: a number where the text of the alarm is': closed(
      opened(init(PUT, 1), exec(PUT, 1, 0, [1, 0x20, ...u32(5)])),
    ),
    'put: text of 4 GB': closed(opened(init(PUT, 1), exec(PUT, 1, 0, [1, 0x20, 254, ...u32(0xffff_fff0)]))),
    'monitor: acknowledges without a pipeline': goesOn(
      opened(init(MONITOR, 1), exec(MONITOR, 1, 0x80, u32(1_000_000))),
    ),
    'monitor: started and stopped 1,000 times': goesOn(opened(init(MONITOR, 1), many(1_000, (k) => exec(MONITOR, 1, k & 1 ? 0x04 : 0x44)))), // prettier-ignore
    'monitor: ended twice': goesOn(opened(init(MONITOR, 1), exec(MONITOR, 1, 0x10), exec(MONITOR, 1, 0x10))),
    'RPC without an argument': closed([HELLO, create(1, 'f'), init(RPC, 1), exec(RPC, 1, 0)]),
    'RPC with half an argument': closed([
      HELLO,
      create(1, 'f'),
      init(RPC, 1),
      exec(RPC, 1, 0, [0x80, 0, 1, 1, 97, 0x22, 1]),
    ]),
    'info of a field that is not there': goesOn(
      opened(frame(INFO, [...u32(SID), ...u32(1), ...text('nothing.here')])),
    ),
    'cancel and destroy an operation twice': goesOn(
      opened(init(GET, 1), ...[21, 21, 15, 15].map((command) => frame(command, [...u32(SID), ...u32(1)]))),
    ),
    'cancel what is not there': goesOn(
      opened(frame(21, [...u32(SID), ...u32(99)]), frame(15, [...u32(SID), ...u32(99)])),
    ),
    'search by TCP for 65535 names that are not there': closed([HELLO, frame(3, [...u32(1), 0x80, 0, 0, 0, ...new Array<number>(16).fill(0), 0, 0, 1, ...text('tcp'), 0xff, 0xff])]), // prettier-ignore
    'a message for our client': goesOn(opened(frame(18, [...u32(1), 3, ...text('\x1b[2J')]))),
    'what only a server says': goesOn(
      opened(frame(9, []), frame(4, new Array<number>(34).fill(0)), frame(0, new Array<number>(40).fill(0))),
    ),
  }

  it.each(Object.entries(cases))('%s', async (_, [expected, frames]) => {
    expect(await fateOf(frames, expected, 'close')).toBe(expected)
    expect(await fateOf(frames, expected, 'reset')).toBe(expected)
    await sendBlindly(frames)
    await peer.stillServes()
  })

  it('a put of a text that is not UTF-8: it is read with replacement characters', async () => {
    const bytes = [0xc0, 0xaf, 0x41, 0xe2, 0x82, 0x41, 0xb0]
    const frames = opened(init(PUT, 1), exec(PUT, 1, 0, [1, 0x20, bytes.length, ...bytes]))
    expect(await fateOf(frames, 'goes on', 'close')).toBe('goes on')
    const text = '\ufffd\ufffdA\ufffdA\ufffd'
    expect((await peer.good.get('x'))['alarm.message']).toBe(text)
    expect(x.current().alarm.message).toBe(text)
    await peer.good.put('x', { value: 5, 'alarm.message': '' })
  })

  it('100,000 echoes that nobody reads', async () => {
    const socket = new Socket().on('error', () => undefined).pause()
    await new Promise<void>((resolve) => socket.connect(peer.server.tcpPort, '127.0.0.1', resolve))
    socket.write(Buffer.concat([HELLO, many(100_000, () => frame(2, new Array<number>(64).fill(7)))]))
    for (let k = 0; k < 20; k++) await peer.stillServes()
    socket.destroy()
    await peer.stillServes()
  })

  it('1,000 connections come and go, and none is left', { timeout: 60_000 }, async () => {
    for (let round = 0; round < 20; round++)
      await Promise.all(Array.from({ length: 50 }, () => sendBlindly([HELLO])))
    // What is left are the connections of the good client and of the undisturbed one.
    await until(() => debug.instances()['ServerConn'] === 2, 'the connections to go')
    await peer.stillServes()
  })
})
