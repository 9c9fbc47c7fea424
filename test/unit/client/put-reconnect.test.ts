import { describe, expect, it } from 'vitest'
import { DisconnectedError, Server, SharedPV, TimeoutError, Context } from 'node-pvxs'
import { deferred, Int32, leavesNothing, rejection } from '../fixtures.js'

leavesNothing()

describe('put over a broken connection', () => {
  /** A server whose first put never gets an answer. */
  async function breaking() {
    const arrived = deferred()
    let puts = 0
    const pv = new SharedPV({
      type: Int32,
      initial: { value: 0 },
      onPut: (op) => {
        if (++puts > 1) return op.value
        arrived.resolve()
        return new Promise<undefined>(() => undefined)
      },
    })
    const server = await Server.start({ isolated: true, pvs: { x: pv } })
    return { server, arrived: arrived.promise, puts: () => puts }
  }

  it('is sent again', async () => {
    const { server, arrived, puts } = await breaking()
    await using ctx = new Context(server.clientConfig())
    const put = ctx.put('x', 5, { timeout: 20_000 })
    await arrived
    ctx.clearCache('x', 'disconnect')
    await put
    expect(puts()).toBe(2)
    expect((await ctx.get('x')).value).toBe(5)
    await server.close()
  }, 30_000)

  it('is not sent again with atMostOnce', async () => {
    const { server, arrived, puts } = await breaking()
    await using ctx = new Context(server.clientConfig())
    const put = rejection(ctx.put('x', 5, { atMostOnce: true }))
    await arrived
    ctx.clearCache('x', 'disconnect')
    const error = await put
    expect(error).toBeInstanceOf(DisconnectedError)
    expect(error.message).toMatch(/the connection broke; the put may or may not have been carried out$/)
    expect(puts()).toBe(1)
    await server.close()
  })

  it('times out within its own limit all the same', async () => {
    const { server, arrived, puts } = await breaking()
    await using ctx = new Context(server.clientConfig())
    await ctx.get('x')
    const put = rejection(ctx.put('x', 5, { timeout: 1_500 }))
    await Promise.race([arrived, put])
    expect(puts()).toBe(1)
    expect(await put).toBeInstanceOf(TimeoutError)
    await server.close()
  })
})
