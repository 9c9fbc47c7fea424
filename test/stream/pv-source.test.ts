// Streams over PVs of real servers, in this process.
import { describe, expect, it, onTestFinished } from 'vitest'
import { Context, debug, NTScalar, SharedPV, type AnyPV, type Server } from 'node-pvxs'
import { ManagedStream, pvSource, type PvSourceOptions, type PvSpec, type PvUpdate } from 'node-pvxs/stream'
import {
  Int32,
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

const valueOf = ({ name, value }: PvUpdate): string => `${name} ${String(value.value)}`

async function streaming(
  pvs: Record<string, AnyPV>,
  options?: PvSourceOptions,
): Promise<{
  ctx: Context
  server: Server
  stream: ManagedStream<PvSpec, PvUpdate, string>
}> {
  const { ctx, server } = await loopback(pvs, { after: onTestFinished })
  const stream = new ManagedStream(pvSource(ctx, options), { handler: valueOf })
  onTestFinished(() => stream.stop().catch(() => undefined))
  return { ctx, server, stream }
}

const gone = (pv: AnyPV, name: string): Promise<void> =>
  until(() => pv.subscribers === 0, `${name} is closed`)

describe('a stream over PVs', () => {
  it('gives the updates of its members', async () => {
    const a = int32(1)
    const { stream } = await streaming({ a, b: int32(2) })
    const id = await stream.start(['a', 'b'])
    expect(stream).toMatchObject({ id, state: 'running', spec: ['a', 'b'] })
    expect((await take(stream, 2)).sort()).toEqual(['a 1', 'b 2'])
    a.post(3)
    expect(await take(stream, 1)).toEqual(['a 3'])
  })

  it('takes in a member while it runs, and closes a removed one at the server', async () => {
    const a = int32(1)
    const { stream } = await streaming({ a, b: int32(2) })
    await stream.start(['a'])
    await stream.update({ add: ['b'], remove: ['a'] })
    expect(await take(stream, 1)).toEqual([expect.stringMatching(/^[ab] /)])
    await gone(a, 'a')
    expect(stream.spec).toEqual(['b'])
  })

  it('does not repeat the first value of a member that stays', async () => {
    const a = int32(1)
    const { stream } = await streaming({ a, b: int32(2) })
    await stream.start(['a'])
    expect(await take(stream, 1)).toEqual(['a 1'])
    await stream.update(['b', 'a'])
    a.post(3)
    expect((await take(stream, 2)).sort()).toEqual(['a 3', 'b 2'])
  })

  it('is one member for a name that is given twice, with and without pva://', async () => {
    const a = int32(1)
    const { stream } = await streaming({ a })
    await stream.start(['a', 'pva://a', { name: 'a' }])
    expect(stream.spec).toEqual([{ name: 'a' }])
    await stream.update({ add: ['a', 'a'] })
    expect(stream.spec).toEqual(['a'])
    expect(await take(stream, 1)).toEqual(['a 1'])
    expect(a.subscribers).toBe(1)
  })

  it('gives each member its own fields and queue', async () => {
    const { ctx } = await loopback({ a: int32(1), b: int32(2) }, { after: onTestFinished })
    const stream = new ManagedStream(pvSource(ctx, { fields: ['value'] }))
    await stream.start(['a', { name: 'b', fields: ['alarm'], queueSize: 2 }])
    const updates = new Map((await take(stream, 2)).map(({ name, value }) => [name, value.$changed]))
    expect(updates.get('a')).toEqual(new Set(['value']))
    expect(updates.get('b')).toEqual(new Set())
    await stream.stop()
  })

  it('opens a member again whose options are others, and no other', async () => {
    const a = int32(1)
    const b = int32(2)
    const { stream } = await streaming({ a, b })
    await stream.start(['a', { name: 'b', fields: ['value'] }])
    await take(stream, 2)
    await stream.update({ add: ['a', { name: 'b', fields: ['value'] }] })
    b.post(3)
    expect(await take(stream, 1)).toEqual(['b 3'])
    await stream.update({ add: [{ name: 'b', queueSize: 4 }] })
    expect(await take(stream, 1)).toEqual(['b 3'])
    expect(stream.spec).toEqual(['a', { name: 'b', queueSize: 4 }])
  })

  it('may be empty, and fill later', async () => {
    const { stream } = await streaming({ a: int32(1) })
    await stream.start([])
    await stream.update({ add: ['a'] })
    expect(await take(stream, 1)).toEqual(['a 1'])
  })

  it('gives changes of connections between the updates when it is asked to', async () => {
    const a = int32(1)
    const { ctx } = await loopback({ a }, { after: onTestFinished })
    const stream = new ManagedStream(pvSource(ctx, { events: true }))
    await stream.start(['a'])
    const [first, second] = await take(stream, 2)
    expect([first, second]).toMatchObject([
      { name: 'a', type: 'connected' },
      { name: 'a', value: { value: 1 } },
    ])
    a.close()
    expect(await take(stream, 1)).toMatchObject([{ name: 'a', type: 'disconnected' }])
    await stream.stop()
  })
})

describe('a PV that is missing', () => {
  it('names itself in the rejection of a start, and the others are closed', async () => {
    const a = int32(1)
    const { stream } = await streaming({ a })
    const error = await rejection(stream.start(['a', 'lab:missing'], { timeout: 200 }))
    expect(error).toMatchObject({ code: 'ERR_STREAM_TIMEOUT', pv: 'lab:missing', phase: 'search' })
    expect(error.message).toBe('PV "lab:missing" was not found within 200 ms')
    expect(stream.state).toBe('failed')
    await gone(a, 'a')
  })

  it('is one of those that are named', async () => {
    const { stream } = await streaming({ a: int32(1) })
    const error = await rejection(stream.start(['x', 'a', 'y'], { timeout: 200 }))
    expect(error.message).toBe('2 PVs were not found within 200 ms: "x", "y"')
    expect(error['failed']).toMatchObject([
      { id: 'x', error: { pv: 'x' } },
      { id: 'y', error: { pv: 'y' } },
    ])
  })

  it('rolls an update back, closes what it had opened, and the stream goes on', async () => {
    const a = int32(1)
    const b = int32(2)
    const { stream } = await streaming({ a, b })
    await stream.start(['a'])
    const error = await rejection(stream.update({ add: ['b', 'lab:missing'] }, { timeout: 200 }))
    expect(error).toMatchObject({ code: 'ERR_STREAM_ROLLBACK', failed: [{ id: 'lab:missing' }] })
    expect(error.cause).toMatchObject({ code: 'ERR_STREAM_TIMEOUT', pv: 'lab:missing' })
    await gone(b, 'b')
    a.post(5)
    expect(await take(stream, 2)).toEqual(['a 1', 'a 5']) // and nothing of b
    expect(stream).toMatchObject({ state: 'running', spec: ['a'] })
  })

  it('fails the stream without rollback', async () => {
    const a = int32(1)
    const { stream } = await streaming({ a })
    await stream.start(['a'])
    const error = await rejection(stream.update({ add: ['lab:missing'] }, { timeout: 200, rollback: false }))
    expect(error).toMatchObject({ code: 'ERR_STREAM_UPDATE', failed: [{ id: 'lab:missing' }] })
    await gone(a, 'a')
  })

  it('is waited for with connect: none', async () => {
    const { stream, server } = await streaming({ a: int32(1) }, { connect: 'none' })
    await stream.start(['a', 'later'])
    await stream.update({ add: ['later too'] })
    expect(await take(stream, 1)).toEqual(['a 1'])
    server.addPV('later', int32(2)).addPV('later too', int32(3))
    expect((await take(stream, 2)).sort()).toEqual(['later 2', 'later too 3'])
  })

  it('does not matter with connect: any, when another is there', async () => {
    const { stream } = await streaming({ a: int32(1) }, { connect: 'any' })
    await stream.start(['lab:missing', 'a'], { timeout: 2_000 })
    await stream.update({ add: ['lab:missing too'] })
    expect(await take(stream, 1)).toEqual(['a 1'])
    const other = new ManagedStream(
      pvSource(new Context({ useEnv: false, addressList: ['127.0.0.1:9'], autoAddressList: false }), {
        connect: 'any',
      }),
    )
    expect(await rejection(other.start(['x'], { timeout: 50 }))).toMatchObject({
      code: 'ERR_STREAM_TIMEOUT',
      pv: 'x',
    })
  })
})

describe('what a server says', () => {
  it('rejects a start when it refuses the fields', async () => {
    const { stream } = await streaming({ a: int32(1) })
    const error = await rejection(stream.start([{ name: 'a', fields: ['nothing'] }], { timeout: 5_000 }))
    expect(error).toMatchObject({ code: 'ERR_PVA_REMOTE', pv: 'a' })
  })

  it('leaves the others alone with onMemberError, and is opened again by an update that adds it', async () => {
    const failed: [string, unknown][] = []
    const a = int32(1)
    const { stream } = await streaming(
      { a, b: int32(2) },
      { connect: 'none', onMemberError: (name, error) => failed.push([name, error]) },
    )
    await stream.start(['a', { name: 'b', fields: ['nothing'] }])
    await until(() => failed.length === 1, 'b was refused')
    expect(failed).toEqual([['b', expect.objectContaining({ code: 'ERR_PVA_REMOTE', pv: 'b' })]])
    expect(await take(stream, 1)).toEqual(['a 1'])
    a.post(5)
    expect(await take(stream, 1)).toEqual(['a 5'])
    await stream.update({ add: ['b'] })
    expect(await take(stream, 1)).toEqual(['b 2'])
  })

  it('rolls an update back when it refuses the fields, or the type is another', async () => {
    const { stream } = await streaming(
      { a: int32(1), b: int32(2), text: SharedPV.mailbox(new NTScalar('string')) },
      { type: Int32 },
    )
    await stream.start(['a'])
    const refused = await rejection(stream.update({ add: [{ name: 'b', fields: ['nothing'] }] }))
    expect(refused).toMatchObject({
      code: 'ERR_STREAM_ROLLBACK',
      failed: [{ id: 'b' }],
      cause: { code: 'ERR_PVA_REMOTE' },
    })
    const other = await rejection(stream.update({ add: ['text'] }))
    expect(other).toMatchObject({
      code: 'ERR_STREAM_ROLLBACK',
      failed: [{ id: 'text' }],
      cause: { code: 'ERR_PVA_TYPE' },
    })
    expect(stream.state).toBe('running')
  })

  it('changes the state when a PV closes and opens again', async () => {
    const a = int32(1)
    const { stream } = await streaming({ a })
    // The state may be over within a turn: a client that is told that a PV has closed asks again at once.
    const told: string[] = []
    const listening = (async () => {
      for await (const event of stream.events())
        told.push(event.type === 'state' ? event.to : `${event.type} ${'id' in event ? event.id : ''}`)
    })()
    await stream.start(['a'])
    await until(() => stream.queue.size === 1, 'the first value')
    a.close()
    await until(() => told.includes('reconnecting'), 'reconnecting')
    a.open({ value: 2 })
    await until(() => stream.state === 'running' && stream.queue.size === 2, 'running')
    await stream.stop()
    expect(await take(stream, 2)).toEqual(['a 1', 'a 2'])
    await listening
    expect(told.filter((event) => event.endsWith(' a'))).toEqual([
      'connected a',
      'disconnected a',
      'connected a',
    ])
    expect(stream.stats.reconnects).toBe(1)
  })

  it('does not matter to the others: closing the Context fails the stream and names a PV', async () => {
    const { ctx, stream } = await streaming({ a: int32(1) })
    await stream.start(['a'])
    await ctx.close()
    await until(() => stream.state === 'failed', 'failed')
    expect(stream.error).toMatchObject({ code: 'ERR_STREAM_ENDED', pv: 'a' })
  })
})

describe('a reader that waits', () => {
  it('holds the queue at its limit, and a few values on the way; the newest arrives', async () => {
    const a = int32(0)
    const { ctx } = await loopback({ a }, { after: onTestFinished })
    const stream = new ManagedStream(pvSource(ctx, { queueSize: 4 }), { handler: valueOf, queue: { max: 2 } })
    await stream.start(['a'])
    for (let n = 1; n <= 3_000; n++) {
      a.post(n)
      if (n % 50 === 0) await turn()
    }
    await until(() => stream.queue.size === 2, 'full')
    const seen: string[] = []
    for await (const value of stream) {
      expect(stream.queue.size).toBeLessThanOrEqual(2)
      seen.push(value)
      if (value === 'a 3000') break
    }
    expect(seen.length).toBeLessThan(40)
    await stream.stop()
  })

  it('does not keep a stop from closing every monitor', async () => {
    const pvs = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`pv:${String(n)}`, int32(n)]))
    const { ctx } = await loopback(pvs, { after: onTestFinished })
    const stream = new ManagedStream(pvSource(ctx), { queue: { max: 3 } })
    await stream.start(Object.keys(pvs))
    await until(() => stream.queue.size === 3, 'full')
    await stream.stop()
    expect(debug.counts()).toMatchObject({ Subscription: 0 })
    for (const [name, pv] of Object.entries(pvs)) await gone(pv, name)
  })
})

