import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import {
  Context,
  debug,
  InvalidArgumentError,
  setLogger,
  setLogLevel,
  SharedPV,
  TimeoutError,
  version,
  type LogLine,
  type RpcOperation,
} from 'node-pvxs'
import { onLinux } from '../../needs.js'
import {
  alone,
  collected,
  deferred,
  Int32,
  int32,
  leavesNothing,
  levelsOff,
  loopback,
  rejection,
  take,
  thrown,
  turn,
  until,
} from '../fixtures.js'

leavesNothing()

const total = (counts: Record<string, number>) => Object.values(counts).reduce((sum, count) => sum + count, 0)

/** An AbortSignal that counts its listeners. */
function counted(): { controller: AbortController; listeners: () => number; most: () => number } {
  const controller = new AbortController()
  const { signal } = controller
  let now = 0
  let most = 0
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    most = Math.max(most, ++now)
    add(...args)
  }
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    now--
    remove(...args)
  }
  return { controller, listeners: () => now, most: () => most }
}

describe('[108] an abort', () => {
  it('before the call: nothing is sent', async () => {
    await using ctx = alone()
    const signal = AbortSignal.abort('before')
    for (const call of [
      ctx.get('x', { signal }),
      ctx.put('x', 1, { signal }),
      ctx.rpc('x', {}, { signal }),
      ctx.info('x', { signal }),
    ]) {
      expect(await rejection(call as Promise<unknown>)).toBe('before')
    }
    expect(ctx.stats().calls).toBe(0)
  })

  it('during search', async () => {
    await using ctx = alone()
    const { controller, listeners } = counted()
    const call = rejection(ctx.get('nowhere', { signal: controller.signal }))
    await turn()
    controller.abort('search')
    expect(await call).toBe('search')
    expect(listeners()).toBe(0)
  })

  it('during INIT', async () => {
    await using it = await loopback({ x: new SharedPV({ type: Int32 }) })
    const { controller, listeners } = counted()
    const call = rejection(it.ctx.get('x', { signal: controller.signal }))
    await until(() => it.ctx.stats().channels === 1, 'the channel')
    controller.abort('init')
    expect(await call).toBe('init')
    expect(listeners()).toBe(0)
  })

  it('during execution, and again', async () => {
    const running = deferred<RpcOperation>()
    const pv = new SharedPV({
      onRpc: (op) => {
        running.resolve(op)
        return new Promise(() => undefined)
      },
    })
    await using it = await loopback({ f: pv })
    const { controller, listeners } = counted()
    const call = rejection(it.ctx.rpc('f', {}, { signal: controller.signal }))
    await running.promise
    controller.abort('execute')
    controller.abort('again')
    expect(await call).toBe('execute')
    expect(listeners()).toBe(0)
  })

  it('after completion does nothing', async () => {
    await using it = await loopback({ x: int32(1) })
    const { controller, listeners } = counted()
    const value = await it.ctx.get('x', { signal: controller.signal })
    expect(listeners()).toBe(0)
    controller.abort()
    expect(value.value).toBe(1)
  })

  it('ends thousands of calls that share one signal, which has one listener', async () => {
    await using ctx = alone()
    const { controller, listeners, most } = counted()
    const calls = Array.from({ length: 3_000 }, (_, k) =>
      rejection(ctx.get(`n${k}`, { signal: controller.signal })),
    )
    await turn()
    const reason = new Error('all of you')
    controller.abort(reason)
    for (const call of calls) expect(await call).toBe(reason)
    expect([listeners(), most(), ctx.stats().open]).toEqual([0, 1, 0])
  })

  it('has its own default reason', async () => {
    await using ctx = alone()
    const controller = new AbortController()
    const call = rejection(ctx.get('x', { signal: controller.signal }))
    controller.abort()
    expect((await call).name).toBe('AbortError')
  })

  it('during a put whose function is still thinking', async () => {
    await using it = await loopback({ x: int32(1) })
    const controller = new AbortController()
    const thinking = deferred()
    const answer = deferred<{ value: number }>()
    const call = rejection(
      it.ctx.put(
        'x',
        () => {
          thinking.resolve()
          return answer.promise
        },
        { signal: controller.signal },
      ),
    )
    await thinking.promise
    controller.abort('thinking')
    expect(await call).toBe('thinking')
    answer.resolve({ value: 9 })
    await turn()
    expect((await it.ctx.get('x')).value).toBe(1)
  })

  it('at random moments: each call settles once, and nothing is left', async () => {
    await using it = await loopback({ x: int32(1) })
    const settled = await Promise.allSettled(
      Array.from({ length: 2_000 }, async (_, k) => {
        const controller = new AbortController()
        const call =
          k % 2 === 0
            ? it.ctx.get('x', { signal: controller.signal })
            : it.ctx.put('x', k, { signal: controller.signal })
        for (let t = 0; t < k % 5; t++) await turn()
        controller.abort('random')
        return call
      }),
    )
    for (const result of settled) if (result.status === 'rejected') expect(result.reason).toBe('random')
    expect(it.ctx.stats().open).toBe(0)
  })
})

