import { describe, expect, it } from 'vitest'
import { Context, Server } from 'node-pvxs'
import { drain, int32, leavesNothing, loopback, rejection, until } from '../fixtures.js'

leavesNothing()

describe('discover', () => {
  it('[19] tells of a server that answers, with its GUID', async () => {
    await using it = await loopback({})
    const found = it.ctx.discover()
    for await (const { event, guid, server, protocol } of found) {
      expect([event, guid, server, protocol]).toEqual([
        'online',
        it.server.guid,
        `127.0.0.1:${it.server.tcpPort}`,
        'tcp',
      ])
      break
    }
    expect(it.ctx.stats().open).toBe(0)
  })

  it('discover({ timeout }) ends its loop without an error', async () => {
    await using it = await loopback({})
    const found = await drain(it.ctx.discover({ timeout: 300 }))
    expect(found.map(({ server }) => server)).toEqual([`127.0.0.1:${it.server.tcpPort}`])
    expect(it.ctx.stats().open).toBe(0)
  })

  // PVXS tells of a server that announces a change as of one that goes, and of another that comes.
  it('[19] tells of a server once, although it stops and starts', async () => {
    const server = await Server.start({
      isolated: true,
      autoBeacon: true,
      beaconDestinations: ['127.0.0.1'],
      pvs: { x: int32() },
    })
    await using ctx = new Context(server.clientConfig())
    const connected: string[] = []
    ctx.monitor('x', {
      onUpdate: () => undefined,
      onEvent: ({ type }) => void connected.push(type),
    })
    const events: string[] = []
    const watching = (async () => {
      for await (const { event, guid } of ctx.discover()) events.push(`${event} ${guid}`)
    })()
    const online = `online ${server.guid}`
    await until(() => events.length > 0 && connected.length > 0, 'the server')
    await server.stop()
    await until(() => connected.length === 2, 'the loss')
    await server.start()
    await until(() => connected.length === 3, 'the return', 20_000)
    for await (const { event, guid } of ctx.discover()) {
      expect(`${event} ${guid}`).toBe(online) // it is known still
      break
    }
    expect(events).toEqual([online])
    await server.close()
    await ctx.close()
    await watching
  })

  it('ends with the Context, and throws the reason of a signal', async () => {
    await using it = await loopback({})
    const abort = new AbortController()
    const aborted = rejection(drain(it.ctx.discover({ signal: abort.signal, ping: false })))
    const ended = drain(it.ctx.discover({ ping: false }))
    abort.abort('enough')
    expect(await aborted).toBe('enough')
    await it.ctx.close()
    expect(Array.isArray(await ended)).toBe(true)
  })
})
