// I. Calls in an unlucky order, each with what becomes of it.
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import {
  ClosedError,
  Context,
  InvalidArgumentError,
  RemoteError,
  Server,
  SharedPV,
  TypeDef,
  type ContextOptions,
} from 'node-pvxs'
import {
  collected,
  deferred,
  Int32,
  int32,
  leavesNothing,
  loopback,
  rejection,
  take,
  thrown,
  turn,
} from '../unit/fixtures.js'

leavesNothing()

describe('a client', () => {
  it('that is closed: calls reject, monitor and connect throw, closing again does nothing', async () => {
    const { ctx, server } = await loopback({ x: int32(1) })
    await Promise.all([ctx.close(), ctx.close()])
    await ctx.close()
    const calls = [
      ctx.get('x'),
      ctx.put('x', 1),
      ctx.rpc('x'),
      ctx.info('x'),
      ctx.getAll(['x']),
      ctx.list('127.0.0.1:1'),
    ]
    for (const error of await Promise.all(calls.map(rejection))) expect(error).toBeInstanceOf(ClosedError)
    for (const work of [() => ctx.monitor('x'), () => ctx.connect('x')])
      expect(thrown(work)).toBeInstanceOf(ClosedError)
    await server.close()
  })

  it('that aborts twice: the first reason counts', async () => {
    await using it = await loopback()
    const controller = new AbortController()
    const call = rejection(it.ctx.get('nobody', { signal: controller.signal }))
    controller.abort(new Error('first'))
    controller.abort(new Error('second'))
    expect((await call).message).toBe('first')
  })

  it('with two loops over one subscription: the second is refused, the first goes on', async () => {
    await using it = await loopback({ x: int32(1) })
    const subscription = it.ctx.monitor('x')
    const first = subscription[Symbol.asyncIterator]()
    expect(thrown(() => subscription[Symbol.asyncIterator]())).toBeInstanceOf(InvalidArgumentError)
    expect((await first.next()).done).not.toBe(true)
    await subscription.close()
  })

  it('that leaves its loop at once, and never reads another', async () => {
    const pv = int32(1)
    await using it = await loopback({ x: pv })
    expect(await take(it.ctx.monitor('x'), 1)).toHaveLength(1)
    const unread = it.ctx.monitor('x')
    await unread.ready
    for (let k = 0; k < 10_000; k++) pv.post({ value: k })
    expect((await it.ctx.get('x')).value).toBe(9_999)
    await unread.close()
  })

  it('that posts a value to a worker thread: its plain form arrives', async () => {
    await using it = await loopback({ x: int32(1) })
    const worker = new Worker("require('node:worker_threads').parentPort.once('message', (m) => { require('node:worker_threads').parentPort.postMessage(m.value + 1) })", { eval: true }) // prettier-ignore
    const answer = new Promise((resolve) => worker.once('message', resolve))
    worker.postMessage((await it.ctx.get('x')).$toObject())
    expect(await answer).toBe(2)
    await worker.terminate()
  })

  it('that puts a value which a client in another thread has got', async () => {
    await using it = await loopback({ x: int32(7), y: int32(1), z: int32(1) })
    const worker = new Worker(
      `const { parentPort, workerData: { library, config } } = require('node:worker_threads')
      import(library).then(async ({ Context }) => {
        const ctx = new Context(config)
        const value = await ctx.get('x')
        await ctx.close()
        parentPort.postMessage([value, value.$toObject()])
      })`,
      {
        eval: true,
        workerData: {
          library: new URL('../../dist/index.js', import.meta.url).href,
          config: it.server.clientConfig(),
        },
      },
    )
    const [value, plain] = await new Promise<[object, object]>((resolve, reject) => {
      worker.on('message', resolve).on('error', reject)
    })
    await worker.terminate()
    await it.ctx.put('y', value)
    await it.ctx.put('z', plain)
    await it.ctx.put('x', await it.ctx.get('y')) // as it came from a server
    expect((await it.ctx.getAll(['x', 'y', 'z'])).map((got) => got.value)).toEqual([7, 7, 7])
  })

  it('that changes what it gave to an RPC: what was there at the call is sent', async () => {
    await using it = await loopback({ echo: new SharedPV({ onRpc: (op) => op.value ?? undefined }) })
    const sent = new TypeDef('struct', { a: 'int32', b: 'uint8[]' }).create({ a: 1, b: [1, 2] })
    const plain = { a: 1, b: Buffer.of(1, 2) }
    const calls = [it.ctx.rpc('echo', sent), it.ctx.rpc('echo', plain)]
    sent.a = 99
    sent.b[0] = 99
    plain.a = 99
    plain.b.fill(99)
    const [typed, uri] = await Promise.all(calls)
    expect([typed?.['a'], typed?.['b']]).toEqual([1, Uint8Array.of(1, 2)])
    expect([uri?.['query.a'], uri?.['query.b']]).toEqual([1n, Uint8Array.of(1, 2)])
  })
})