// As root, libCom's threads had real-time priorities.
it.skipIf(onLinux.missing)(onLinux.named('no thread of PVXS has a real-time priority'), async () => {
  await using it = await loopback({ x: int32() })
  await it.ctx.get('x')
  const threads = readdirSync('/proc/self/task').flatMap((id) => {
    const stat = readFileSync(`/proc/self/task/${id}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ') // from the third on; proc(5)
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))
    return name.startsWith('PVX') ? [{ name, priority: fields[40 - 3], policy: fields[41 - 3] }] : []
  })
  expect(threads.length).toBeGreaterThan(2)
  expect(threads.filter(({ priority, policy }) => priority !== '0' || policy !== '0')).toEqual([])
})

describe('time', () => {
  it('of many calls runs out for each of them', async () => {
    await using ctx = alone()
    const begin = performance.now()
    const errors = await Promise.all(
      Array.from({ length: 500 }, (_, k) => rejection(ctx.get(`n${k}`, { timeout: 50 + (k % 100) }))),
    )
    expect(performance.now() - begin).toBeGreaterThanOrEqual(149)
    expect(errors.every((error) => error instanceof TimeoutError)).toBe(true)
  })
})

// NODE_PVXS_SCALE=20: the 100,000 of the list.
describe('[116] subscribe and close', () => {
  const scale = Number(process.env['NODE_PVXS_SCALE'] ?? 1)
  it(`leaves nothing, ${5_000 * scale} times`, { timeout: 20_000 * scale }, async () => {
    await using it = await loopback({ x: int32() })
    await it.ctx.get('x')
    const before = total(debug.counts())
    const half = async (): Promise<void> => {
      for (let k = 0; k < 25 * scale; k++) {
        const subs = Array.from({ length: 100 }, () => it.ctx.monitor('x'))
        await Promise.all(subs.map((sub) => sub.close()))
      }
    }
    await levelsOff('rss', half, 8 << 20)
    expect(total(debug.counts())).toBe(before)
  })
})

describe('[5] what is dropped', () => {
  it('a Context that nobody refers to is closed', async () => {
    await using it = await loopback({ x: int32() })
    const before = debug.counts()['Context'] ?? 0
    await (async () => {
      const ctx = new Context(it.server.clientConfig())
      await ctx.get('x')
    })()
    await collected(() => (debug.counts()['Context'] ?? 0) === before, 'the Context')
  })

  it('a pending call keeps its Context', async () => {
    const pv = new SharedPV({ type: Int32 })
    await using it = await loopback({ x: pv })
    const pending = (() => new Context(it.server.clientConfig()).get('x'))()
    for (let k = 0; k < 5; k++) {
      ;(globalThis as { gc?: () => void }).gc?.()
      await turn()
    }
    pv.open({ value: 3 })
    expect((await pending).value).toBe(3)
  })

  it('a subscription that somebody iterates keeps its Context', async () => {
    const pv = int32(1)
    await using it = await loopback({ x: pv })
    const two = (() => take(new Context(it.server.clientConfig()).monitor('x'), 2))()
    await until(() => pv.subscribers === 1, 'the subscription')
    for (let k = 0; k < 5; k++) {
      ;(globalThis as { gc?: () => void }).gc?.()
      await turn()
    }
    pv.post(2)
    expect((await two).map((v) => v.value as number)).toEqual([1, 2])
  })
})

describe('the log', () => {
  const lines: LogLine[] = []
  afterEach(() => {
    setLogger(null)
    setLogLevel('*', 'error')
    lines.length = 0
  })

  it('[106] gives lines of PVXS with level and logger', async () => {
    setLogger((line) => void lines.push(line))
    setLogLevel('pvxs.client.*', 'debug')
    await using it = await loopback({ x: int32() })
    await it.ctx.get('x')
    await until(() => lines.some(({ logger }) => logger.startsWith('pvxs.client')), 'a line')
    expect(
      lines.every(({ level }) => ['debug', 'info', 'warning', 'error', 'critical'].includes(level)),
    ).toBe(true)
    expect(lines.find(({ logger }) => logger.startsWith('pvxs.client'))?.remote).toBe(false)
  })

  it('gives the bytes of messages at debug level, not as errors', async () => {
    setLogger((line) => void lines.push(line))
    setLogLevel('pvxs.*', 'debug')
    await using it = await loopback({ x: int32() })
    await it.ctx.get('x')
    await until(() => lines.some(({ logger }) => logger === 'pvxs.bytes'), 'bytes')
    expect(lines.find(({ message }) => message.startsWith('0000 : CA02'))?.level).toBe('debug')
    expect(lines.filter(({ level }) => level === 'error')).toEqual([])
  })

  it('[104] a later setting overrides an earlier one', async () => {
    setLogger((line) => void lines.push(line))
    setLogLevel('pvxs.client.io', 'debug')
    setLogLevel('pvxs.*', 'critical')
    await using it = await loopback({ x: int32() })
    await it.ctx.get('x')
    await turn()
    expect(lines.filter(({ level }) => level === 'debug')).toEqual([])
  })

  it('[107] brings what a server logs for its client, marked as remote', async () => {
    setLogger((line) => void lines.push(line))
    const pv = new SharedPV({ onRpc: (op) => op.log('error', 'mind the gap') })
    await using it = await loopback({ f: pv })
    await it.ctx.rpc('f')
    await until(() => lines.some(({ message }) => message.includes('mind the gap')), 'the line')
    expect(lines.find(({ message }) => message.includes('mind the gap'))).toMatchObject({
      remote: true,
      level: 'error',
    })
  })

  it('refuses bad loggers, patterns and levels', () => {
    for (const logger of [undefined, 5, {}])
      expect(thrown(() => setLogger(logger as never))).toBeInstanceOf(InvalidArgumentError)
    expect(thrown(() => setLogLevel('pvxs.*', 'loud' as never)).message).toContain('debug')
    expect(thrown(() => setLogLevel('', 'debug'))).toBeInstanceOf(InvalidArgumentError)
  })

  it('a logger that throws harms nothing else', async () => {
    const caught: unknown[] = []
    const before = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', (error) => void caught.push(error))
    try {
      setLogger(() => {
        throw new Error('no log today')
      })
      setLogLevel('pvxs.client.*', 'debug')
      await using it = await loopback({ x: int32(5) })
      expect((await it.ctx.get('x')).value).toBe(5)
      await until(() => caught.length > 0, 'the exception')
    } finally {
      process.removeAllListeners('uncaughtException')
      for (const listener of before) process.on('uncaughtException', listener)
    }
  })
})

describe('the package', () => {
  it('says its versions', () => {
    const versions = version()
    expect(versions.package).toMatch(/^\d+\.\d+\.\d+/)
    expect(versions.pvxs).toContain('1.5.3')
    expect(versions.epicsBase).toMatch(/^7\.0\.10/)
    expect(versions.libevent).toMatch(/^\d/)
    expect(versions.nodeApi).toBe(9)
  })
})
