// The handle by which native threads wake JavaScript: there while something may call, and given back with the last.
import { createHook } from 'node:async_hooks'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Context, debug, setLogger, setLogLevel } from 'node-pvxs'
import { Int32, int32, loopback, until } from '../unit/fixtures.js'

interface Handle {
  hasRef(): boolean
}

// As Jest's --detectOpenHandles sees them: those made and not destroyed.
const open = new Map<number, Handle>()
let made = 0
const hook = createHook({
  init(id, type, _, resource) {
    if (type !== 'node-pvxs') return
    made++
    open.set(id, resource as Handle)
  },
  destroy(id) {
    open.delete(id)
  },
})

beforeEach(() => {
  made = 0
  hook.enable()
})

afterEach(async () => {
  setLogger(null)
  await until(() => open.size === 0, 'handles are given back')
  hook.disable()
})

describe('the open handle of the wake-up function', () => {
  it('is not there before the first Context or Server, and not for types, values and PVs', () => {
    const pv = int32(1)
    Int32.create({ value: 1 })
    debug.counts()
    expect(pv.current().value).toBe(1)
    expect(made).toBe(0)
  })

  it('is one, whatever is open, and is given back with the last of it', async () => {
    {
      await using it = await loopback({ x: int32(1) })
      await using other = new Context(it.server.clientConfig())
      await Promise.all([it.ctx.get('x'), other.get('x')])
      for await (const { value } of it.ctx.monitor('x')) {
        expect(value).toBe(1)
        break
      }
      await it.server.stop()
      await it.server.start()
      expect(open.size).toBe(1)
    }
    await until(() => open.size === 0, 'handles are given back')
  })

  it('is made anew, as often as that', async () => {
    for (let round = 1; round <= 50; round++) {
      const it = await loopback({ x: int32(round) })
      expect((await it.ctx.get('x')).value).toBe(round)
      await Promise.all([it.ctx.close(), it.server.close()])
    }
    expect(made).toBeGreaterThanOrEqual(50)
  })

  it('is made anew at once, while the one before goes', async () => {
    await using it = await loopback({ x: int32(7) })
    const config = it.server.clientConfig()
    await it.server.stop()
    await it.ctx.close()
    for (let round = 0; round < 200; round++) {
      const before = new Context(config)
      const closed = before.close()
      if (round % 2 === 0) await closed
      const after = new Context(config)
      await Promise.all([closed, after.close()])
    }
    await it.server.start()
    await using ctx = new Context(it.server.clientConfig())
    expect((await ctx.get('x')).value).toBe(7)
  })

  it('says whether it keeps the process alive: not for a server that was told unref()', async () => {
    await using it = await loopback({ x: int32(1) })
    const [handle] = [...open.values()]
    await it.ctx.get('x')
    it.server.ref()
    expect(handle?.hasRef()).toBe(true)
    it.server.unref()
    expect(handle?.hasRef()).toBe(false)
  })

  it('stays for a logger, to which others may log, and does not keep the process alive', async () => {
    const lines: string[] = []
    setLogger(({ message }) => lines.push(message))
    setLogLevel('pvxs.tcp.*', 'debug')
    try {
      const it = await loopback({ x: int32(1) })
      await it.ctx.get('x')
      await Promise.all([it.ctx.close(), it.server.close()])
    } finally {
      setLogLevel('pvxs.tcp.*', 'error')
    }
    expect(lines.length).toBeGreaterThan(0)
    expect([...open.values()].map((handle) => handle.hasRef())).toEqual([false])
    setLogger(null)
    await until(() => open.size === 0, 'handles are given back')
  })
})
