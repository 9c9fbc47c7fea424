import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  DynamicSource,
  InvalidArgumentError,
  RemoteError,
  Server,
  setLogger,
  SharedPV,
  StaticSource,
  type LogLine,
} from 'node-pvxs'
import {
  deferred,
  Int32,
  int32,
  leavesNothing,
  loopback,
  rejection,
  thrown,
  turn,
  until,
} from '../fixtures.js'

leavesNothing()

const lines: LogLine[] = []
beforeEach(() => {
  lines.length = 0
  setLogger((line) => lines.push(line))
})
afterEach(() => setLogger(null))
const errors = () => lines.filter(({ level }) => level === 'error')

function typo(): never {
  return (undefined as unknown as () => never)()
}

describe('a handler that fails', () => {
  it('leaves a trace at its server: what it throws is logged with its stack at level error', async () => {
    const failing = { onPut: typo, onGet: typo, onRpc: async () => turn().then(typo) }
    await using it = await loopback({ x: new SharedPV({ type: Int32, initial: 1, ...failing }) })
    for (const [name, call] of [
      ['onPut', () => it.ctx.put('x', 5)],
      ['onGet', () => it.ctx.get('x')],
      ['onRpc', () => it.ctx.rpc('x')],
    ] as const) {
      expect((await rejection(call())).message).toContain('not a function')
      const [line] = errors().splice(-1)
      expect(line?.logger).toBe('node-pvxs.server')
      expect(line?.message).toContain(`${name} of "x" failed: TypeError: `)
      expect(line?.message).toMatch(/\n +at typo .*server.handlers/)
    }
    expect(errors()).toHaveLength(3)
  })

  it('refuses quietly with a RemoteError', async () => {
    const refuse = () => {
      throw new RemoteError('not today')
    }
    await using it = await loopback({
      x: new SharedPV({ type: Int32, initial: 1, onPut: refuse, onRpc: async () => turn().then(refuse) }),
    })
    expect((await rejection(it.ctx.put('x', 5))).message).toContain('not today')
    expect((await rejection(it.ctx.rpc('x'))).message).toContain('not today')
    expect(errors()).toEqual([])
  })

  it('is logged with what caused it, and when it returns what does not fit', async () => {
    let first = true
    const onPut = () => {
      if (!first) return 'many'
      first = false
      throw new Error('outer', { cause: new RangeError('inner') })
    }
    await using it = await loopback({ x: new SharedPV({ type: Int32, initial: 1, onPut: onPut as never }) })
    await rejection(it.ctx.put('x', 5))
    expect(errors()[0]?.message).toMatch(/Error: outer\n[^]*caused by RangeError: inner\n/)
    await rejection(it.ctx.put('x', 5))
    expect(errors()[1]?.message).toContain('ConversionError')
  })

  it('is logged at most ten times a second, with the number of those that were not', async () => {
    await using it = await loopback({ x: new SharedPV({ onRpc: typo }) })
    for (let turns = 0; !lines.some(({ message }) => message.includes('were withheld')); turns++) {
      expect(turns).toBeLessThan(100_000)
      await Promise.allSettled(Array.from({ length: 20 }, () => it.ctx.rpc('x')))
    }
    const told = /\((\d+) lines before this were withheld\)/.exec(
      errors()
        .map((line) => line.message)
        .join(),
    )
    expect(Number(told?.[1])).toBeGreaterThan(0)
  })

  it('that ends because its client has left has nothing to tell', async () => {
    const begun = deferred<AbortSignal>()
    const ended = deferred()
    const onRpc = async ({ signal }: { signal: AbortSignal }) => {
      begun.resolve(signal)
      await new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason as Error)),
      ).finally(ended.resolve)
    }
    await using it = await loopback({ x: new SharedPV({ onRpc }) })
    const quitting = new AbortController()
    const call = rejection(it.ctx.rpc('x', {}, { signal: quitting.signal }))
    await begun.promise
    quitting.abort()
    await call
    await ended.promise
    await turn()
    expect(errors()).toEqual([])
  })
})

