// put over a connection that breaks before the answer has come.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { NTScalar, Server, SharedPV } from 'node-pvxs'
import { deferred } from '../unit/fixtures.js'
import { run, type Ran } from './run.js'

/** Puts through a way that is cut when the first put has arrived. */
async function cut(...args: string[]): Promise<{ ran: Ran; puts: number }> {
  const arrived = deferred()
  let puts = 0
  const pv = new SharedPV({
    type: new NTScalar('int32'),
    initial: { value: 0 },
    onPut: (op) => {
      if (++puts > 1) return op.value
      arrived.resolve()
      return new Promise<undefined>(() => undefined)
    },
  })
  await using server = await Server.start({ isolated: true, pvs: { x: pv } })
  const sockets = new Set<Socket>()
  const way = createServer((near) => {
    const far = connect(server.tcpPort, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket.on('error', () => undefined))
      socket.on('close', () => sockets.delete(socket))
    }
    near.pipe(far).pipe(near)
  }).listen(0, '127.0.0.1')
  await once(way, 'listening')
  void arrived.promise.then(() => {
    for (const socket of sockets) socket.destroy()
  })
  const { port } = way.address() as AddressInfo
  const ran = await run(['put', 'x', '5', '--server', `127.0.0.1:${port}`, '-w', '20', ...args])
  for (const socket of sockets) socket.destroy()
  way.close()
  return { ran, puts }
}

it('is sent again', async () => {
  expect(await cut()).toEqual({
    ran: { code: 0, signal: null, stdout: '', stderr: '' },
    puts: 2,
  })
})

it('is not sent again with --once: exit 4 and a sentence', async () => {
  const { ran, puts } = await cut('--once')
  expect({ code: ran.code, stdout: ran.stdout, puts }).toEqual({ code: 4, stdout: '', puts: 1 })
  expect(ran.stderr).toMatch(/^node-pvxs: x: .*the put may or may not have been carried out/)
})
