import { describe, expect, it } from 'vitest'
import {
  ClosedError,
  Context,
  InvalidArgumentError,
  NTScalar,
  RemoteError,
  Server,
  SharedPV,
  TypeDef,
  TypeMismatchError,
  type MonitorEvent,
  type Value,
} from 'node-pvxs'
import {
  alone,
  collected,
  drain,
  Int32,
  int32,
  leavesNothing,
  loopback,
  rejection,
  take,
  thrown,
  turn,
  until,
} from '../fixtures.js'

leavesNothing()

const number = (v: Value): number => v.value as number

/** What an event says, in a word. */
function word(event: MonitorEvent): string | number {
  return event.type === 'update' ? number(event.value) : event.type
}

describe('monitor', () => {
  it('[48] gives connected, the first value, updates, disconnected, in this order', async () => {
    const pv = int32(1)
    await using it = await loopback({ x: pv })
    const seen: (string | number)[] = []
    for await (const event of it.ctx.monitor('x', { events: true })) {
      seen.push(word(event))
      if (seen.length === 2) pv.post(2)
      if (seen.length === 3) void it.server.stop()
      if (event.type === 'disconnected') break
    }
    expect(seen).toEqual(['connected', 1, 2, 'disconnected'])
  })

  it('names the server it is connected to, and since when', async () => {
    await using it = await loopback({ x: int32() })
    const [event] = await take(it.ctx.monitor('x', { events: true }), 1)
    if (event?.type !== 'connected') throw new Error(`${String(event?.type)} first`)
    expect(event.peer).toBe(`127.0.0.1:${it.server.tcpPort}`)
    expect(Math.abs(event.time.getTime() - Date.now())).toBeLessThan(5_000)
  })

  it('has connected and peer', async () => {
    const pv = int32()
    await using it = await loopback({ x: pv })
    const sub = it.ctx.monitor('x', { events: true })
    expect([sub.connected, sub.peer]).toEqual([false, undefined])
    await sub.ready
    expect([sub.connected, sub.peer]).toEqual([true, `127.0.0.1:${it.server.tcpPort}`])
    await it.server.stop()
    await until(() => !sub.connected, 'the loss')
    expect(sub.peer).toBeUndefined()
    await sub.close()
  })

  it('[49] [51] goes on after close and open of the PV, and after a restart of the server', async () => {
    const pv = int32(1)
    await using it = await loopback({ x: pv })
    const events = it.ctx.monitor('x', { events: true })[Symbol.asyncIterator]()
    const next = async () => word((await events.next()).value as MonitorEvent)
    expect([await next(), await next()]).toEqual(['connected', 1])
    pv.close()
    expect(await next()).toBe('disconnected')
    pv.open({ value: 2 })
    expect([await next(), await next()]).toEqual(['connected', 2])
    await it.server.stop()
    expect(await next()).toBe('disconnected')
    await it.server.start()
    expect([await next(), await next()]).toEqual(['connected', 2])
    await events.return?.()
  }, 40_000)

  it('[50] is not disturbed by the closing of another PV on the connection', async () => {
    const [x, y] = [int32(1), int32(1)]
    await using it = await loopback({ x, y })
    const other = it.ctx.monitor('x', { events: true })[Symbol.asyncIterator]()
    await other.next()
    const events = it.ctx.monitor('y', { events: true })[Symbol.asyncIterator]()
    await events.next()
    await events.next()
    await other.next()
    x.close()
    expect(word((await other.next()).value as MonitorEvent)).toBe('disconnected')
    y.post(5)
    expect(word((await events.next()).value as MonitorEvent)).toBe(5)
    await other.return?.()
    await events.return?.()
  })

  it('[52] throws for a bad field selection, after connected', async () => {
    await using it = await loopback({ x: int32() })
    const seen: string[] = []
    const error = await rejection(
      (async () => {
        for await (const event of it.ctx.monitor('x', { fields: ['nosuch'], events: true }))
          seen.push(event.type)
      })(),
    )
    expect(seen).toEqual(['connected'])
    expect(error).toBeInstanceOf(RemoteError)
    expect([error['op'], error['pv']]).toEqual(['monitor', 'x'])
    expect(it.ctx.stats().open).toBe(0)
  })

  it('[55] starts before the server', async () => {
    const server = await Server.start({ isolated: true, pvs: { x: int32(4) } })
    await using ctx = new Context(server.clientConfig())
    await server.stop()
    const first = take(ctx.monitor('x'), 1)
    await turn()
    await server.start()
    expect((await first).map(number)).toEqual([4])
    await server.close()
  }, 30_000)

  it('[56] leaves nothing behind, however the loop is left', async () => {
    await using it = await loopback({ x: int32() })
    for await (const _ of it.ctx.monitor('x')) break
    expect(it.ctx.stats().open).toBe(0)
    await rejection(
      (async () => {
        for await (const _ of it.ctx.monitor('x')) throw new Error('out')
      })(),
    )
    expect(it.ctx.stats().open).toBe(0)
    const sub = it.ctx.monitor('x')
    await sub.ready
    const closing = sub.close()
    expect(sub.close()).toBe(closing)
    await closing
    expect(await drain(sub)).toEqual([])
    expect(it.ctx.stats().open).toBe(0)
  })

  it('[58] shows each of the puts of its own body once, in order', async () => {
    await using it = await loopback({ x: int32(0) })
    const seen: (string | number)[] = []
    for await (const event of it.ctx.monitor('x', { events: true })) {
      seen.push(word(event))
      if (event.type === 'update' && number(event.value) < 5) await it.ctx.put('x', number(event.value) + 1)
      else if (event.type === 'update') void it.server.stop()
      if (event.type === 'disconnected') break
    }
    expect(seen).toEqual(['connected', 0, 1, 2, 3, 4, 5, 'disconnected'])
  })

  it('[59] refuses a queue of 0 or 1, and sends others to the server', async () => {
    await using ctx = alone()
    for (const queueSize of [0, 1, 1.5, -1, 1_000_001, '10', NaN]) {
      expect(thrown(() => ctx.monitor('x', { queueSize: queueSize as number })).message).toContain(
        'queueSize',
      )
    }
    expect(thrown(() => ctx.monitor('x', { request: 'record[queueSize=1]' }))).toBeInstanceOf(
      InvalidArgumentError,
    )
  })

  it('delivers a complete value, and afterwards what changed', async () => {
    const pv = SharedPV.mailbox(new NTScalar('int32', { display: true }), { value: 1, 'display.units': 'mm' })
    await using it = await loopback({ x: pv })
    const updates = it.ctx.monitor('x')[Symbol.asyncIterator]()
    const first = (await updates.next()).value as Value
    pv.post({ value: 2 }, { stamp: false })
    const second = (await updates.next()).value as Value
    expect([second.value, second['display.units'], [...second.$changed]]).toEqual([2, 'mm', ['value']])
    expect(second.display).toBe(first.display) // by reference: nothing changed in there
    await updates.return?.()
  })

  it('[60] keeps a write into a delivered array away from the server and from others', async () => {
    const pv = SharedPV.mailbox(new NTScalar('float64[]'), { value: [1, 2, 3] })
    await using it = await loopback({ x: pv })
    const [a, b] = [it.ctx.monitor('x'), it.ctx.monitor('x')].map((sub) => sub[Symbol.asyncIterator]())
    const va = (await a?.next())?.value as Value
    const vb = (await b?.next())?.value as Value
    const copy = va.$clone()
    ;(va.value as Float64Array)[0] = 99
    expect([vb.value, copy.value, (await it.ctx.get('x')).value]).toEqual(
      Array(3).fill(Float64Array.of(1, 2, 3)),
    )
    pv.post({ value: [4, 5, 6] })
    expect(((await a?.next())?.value as Value).value).toEqual(Float64Array.of(4, 5, 6))
    await a?.return?.()
    await b?.return?.()
  })

  it('throws for a type that lacks what was asked for', async () => {
    await using it = await loopback({ x: int32() })
    const type = new TypeDef('struct', { value: 'string' })
    const error = await rejection(drain(it.ctx.monitor('x', { type })))
    expect(error).toBeInstanceOf(TypeMismatchError)
    expect(it.ctx.stats().open).toBe(0)
  })

  it('delivers values of another type after the PV was opened with one', async () => {
    const pv = new SharedPV()
    pv.open(Int32.create({ value: 1 }))
    await using it = await loopback({ x: pv })
    const updates = it.ctx.monitor('x')[Symbol.asyncIterator]()
    expect(((await updates.next()).value as Value).value).toBe(1)
    pv.close().open(new NTScalar('string').create({ value: 'one' }))
    expect(((await updates.next()).value as Value).value).toBe('one')
    await updates.return?.()
  })
})