describe('bad input', () => {
  it.each<[string, unknown]>([
    ['a set that is not a list', 'a'],
    ['an empty name', ['']],
    ['a name with control characters', ['a\nb']],
    ['a name of Channel Access', ['ca://a']],
    ['no name', [7]],
    ['a member without a name', [{ fields: ['value'] }]],
    ['an unknown option of a member', [{ name: 'a', field: 'value' }]],
    ['a queue of one', [{ name: 'a', queueSize: 1 }]],
    ['a hole in the list', [, 'a']],
    ['undefined', undefined],
  ])('%s is refused by a start and an update, and nothing is opened', async (_what, spec) => {
    const a = int32(1)
    const { stream } = await streaming({ a, b: int32(2) })
    const refused = { code: 'ERR_STREAM_ARGUMENT' }
    expect(await rejection(stream.start(spec as never))).toMatchObject(refused)
    expect([stream.state, debug.counts()['Subscription']]).toEqual(['idle', 0])
    await stream.start(['b'])
    if (spec !== undefined)
      expect(await rejection(stream.update({ add: spec as never }))).toMatchObject(refused)
    expect([stream.state, a.subscribers]).toEqual(['running', 0])
  })

  it.each<[string, unknown]>([
    ['an unknown option', { field: ['value'] }],
    ['a callback', { onUpdate: () => undefined }],
    ['an unknown connect', { connect: 'some' }],
    ['no object', 5],
  ])('%s is refused by pvSource', async (_what, options) => {
    const { ctx } = await loopback({}, { after: onTestFinished })
    expect(thrown(() => pvSource(ctx, options as never))).toMatchObject({ code: 'ERR_STREAM_ARGUMENT' })
  })

  it('is no Context', () => {
    expect(thrown(() => pvSource({} as never))).toMatchObject({ code: 'ERR_STREAM_ARGUMENT' })
  })

  it('that only a monitor knows is told by the start, and nothing is opened', async () => {
    const { stream } = await streaming({ a: int32(1) }, { ackAny: -1 })
    expect((await rejection(stream.start(['a']))).code).toMatch(/^ERR_(PVA|STREAM)_ARGUMENT$/)
    expect(debug.counts()).toMatchObject({ Subscription: 0 })
  })
})

it('is ended by the signal of the source', async () => {
  const abort = new AbortController()
  const { stream } = await streaming({ a: int32(1), b: SharedPV.mailbox(Int32) }, { signal: abort.signal })
  await stream.start(['a', 'b'])
  abort.abort(new Error('enough'))
  await until(() => stream.state === 'failed', 'failed')
  expect(stream.error?.message).toBe('enough')
})
