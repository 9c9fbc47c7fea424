// What holds for get, put, rpc, info, monitor and connect alike.
import { createServer, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import {
  ClosedError,
  Context,
  InvalidArgumentError,
  NTScalar,
  RemoteError,
  SharedPV,
  TypeDef,
  TypeMismatchError,
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
  thrown,
  turn,
  until,
  openWhileUsed,
} from '../unit/fixtures.js'

leavesNothing()

/** Every call that gives a promise, to one PV. */
function calls(ctx: Context, name: string, options: object = {}): [string, Promise<unknown>][] {
  return [
    ['get', ctx.get(name, options)],
    ['put', ctx.put(name, 1, options)],
    ['put', ctx.put(name, () => 1, options)],
    ['rpc', ctx.rpc(name, {}, options)],
    ['info', ctx.info(name, options)],
  ]
}

describe('a bad name', () => {
  it('[1] is refused by every call at once, before anything is sent', async () => {
    await using ctx = alone()
    for (const name of [
      '',
      ' x',
      'x ',
      'a\u0000b',
      'a\nb',
      '\ud800',
      'n'.repeat(1_025),
      5,
      null,
      undefined,
    ]) {
      const bad = name as string
      const several = [
        ['getAll', ctx.getAll([bad])],
        ['getAllSettled', ctx.getAllSettled(['x', bad])],
      ] as const
      const rejected = [...calls(ctx, bad), ...several].map(([op, call]) => [op, rejection(call)] as const)
      for (const [op, call] of rejected) {
        const error = await call
        expect([error.constructor, error['op']]).toEqual([InvalidArgumentError, op])
      }
      for (const [op, work] of [
        ['monitor', () => ctx.monitor(bad)],
        ['monitorAll', () => ctx.monitorAll([bad])],
        ['connect', () => ctx.connect(bad)],
      ] as const) {
        const error = thrown(work)
        expect([error.constructor, error['op']]).toEqual([InvalidArgumentError, op])
      }
    }
    expect(ctx.stats()).toMatchObject({ calls: 0, open: 0 })
  })
})

describe('after the Context was closed or collected', () => {
  it('[5] letting go of whatever was open is harmless', async () => {
    const it = await loopback({ x: int32() })
    const abort = new AbortController()
    const pending = calls(it.ctx, 'nowhere', { timeout: Infinity, signal: abort.signal })
    const sub = it.ctx.monitor('nowhere', { signal: abort.signal })
    const updates = sub[Symbol.asyncIterator]()
    const called = it.ctx.monitor('x', { onUpdate: () => undefined, signal: abort.signal })
    const connection = it.ctx.connect('nowhere', { signal: abort.signal })
    const events = connection.events()[Symbol.asyncIterator]()
    const found = it.ctx.discover({ signal: abort.signal })
    await it.ctx.close()
    abort.abort('too late')
    for (const [, call] of pending) expect(await rejection(call)).toBeInstanceOf(ClosedError)
    sub.pause()
    sub.resume()
    for (const work of [
      () => updates.return?.(),
      () => sub.close(),
      () => called.close(),
      () => events.return?.(),
      () => connection.close(),
      () => found.return?.(),
    ]) {
      await work()
    }
    expect((await updates.next()).done).toBe(true)
    expect([connection.connected, connection.peer, sub.stats.queued]).toEqual([false, undefined, 0])
    await it.server.close()
  })

  it('[5] a subscription and a connection outlive the Context that nobody holds', async () => {
    await using it = await loopback({ x: int32(1) })
    const made = (() => {
      const ctx = new Context(it.server.clientConfig())
      return { sub: ctx.monitor('x'), connection: ctx.connect('x') }
    })()
    for (let k = 0; k < 5; k++) {
      ;(globalThis as { gc?: () => void }).gc?.()
      await turn()
    }
    for await (const v of made.sub) {
      expect(v.value).toBe(1)
      break
    }
    await made.sub.close()
    await made.connection.close()
  })
})

describe('a type that the server does not have', () => {
  it('[7] is a TypeMismatchError of every call, before any value is delivered', async () => {
    const type = new TypeDef('struct', { value: 'string', extra: { deep: 'int32' } })
    let touched = 0
    const pv = new SharedPV({
      type: Int32,
      initial: { value: 1 },
      onPut: () => {
        touched++
      },
      onRpc: () => ({ value: 1 }),
    })
    await using it = await loopback({ x: pv })
    const rejected = calls(it.ctx, 'x', { type }).map(([op, call]) => [op, rejection(call)] as const)
    for (const [op, call] of rejected) {
      const error = await call
      expect([error.constructor, error['code'], error['op'], error['pv']]).toEqual([
        TypeMismatchError,
        'ERR_PVA_TYPE',
        op,
        'x',
      ])
      expect(error.message).toContain('value: asked for string')
      expect(error.message).toContain('extra')
    }
    const delivered: unknown[] = []
    const monitored = await rejection(
      (async () => {
        for await (const v of it.ctx.monitor('x', { type })) delivered.push(v)
      })(),
    )
    const failed = deferred<Error>()
    it.ctx.monitor('x', { type, onUpdate: (v) => void delivered.push(v), onError: failed.resolve })
    const merged = await rejection(drain(it.ctx.monitorAll(['x'], { type })))
    for (const error of [monitored, await failed.promise, merged])
      expect(error).toBeInstanceOf(TypeMismatchError)
    expect([delivered, touched]).toEqual([[], 0])
  })
})

describe('a selection of an unknown field alone', () => {
  it('[8] is a RemoteError that says at least one must be selected, for whoever selects', async () => {
    await using it = await loopback({ x: int32() })
    const options = { fields: ['nosuch'] }
    for (const call of [
      () => it.ctx.get('x', options),
      () => it.ctx.get('x', { request: 'field(nosuch)' }),
      () => it.ctx.put('x', () => 1, options),
      () => drain(it.ctx.monitor('x', options)),
    ]) {
      const error = await rejection(call())
      expect([error.constructor, error['pv']]).toEqual([RemoteError, 'x'])
      expect(error.message).toMatch(/select at least one field/i)
    }
  })

  it('[95] beside one that exists is ignored in a request and named in `fields`; a structure brings all in it', async () => {
    await using it = await loopback({ x: SharedPV.mailbox(Int32, Int32.create().$mark()) })
    const fields = ['nosuch', 'alarm', 'timeStamp.nanoseconds']
    expect(await rejection(it.ctx.get('x', { fields }))).toMatchObject({
      code: 'ERR_PVA_NO_FIELD',
      path: 'nosuch',
    })
    const v = await it.ctx.get('x', { request: `field(${fields.join(',')})` })
    expect([...v.$changed]).toEqual([
      'alarm.severity',
      'alarm.status',
      'alarm.message',
      'timeStamp.nanoseconds',
    ])
  })
})

describe('connections to one PV', () => {
  it('[11] hear "connected" once each, one attached late no false "disconnected"', async () => {
    await using it = await loopback({ x: int32() })
    const log: string[][] = []
    const listen = () => {
      const connection = it.ctx.connect('x')
      const words: string[] = []
      log.push(words)
      const ended = (async () => {
        for await (const { type } of connection.events()) words.push(type)
      })()
      return { connection, ended }
    }
    const made = [listen(), listen()]
    await until(() => made.every(({ connection }) => connection.connected), 'the connections')
    made.push(listen())
    await until(() => made.every(({ connection }) => connection.connected), 'the late connection')
    await it.ctx.get('x')
    expect(it.ctx.stats().channels).toBe(1)
    for (const { connection, ended } of made) {
      await connection.close()
      await ended
    }
    expect(log.map((words) => words.filter((word) => word === 'connected'))).toEqual(
      Array(3).fill(['connected']),
    )
    expect(log[2]).toEqual(['connected'])
    for (const words of log) expect(words.at(-1)).toBe('connected')
  })
})

describe('a PV that opens itself for its clients', () => {
  it('[15] [16] is read and described; clearCache lets both hooks have run', async () => {
    const { pv, hooks } = openWhileUsed(3)
    await using it = await loopback({ x: pv })
    for (const ask of [
      async () => expect((await it.ctx.get('x')).value).toBe(3),
      async () => expect((await it.ctx.info('x')).equals(Int32)).toBe(true),
    ]) {
      await ask()
      it.ctx.clearCache('x')
      await until(() => !pv.isOpen, 'the last disconnect')
    }
    expect(hooks).toEqual(['first', 'last at 3', 'first', 'last at 3'])
  })
})

describe('an abort', () => {
  it('[108] while the connection is being made', async () => {
    const sockets: Socket[] = []
    const accepted = deferred()
    const silent = createServer((socket) => {
      sockets.push(socket)
      accepted.resolve()
    })
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as { port: number }
    const ctx = alone()
    const abort = new AbortController()
    const options = { server: `127.0.0.1:${port}`, signal: abort.signal }
    const pending = calls(ctx, 'x', options).map(([, call]) => rejection(call))
    const iteration = rejection(drain(ctx.monitor('x', options)))
    await accepted.promise
    abort.abort('connecting')
    for (const call of [...pending, iteration]) expect(await call).toBe('connecting')
    expect(ctx.stats().open).toBe(0)
    await ctx.close()
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => silent.close(resolve))
  })
})