describe('batches', () => {
  it('gives everything that waits at once', async () => {
    const pv = int32(0)
    await using it = await loopback({ x: pv })
    const sub = it.ctx.monitor('x', { queueSize: 100 })
    const batches = sub.batches()[Symbol.asyncIterator]()
    expect(((await batches.next()).value as Value[]).map(number)).toEqual([0])
    for (let k = 1; k <= 50; k++) pv.post({ value: k })
    await until(() => sub.stats.queued === 50, 'all updates')
    await it.ctx.get('x') // comes to this thread the same way, after what is counted
    expect(((await batches.next()).value as Value[]).map(number)).toEqual(
      Array.from({ length: 50 }, (_, k) => k + 1),
    )
    await batches.return?.()
  })
})

describe('one consumer', () => {
  it('refuses a second iterator, of either kind', async () => {
    await using it = await loopback({ x: int32() })
    const sub = it.ctx.monitor('x')
    sub[Symbol.asyncIterator]()
    expect(thrown(() => sub[Symbol.asyncIterator]())).toBeInstanceOf(InvalidArgumentError)
    expect(thrown(() => sub.batches())).toBeInstanceOf(InvalidArgumentError)
    await sub.close()
  })

  it('refuses to iterate one with callbacks', async () => {
    await using it = await loopback({ x: int32() })
    const sub = it.ctx.monitor('x', { onUpdate: () => undefined })
    expect(thrown(() => sub[Symbol.asyncIterator]())).toBeInstanceOf(InvalidArgumentError)
    await sub.close()
  })

  it('serves several calls of next() in their order', async () => {
    const pv = int32(1)
    await using it = await loopback({ x: pv })
    const updates = it.ctx.monitor('x')[Symbol.asyncIterator]()
    const results = Promise.all([updates.next(), updates.next()])
    await it.ctx.get('x')
    pv.post(2)
    expect((await results).map(({ value }) => number(value as Value))).toEqual([1, 2])
    await updates.return?.()
  })
})

