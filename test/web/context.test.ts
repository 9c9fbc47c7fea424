import { expect, it } from 'vitest'
import {
  alarm,
  ClosedError,
  DisconnectedError,
  NTScalar,
  SharedPV,
  TimeoutError,
  type Value,
} from 'node-pvxs'
import { Bridge } from 'node-pvxs/bridge'
import { loopback } from 'node-pvxs/testing'
import type { BridgeStatus, MonitorEvent } from '../../lib-ts/web/index.js'
import { freePort } from '../ports.js'
import { overBridge, webContext } from './fixtures.js'

const Number64 = new NTScalar('float64', { display: true })
const number = (value = 0): SharedPV<never> => SharedPV.mailbox(Number64, { value }) as SharedPV<never>
const post = (pv: SharedPV<never>, fields: unknown): unknown => pv.post(fields as never)
const failure = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error)

/** The next item of an iteration that has one. */
async function next<T>(iterator: AsyncIterator<T>): Promise<T> {
  const { done, value } = await iterator.next()
  if (done === true) throw new Error('the iteration has ended')
  return value
}

/** The next item that fits. */
async function first<T>(iterator: AsyncIterator<T>, fits: (item: T) => boolean): Promise<T> {
  for (;;) {
    const item = await next(iterator)
    if (fits(item)) return item
  }
}

it('gets a value of the core, with its marks and its type', async () => {
  const { web, lab } = await overBridge({ n: number(5) })
  const value = await web.get('n')
  expect(value['value']).toBe(5)
  expect(value.$type.equals(Number64.build())).toBe(true)
  expect(value.toJSON()).toEqual((await lab.ctx.get('n')).toJSON())
  const part = await web.get('n', { fields: ['alarm.severity'] })
  expect([...part.$changed]).toEqual(['alarm.severity'])
})

it('tells the type of a PV', async () => {
  const { web } = await overBridge({ n: number() })
  expect((await web.info('n')).equals(Number64.build())).toBe(true)
})

it('writes where the bridge allows it, and rejects with its error elsewhere', async () => {
  const { web, lab } = await overBridge({ n: number(), locked: number() }, { write: ['n'] })
  await web.put('n', 7)
  await web.put('n', { value: Infinity })
  expect((await lab.ctx.get('n'))['value']).toBe(Infinity)
  expect(await failure(web.put('locked', 7))).toMatchObject({
    name: 'BridgeError',
    code: 'ERR_BRIDGE_FORBIDDEN',
    op: 'put',
    pv: 'locked',
  })
  expect(await failure(web.put('n', 'many'))).toMatchObject({ code: 'ERR_PVA_CONVERSION' })
})

it('integers keep all their digits on both ways', async () => {
  const pv = SharedPV.mailbox(new NTScalar('int64'), { value: 1n }) as SharedPV<never>
  const { web } = await overBridge({ big: pv }, { write: ['*'] })
  await web.put('big', 9_007_199_254_740_993n)
  expect((await web.get('big'))['value']).toBe(9_007_199_254_740_993n)
})

it('what cannot be sent is refused before it is', async () => {
  const { web } = await overBridge({ n: number() }, { write: ['*'] })
  const round: { self?: unknown } = {}
  round.self = round
  for (const value of [() => 1, undefined, null, round])
    expect(await failure(web.put('n', value))).toMatchObject({ code: 'ERR_PVA_ARGUMENT', pv: 'n' })
  expect(await failure(web.get(''))).toMatchObject({ code: 'ERR_PVA_ARGUMENT' })
  expect(await failure(web.get('n', { timeuot: 1 } as object))).toMatchObject({
    message: expect.stringMatching(/timeuot.*timeout/) as string,
  })
})

