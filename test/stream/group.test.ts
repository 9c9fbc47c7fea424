// StreamGroup: what failed is followed by another, with back-off, and readers do not notice.
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { BoundedQueue, ManagedStream, pvSource, StreamGroup, type GroupErrorInfo } from 'node-pvxs/stream'
import { drain, int32, leavesNothing, loopback, rejection, take, thrown, until } from '../unit/fixtures.js'
import { FakeSource } from './fake-source.js'

leavesNothing()

const quick = { min: 1, max: 1_000, factor: 1, jitter: 0 }

describe('a group', () => {
  it('starts another stream over the same source, and the reader goes on', async () => {
    const told: GroupErrorInfo[] = []
    const group = new StreamGroup({ restart: quick, onError: (_error, info) => told.push(info) })
    const source = new FakeSource()
    const stream = new ManagedStream(source)
    const id = await group.add(stream, ['a'])
    await stream.update({ add: ['b'] })
    source.now.give(1)
    source.now.end(new Error('broken'))
    await until(() => source.opened.length === 2, 'opened again')
    source.now.give(2)
    expect(await take(stream, 2)).toEqual([1, 2])
    expect(source.now.spec).toEqual(['a', 'b'])
    expect(told).toEqual([{ id, spec: ['a', 'b'], attempt: 0, delay: 1 }])
    expect([stream.state, group.streams.get(id)?.state]).toEqual(['failed', 'running'])
    expect(group.stats()).toMatchObject({
      streams: 1,
      running: 1,
      restarts: 1,
      received: 2,
      updates: 1,
      delivered: 2,
    })
    await group.stop()
    expect([await drain(stream), source.openNow(), group.streams.size]).toEqual([[], 0, 0])
  })

  it('calls onError each time, and gives up after its attempts', async () => {
    const source = new FakeSource()
    const own = vi.fn()
    const told: (number | undefined)[] = []
    const group = new StreamGroup({
      restart: { ...quick, factor: 2, attempts: 2 },
      onError: (_error, { delay }) => told.push(delay),
    })
    const stream = new ManagedStream(source)
    await group.add(stream, ['a'], { onError: own })
    const reading = rejection(drain(stream))
    for (let n = 1; n <= 3; n++) {
      await until(() => source.opened.length === n, 'opened')
      source.now.end(new Error(`broken ${String(n)}`))
    }
    expect((await reading).message).toBe('broken 3')
    expect([told, own.mock.calls.length]).toEqual([[1, 2, undefined], 3])
    expect(group.stats()).toMatchObject({ streams: 1, failed: 1, running: 0, restarting: 0 })
    await group.stop()
  })

  it('tries again when the restart itself fails', async () => {
    const source = new FakeSource({ auto: true })
    const group = new StreamGroup({ restart: quick })
    await group.add(new ManagedStream(source), ['a'])
    source.auto = false
    source.now.end(new Error('broken'))
    for (let n = 0; n < 3; n++) {
      await until(() => source.calls.length > 0, 'a call')
      const call = source.waiting
      if (call.what === 'close') call.succeed()
      else call.fail(new Error('not yet'))
    }
    source.auto = true
    source.calls[0]?.succeed()
    await until(() => group.stats().running === 1, 'running')
    await group.stop()
    expect(source.openNow()).toBe(0)
  })

  it('begins to count anew after a healthy run', async () => {
    const source = new FakeSource()
    const attempts: number[] = []
    const group = new StreamGroup({
      restart: { min: 1, max: 1, jitter: 0, attempts: 1 },
      onError: (_error, { attempt }) => attempts.push(attempt),
    })
    await group.add(new ManagedStream(source), ['a'])
    for (let n = 1; n <= 3; n++) {
      await until(() => source.opened.length === n, 'opened')
      const began = performance.now()
      await until(() => performance.now() - began > 3, 'healthy')
      source.now.end(new Error('broken'))
    }
    await until(() => source.opened.length === 4, 'opened')
    expect(attempts).toEqual([0, 0, 0])
    await group.stop()
  })

  it('does not keep a stream whose first start fails', async () => {
    const source = new FakeSource({ auto: false })
    const onError = vi.fn()
    const group = new StreamGroup({ restart: quick, onError })
    const adding = group.add(new ManagedStream(source), ['a'])
    source.waiting.fail(new Error('no such thing'))
    expect((await rejection(adding)).message).toBe('no such thing')
    expect([group.streams.size, onError.mock.calls.length]).toEqual([0, 0])
    await group.stop()
  })

  it('restarts on demand, also what was given up', async () => {
    const source = new FakeSource()
    const group = new StreamGroup({ restart: false })
    const id = await group.add(new ManagedStream(source), ['a'])
    await group.restart(id)
    expect([source.opened.length, source.openNow()]).toEqual([2, 1])
    source.now.end(new Error('broken'))
    await until(() => group.stats().failed === 1, 'given up')
    await group.restart(id)
    source.now.give(1)
    const stream = group.streams.get(id)
    expect(stream && (await take(stream, 1))).toEqual([1])
    expect(await rejection(group.restart('other'))).toMatchObject({ code: 'ERR_STREAM_ARGUMENT' })
    await group.stop()
  })

  it('removes a stream that waits for its restart', async () => {
    const source = new FakeSource()
    const group = new StreamGroup({ restart: { min: 60_000, max: 60_000 } })
    const stream = new ManagedStream(source)
    const id = await group.add(stream, ['a'])
    source.now.end(new Error('broken'))
    await until(() => group.stats().restarting === 1, 'waiting')
    await group.remove(id)
    await group.remove(id)
    expect([await drain(stream), source.openNow()]).toEqual([[], 0])
    await group.stop()
    expect(await rejection(group.add(new ManagedStream(source), ['a']))).toMatchObject({
      code: 'ERR_STREAM_STATE',
    })
  })

  it('survives an onError that throws', async () => {
    const warned: string[] = []
    const heard = ({ message }: Error): number => warned.push(message)
    process.on('warning', heard)
    onTestFinished(() => void process.off('warning', heard))
    const source = new FakeSource()
    const group = new StreamGroup({
      restart: quick,
      onError: () => {
        throw new Error('mine')
      },
    })
    await group.add(new ManagedStream(source), ['a'])
    source.now.end(new Error('broken'))
    await until(() => source.opened.length === 2 && warned.length === 1, 'warned and opened again')
    expect(warned[0]).toMatch(/onError of a group failed: Error: mine/)
    await group.stop()
  })

  it('keeps PVs of a real server', async () => {
    const a = int32(1)
    const { ctx } = await loopback({ a }, { after: onTestFinished })
    const group = new StreamGroup({ restart: quick })
    const queue = new BoundedQueue<number>()
    let broken = false
    const stream = new ManagedStream(pvSource(ctx), {
      queue,
      handler: ({ value }) => {
        if (!broken && value.value === 2) {
          broken = true
          throw new Error('handler')
        }
        return Number(value.value)
      },
    })
    await group.add(stream, ['a'])
    expect(await take(queue, 1)).toEqual([1])
    a.post(2)
    expect(await take(queue, 1)).toEqual([2]) // of the second stream
    await group.stop()
    expect(queue.ended).toBe(true)
    await until(() => a.subscribers === 0, 'closed')
  })

  it.each<[string, unknown]>([
    ['an unknown option', { retry: {} }],
    ['an unknown part of restart', { restart: { most: 5 } }],
    ['a factor below 1', { restart: { factor: 0.5 } }],
    ['jitter above 1', { restart: { jitter: 2 } }],
    ['min above max', { restart: { min: 10, max: 5 } }],
    ['true', { restart: true }],
  ])('refuses %s', (_what, options) => {
    expect(thrown(() => new StreamGroup(options as never))).toMatchObject({ code: 'ERR_STREAM_ARGUMENT' })
  })

  it('refuses what is not a stream', async () => {
    const group = new StreamGroup()
    expect(await rejection(group.add({} as never, []))).toMatchObject({ code: 'ERR_STREAM_ARGUMENT' })
  })
})