describe('a server', () => {
  it('that stops before it starts, twice, starts twice, and closes twice', async () => {
    const server = new Server({ isolated: true, pvs: { x: int32(1) } })
    await server.stop()
    await server.stop()
    await server.start()
    await server.start()
    await server.stop()
    await server.stop()
    await server.close()
    await server.close()
    await server.stop()
    expect(await rejection(server.start())).toBeInstanceOf(ClosedError)
    expect(thrown(() => server.addPV('y', int32(1)))).toBeInstanceOf(ClosedError)
  })

  it('that is closed leaves its PVs: a post is kept, and the next server has it', async () => {
    const x = int32(1)
    await Server.start({ isolated: true, pvs: { x } }).then((server) => server.close())
    x.post({ value: 2 })
    await using it = await loopback({ x })
    expect((await it.ctx.get('x')).value).toBe(2)
  })

  it('that removes a PV which is not there', async () => {
    await using it = await loopback()
    expect(it.server.removePV('nothing')).toBe(it.server)
    expect(it.server.removeSource('nothing')).toBe(it.server)
  })

  it('that nobody refers to while it runs is kept, and serves', async () => {
    let weak: WeakRef<Server> | undefined
    const start = async (): Promise<ContextOptions> => {
      const server = await Server.start({ isolated: true, pvs: { x: int32(1) } })
      weak = new WeakRef(server)
      return server.clientConfig()
    }
    await using ctx = new Context(await start())
    for (let k = 0; k < 5; k++) {
      let collections = 0
      await collected(() => collections++ > 0, 'one collection')
      expect((await ctx.get('x')).value).toBe(1)
    }
    const server = weak?.deref()
    expect(server).toBeDefined()
    await server?.close()
  })
})

describe('a PV', () => {
  it('that is closed or not open yet: post and current are refused, close is not', () => {
    const pv = new SharedPV<{ value: number }>({ type: Int32 })
    pv.close()
    expect(thrown(() => pv.post({ value: 1 }))).toBeInstanceOf(ClosedError)
    expect(thrown(() => pv.current())).toBeInstanceOf(ClosedError)
    pv.open()
    expect(thrown(() => pv.open())).toBeInstanceOf(InvalidArgumentError)
    pv.close()
    pv.close()
    expect(thrown(() => pv.post({ value: 1 }))).toBeInstanceOf(ClosedError)
  })

  it('that closes under its subscribers: they see the end of the connection, and the PV again when it opens', async () => {
    const pv = int32(1)
    await using it = await loopback({ x: pv })
    const events: string[] = []
    const seen = deferred()
    it.ctx.monitor('x', {
      onUpdate: () => undefined,
      onEvent({ type }) {
        events.push(type)
        if (events.length === 3) seen.resolve()
      },
    })
    await it.ctx.get('x')
    pv.close()
    await turn()
    pv.open({ value: 5 })
    await seen.promise
    expect(events).toEqual(['connected', 'disconnected', 'connected'])
  })
})