describe('the end', () => {
  it('throws the reason of an abort, before, while and after', async () => {
    await using it = await loopback({ x: int32() })
    expect(await rejection(drain(it.ctx.monitor('x', { signal: AbortSignal.abort('before') })))).toBe(
      'before',
    )
    const abort = new AbortController()
    const sub = it.ctx.monitor('x', { signal: abort.signal })
    const updates = sub[Symbol.asyncIterator]()
    await updates.next()
    const waiting = rejection(updates.next())
    abort.abort('while')
    expect(await waiting).toBe('while')
    expect((await updates.next()).done).toBe(true)
    abort.abort('again')
    await sub.close()
  })

  it('ready resolves with the connection, and rejects with what ends it before', async () => {
    await using it = await loopback({ x: int32() })
    const sub = it.ctx.monitor('x')
    await sub.ready
    await sub.close()
    const closed = it.ctx.monitor('nowhere')
    const ready = rejection(closed.ready)
    await closed.close()
    expect(await ready).toBeInstanceOf(ClosedError)
    const aborted = it.ctx.monitor('nowhere', { signal: AbortSignal.abort('no') })
    expect(await rejection(aborted.ready)).toBe('no')
  })

  it('[22] closes a subscription that nobody refers to, and keeps one that somebody awaits', async () => {
    const pv = int32(1)
    await using it = await loopback({ x: pv })
    ;(() => {
      const sub = it.ctx.monitor('x')
      void sub.ready.then(() => sub.stats)
    })()
    const second = (async () => {
      let seen = 0
      for await (const v of it.ctx.monitor('x')) if (++seen === 2) return number(v)
      return undefined
    })()
    await collected(() => it.ctx.stats().open === 1, 'the forgotten one')
    pv.post(2)
    expect(await second).toBe(2)
  })

  it('keeps a subscription with callbacks that nobody refers to', async () => {
    const pv = int32(1)
    await using it = await loopback({ x: pv })
    let last = 0
    ;(() => it.ctx.monitor('x', { onUpdate: (v) => void (last = number(v)) }))()
    await until(() => last === 1, 'the first value')
    for (let k = 0; k < 5; k++) {
      ;(globalThis as { gc?: () => void }).gc?.()
      await turn()
    }
    pv.post(2)
    await until(() => last === 2, 'the update')
  })
})
