// Mistakes that a newcomer makes, and what the errors say; and what print shows.
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import {
  any,
  Context,
  NTEnum,
  NTNDArray,
  NTScalar,
  NTTable,
  PvaError,
  Server,
  SharedPV,
  TypeDef,
  type MutableValue,
} from 'node-pvxs'
import { int32, loopback, rejection } from './fixtures.js'

const Number64 = new NTScalar('float64')

function thrown(run: () => unknown): PvaError {
  try {
    run()
  } catch (error) {
    if (error instanceof PvaError) return error
    throw error
  }
  throw new Error('it was accepted')
}

describe('error texts', () => {
  it.each([
    ["NTScalar('double')", () => new NTScalar('double' as never), 'did you mean "float64"?'],
    ["NTScalar('ushort[]')", () => new NTScalar('ushort[]' as never), 'did you mean "uint16[]"?'],
    ["NTScalar('Int32')", () => new NTScalar('Int32' as never), 'did you mean "int32"?'],
    ["NTScalar('?')", () => new NTScalar('?' as never), 'the codes are bool, bool[], int8, int8[]'],
    ['TypeDef', () => new TypeDef('double' as never), 'did you mean "float64"?'],
    ['a member', () => new TypeDef('struct', { a: 'double' as never }), 'did you mean "float64"?'],
    ['NTTable', () => new NTTable({ a: 'double' as never }), 'did you mean "float64"?'],
    ['any()', () => any('double' as never, 1), 'did you mean "float64"?'],
  ])('%s: suggests a code, and lists the codes', (_, run, text) => {
    expect(thrown(run).message).toContain(text)
    expect(thrown(run).message).toContain('the codes are')
  })

  it('get([…]) says getAll, monitor([…]) monitorAll', async () => {
    await using it = await loopback({ x: int32() })
    const names = ['a', 'b'] as never
    expect((await rejection(it.ctx.get(names))).message).toContain('getAll takes several')
    expect(thrown(() => it.ctx.monitor(names)).message).toContain('monitorAll takes several')
    expect((await rejection(it.ctx.put(names, 1))).message).not.toContain('several')
  })

  it('monitor(n, cb) says onUpdate', async () => {
    await using it = await loopback({ x: int32() })
    const callback = (() => 0) as never
    expect(thrown(() => it.ctx.monitor('x', callback)).message).toContain('{ onUpdate: … }')
    const monitor = it.ctx.monitor.bind(it.ctx) as (...given: unknown[]) => unknown
    for (const options of [{}, { queueSize: 4 }, undefined, null])
      expect(thrown(() => monitor('x', options, callback)).message).toContain('{ onUpdate: … }')
    expect((await rejection(it.ctx.get('x', callback))).message).not.toContain('onUpdate')
  })

  it('timeStamp: new Date() says timeStamp(), alarm: 2 says alarm()', async () => {
    await using it = await loopback({ x: int32() })
    const put = await rejection(it.ctx.put('x', { timeStamp: new Date() }))
    expect(put.message).toContain('timeStamp(…) makes what belongs here')
    expect(thrown(() => Number64.create({ alarm: 2 as never })).message).toContain('alarm(…) makes')
  })

  it.each(['closed', 'rpc'])('get of a PV that is %s: "did not describe it" says why', async (name) => {
    await using it = await loopback({
      closed: new SharedPV({ type: Number64 }),
      rpc: new SharedPV({ onRpc: () => ({ value: 1 }) }),
    })
    const { message } = await rejection(it.ctx.get(name, { timeout: 300 }))
    expect(message).toContain('did not describe it')
    expect(message).toContain('one that is not open, or only answers RPCs')
  })

  it('display.precision without form: true, and display without display: true', () => {
    const Display = new NTScalar('float64', { display: true })
    for (const input of [{ display: { precision: 2 } }, { 'display.precision': 2 }])
      expect(thrown(() => Display.create(input as never)).message).toContain('made with { form: true }')
    for (const part of ['display', 'control', 'valueAlarm'])
      expect(thrown(() => Number64.create({ [part]: {} })).message).toContain(`{ ${part}: true }`)
    const Other = new TypeDef('struct', { display: { text: 'string' } })
    expect(thrown(() => Other.create({ 'display.precision': 2 } as never)).message).not.toContain('form')
  })

  it.each([
    ['NTScalar', () => new NTScalar('x' as never)],
    ['NTTable', () => new NTTable({ a: 'x' as never })],
    ['NTEnum', () => new NTEnum({ x: 1 } as never)],
    ['TypeDef', () => new TypeDef('x' as never)],
    ['any', () => any('x' as never, 1)],
    ['create', () => Number64.create({ value: 'x' } as never)],
    ['fromRows', () => new NTTable({ a: 'int32' }).fromRows([{ b: 1 }] as never)],
    ['NTNDArray.wrap', () => NTNDArray.wrap(Uint8Array.of(1), { shape: [2] })],
    ['mailbox', () => SharedPV.mailbox(Number64, { value: 'x' } as never)],
  ])('error.op of builders: %s', (op, run) => {
    expect(thrown(run).op).toBe(op)
  })
})

describe('printing', () => {
  it('`${v}` is one line, as console.log shows it', () => {
    const m = Number64.create({ value: 1.5, alarm: { message: 'two\nlines' } })
    const v = m.$freeze()
    expect(String(v)).toBe(inspect(v).replace(/\n\s*/g, ' '))
    // eslint-disable-next-line @typescript-eslint/restrict-template-expressions -- what it is about
    for (const text of [String(v), v.toString(), `is ${v}`, `is ${m}`]) {
      expect(text).toContain('epics:nt/NTScalar:1.0 { value: 1.5')
      expect(text).not.toContain('\n')
    }
    const wide = NTNDArray.wrap(new Uint8Array(6), { shape: [2, 3], attributes: { a: 1, b: { c: [1, 2] } } })
    expect(String(wide)).not.toContain('\n')
    const Named = new TypeDef('struct', { toString: 'int32', a: 'int8' })
    expect(String(Named.create({ toString: 5 }) as MutableValue)).toContain('toString: 5')
  })

  it('console.log of SharedPV, Server, Context says what they are', async () => {
    const pv = SharedPV.mailbox(Number64, 4.5)
    await using server = await Server.start({ isolated: true, pvs: { a: pv, b: new SharedPV({}) } })
    await using ctx = new Context(server.clientConfig())
    await using sub = ctx.monitor('a')
    for await (const _ of sub) {
      expect(inspect(pv)).toMatch(/^SharedPV \{[^]*NTScalar:1\.0 \{ value: 4\.5[^]*subscribers: 1/)
      expect(inspect(server, { breakLength: Infinity })).toBe(
        `Server { state: 'running', tcpPort: ${server.tcpPort}, udpPort: ${server.udpPort}, pvs: 2 }`,
      )
      expect(inspect(ctx)).toContain("addressList: [ '127.0.0.1")
      expect(inspect(ctx)).toContain(`127.0.0.1:${server.tcpPort} (1 channels)`)
      break
    }
    expect(inspect(new SharedPV({}))).toBe("SharedPV { value: 'closed', subscribers: 0 }")
    await server.close()
    await ctx.close()
    expect(inspect(server)).toContain("state: 'closed'")
    expect(inspect(ctx)).toContain("connections: 'closed'")
    expect(inspect({ deep: { pv: Server, ctx } })).toContain('Context')
  })
})