it('a subscription gives the first value whole, and then what changed', async () => {
  const pv = number(1)
  const { web } = await overBridge({ n: pv })
  const values = web.monitor('n')[Symbol.asyncIterator]()
  expect((await next(values))['value']).toBe(1)
  post(pv, { value: 2, alarm: alarm('MINOR') })
  const value = await next(values)
  expect(value['value']).toBe(2)
  expect([...value.$changed].filter((path) => !path.startsWith('timeStamp'))).toEqual([
    'value',
    'alarm.severity',
    'alarm.status',
    'alarm.message',
  ])
})

it('what a slow consumer did not take is one value with the marks of all', async () => {
  const pv = number(1)
  const { web } = await overBridge({ n: pv }, { rate: 1_000 })
  const slow = web.monitor('n', { latest: true })
  const seen = web.monitor('n')[Symbol.asyncIterator]()
  await next(seen)
  post(pv, { alarm: alarm('MAJOR') })
  await next(seen)
  post(pv, { value: 3 })
  await first(seen, (value) => value['value'] === 3)
  const value = await next(slow[Symbol.asyncIterator]())
  expect(value['value']).toBe(3)
  expect([...value.$changed]).toEqual(expect.arrayContaining(['value', 'alarm.severity', 'display.units']))
})

it('callbacks get updates and the connection, and an error ends them', async () => {
  const { web } = await overBridge({ n: number(1) }, { read: ['n'] })
  const value = await new Promise<Value>((resolve) => web.monitor('n', { onUpdate: resolve }))
  expect(value['value']).toBe(1)
  const error = await new Promise((resolve) => web.monitor('secret', { onError: resolve }))
  expect(error).toMatchObject({ code: 'ERR_BRIDGE_FORBIDDEN', pv: 'secret' })
})

it('leaving the loop, a signal and close() end a subscription at the bridge', async () => {
  const { web, bridge } = await overBridge({ n: number(1) })
  for await (const value of web.monitor('n')) {
    expect(value['value']).toBe(1)
    break
  }
  const stop = new AbortController()
  const stopped = web.monitor('n', { signal: stop.signal })[Symbol.asyncIterator]()
  await next(stopped)
  stop.abort(new Error('enough'))
  expect(await failure(stopped.next())).toMatchObject({ message: 'enough' })
  const closed = web.monitor('n')
  await closed.ready
  await closed.close()
  await web.get('n') // what was said before it has been heard
  expect(bridge.stats().subscriptions).toBe(0)
})

it('a call that is given up rejects with the reason of its signal', async () => {
  const { web } = await overBridge({})
  const stop = new AbortController()
  const asked = failure(web.get('absent', { signal: stop.signal }))
  stop.abort(new Error('enough'))
  expect(await asked).toMatchObject({ message: 'enough' })
})

it('a PV that nobody has is a TimeoutError that says where was searched', async () => {
  const { web } = await overBridge({})
  const error = await failure(web.get('absent', { timeout: 100 }))
  expect(error).toBeInstanceOf(TimeoutError)
  expect(error).toMatchObject({ op: 'get', pv: 'absent', phase: 'search' })
})

it('hundreds of calls at once stay within the limits of the bridge', async () => {
  const { web, bridge } = await overBridge({ n: number(1) }, { limits: { pending: 8 } })
  const all = await Promise.all(Array.from({ length: 300 }, () => web.get('n')))
  expect(all).toHaveLength(300)
  expect(bridge.stats()).toMatchObject({ refused: 0, errors: 0 })
})

it('thousands of subscriptions of one turn come at once', async () => {
  const { web } = await overBridge({ n: number(1) })
  const subscriptions = Array.from({ length: 2_000 }, () => web.monitor('n'))
  for (const subscription of subscriptions) await next(subscription[Symbol.asyncIterator]())
})

it('acknowledges what it has handled, so that more than the window comes', async () => {
  const pv = SharedPV.mailbox(new NTScalar('float64[]'), {
    value: new Float64Array(1_000),
  }) as SharedPV<never>
  const { web } = await overBridge({ wave: pv }, { limits: { buffered: 20_000 }, arrayRate: 1_000 })
  const values = web.monitor('wave')[Symbol.asyncIterator]()
  await next(values)
  for (let i = 1; i <= 20; i++) {
    post(pv, { value: new Float64Array(1_000).fill(i) })
    await first(values, (value) => (value['value'] as Float64Array)[0] === i)
  }
})

