// Names from the network against the patterns of a DynamicSource, which are matched on PVXS's threads.
import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { Context, DynamicSource, Server } from 'node-pvxs'
import { leavesNothing, thrown } from '../unit/fixtures.js'
import { keepsPace } from './pace.js'

leavesNothing()

const CREATE = 7
// Little endian: magic, version, flags, command, length; count, id, size of the name, name.
function createChannel(name: string): Buffer {
  const head = Buffer.from([0xca, 2, 0, CREATE, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 254, 0, 0, 0, 0])
  head.writeUInt32LE(11 + name.length, 4)
  head.writeUInt32LE(name.length, 15)
  return Buffer.concat([head, Buffer.from(name)])
}
const HELLO = Buffer.from([0xca, 2, 0, 1, 19, 0, 0, 0, 0, 0, 1, 0, 0xff, 0x7f, 0, 0, 9, ...Buffer.from('anonymous'), 0xff]) // prettier-ignore

/** Control messages have no body: their length is something else. */
function commandsIn(bytes: Buffer): number[] {
  const commands: number[] = []
  for (let at = 0; at + 8 <= bytes.length;) {
    commands.push(bytes[at + 3] ?? -1)
    at += 8 + ((bytes[at + 2] ?? 0) & 1 ? 0 : bytes.readUInt32LE(at + 4))
  }
  return commands
}

/** Sends it and waits until the server has answered, or has thrown it out. */
async function ask(port: number, name: string): Promise<void> {
  const socket = new Socket()
  await new Promise<void>((resolve) => {
    let received = Buffer.alloc(0)
    socket.on('error', () => resolve())
    socket.on('close', () => resolve())
    socket.on('data', (data) => {
      received = Buffer.concat([received, data])
      if (commandsIn(received).includes(CREATE)) resolve()
    })
    socket.connect(port, '127.0.0.1', () => socket.write(Buffer.concat([HELLO, createChannel(name)])))
  })
  socket.destroy()
}

describe('names from the network against patterns', () => {
  it.each([
    ['a long name', /^dyn:.*$/, `dyn:${'n'.repeat(1_000_000)}`],
    ['a long name, alternatives', /^dyn(:a|:b|.)*$/, `dyn${':a'.repeat(500_000)}`],
    ['a name of 1024 bytes', /^dyn(:a|:b|.)*$/, `dyn${':a'.repeat(510)}`],
    ['a pattern that backtracks without end', /^(a+)+$/, `${'a'.repeat(60)}!`],
  ])('%s: the server goes on', async (_, pattern, name) => {
    const source = new DynamicSource({ match: [pattern], create: () => null })
    await using server = await Server.start({ isolated: true })
    server.addSource('dynamic', source)
    await ask(server.tcpPort, name)
    await using undisturbed = await Server.start({ isolated: true })
    await using ctx = new Context(server.clientConfig())
    const list = ({ tcpPort }: Server) => ctx.list(`127.0.0.1:${tcpPort}`, { timeout: 10_000 })
    const names = await keepsPace(
      () => list(server),
      () => list(undisturbed),
    )
    expect(names).toEqual([])
  })

  it('a pattern that refers back is refused where it is given', () => {
    const refers = () => new DynamicSource({ match: [/^(.*):\1$/], create: () => null })
    expect(thrown(refers)).toMatchObject({ code: 'ERR_PVA_ARGUMENT' })
  })
})