describe('a handler', () => {
  const rpc = (onRpc: () => unknown): SharedPV => new SharedPV({ onRpc: onRpc })

  const cases: Readonly<Record<string, readonly [() => unknown, string | null]>> = {
    'that returns nothing': [() => undefined, null],
    'that returns null': [() => null, null],
    'that throws an Error': [() => { throw new Error('mine') }, 'mine'], // prettier-ignore
    'that throws text': [() => { throw 'mine' as unknown as Error }, 'mine'], // prettier-ignore
    'that throws nothing': [() => { throw undefined as unknown as Error }, '^the handler threw undefined$'], // prettier-ignore
    'that throws an object': [() => { throw { a: 1 } as unknown as Error }, '^the handler threw an object$'], // prettier-ignore
    'that rejects': [() => Promise.reject(new Error('later')), 'later'],
    'that throws an Error without text': [() => { throw new Error('') }, '.'], // prettier-ignore
    'that throws an Error whose text throws': [() => { throw Object.defineProperty(new Error(), 'message', { get: () => { throw new Error('trap') } }) }, '.'], // prettier-ignore
    'that returns a function': [() => () => 1, '.'],
    'that returns a symbol': [() => Symbol('x'), '.'],
    'that returns a structure with a bad name': [() => ({ 'a b': 1 }), '.'],
  }
  it.each(Object.entries(cases))('%s is answered once', async (_, [work, text]) => {
    await using it = await loopback({ f: rpc(work) })
    if (text === null) expect(await it.ctx.rpc('f')).toBeNull()
    else {
      const error = await rejection(it.ctx.rpc('f'))
      expect(error).toBeInstanceOf(RemoteError)
      expect(error.message).toMatch(new RegExp(text))
    }
  })

  it('that logs something other than text gets an error', async () => {
    const errors: unknown[] = []
    const f = new SharedPV({ onRpc: (op) => void errors.push(thrown(() => op.log('info', 5 as never))) })
    await using it = await loopback({ f })
    await it.ctx.rpc('f')
    expect(errors).toMatchObject([{ code: 'ERR_PVA_ARGUMENT', op: 'log' }])
    expect(errors[0]).toBeInstanceOf(InvalidArgumentError)
  })

  const thenable = (work: (ok: (x: unknown) => void, no: (x: unknown) => void) => void): unknown => ({
    then: work,
  })
  it.each([
    ['with two values', thenable((ok) => [{ n: 1 }, { n: 2 }].forEach(ok)), 1n],
    ['with a value and an error', thenable((ok, no) => { ok({ n: 1 }); no(new Error('mine')) }), 1n], // prettier-ignore
    ['with an error and a value', thenable((ok, no) => { no(new Error('mine')); ok({ n: 1 }) }), 'mine'], // prettier-ignore
    ['and throws afterwards', thenable((ok) => { ok({ n: 1 }); throw new Error('mine') }), 1n], // prettier-ignore
  ])('that answers twice, %s: the first counts', async (_, answer, expected) => {
    await using it = await loopback({ f: rpc(() => answer) })
    const got = await it.ctx.rpc('f').then(
      (reply) => reply?.['n'],
      (error: unknown) => (error as Error).message,
    )
    expect(got).toBe(expected)
    expect(await it.ctx.rpc('f').catch(() => 'again')).toBeDefined()
  })

  // What a put or get handler returns and the client is told; the PV stays as it was.
  const results: readonly (readonly [string, unknown, RegExp])[] = [
    ['a number out of range', 2n ** 64n, /"value".*out of range/],
    ['text that is not a number', { value: 'abc' }, /"value".*not an integer/],
    ['a field that is not there', { nope: 1 }, /no field "nope"/],
    ['a Date', new Date(), /"value".*not a number/],
    ['a Map', new Map(), /not Map/],
    ['a getter that throws', { get value() { throw new Error('mine') } }, /reading .* failed/], // prettier-ignore
  ]
  it.each(results)(
    'of puts and gets that returns %s is answered with the reason',
    async (_, result, text) => {
      const initial = { value: 1 }
      const put = new SharedPV({ type: Int32, initial, onPut: () => result as never })
      const get = new SharedPV({ type: Int32, initial, onGet: () => result as never })
      await using it = await loopback({ put, get })
      for (const error of [await rejection(it.ctx.put('put', 2)), await rejection(it.ctx.get('get'))]) {
        expect(error).toBeInstanceOf(RemoteError)
        expect(error.message).toMatch(text)
      }
      expect([put.current().value, get.current().value]).toEqual([1, 1])
    },
  )

  it('that gets a PV of its own server is served', async () => {
    const out: { ctx?: Context } = {}
    await using it = await loopback({
      x: int32(1),
      f: rpc(async () => ({ n: (await out.ctx?.get('x'))?.['value'] })),
    })
    out.ctx = it.ctx
    expect((await it.ctx.rpc('f'))?.['n']).toBe(1n)
  })

  it('that blocks the thread: other calls wait, and are served afterwards', async () => {
    const block = (): void => {
      const end = performance.now() + 1_000
      while (performance.now() < end);
    }
    await using it = await loopback({ f: rpc(block), x: int32(1) })
    const [, value] = await Promise.all([it.ctx.rpc('f'), it.ctx.get('x')])
    expect(value['value']).toBe(1)
  })

  it('that answers after its client has left: nothing happens', async () => {
    const entered = deferred()
    const go = deferred()
    const left = deferred()
    const f = new SharedPV({
      onRpc: async ({ signal }) => {
        signal.addEventListener('abort', () => left.resolve())
        entered.resolve()
        await go.promise
        return { late: true }
      },
    })
    await using it = await loopback({ f, x: int32(1) })
    const client = new Context(it.server.clientConfig())
    const call = rejection(client.rpc('f'))
    await entered.promise
    await client.close()
    await left.promise
    go.resolve()
    expect(await call).toBeInstanceOf(ClosedError)
    expect((await it.ctx.get('x')).value).toBe(1)
  })
})