it('a lost bridge is a loss of each PV, and all come back whole by themselves', async () => {
  const port = await freePort()
  const pv = number(1)
  await using lab = await loopback({ n: pv })
  const before = await Bridge.start({ ctx: lab.ctx, port })
  const web = webContext(before.url)
  const status = web.status()
  const events = web.monitor('n', { events: true })[Symbol.asyncIterator]()
  await first(events, ({ type }: MonitorEvent) => type === 'update')
  expect(await next(status)).toEqual({ type: 'open' })
  await before.close()
  await first(events, ({ type }) => type === 'disconnected')
  expect(await next(status)).toMatchObject({ type: 'closed', code: 1001 })
  const asked = web.get('n')
  await using after = await Bridge.start({ ctx: lab.ctx, port })
  await first(status, ({ type }: BridgeStatus) => type === 'open')
  expect(await first(events, ({ type }) => type === 'connected')).toMatchObject({ type: 'connected' })
  const update = await first(events, ({ type }) => type === 'update')
  expect([...(update as { readonly value: Value }).value.$changed]).toContain('display.units')
  expect((await asked)['value']).toBe(1) // asked while there was no bridge
  expect(after.stats().subscriptions).toBe(1)
})

it('a write in flight when the bridge is lost is a DisconnectedError', async () => {
  let begun!: () => void
  const writing = new Promise<void>((resolve) => (begun = resolve))
  const pv = new SharedPV<unknown>({
    type: Number64,
    initial: { value: 1 },
    onPut: () => {
      begun()
      return new Promise<never>(() => undefined)
    },
  })
  const { web, bridge } = await overBridge({ n: pv as SharedPV<never> }, { write: ['*'] })
  const written = failure(web.put('n', 2))
  await writing
  await bridge.close()
  expect(await written).toBeInstanceOf(DisconnectedError)
  expect(await written).toMatchObject({ op: 'put', pv: 'n' })
})

it('finds names, and reads what the bridge has kept', async () => {
  const pv = number(1)
  const { web } = await overBridge({ 'lab:n': pv }, { keep: 60_000 })
  const values = web.monitor('lab:n')[Symbol.asyncIterator]()
  await next(values)
  expect(await web.find('lab:*')).toEqual(['lab:n'])
  const { samples } = (await web.history('lab:n', {
    from: new Date(0),
    to: new Date(Date.now() + 1_000),
  })) as {
    readonly samples: readonly { readonly value: number; readonly time: bigint }[]
  }
  expect(samples.map(({ value }) => value)).toEqual([1])
  expect(web.hello).toMatchObject({ user: '', write: false, history: true })
})

it('after close() there is nothing left: calls reject, loops and the status end', async () => {
  const { web, bridge } = await overBridge({ n: number(1) })
  const values = web.monitor('n')[Symbol.asyncIterator]()
  await next(values)
  const status = web.status()
  const asked = failure(web.get('absent'))
  await web.close()
  expect(await asked).toBeInstanceOf(ClosedError)
  expect((await values.next()).done).toBe(true)
  expect(await failure(web.get('n'))).toBeInstanceOf(ClosedError)
  expect(() => web.monitor('n')).toThrow(ClosedError)
  expect(await next(status)).toEqual({ type: 'open' })
  expect((await status.next()).done).toBe(true)
  await expect.poll(() => bridge.stats().sockets).toBe(0)
})

it.each(['ftp://x', 'nonsense', 'http://user:secret@x', 5])(
  'refuses %j as the address of a bridge',
  (url) => {
    expect(() => webContext(url as string)).toThrow(expect.objectContaining({ code: 'ERR_PVA_ARGUMENT' }))
  },
)
