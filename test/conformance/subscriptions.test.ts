// What a subscription hears, in which order, and what it counts.
import { describe, expect, it } from 'vitest'
import {
  ClosedError,
  Context,
  debug,
  InvalidArgumentError,
  NTScalar,
  RemoteError,
  Server,
  SharedPV,
  type MonitorEvent,
  type Value,
} from 'node-pvxs'
import {
  alone,
  drain,
  int32,
  leavesNothing,
  loopback,
  rejection,
  take,
  thrown,
  turn,
  until,
} from '../unit/fixtures.js'

leavesNothing()

const number = (v: Value): number => v.value as number
const word = (event: MonitorEvent): string | number =>
  event.type === 'update' ? number(event.value) : event.type

/** The events of a subscription, as they come. */
function listen(events: AsyncIterable<MonitorEvent>): { words: (string | number)[]; ended: Promise<void> } {
  const words: (string | number)[] = []
  const ended = (async () => {
    for await (const event of events) words.push(word(event))
  })()
  return { words, ended }
}

describe('events', () => {
  it('[48] no update comes after the disconnect, and nothing after close', async () => {
    const pv = int32(1)
    await using it = await loopback({ x: pv, y: int32() })
    const sub = it.ctx.monitor('x', { events: true })
    const { words, ended } = listen(sub)
    await until(() => words.length === 2, 'the first value')
    pv.post(2)
    await until(() => words.length === 3, 'the update')
    pv.close()
    await until(() => words.includes('disconnected'), 'the disconnect')
    await it.ctx.get('y')
    await turn()
    await sub.close()
    const told = words.length
    await ended
    expect(words.slice(0, 4)).toEqual(['connected', 1, 2, 'disconnected'])
    // The channel comes back at once, and waits for the PV to be opened.
    expect(words.slice(4).filter((word) => word !== 'connected')).toEqual([])
    expect(words).toHaveLength(told)
  })

  it('[49] [51] a value set while the PV is closed or the server stopped comes with the reconnect', async () => {
    const pv = int32(1)
    await using it = await loopback({ x: pv })
    const sub = it.ctx.monitor('x', { events: true })
    const { words, ended } = listen(sub)
    await until(() => words.length === 2, 'the first value')
    await it.server.stop()
    await until(() => words.length === 3, 'the disconnect')
    pv.post(2)
    await it.server.start()
    await until(() => words.length >= 5, 'the value of the restarted server', 30_000)
    pv.close()
    await until(() => words.length >= 6, 'the second disconnect')
    pv.open({ value: 3 })
    await until(() => words.length >= 8, 'the value of the reopened PV')
    await sub.close()
    await ended
    expect(words).toEqual(['connected', 1, 'disconnected', 'connected', 2, 'disconnected', 'connected', 3])
  }, 60_000)

  it('[52] a bad selection without events ends the loop with RemoteError, and in callback form with onError', async () => {
    await using it = await loopback({ x: int32() })
    const error = await rejection(drain(it.ctx.monitor('x', { fields: ['nosuch'] })))
    expect(error).toBeInstanceOf(RemoteError)
    const heard: string[] = []
    const sub = it.ctx.monitor('x', {
      fields: ['nosuch'],
      onEvent: ({ type }) => heard.push(type),
      onError: ({ message }) => heard.push(message),
    })
    await until(() => heard.length === 2, 'the error')
    expect(heard).toEqual(['connected', expect.stringMatching(/select at least one field/i)])
    await sub.close()
  })

  it('[55] a watcher that is there before the server hears of each coming and going', async () => {
    const pv = int32(4)
    const server = new Server({ isolated: true, pvs: { x: pv } })
    await server.start()
    await using ctx = new Context(server.clientConfig())
    await server.stop()
    const sub = ctx.monitor('x', { events: true })
    const { words, ended } = listen(sub)
    await turn()
    await server.start()
    await until(() => words.includes(4), 'the first value', 30_000)
    pv.close()
    await until(() => words.lastIndexOf('disconnected') > words.indexOf(4), 'the disconnect')
    pv.open({ value: 5 })
    await until(() => words.includes(5), 'the new value')
    await sub.close()
    await ended
    await server.close()
    if (words[0] === 'disconnected') words.shift()
    expect(words).toEqual(['connected', 4, 'disconnected', 'connected', 5])
  }, 60_000)

  it('[121] closing without events ends the loop, whatever it waits for', async () => {
    await using it = await loopback({ x: int32() })
    for (const name of ['x', 'nowhere']) {
      const sub = it.ctx.monitor(name)
      const all = drain(sub)
      await turn()
      await sub.close()
      expect((await all).length).toBeLessThanOrEqual(1)
    }
  })
})

describe('the end of a loop', () => {
  it('[56] by break, return, throw, close, and of a batch: nothing is left here or on the server', async () => {
    const pv = int32(1)
    await using it = await loopback({ x: pv })
    await it.ctx.get('x')
    const before = debug.counts()
    const leave: (() => Promise<unknown>)[] = [
      async () => {
        for await (const _ of it.ctx.monitor('x')) break
      },
      async () => {
        for await (const v of it.ctx.monitor('x')) return v
        return undefined
      },
      () =>
        rejection(
          (async () => {
            for await (const _ of it.ctx.monitor('x')) throw new Error('out')
          })(),
        ),
      async () => {
        for await (const batch of it.ctx.monitor('x').batches()) if (batch.length > 0) break
      },
      async () => {
        for await (const _ of it.ctx.monitorAll(['x', 'x'])) break
      },
      async () => {
        await using sub = it.ctx.monitor('x')
        await sub.ready
      },
      async () => {
        const sub = it.ctx.monitor('x')
        const updates = sub[Symbol.asyncIterator]()
        const waiting = [updates.next(), updates.next(), updates.next()]
        await sub.close()
        for (const { done } of (await Promise.all(waiting)).slice(1)) expect(done).toBe(true)
      },
    ]
    for (const left of leave) {
      await left()
      expect(it.ctx.stats().open).toBe(0)
      await until(() => pv.subscribers === 0, 'the end of the subscription on the server')
    }
    expect(debug.counts()).toEqual(before)
  })
})