describe('put', () => {
  it('[25] hands over the value that a get gives, and in the plain form asks for nothing', async () => {
    let gets = 0
    const pv = new SharedPV({
      type: new NTScalar('int32', { display: true }),
      initial: { value: 5, display: { units: 'mm' } },
      onGet: () => {
        gets++
      },
      onPut: (op) => op.value,
    })
    await using it = await loopback({ x: pv })
    await it.ctx.put('x', { value: 6 })
    await it.ctx.put('x', { value: 7 })
    expect(gets).toBe(0)
    const served = pv.current()
    await it.ctx.put('x', (current) => {
      expect(current.toJSON()).toEqual(served.toJSON())
    })
  })

  it('[26] leaves every other field as it was', async () => {
    const type = new NTScalar('int32', { display: true, control: true, valueAlarm: true, form: true })
    const pv = new SharedPV({
      type,
      initial: { value: 1, display: { units: 'mm', precision: 3 }, valueAlarm: { highAlarmLimit: 9 } },
      onPut: (op) => op.value,
    })
    await using it = await loopback({ x: pv })
    const before = (await it.ctx.get('x')).$toObject()
    await it.ctx.put('x', { 'alarm.message': 'set by a client' })
    const after = (await it.ctx.get('x')).$toObject()
    expect({ ...after, timeStamp: 0 }).toEqual({
      ...before,
      timeStamp: 0,
      alarm: { severity: 0, status: 0, message: 'set by a client' },
    })
  })

  it('[28] names the path and the fields that exist, wherever the mistake is', async () => {
    let puts = 0
    const onPut = () => {
      puts++
    }
    await using it = await loopback({
      x: new SharedPV({ type: Int32, initial: { value: 1 }, onPut }),
    })
    for (const value of [
      { alarm: { colour: 'red' } },
      { 'alarm.colour': 'red' },
      () => ({ alarm: { colour: 'red' } }),
      (current: { alarm: Record<string, unknown> }) => void (current.alarm['colour'] = 'red'),
    ]) {
      const error = await rejection(it.ctx.put('x', value as never))
      expect([error['code'], error['op'], error['pv']]).toEqual(['ERR_PVA_NO_FIELD', 'put', 'x'])
      expect(error['fields']).toEqual(['severity', 'status', 'message'])
      expect(error['path']).toMatch(/colour$/)
    }
    const text = await rejection(it.ctx.put('x', { alarm: 'red' }))
    expect([text['code'], text['path']]).toEqual(['ERR_PVA_CONVERSION', 'alarm'])
    expect(puts).toBe(0)
  })

  it('[31] is answered by a timer that fires, not by one that was cancelled', async () => {
    const pv = new SharedPV({
      type: Int32,
      initial: { value: 0 },
      onPut: (op) =>
        new Promise((resolve) => {
          const never = setTimeout(() => resolve(-1), 10)
          clearTimeout(never)
          setTimeout(() => resolve(op.value), 20)
        }),
    })
    await using it = await loopback({ x: pv })
    await it.ctx.put('x', 4)
    expect((await it.ctx.get('x')).value).toBe(4)
  })
})
