// What is left to hear, and to be blamed for, after a close.
import { afterEach, describe, expect, it } from 'vitest'
import {
  Context,
  debug,
  NoFieldError,
  Server,
  setLogger,
  setLogLevel,
  SharedPV,
  type LogLine,
} from 'node-pvxs'
import {
  alone,
  deferred,
  drain,
  Int32,
  int32,
  leavesNothing,
  loopback,
  rejection,
  turn,
  until,
} from '../unit/fixtures.js'

leavesNothing()

async function turns(n: number): Promise<void> {
  for (let k = 0; k < n; k++) await turn()
}

/** Rejections that nobody handled while `work` ran and in the turns after it. */
async function unhandled(work: () => void | Promise<void>): Promise<unknown[]> {
  const reasons: unknown[] = []
  const before = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', (reason) => void reasons.push(reason))
  try {
    await work()
    await turns(20)
  } finally {
    process.removeAllListeners('unhandledRejection')
    for (const listener of before) process.on('unhandledRejection', listener)
  }
  return reasons
}

describe('[111] closing', () => {
  it('is told by a rejection, and only to the caller', async () => {
    const ofTheTest = () => {
      void Promise.reject(new Error('of the test itself'))
    }
    expect(await unhandled(ofTheTest)).toHaveLength(1)
    const calls: Promise<unknown>[] = []
    const reasons = await unhandled(async () => {
      await using it = await loopback({ x: int32(1), closed: new SharedPV({ type: Int32 }) })
      const { ctx } = it
      await ctx.get('x')
      for (const name of ['nobody', 'closed', 'x']) {
        calls.push(
          ctx.get(name),
          ctx.put(name, 1),
          ctx.put(name, () => 1),
          ctx.info(name),
          ctx.rpc(name),
        )
        // nobody awaits `ready`, takes an update, listens to events, or asks for what was found
        ctx.monitor(name)
        ctx.monitor(name, { onUpdate: () => undefined })
        ctx.monitorAll([name, 'x'])
        ctx.monitor(name, { events: true }).batches()
        ctx.connect(name).events()
      }
      ctx.discover()
      for (const call of calls) call.catch(() => undefined)
      await turn()
    })
    expect(reasons).toEqual([])
    for (const result of await Promise.allSettled(calls)) {
      if (result.status === 'rejected') {
        expect(['ERR_PVA_CLOSED', 'ERR_PVA_REMOTE']).toContain((result.reason as { code: string }).code)
      }
    }
  })

  it('lets what was pending be looked at afterwards, or never', async () => {
    const calls: Promise<unknown>[] = []
    const reasons = await unhandled(async () => {
      await using it = await loopback({
        x: int32(1),
        slow: new SharedPV({ onRpc: () => new Promise(() => 0) }),
      })
      const { ctx } = it
      calls.push(
        ctx.get('nobody'),
        ctx.put('nobody', 1),
        ctx.put('x', () => new Promise(() => undefined)),
        ctx.info('nobody'),
        ctx.rpc('slow'),
        ctx.getAll(['x', 'nobody']),
        ctx.list('127.0.0.1:9', { timeout: Infinity }),
        ctx.serverInfo('127.0.0.1:9', { timeout: Infinity }),
      )
      await ctx.close()
    })
    expect(reasons).toEqual([])
    for (const call of calls) expect(await rejection(call)).toHaveProperty('code', 'ERR_PVA_CLOSED')
  })

  it('finds nothing open of calls that were refused early', async () => {
    const reasons = await unhandled(async () => {
      const pv = int32(1)
      await using it = await loopback({ x: pv })
      const { ctx } = it
      await ctx.get('x')
      await ctx.put('x', 2)
      const before = debug.counts()
      for (const refused of [
        () => ctx.put('x', { nope: 1 } as never),
        () => ctx.put('x', { value: 'abc' }),
        () => ctx.put('x', () => ({ nope: 1 })),
        () => ctx.put('x', null as never),
        () => ctx.get('x', { timeout: -1 }),
        () => ctx.get('x', { nope: 1 } as never),
        () => ctx.rpc('x', { 'no name': 1 }),
        () => ctx.info(''),
      ] as (() => Promise<unknown>)[]) {
        expect(await rejection(refused())).toHaveProperty('code', expect.stringMatching(/^ERR_PVA_/))
      }
      for (const refused of [
        () => ctx.monitor('x', { queueSize: 1 }),
        () => ctx.connect('x', { nope: 1 } as never),
        () => pv.post({ nope: 1 } as never),
      ]) {
        expect(refused).toThrow()
      }
      expect(await rejection(ctx.put('x', { nope: 1 } as never))).toBeInstanceOf(NoFieldError)
      expect(ctx.stats().open).toBe(0)
      expect(debug.counts()).toEqual(before)
    })
    expect(reasons).toEqual([])
  })

  it('while a remote error ends a subscription nobody waits for', async () => {
    const reasons = await unhandled(async () => {
      await using it = await loopback({ x: int32(1) })
      const lost = it.ctx.monitor('x', { fields: ['nosuch'] })
      await it.ctx.get('x')
      await turns(20)
      await lost.close()
    })
    expect(reasons).toEqual([])
  })
})