describe('the queue', () => {
  it('[59] of a good size is what the server is asked for', async () => {
    await using it = await loopback({ x: int32(1) }, { server: { maxQueueSize: 64 } })
    for (const options of [{ queueSize: 2 }, { queueSize: 64 }, { request: 'record[queueSize=64]' }])
      expect((await take(it.ctx.monitor('x', options), 1)).map(number)).toEqual([1])
    for (const options of [{ queueSize: 65 }, { request: 'record[queueSize=65]' }]) {
      const error = await rejection(drain(it.ctx.monitor('x', options)))
      expect(error).toBeInstanceOf(RemoteError)
      expect(error.message).toContain('65')
    }
  })

  it('[59] of 0 or 1 is refused with what is allowed', async () => {
    await using ctx = alone()
    for (const queueSize of [0, 1]) {
      for (const work of [
        () => ctx.monitor('x', { queueSize }),
        () => ctx.monitorAll(['x'], { queueSize }),
      ]) {
        const error = thrown(work)
        expect(error).toBeInstanceOf(InvalidArgumentError)
        expect(error.message).toMatch(/queueSize.*from 2 to 1000000/)
      }
    }
    expect(ctx.stats().open).toBe(0)
  })

  it('[53] of 2, 3 and 4, and with acknowledgements at half: numbered updates, pipelined, all in order', async () => {
    const N = 400
    for (const options of [
      { queueSize: 2 },
      { queueSize: 3 },
      { queueSize: 4 },
      { queueSize: 4, ackAny: '50%' },
      { queueSize: 4, ackAny: 1 },
      { queueSize: 5, ackAny: '100%' },
    ] as const) {
      const pv = int32(0)
      await using it = await loopback({ x: pv })
      const seen: number[] = []
      let posted = 0
      for await (const v of it.ctx.monitor('x', { ...options, pipeline: true })) {
        seen.push(number(v))
        if (seen.length > N) break
        // never more under way than the window lets through
        while (posted < seen.length + options.queueSize - 2) pv.post(++posted)
      }
      expect(seen).toEqual(Array.from({ length: N + 1 }, (_, k) => k))
    }
  })

  it('[118] posted = delivered + squashed + queued, the newest last, while the consumer sleeps', async () => {
    const N = 300
    const pv = int32(0)
    await using it = await loopback({ x: pv, y: int32() })
    const sub = it.ctx.monitor('x', { queueSize: 4 })
    const updates = sub[Symbol.asyncIterator]()
    await updates.next()
    for (let k = 1; k <= N; k++) {
      pv.post(k)
      await it.ctx.get('y') // so that the server sends each by itself
    }
    const { delivered, squashedByServer, squashedByClient, queued } = sub.stats
    expect(delivered + squashedByServer + squashedByClient + queued).toBe(N + 1)
    expect([delivered, queued <= 8]).toEqual([1, true])
    const rest: number[] = []
    while (rest.at(-1) !== N) rest.push(number((await updates.next()).value as Value))
    const end = sub.stats
    expect(end.queued).toBe(0)
    expect(end.delivered + end.squashedByServer + end.squashedByClient).toBe(N + 1)
    await sub.close()
  })
})

describe('arrays that were delivered', () => {
  it.each([3, 5_000])(
    '[60] of %i elements: a write is seen by its writer alone, copies are independent',
    async (length) => {
      const data = Float64Array.from({ length }, (_, k) => k)
      const pv = SharedPV.mailbox(new NTScalar('float64[]'), { value: data })
      await using it = await loopback({ x: pv })
      const a = it.ctx.monitor('x')[Symbol.asyncIterator]()
      const b = it.ctx.monitor('x')[Symbol.asyncIterator]()
      const va = (await a.next()).value as Value
      const vb = (await b.next()).value as Value
      const copies = [va.$clone().value, va.$toObject()['value'], (va.value as Float64Array).slice()]
      ;(va.value as Float64Array).fill(-1)
      expect(copies).toEqual([data, data, data])
      for (const copy of copies) (copy as Float64Array).fill(-2)
      expect(vb.value).toEqual(data)
      expect((await it.ctx.get('x')).value).toEqual(data)
      expect(pv.current().value).toEqual(data)
      pv.post({ value: data.map((x) => x + 1) })
      for (const updates of [a, b]) {
        const next = (await updates.next()).value as Value
        expect(next.value).toEqual(data.map((x) => x + 1))
        await updates.return?.()
      }
    },
  )
})

it('[120] closing a subscription or a connection again, or beside `await using`, gives the same promise', async () => {
  await using it = await loopback({ x: int32() })
  await using sub = it.ctx.monitor('x')
  await using connection = it.ctx.connect('x')
  for (const each of [sub, connection]) {
    const first = each.close()
    expect(each.close()).toBe(first)
    await first
    expect(each.close()).toBe(first)
  }
  await it.ctx.close()
  await sub.close()
  expect(await rejection(it.ctx.get('x'))).toBeInstanceOf(ClosedError)
})
