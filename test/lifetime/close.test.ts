import { fork } from 'node:child_process'
import { readdirSync, readlinkSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ClosedError, Context, debug, NTScalar, Server, SharedPV, type Value } from 'node-pvxs'
import {
  collected,
  deferred,
  Int32,
  int32,
  leavesNothing,
  loopback,
  rejection,
  until,
} from '../unit/fixtures.js'

leavesNothing()

const everyKind = (ctx: Context): Promise<unknown>[] => [
  ctx.get('nobody'),
  ctx.put('nobody', 1),
  ctx.rpc('nobody'),
  ctx.info('nobody'),
  ctx.getAll(['nobody', 'x']),
  ctx.monitor('nobody').ready,
]

// L-07: closing and cancelling from inside one's own callbacks.
describe('inside its own callback', () => {
  it('a subscription closes itself, twice', async () => {
    await using it = await loopback({ x: int32(1) })
    const closed = deferred()
    let calls = 0
    const subscription = it.ctx.monitor('x', {
      onUpdate() {
        calls++
        void Promise.all([subscription.close(), subscription.close()]).then(() => closed.resolve())
      },
    })
    await closed.promise
    await it.ctx.put('x', 2)
    expect(calls).toBe(1)
  })

  it('a context closes itself, with calls of every kind pending', async () => {
    await using it = await loopback({ x: int32(1) })
    const ctx = new Context(it.server.clientConfig())
    const pending = Promise.all(everyKind(ctx).map(rejection))
    const closed = deferred()
    ctx.monitor('x', { onUpdate: () => void ctx.close().then(closed.resolve) })
    await closed.promise
    expect((await pending).every((error) => error instanceof ClosedError)).toBe(true)
  })

  it('a server closes itself in a handler, and answers the call', async () => {
    const closed = deferred()
    const server = await Server.start({
      isolated: true,
      pvs: {
        f: new SharedPV({
          onRpc: () => {
            void server.close().then(closed.resolve)
            return new Promise(() => undefined)
          },
        }),
      },
    })
    await using ctx = new Context(server.clientConfig())
    expect(await rejection(ctx.rpc('f', {}, { timeout: 5_000 }))).toBeInstanceOf(Error)
    await closed.promise
  })

  it('a loop is left in `finally`, and a signal aborts in the body', async () => {
    await using it = await loopback({ x: int32(1) })
    const controller = new AbortController()
    const error = await rejection(
      (async () => {
        for await (const value of it.ctx.monitor<{ value: number }>('x', { signal: controller.signal })) {
          expect(value.value).toBe(1)
          controller.abort(new Error('enough'))
        }
      })(),
    )
    expect(error.message).toBe('enough')
  })

  it('a PV closes and opens itself in its own handler', async () => {
    let puts = 0
    const pv: SharedPV<{ value: number }> = new SharedPV({
      type: Int32,
      initial: { value: 1 },
      onPut: () => {
        // the end of the PV takes the answer with it, and the client sends its put again
        if (puts++ > 0) return
        pv.close()
        pv.open({ value: 7 })
      },
    })
    await using it = await loopback({ x: pv })
    await it.ctx.put('x', 2)
    expect((await it.ctx.get('x')).value).toBe(7)
  })
})

// L-11
it('close() does not wait for a handler that hangs', async () => {
  const running = deferred()
  const stuck = (): Promise<never> => {
    running.resolve()
    return new Promise(() => undefined)
  }
  const { server, ctx } = await loopback({ f: new SharedPV({ onRpc: stuck }) })
  const call = rejection(ctx.rpc('f', {}, { timeout: Infinity }))
  await running.promise
  const begin = performance.now()
  await server.close()
  expect(performance.now() - begin).toBeLessThan(10_000) // it hangs for ever
  expect((await call).message).toMatch(/stopped/)
  await ctx.close()
})

// L-08
it('what nobody refers to any more is closed when it is collected', async () => {
  const base = debug.counts()
  const lose = async (): Promise<void> => {
    const server = await Server.start({ isolated: true, pvs: { x: int32(1) } })
    const contexts = Array.from({ length: 10 }, () => new Context(server.clientConfig()))
    for (const ctx of contexts) {
      await ctx.get('x')
      for (let k = 0; k < 10; k++) await ctx.monitor('x').ready
    }
    await server.stop()
  }
  await lose()
  await collected(() => JSON.stringify(debug.counts()) === JSON.stringify(base), 'counts at base')
})

it('a call that is awaited survives every collection', async () => {
  await using it = await loopback({
    slow: new SharedPV({ onRpc: () => new Promise((resolve) => setTimeout(resolve, 300)) }),
  })
  const { gc } = globalThis as { gc?: () => void }
  const collect = setInterval(() => gc?.(), 10)
  try {
    const server = it.server.clientConfig()
    // nobody refers to the context but the call
    expect(await Promise.all(Array.from({ length: 20 }, () => new Context(server).rpc('slow')))).toHaveLength(
      20,
    )
  } finally {
    clearInterval(collect)
  }
})

