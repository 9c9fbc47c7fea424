import { describe, expect, it } from 'vitest'
import type { Value } from 'node-pvxs'
import {
  DisconnectedError,
  InvalidArgumentError,
  NTScalar,
  NTURI,
  RemoteError,
  SharedPV,
  TypeDef,
  TypeMismatchError,
  type RpcOperation,
} from 'node-pvxs'
import { alone, deferred, leavesNothing, loopback, rejection, until } from '../fixtures.js'

leavesNothing()

function service(onRpc: (op: RpcOperation) => unknown) {
  return new SharedPV({ onRpc })
}

describe('rpc', () => {
  it('[39] echoes the structure that was sent', async () => {
    await using it = await loopback({ echo: service((op) => op.value) })
    const sent = new TypeDef('struct', 'my:id', { a: 'int32', b: { c: 'string[]' } }).create({
      a: 5,
      b: { c: ['x'] },
    })
    const reply = await it.ctx.rpc('echo', sent)
    expect(reply?.$id).toBe('my:id')
    expect(reply?.$toObject()).toEqual({ a: 5, b: { c: ['x'] } })
  })

  it('[40] reaches the handler without argument, and resolves with null without reply', async () => {
    let op: RpcOperation | undefined
    await using it = await loopback({ f: service((o) => void (op = o)) })
    expect(await it.ctx.rpc('f', null)).toBeNull()
    expect([op?.value, op?.args]).toEqual([null, {}])
  })

  it('rejects an empty reply where a type is asked for, which has nothing of it', async () => {
    await using it = await loopback({ f: service(() => undefined), g: service(() => ({ value: 5 })) })
    const type = new TypeDef('struct', 'lab:Sum', { value: 'int64' })
    const error = await rejection(it.ctx.rpc('f', {}, { type }))
    expect(error).toBeInstanceOf(TypeMismatchError)
    expect(error.message).toBe('rpc: PV "f": the reply is empty, and a struct "lab:Sum" was asked for')
    expect(error).toMatchObject({ op: 'rpc', pv: 'f', code: 'ERR_PVA_TYPE' })
    expect((await it.ctx.rpc('g', {}, { type })).value).toBe(5n)
  })

  it('[41] works on a PV that is not open, and runs its hooks', async () => {
    const hooks: string[] = []
    const left = deferred()
    const pv = new SharedPV({
      onRpc: () => ({ ok: true }),
      onFirstConnect: () => void hooks.push('first'),
      onLastDisconnect: () => {
        hooks.push('last')
        left.resolve()
      },
    })
    await using it = await loopback({ f: pv })
    expect((await it.ctx.rpc('f'))?.ok).toBe(true)
    await it.ctx.close()
    await left.promise
    expect(hooks).toEqual(['first', 'last'])
  })

  it('[42] carries the text of the handler, sync and async', async () => {
    await using it = await loopback({
      sync: service(() => {
        throw new Error('sync refusal')
      }),
      async: service(() => Promise.reject(new Error('async refusal'))),
    })
    for (const name of ['sync', 'async']) {
      const error = await rejection(it.ctx.rpc(name))
      expect(error).toBeInstanceOf(RemoteError)
      expect(error.message).toContain(`${name} refusal`)
    }
  })

  it('[43] gives the reason of an abort while a slow handler runs', async () => {
    const running = deferred<RpcOperation>()
    const finish = deferred()
    await using it = await loopback({
      slow: service(async (op) => {
        running.resolve(op)
        await finish.promise
        return { late: true }
      }),
    })
    const abort = new AbortController()
    const call = rejection(it.ctx.rpc('slow', {}, { signal: abort.signal }))
    const op = await running.promise
    abort.abort('enough')
    expect(await call).toBe('enough')
    await until(() => op.signal.aborted, "the handler's signal")
    finish.resolve()
  })

  it('[44] makes an NTURI of named arguments', async () => {
    let value: Value | null = null
    let args: Record<string, unknown> = {}
    await using it = await loopback({
      f: service((op) => {
        value = op.value
        args = op.args
      }),
    })
    await it.ctx.rpc('f', {
      n: 5,
      x: 1.5,
      s: 'text',
      list: [1, 2],
      names: ['a'],
      deep: { on: true },
      gone: undefined,
    })
    expect(args).toEqual({
      n: 5,
      x: 1.5,
      s: 'text',
      list: BigInt64Array.of(1n, 2n),
      names: ['a'],
      deep: { on: true },
    })
    expect((value as Value | null)?.$id).toBe('epics:nt/NTURI:1.0')
    expect((value as Value | null)?.['path']).toBe('f')
  })

  it('[45] lists the names of a server, and says what it is', async () => {
    await using it = await loopback({ a: service(() => 1), b: service(() => 2) })
    const server = `127.0.0.1:${it.server.tcpPort}`
    expect((await it.ctx.list(server)).sort()).toEqual(['a', 'b'])
    const info = await it.ctx.serverInfo(server)
    expect(info.implLang).toBe('cpp')
    expect(info.version).toContain('1.5.3')
  })

  it('names a server that does not answer by its address', async () => {
    await using ctx = alone({ timeout: 200 })
    for (const [op, call] of Object.entries({
      list: ctx.list('127.0.0.1:9'),
      serverInfo: ctx.serverInfo('127.0.0.1:9'),
    })) {
      const error = await rejection(call)
      expect(error).toMatchObject({ code: 'ERR_PVA_TIMEOUT', op })
      expect(error).not.toHaveProperty('pv')
      expect(error.message).toMatch(/^\w+: server 127\.0\.0\.1:9 could not be connected to within 200 ms/)
    }
  })

  it('[46] is refused by a PV without onRpc', async () => {
    await using it = await loopback({ x: SharedPV.mailbox(new NTScalar('int32')) })
    expect(await rejection(it.ctx.rpc('x', { a: 1 }))).toBeInstanceOf(RemoteError)
  })

  it('[47] leaves out an argument of a typed NTURI that is not given', async () => {
    let value: Value | null = null
    await using it = await loopback({ f: service((op) => void (value = op.value)) })
    const Args = new NTURI({ a: 'int32', b: 'string' })
    await it.ctx.rpc('f', Args.call({ a: 1 }))
    expect(Object.keys((value as Value | null)?.['query'] as object)).toEqual(['a'])
  })

  it('derives the types of a plain reply; a bare one is its value', async () => {
    await using it = await loopback({
      table: service(() => ({ n: 1, rows: [{ a: 1 }, { a: 2 }] })),
      bare: service((op) => (op.args['a'] as number) + 1),
    })
    const table = await it.ctx.rpc('table')
    expect(table?.n).toBe(1n)
    expect(table?.['rows[1].a']).toBe(2n)
    expect((await it.ctx.rpc('bare', { a: 41 }))?.value).toBe(42n)
  })

  it('refuses arguments that are neither an object nor a Value', async () => {
    await using ctx = alone()
    for (const args of [5, 'a', [1], new Map(), new Date()]) {
      expect(await rejection(ctx.rpc('f', args as object))).toBeInstanceOf(InvalidArgumentError)
    }
  })

  it('names an argument that does not fit the same way each time', async () => {
    await using ctx = alone()
    ctx.rpc('f', { big: 2n ** 63n }, { timeout: 1 }).catch(() => undefined)
    for (let k = 0; k < 2; k++)
      expect(await rejection(ctx.rpc('f', { big: 2n ** 64n }))).toMatchObject({ code: 'ERR_PVA_CONVERSION', path: 'big' }) // prettier-ignore
  })

  it('is not sent again with atMostOnce', async () => {
    const running = deferred()
    await using it = await loopback({
      f: service(() => {
        running.resolve()
        return new Promise(() => undefined)
      }),
    })
    const call = rejection(it.ctx.rpc('f', {}, { atMostOnce: true }))
    await running.promise
    it.ctx.clearCache('f', 'disconnect')
    const error = await call
    expect(error).toBeInstanceOf(DisconnectedError)
    expect(error.message).toMatch(/the connection broke; the rpc may or may not have been carried out$/)
  })

  it('refuses arguments that hold themselves, and names the field', async () => {
    await using ctx = alone()
    const args: Record<string, unknown> = {}
    args['a'] = args
    const error = await rejection(ctx.rpc('f', args))
    expect(error).toMatchObject({ code: 'ERR_PVA_CONVERSION', path: 'a.a.a' })
    expect(error.message).toMatch(/^field "a\.a\.a" .*or holds itself$/)
  })

  it('knows its caller', async () => {
    const seen = deferred<RpcOperation>()
    const roles = deferred<string[]>()
    await using it = await loopback({
      f: service(async (op) => {
        seen.resolve(op)
        roles.resolve(await op.roles())
      }),
    })
    await it.ctx.rpc('f')
    const op = await seen.promise
    expect(op.pvName).toBe('f')
    expect(op.peer).toMatch(/^127\.0\.0\.1:\d+$/)
    expect(['ca', 'anonymous']).toContain(op.method)
    expect(Array.isArray(await roles.promise)).toBe(true)
  })
})