describe('[121] after close() has resolved nothing is delivered:', () => {
  afterEach(() => {
    setLogger(null)
    setLogLevel('*', 'error')
  })

  /** Posts one value each turn while `work` runs. */
  async function posting(pv: ReturnType<typeof int32>, work: () => Promise<void>): Promise<void> {
    const poster = { on: true }
    let k = 1
    const posted = (async () => {
      while (poster.on) {
        pv.post(++k)
        await turn()
      }
    })()
    try {
      await work()
    } finally {
      poster.on = false
      await posted
    }
  }

  it('no update and no event of a subscription', async () => {
    const pv = int32(1)
    await using it = await loopback({ x: pv })
    await posting(pv, async () => {
      for (let k = 0; k < 20; k++) {
        let heard = 0
        const onUpdate = () => {
          heard++
        }
        const sub = it.ctx.monitor('x', { onUpdate, onEvent: onUpdate, onError: onUpdate })
        await until(() => heard > 3, 'updates')
        await sub.close()
        const then = heard
        await turns(5)
        await it.ctx.get('x')
        expect(heard).toBe(then)
      }
    })
  })

  it('no value of an iteration, also of those that wait', async () => {
    const pv = int32(1)
    await using it = await loopback({ x: pv })
    const sub = it.ctx.monitor('x', { queueSize: 20 })
    const updates = sub[Symbol.asyncIterator]()
    await updates.next()
    for (let k = 0; k < 10; k++) pv.post(k)
    await until(() => sub.stats.queued === 10, 'what waits')
    await sub.close()
    expect(await updates.next()).toEqual({ done: true, value: undefined })
  })

  it('no result, event, update or log line of a Context', async () => {
    const lines: LogLine[] = []
    setLogger((line) => void lines.push(line))
    setLogLevel('pvxs.client.*', 'debug')
    setLogLevel('pvxs.tcp.*', 'debug')
    const pv = int32(1)
    // the one Context of the process is the one that is closed
    await using server = await Server.isolated({ pvs: { x: pv } }).start()
    await posting(pv, async () => {
      const ctx = new Context(server.clientConfig())
      let heard = 0
      const hear = () => {
        heard++
      }
      ctx.monitor('x', { onUpdate: hear, onEvent: hear })
      const events = drain(ctx.connect('x').events()).finally(hear)
      const calls = Array.from({ length: 50 }, () => ctx.get('x').then(hear, hear))
      await until(() => heard > 3, 'updates')
      await ctx.close()
      await Promise.all([...calls, events]) // settled by the close itself, not later
      const then = [heard, lines.filter(({ logger }) => logger.startsWith('pvxs.client')).length]
      expect(then[1]).toBeGreaterThan(0)
      await turns(100)
      expect([heard, lines.filter(({ logger }) => logger.startsWith('pvxs.client')).length]).toEqual(then)
    })
  })

  /** Makes and closes `make()` again and again, with every logger at debug; the lines that came after a close. */
  async function late(make: () => Promise<AsyncDisposable>): Promise<LogLine[]> {
    const lines: LogLine[] = []
    const after: LogLine[] = []
    setLogger((line) => void lines.push(line))
    setLogLevel('pvxs.*', 'debug')
    for (let k = 0; k < 50; k++) {
      await (await make())[Symbol.asyncDispose]()
      const before = lines.length
      await turns(20)
      after.push(...lines.slice(before))
    }
    expect(lines.length).toBeGreaterThan(50)
    return after
  }

  it('no log line of a Context, whatever it had begun', async () => {
    const made = async (): Promise<Context> => {
      const ctx = alone()
      for (let k = 0; k < 20; k++) ctx.monitor(`nobody:${k}`)
      ctx.get('nobody').catch(() => undefined)
      await turns(3)
      return ctx
    }
    expect(await late(made)).toEqual([])
  })

  it('no log line of a Server', async () => {
    expect(await late(() => Server.isolated({ pvs: { x: int32(1) } }).start())).toEqual([])
  })

  it('and a close resolves while others fill the log', async () => {
    const lines: LogLine[] = []
    await using busy = await loopback({ x: int32(1) })
    setLogger((line) => void lines.push(line))
    setLogLevel('pvxs.*', 'debug')
    const work = { on: true }
    const worked = (async () => {
      while (work.on) await Promise.all(Array.from({ length: 50 }, () => busy.ctx.get('x')))
    })()
    try {
      for (let k = 0; k < 20; k++) await Promise.all(Array.from({ length: 5 }, () => alone().close()))
    } finally {
      work.on = false
      await worked
    }
    expect(lines.length).toBeGreaterThan(1_000)
  })

  it('no operation and no hook of a Server', async () => {
    let heard = 0
    const hear = () => {
      heard++
    }
    const asked = deferred()
    const pv = new SharedPV({
      type: Int32,
      initial: {},
      onPut: () => {
        heard++
        asked.resolve()
      },
      onFirstConnect: hear,
      onLastDisconnect: hear,
    })
    await using it = await loopback({ x: pv })
    await it.ctx.get('x')
    const puts = Array.from({ length: 200 }, (_, k) => it.ctx.put('x', k, { timeout: 1_500 }))
    const settled = Promise.allSettled(puts)
    await Promise.race([asked.promise, settled])
    expect(heard).toBeGreaterThan(1) // the first connection, and a put
    await it.server.close()
    const then = heard
    await turns(50)
    await settled
    expect(heard).toBe(then)
  })
})