it('create of a DynamicSource that throws refuses, is logged, and does not end the server', async () => {
  const uncaught: unknown[] = []
  const note = (error: unknown) => uncaught.push(error)
  const before = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', note)
  try {
    const create = (name: string) => {
      if (name === 'bad:later') return turn().then(typo)
      if (name === 'bad:other') return 5 as never
      if (name === 'bad:refused') throw new RemoteError('no')
      return typo()
    }
    await using it = await loopback({ good: int32(1) })
    it.server.addSource('s', new DynamicSource({ match: [/^bad:/], create }))
    for (const name of ['bad:now', 'bad:later', 'bad:other', 'bad:refused'])
      expect(await rejection(it.ctx.get(name, { timeout: 300 }))).toBeInstanceOf(Error)
    await until(
      () =>
        ['now', 'later', 'other'].every((name) =>
          errors().some((line) => line.message.includes(`"bad:${name}"`)),
        ),
      'each is logged',
    )
    expect(errors().some(({ message }) => message.includes('bad:refused'))).toBe(false)
    expect(errors().find(({ message }) => message.includes('"bad:now"'))?.message).toMatch(/\n +at typo /)
    expect((await it.ctx.get('good')).value).toBe(1)
    expect(uncaught).toEqual([])
  } finally {
    process.off('uncaughtException', note)
    for (const listener of before) process.on('uncaughtException', listener)
  }
})

it.each([
  ['addPV', () => Server.isolated().addPV('server', int32())],
  ['the option pvs', () => new Server({ isolated: true, pvs: { server: int32() } })],
  ['a StaticSource', () => new StaticSource({ 'pva://server': int32() })],
  ['add of a StaticSource', () => new StaticSource().add('server', int32())],
  ['the exact name of a DynamicSource', () => new DynamicSource({ match: ['server'], create: () => null })],
])('the reserved name "server" is refused by %s instead of accepted and never served', (_, serve) => {
  const error = thrown(serve)
  expect(error).toBeInstanceOf(InvalidArgumentError)
  expect(error.message).toContain('"server" is reserved')
})

it('post() on a PV that never was open says to open() it first; on one that was closed, to open() it again', () => {
  const pv = new SharedPV({ type: Int32 })
  expect(thrown(() => pv.post(1)).message).toContain('call open() first')
  expect(thrown(() => pv.current()).message).toContain('call open() first')
  pv.open(1).close()
  expect(thrown(() => pv.post(1)).message).toContain('open() it again')
})

describe('initial and open(value) are stamped', () => {
  const age = (pv: { current(): { $timeNs?: bigint | undefined } }) =>
    Math.abs(Number((pv.current().$timeNs ?? 0n) / 1_000_000n) - Date.now())

  it('with the current time: a new mailbox does not read 1970', async () => {
    const lazy = new SharedPV({ type: Int32 })
    lazy.open({ value: 1 })
    for (const pv of [int32(1), SharedPV.readonly(Int32, 2), new SharedPV({ type: Int32, initial: 3 }), lazy])
      expect(age(pv)).toBeLessThan(30_000)
    await using it = await loopback({ x: int32(1) })
    const v = await it.ctx.get('x')
    expect(v.$time?.getFullYear()).toBeGreaterThan(2000)
    expect(v.$isChanged('timeStamp.secondsPastEpoch')).toBe(true)
  })

  it('unless they bring a time, or there is no value', () => {
    const timed = SharedPV.mailbox(Int32, { value: 1, timeStamp: { nanoseconds: 5 } })
    expect(timed.current().$timeNs).toBe(5n)
    expect(SharedPV.mailbox(Int32, timed.current()).current().$timeNs).toBe(5n)
    for (const pv of [SharedPV.mailbox(Int32), new SharedPV({ type: Int32 }).open()])
      expect(pv.current()['timeStamp.secondsPastEpoch']).toBe(0n)
  })
})
