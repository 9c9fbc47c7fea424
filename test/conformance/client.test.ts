// Behaviours of calls whose server refuses, leaves, is lazy, or takes its time.
import { describe, expect, it } from 'vitest'
import { RemoteError, SharedPV } from 'node-pvxs'
import {
  alone,
  deferred,
  drain,
  Int32,
  int32,
  leavesNothing,
  loopback,
  rejection,
  take,
  turn,
  until,
  openWhileUsed,
} from '../unit/fixtures.js'

leavesNothing()

describe('an operation that the server refuses to create', () => {
  it('[9] carries its text', async () => {
    await using it = await loopback({ x: int32() }, { server: { maxQueueSize: 64 } })
    const none = await rejection(it.ctx.get('x', { fields: ['nosuch'] }))
    const long = await rejection(drain(it.ctx.monitor('x', { queueSize: 65 })))
    for (const error of [none, long]) expect(error).toBeInstanceOf(RemoteError)
    expect(none.message).toMatch(/select at least one field/i)
    expect(long.message).toMatch(/queue.*64/i)
    expect(await take(it.ctx.monitor('x', { queueSize: 64 }), 1)).toMatchObject([{ value: 0 }])
  })
})

describe('get', () => {
  it('[10] carries the text of a handler that refuses when it executes', async () => {
    const refusals = [
      () => {
        throw new Error('not on a Sunday')
      },
      async () => {
        await turn()
        throw new Error('not on a Monday')
      },
    ]
    const texts: string[] = []
    for (const onGet of refusals) {
      await using it = await loopback({ x: new SharedPV({ type: Int32, initial: {}, onGet }) })
      const error = await rejection(it.ctx.get('x'))
      expect(error).toBeInstanceOf(RemoteError)
      expect([error['op'], error['pv']]).toEqual(['get', 'x'])
      texts.push(error.message)
      // the channel is as good as before
      expect((await it.ctx.info('x')).id).toBe('epics:nt/NTScalar:1.0')
    }
    expect(texts).toEqual([expect.stringContaining('Sunday'), expect.stringContaining('Monday')])
  })

  it('[14] whose channel the server closes in the middle: one disconnect, one close, one answer', async () => {
    const asked = deferred()
    const closes: string[] = []
    const silent = new SharedPV({
      type: Int32,
      initial: { value: 1 },
      onGet: () => {
        asked.resolve()
        return new Promise<undefined>(() => undefined)
      },
      onLastDisconnect: () => void closes.push('silent'),
    })
    await using it = await loopback({ x: silent })
    await using connection = it.ctx.connect('x')
    await until(() => connection.connected, 'the connection')
    const events: string[] = []
    const listening = (async () => {
      for await (const { type } of connection.events()) events.push(type)
    })()
    let answers = 0
    const get = it.ctx.get('x').finally(() => answers++)
    await asked.promise
    it.server.removePV('x')
    await until(() => events.includes('disconnected'), 'the disconnect')
    await until(() => closes.length > 0, 'the close')
    expect(answers).toBe(0)
    // the call was not answered, so it is made again where the name is served next
    it.server.addPV('x', int32(2))
    it.ctx.hurryUp()
    expect((await get).value).toBe(2)
    expect([closes, answers]).toEqual([['silent'], 1])
    await connection.close()
    await listening
    expect(events).toEqual(['connected', 'disconnected', 'connected'])
  })
})

describe('put', () => {
  it('[32] to a PV that opens itself for its clients: its hooks run around it', async () => {
    const { pv, hooks } = openWhileUsed(1)
    await using it = await loopback({ x: pv })
    await it.ctx.put('x', 5)
    it.ctx.clearCache('x')
    await until(() => !pv.isOpen, 'the last disconnect')
    await it.ctx.put('x', 6)
    it.ctx.clearCache('x')
    await until(() => !pv.isOpen, 'the last disconnect')
    expect(hooks).toEqual(['first', 'put 5 on 1', 'last at 5', 'first', 'put 6 on 1', 'last at 6'])
  })
})

describe('while get and put are pending', () => {
  it('[38] other calls, timers and updates make progress', async () => {
    const answer = deferred()
    const [getting, putting] = [deferred(), deferred()]
    const slow = new SharedPV({
      type: Int32,
      initial: { value: 7 },
      onGet: async () => {
        getting.resolve()
        await answer.promise
      },
      onPut: async () => {
        putting.resolve()
        await answer.promise
      },
    })
    const fast = int32(0)
    await using it = await loopback({ slow, fast })
    await using nobody = alone()
    let settled = 0
    const pending = [it.ctx.get('slow'), it.ctx.put('slow', 1)].map((call) => call.finally(() => settled++))
    const never = rejection(nobody.get('nowhere', { timeout: Infinity }))
    await Promise.all([getting.promise, putting.promise])

    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    const updates = it.ctx.monitor('fast', { queueSize: 200 })[Symbol.asyncIterator]()
    expect((await updates.next()).value).toMatchObject({ value: 0 })
    for (let k = 1; k <= 100; k++) {
      await it.ctx.put('fast', k)
      expect((await it.ctx.get('fast')).value).toBe(k)
      expect((await updates.next()).value).toMatchObject({ value: k })
    }
    await until(() => ticks > 0, 'a timer')
    clearInterval(timer)
    await updates.return?.()
    expect(settled).toBe(0)

    answer.resolve()
    await Promise.all(pending)
    expect(settled).toBe(2)
    await nobody.close()
    expect((await never)['code']).toBe('ERR_PVA_CLOSED')
  })
})
