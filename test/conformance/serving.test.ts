// What a server does beside serving: hooks, answers, what it lets go of.
import { describe, expect, it } from 'vitest'
import {
  ClosedError,
  Context,
  DynamicSource,
  InvalidArgumentError,
  RemoteError,
  Server,
  SharedPV,
  StaticSource,
  type PutOperation,
} from 'node-pvxs'
import {
  collected,
  deferred,
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

describe('hooks', () => {
  it('[61] [62] last-disconnect runs when the client leaves, once, and the PV it closes is closed', async () => {
    const { pv, hooks } = openWhileUsed(1)
    await using it = await loopback({ x: pv })
    await using other = new Context(it.server.clientConfig())
    expect((await it.ctx.get('x')).value).toBe(1)
    expect((await other.get('x')).value).toBe(1)
    await it.ctx.close()
    expect((await other.get('x')).value).toBe(1)
    expect(hooks).toEqual(['first'])
    await other.close()
    await until(() => !pv.isOpen, 'the last disconnect')
    expect(hooks).toEqual(['first', 'last at 1'])
  })
})

describe('an operation', () => {
  it('[67] [68] is answered with the text of what its handler throws, also an empty one, for put and rpc', async () => {
    for (const text of ['not today', '']) {
      for (const later of [false, true]) {
        const refuse = () => {
          if (later) return Promise.reject(new Error(text))
          throw new Error(text)
        }
        const pv = new SharedPV({ type: Int32, initial: {}, onPut: refuse, onRpc: refuse })
        await using it = await loopback({ x: pv })
        for (const call of [() => it.ctx.put('x', 1), () => it.ctx.rpc('x', { a: 1 })]) {
          const error = await rejection(call())
          expect(error).toBeInstanceOf(RemoteError)
          expect(error.message).toContain(text === '' ? 'without a reason' : text)
        }
      }
    }
  })

  it('[68] posts what a put handler returns, and does not send it as a reply', async () => {
    const pv = new SharedPV({ type: Int32, initial: { value: 0 }, onPut: () => ({ value: 11 }) })
    await using it = await loopback({ x: pv })
    const updates = it.ctx.monitor('x')[Symbol.asyncIterator]()
    await updates.next()
    const replies = await Promise.allSettled([it.ctx.put('x', 1)])
    expect(replies).toEqual([{ status: 'fulfilled', value: undefined }])
    expect((await updates.next()).value).toMatchObject({ value: 11 })
    await updates.return?.()
  })

  it('[68] is answered once, whatever comes after handlerTimeout', async () => {
    const ops: PutOperation[] = []
    const finish = deferred<number>()
    const pv = new SharedPV({
      type: Int32,
      initial: { value: 0 },
      onPut: (op) => {
        ops.push(op as PutOperation)
        return finish.promise
      },
    })
    await using it = await loopback({ x: pv }, { server: { handlerTimeout: 50 } })
    expect(await rejection(it.ctx.put('x', 1))).toBeInstanceOf(RemoteError)
    expect(ops[0]?.signal.aborted).toBe(true)
    finish.resolve(5)
    await turn()
    expect((await it.ctx.get('x')).value).toBe(0)
  })
})

describe('SharedPV', () => {
  it('[70] opened with what is not a structure, twice, or posted to before: each says what is wrong', () => {
    for (const x of [5, 'x', [1], true, Uint8Array.of(1)])
      expect(thrown(() => new SharedPV().open(x))).toBeInstanceOf(InvalidArgumentError)
    expect(thrown(() => int32().open())).toBeInstanceOf(InvalidArgumentError)
    const closed = new SharedPV({ type: Int32 })
    for (const work of [() => closed.post(1), () => closed.current()])
      expect(thrown(work)).toBeInstanceOf(ClosedError)
    closed.close().close()
  })

  it('[73] a put without a time gets the current one, one with a time keeps it', async () => {
    await using it = await loopback({ x: int32() })
    const before = Date.now() - 1
    await it.ctx.put('x', 1)
    const stamped = (await it.ctx.get('x')).$time?.getTime() ?? 0
    expect(stamped).toBeGreaterThanOrEqual(before)
    expect(stamped).toBeLessThanOrEqual(Date.now())
    await it.ctx.put('x', { value: 2, timeStamp: { secondsPastEpoch: 7, nanoseconds: 8 } })
    expect((await it.ctx.get('x')).$timeNs).toBe(7_000_000_008n)
  })
})

describe('DynamicSource', () => {
  it('[74] decides anew for each channel: names come and go, open channels stay', async () => {
    let serves = false
    let asked = 0
    const pvs: SharedPV[] = []
    const source = new DynamicSource({
      match: [/^dyn:/],
      create: async () => {
        asked++
        const now = serves
        await turn()
        if (!now) return null
        pvs.push(int32(pvs.length + 1))
        return pvs.at(-1) ?? null
      },
    })
    await using it = await loopback({})
    it.server.addSource('dyn', source)
    const isRefused = async (): Promise<void> => {
      await using ctx = new Context(it.server.clientConfig()) // it would search on after its call
      const before = asked
      const call = rejection(ctx.get('dyn:a', { timeout: 1_000 }))
      await until(() => asked > before, 'the question')
      await call
    }
    await isRefused()
    serves = true
    await using second = new Context(it.server.clientConfig())
    expect((await second.get('dyn:a')).value).toBe(1)
    serves = false
    expect((await second.get('dyn:a')).value).toBe(1) // the channel that is open keeps its PV
    await isRefused()
    expect(pvs).toHaveLength(1)
  })
})

it('[66] sources and their PVs can be collected after the server was closed', async () => {
  const refs: WeakRef<object>[] = []
  await (async () => {
    const pv = int32(1)
    const fixed = new StaticSource({ s: pv })
    const dynamic = new DynamicSource({ match: ['d'], create: () => int32(2), names: () => ['d'] })
    const server = await Server.start({ isolated: true })
    server.addSource('s', fixed).addSource('d', dynamic)
    const ctx = new Context(server.clientConfig())
    expect((await ctx.getAll(['s', 'd'])).map((v) => v.value as number)).toEqual([1, 2])
    refs.push(...[pv, fixed, dynamic, server, ctx].map((object) => new WeakRef<object>(object)))
    await ctx.close()
    await server.close()
  })()
  await turn()
  await collected(() => refs.every((ref) => ref.deref() === undefined), 'sources, PV, server and client')
})
