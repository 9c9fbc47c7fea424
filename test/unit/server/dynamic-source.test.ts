import { describe, expect, it } from 'vitest'
import { DynamicSource, SharedPV, TimeoutError } from 'node-pvxs'
import { Int32, int32, leavesNothing, loopback, rejection, thrown, turn } from '../fixtures.js'

leavesNothing()

describe('DynamicSource', () => {
  it('[74] makes PVs for the names it claims, and refuses others', async () => {
    const made: string[] = []
    const source = new DynamicSource({
      match: ['exact', /^sim:\d+$/, /^UPPER/i],
      create: async (name, channel) => {
        await turn()
        made.push(`${name} ${String(channel.peer.startsWith('127.0.0.1:'))}`)
        return name === 'sim:13' ? null : int32(name.length)
      },
    })
    await using it = await loopback({})
    it.server.addSource('sims', source)
    expect((await it.ctx.get('exact')).value).toBe(5)
    expect((await it.ctx.get('sim:7')).value).toBe(5)
    expect((await it.ctx.get('upper')).value).toBe(5)
    expect(made).toEqual(['exact true', 'sim:7 true', 'upper true'])
    for (const name of ['sim:13', 'sim:x', 'other']) {
      expect(await rejection(it.ctx.get(name, { timeout: 1_000 }))).toBeInstanceOf(TimeoutError)
    }
    expect(made).toContain('sim:13 true')
    expect(made.filter((each) => each.startsWith('sim:x') || each.startsWith('other'))).toEqual([])
  })

  it('[74] keeps a PV as long as the channel to it is open', async () => {
    const refs: WeakRef<object>[] = []
    let puts = 0
    const source = new DynamicSource({
      match: ['x'],
      create: () => {
        const pv = new SharedPV({
          type: Int32,
          initial: {},
          onPut: () => {
            puts++
          },
        })
        refs.push(new WeakRef(pv))
        return pv
      },
    })
    await using it = await loopback({})
    it.server.addSource('s', source)
    await it.ctx.put('x', 1)
    for (let k = 0; k < 5; k++) {
      ;(globalThis as { gc?: () => void }).gc?.()
      await turn()
    }
    await it.ctx.put('x', 2)
    expect(puts).toBe(2)
    expect(refs).toHaveLength(1)
  })

  it('lists only the names it is configured to list', async () => {
    const names = ['a', 'b']
    const source = new DynamicSource({ match: [/./], create: () => null, names: () => names })
    await using it = await loopback({})
    it.server.addSource('s', source)
    const server = `127.0.0.1:${it.server.tcpPort}`
    expect((await it.ctx.list(server)).sort()).toEqual(['a', 'b'])
    names.push('c')
    source.refresh()
    expect((await it.ctx.list(server)).sort()).toEqual(['a', 'b', 'c'])
  })

  it('refuses bad options, naming them', () => {
    const create = () => null
    for (const [options, text] of [
      [{ create }, 'match'],
      [{ match: ['a'] }, 'create'],
      [{ match: 'a', create }, 'match'],
      [{ match: [/a/u], create }, 'flags'],
      [{ match: [''], create }, 'empty'],
      [{ match: [/(?<=a)b/], create }, '(?<=a)b'],
    ] as const) {
      expect(thrown(() => new DynamicSource(options as never)).message).toContain(text)
    }
  })
})