// L-06. NODE_PVXS_SCALE=100: the numbers of the plan, and what they cost.
const SCALE = Number(process.env['NODE_PVXS_SCALE'] ?? 1)
describe('over and over', () => {
  const files = (): number => (process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0)
  const threads = (): number => (process.platform === 'linux' ? readdirSync('/proc/self/task').length : 0)

  /** `work` answers with how long the closing took, in ms. */
  async function flat(what: string, rounds: number, work: () => Promise<number>): Promise<void> {
    for (let k = 0; k < 10 * SCALE; k++) await work()
    await collected(() => true, 'garbage')
    const rss = process.memoryUsage.rss()
    const before = {
      files: files(),
      threads: threads(),
      counts: debug.counts(),
      instances: debug.instances(),
    }
    const closes: number[] = []
    for (let k = 0; k < rounds; k++) closes.push(await work())
    await collected(() => threads() <= before.threads, 'threads at base')
    await collected(
      () => Object.entries(debug.counts()).every(([name, count]) => count <= (before.counts[name] ?? 0)),
      'counts at base',
    )
    // the server's, too, which hears of a close a moment after it
    const above = (): string[] =>
      Object.entries(debug.instances())
        .filter(([name, count]) => name !== 'StructTop' && count > (before.instances[name] ?? 0))
        .map(([name]) => name)
    await collected(() => above().length === 0, 'instances at base')
    await collected(() => files() <= before.files, 'open files at base')
    if (SCALE === 1) return
    const each = (process.memoryUsage.rss() - rss) / rounds
    const p99 = closes.sort((a, b) => a - b)[Math.floor(rounds * 0.99)] ?? 0
    console.log(`${rounds} ${what}: ${each.toFixed(0)} bytes each, close p99 ${p99.toFixed(1)} ms`)
  }

  async function timed(closing: Promise<void>): Promise<number> {
    const begin = performance.now()
    await closing
    return performance.now() - begin
  }

  it('contexts, with calls pending at the close', { timeout: 60_000 * SCALE }, async () => {
    await using it = await loopback({ x: int32(1) })
    await flat('contexts', 100 * SCALE, async () => {
      const ctx = new Context(it.server.clientConfig())
      const pending = everyKind(ctx).map(rejection)
      await ctx.get('x')
      const ms = await timed(ctx.close())
      await Promise.all(pending)
      return ms
    })
  })

  it('servers', { timeout: 60_000 * SCALE }, async () => {
    await flat('servers', SCALE === 1 ? 60 : 10 * SCALE, async () => {
      const server = await Server.start({ isolated: true, pvs: { x: int32(1) } })
      await server.stop()
      await server.start()
      return timed(server.close())
    })
  })

  it('subscriptions', { timeout: 60_000 * SCALE }, async () => {
    await using it = await loopback({ x: int32(1) })
    await flat('subscriptions', 1_000 * SCALE, async () => {
      const subscription = it.ctx.monitor('x')
      await subscription[Symbol.asyncIterator]().next()
      return timed(subscription.close())
    })
  })

  it('connections', { timeout: 60_000 * SCALE }, async () => {
    await using it = await loopback({ x: int32(1) })
    await flat('connections', 500 * SCALE, async () => {
      const connection = it.ctx.connect('x')
      await until(() => connection.connected, 'connected')
      return timed(connection.close())
    })
  })
})

const links = (): string[] =>
  process.platform === 'linux'
    ? readdirSync('/proc/self/fd').flatMap((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`)
        } catch {
          return [] // the directory's own
        }
      })
    : []

// L-10, short
it('a forked child has no socket of ours and works by itself', { timeout: 60_000 }, async () => {
  const before = links()
  await using it = await loopback({ x: int32(1) })
  await it.ctx.get('x')
  const ours = links().filter((link) => link.startsWith('socket:') && !before.includes(link))
  const child = fork(new URL('./programs/forked.mjs', import.meta.url), [], { execArgv: [] })
  child.send(it.server.clientConfig())
  const [value, inherited] = await new Promise<[number, string[]]>((resolve, reject) => {
    child.on('message', (message) => resolve(message as [number, string[]]))
    child.on('exit', (code) => reject(new Error(`the child ended with ${code}`)))
  })
  expect(value).toBe(1)
  if (process.platform === 'linux') expect(ours.length).toBeGreaterThan(2)
  expect(inherited.filter((link) => ours.includes(link))).toEqual([])
})

it('a value outlives everything it came from', async () => {
  let value: Value<{ value: Float64Array }>
  {
    const samples = Float64Array.from({ length: 100_000 }, (_, k) => k)
    await using it = await loopback({ x: SharedPV.mailbox(new NTScalar('float64[]'), { value: samples }) })
    value = await it.ctx.get<{ value: Float64Array }>('x')
  }
  const { gc } = globalThis as { gc?: () => void }
  gc?.()
  expect(value.value.every((v, k) => v === k)).toBe(true)
})
