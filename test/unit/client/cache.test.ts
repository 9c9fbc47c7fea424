import { describe, expect, it } from 'vitest'
import { DynamicSource, SharedPV, type AnyPV } from 'node-pvxs'
import { deferred, Int32, int32, leavesNothing, loopback, take, thrown, until } from '../fixtures.js'

leavesNothing()

/** A server that counts the channels to each of its PVs. */
async function counting(pv: AnyPV = int32(1)) {
  const channels: string[] = []
  const it = await loopback()
  const create = (name: string): AnyPV => {
    channels.push(name)
    return pv
  }
  it.server.addSource('counted', new DynamicSource({ match: ['x', 'y'], create }))
  return { ...it, channels, [Symbol.asyncDispose]: it.close }
}

describe('clearCache', () => {
  it('closes the channels that nothing uses, of one PV or of all', async () => {
    await using it = await counting()
    await it.ctx.getAll(['x', 'y'])
    it.ctx.clearCache('x')
    await it.ctx.getAll(['x', 'y'])
    expect(it.channels).toEqual(['x', 'y', 'x'])
    it.ctx.clearCache()
    await it.ctx.getAll(['x', 'y'])
    expect(it.channels.slice(3).sort()).toEqual(['x', 'y'])
  })

  it('leaves calls on the channel of a subscription', async () => {
    await using it = await counting()
    await using sub = it.ctx.monitor('x')
    await sub.ready
    it.ctx.clearCache('x')
    await it.ctx.get('x')
    expect(it.channels).toEqual(['x'])
  })

  it('disconnect makes a channel in use search again, once for all that use it', async () => {
    await using it = await counting()
    await using sub = it.ctx.monitor('x')
    await sub.ready
    it.ctx.clearCache('x', 'disconnect')
    await it.ctx.get('x')
    expect(it.channels).toEqual(['x', 'x'])
    expect(it.ctx.stats().channels).toBe(1)
  })

  it('drop gives what comes next a channel of its own, and leaves the old one to what uses it', async () => {
    const pv = int32(1)
    await using it = await counting(pv)
    await using sub = it.ctx.monitor('x')
    await sub.ready
    await it.ctx.get('x')
    expect(it.channels).toEqual(['x'])
    it.ctx.clearCache('x', 'drop')
    await it.ctx.get('x')
    await it.ctx.get('x')
    expect(it.channels).toEqual(['x', 'x'])
    expect(it.ctx.stats().channels).toBe(2)
    pv.post(2)
    const values = await take(sub, 2)
    expect(values.map((value) => value.value)).toEqual([1, 2])
  })

  it('drop without a name means every PV', async () => {
    await using it = await counting()
    await using subs = it.ctx.monitor('x')
    await using other = it.ctx.connect('y')
    await subs.ready
    await until(() => other.connected, 'the connection')
    it.ctx.clearCache(undefined, 'drop')
    await it.ctx.getAll(['x', 'y'])
    expect(it.channels.slice(2).sort()).toEqual(['x', 'y'])
  })

  it('drop leaves a subscription able to reconnect, and its channel is closed after it', async () => {
    const pv = int32(1)
    await using it = await counting(pv)
    const types: string[] = []
    const again = deferred()
    const sub = it.ctx.monitor('x', {
      onEvent: ({ type }) => {
        types.push(type)
        if (types.length === 3) again.resolve()
      },
    })
    await sub.ready
    it.ctx.clearCache('x', 'drop')
    it.ctx.clearCache('x', 'drop')
    await it.ctx.get('x')
    await it.server.stop()
    await it.server.start()
    it.ctx.hurryUp()
    await again.promise
    expect(types).toEqual(['connected', 'disconnected', 'connected'])
    await sub.close()
    it.ctx.clearCache()
    await until(() => it.ctx.stats().channels === 0, 'the channels to be closed')
  })

  it('drop lets a call that runs end where it is, and starts none there', async () => {
    const [asked, answer] = [deferred(), deferred()]
    const onGet = async (): Promise<undefined> => {
      asked.resolve()
      await answer.promise
    }
    await using it = await counting(new SharedPV({ type: Int32, initial: { value: 7 }, onGet }))
    const first = it.ctx.get('x')
    await asked.promise
    it.ctx.clearCache('x', 'drop')
    const second = it.ctx.get('x')
    answer.resolve()
    expect([(await first).value, (await second).value]).toEqual([7, 7])
    await it.ctx.get('x')
    expect(it.channels).toEqual(['x', 'x'])
  })

  // The worker forgets in two steps: an operation that ended between them was kept, on the old channel.
  it('drop keeps no operation of a call that ends while it is carried out', async () => {
    let [asked, answer] = [deferred(), deferred()]
    const onGet = async (): Promise<undefined> => {
      asked.resolve()
      await answer.promise
    }
    const channels: string[] = []
    const create = (name: string): AnyPV => {
      channels.push(name)
      return new SharedPV({ type: Int32, initial: { value: 7 }, onGet })
    }
    await using it = await loopback()
    it.server.addSource('counted', new DynamicSource({ match: [/^x\d+$/], create }))
    const names = Array.from({ length: 60 }, (_, i) => `x${i}`)
    for (const name of names) {
      ;[asked, answer] = [deferred(), deferred()]
      const first = it.ctx.get(name)
      await asked.promise
      answer.resolve()
      it.ctx.clearCache(name, 'drop')
      const second = it.ctx.get(name)
      await Promise.all([first, second])
    }
    expect(channels).toEqual(names.flatMap((name) => [name, name]))
  })

  it('refuses a name that is empty or bad, and an action that there is not', async () => {
    await using it = await loopback()
    for (const name of ['', ' x', 5 as never])
      expect(thrown(() => it.ctx.clearCache(name))).toMatchObject({
        code: 'ERR_PVA_ARGUMENT',
        op: 'clearCache',
      })
    expect(thrown(() => it.ctx.clearCache('x', 'wipe' as never)).message).toContain(
      'clean, drop or disconnect',
    )
  })
})
