// ManagedStream over a source under full control: starts, handlers, connections.
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { BoundedQueue, ManagedStream, type Source, type StreamEvent } from 'node-pvxs/stream'
import { drain, rejection, take, thrown, turn, until } from '../unit/fixtures.js'
import { FakeSource } from './fake-source.js'

import { made, running, STATE } from './running.js'

describe('a start', () => {
  it('resolves with the id when the source is open', async () => {
    const { stream, source } = made({}, { auto: false })
    const started = stream.start(['a', 'b'], { timeout: 77 })
    expect(stream.state).toBe('starting')
    expect(source.waiting).toMatchObject({ what: 'open', spec: ['a', 'b'], timeout: 77 })
    source.waiting.succeed()
    expect(await started).toBe(stream.id)
    expect(stream.state).toBe('running')
    source.auto = true
    await stream.stop()
  })

  it('is refused a second time, also after the end', async () => {
    const { stream } = await running()
    expect(await rejection(stream.start(['a']))).toMatchObject(STATE)
    await stream.stop()
    expect(await rejection(stream.start(['a']))).toMatchObject(STATE)
  })

  it('fails with the error of the source, tells it once, and stays failed', async () => {
    const { stream, source } = made({}, { auto: false })
    const onError = vi.fn()
    const started = stream.start(['a'], { onError })
    source.waiting.fail(new Error('no such thing'))
    expect((await rejection(started)).message).toBe('no such thing')
    expect([stream.state, stream.error?.message]).toEqual(['failed', 'no such thing'])
    expect(onError.mock.calls).toEqual([[stream.error, { id: stream.id, spec: ['a'] }]])
    await stream.stop() // the caller of start has the error
    expect((await rejection(drain(stream))).message).toBe('no such thing')
  })

  it('lets the source say what is missing when the time runs out', async () => {
    const { stream, source } = made({}, { auto: false })
    const started = stream.start(['a'], { timeout: 20 })
    const { signal } = source.waiting
    setTimeout(() => {
      source.waiting.fail(new Error('"a" is missing'))
    }, 30)
    expect((await rejection(started)).message).toBe('"a" is missing')
    expect(signal?.aborted).toBe(false)
  })

  it('ends a source that says nothing when the time has run out', async () => {
    const { stream } = made({}, { auto: false })
    expect(await rejection(stream.start(['a'], { timeout: 20 }))).toMatchObject({
      code: 'ERR_STREAM_TIMEOUT',
    })
    expect(stream.state).toBe('failed')
  })

  it('closes a source that opens after it was given up', async () => {
    const { stream, source } = made({}, { auto: false, heeds: false })
    const started = stream.start(['a'], { timeout: 20 })
    expect(await rejection(started)).toMatchObject({ code: 'ERR_STREAM_TIMEOUT' })
    source.waiting.succeed()
    await until(() => source.calls[0]?.what === 'close', 'the late source is closed')
    source.waiting.succeed()
    await until(() => source.now.closed, 'closed')
  })

  it('is given up by its signal, with its reason, and the stream is stopped', async () => {
    const { stream } = made({}, { auto: false })
    const onError = vi.fn()
    const abort = new AbortController()
    const started = stream.start(['a'], { signal: abort.signal, onError })
    abort.abort(new Error('enough'))
    expect((await rejection(started)).message).toBe('enough')
    expect([stream.state, onError.mock.calls.length]).toEqual(['stopped', 0])
    expect(await drain(stream)).toEqual([])
  })

  it('is ended by a stop', async () => {
    const { stream, source } = made({}, { auto: false })
    const started = rejection(stream.start(['a']))
    await stream.stop()
    expect(await started).toMatchObject(STATE)
    expect([stream.state, source.calls.length]).toEqual(['stopped', 0])
  })
})

describe('a handler', () => {
  const outputs = async (handler: (item: never) => unknown, ...items: unknown[]): Promise<unknown[]> => {
    const { stream, source } = await running({ handler: handler as never })
    source.now.give(...items)
    source.now.give('end')
    await until(() => stream.stats.received === items.length + 1, 'all are received')
    await turn()
    await stream.stop()
    return (await drain(stream)).filter((out) => out !== 'end' && out !== 'END')
  }

  it('maps items', async () => {
    expect(await outputs((s: string) => s.toUpperCase(), 'a', 'b')).toEqual(['A', 'B'])
  })

  it('keeps the order when it is async', async () => {
    const later = async (n: number): Promise<number> => {
      for (let i = 0; i < 5 - n; i++) await Promise.resolve()
      return n
    }
    expect(await outputs(later, 1, 2, 3)).toEqual([1, 2, 3])
  })

  it('drops an item for undefined, and gives the elements of an array one by one', async () => {
    const fan = (n: number): unknown => (n === 2 ? undefined : n === 3 ? [30, undefined, 31] : [])
    expect(await outputs(fan, 1, 2, 3)).toEqual([30, 31])
  })

  it('gives an array that is in an array as one output', async () => {
    expect(await outputs(() => [[1, 2], [3]], 'x')).toEqual([[1, 2], [3], [1, 2], [3]])
  })

  it('of the start takes the place of that of the constructor', async () => {
    const { stream, source } = made({ handler: () => 'constructor' })
    await stream.start(['a'], { handler: () => 'start' })
    source.now.give(1)
    expect(await take(stream, 1)).toEqual(['start'])
    await stream.stop()
  })

  it('that throws fails the stream: once to onError, to the iteration, and to the first stop', async () => {
    const { stream, source, errors } = await running({
      handler: (n) => {
        if (n === 2) throw new Error('bad item')
        return n
      },
    })
    source.now.give(1, 2, 3)
    const seen: unknown[] = []
    const failure = (async () => {
      for await (const item of stream) seen.push(item)
    })()
    expect((await rejection(failure)).message).toBe('bad item')
    expect([seen, stream.state, errors]).toEqual([[1], 'failed', [stream.error]])
    expect((await rejection(stream.stop())).message).toBe('bad item')
    await stream.stop()
    expect([source.now.closed, errors.length, stream.stats.handlerErrors]).toEqual([true, 1, 1])
  })

  it('that throws skips the item with onHandlerError: skip', async () => {
    const { stream, source, errors } = await running({
      onHandlerError: 'skip',
      handler: (n) => (n === 2 ? Promise.reject(new Error('bad item')) : n),
    })
    const events = stream.events()
    source.now.give(1, 2, 3)
    expect(await take(stream, 2)).toEqual([1, 3])
    expect((await events.next()).value).toMatchObject({ type: 'skipped', error: { message: 'bad item' } })
    expect([errors, stream.stats.handlerErrors, stream.state]).toEqual([[], 1, 'running'])
    await stream.stop()
  })

  it('that throws what is not an Error still ends the stream with one', async () => {
    const { stream, source } = await running({
      handler: () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- users do
        throw 'text'
      },
    })
    source.now.give(1)
    await until(() => stream.state === 'failed', 'failed')
    expect(stream.error).toBeInstanceOf(Error)
    expect(stream.error?.cause).toBe('text')
    await rejection(stream.stop())
  })
})

describe('onError', () => {
  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('mine')
      },
    ],
    ['rejects', () => Promise.reject(new Error('mine'))],
  ])('that %s becomes a process warning, and the first error stays', async (_how, onError) => {
    const warnings: string[] = []
    const heard = ({ message }: Error): number => warnings.push(message)
    process.on('warning', heard)
    onTestFinished(() => void process.off('warning', heard))
    const { stream, source, errors } = await running({}, onError)
    source.now.end(new Error('broken'))
    await until(() => warnings.length > 0, 'warned')
    expect(warnings[0]).toMatch(/onError of stream .* failed: mine/)
    expect([stream.error?.message, errors.length]).toEqual(['broken', 1])
    expect((await rejection(stream.stop())).message).toBe('broken')
  })

  it('is not called for a clean stop', async () => {
    const { stream, errors } = await running()
    await stream.stop()
    expect([stream.state, errors]).toEqual(['stopped', []])
  })

  it('hears of a source that ends by itself', async () => {
    const { stream, source, errors } = await running()
    source.now.end()
    await until(() => stream.state === 'failed', 'failed')
    expect(errors).toMatchObject([{ code: 'ERR_STREAM_ENDED' }])
    await rejection(stream.stop())
  })
})

describe('back-pressure', () => {
  it('stops the taking from the source while the queue is full', async () => {
    const { stream, source } = await running({ queue: { max: 1 } })
    for (let n = 0; n < 10; n++) source.now.give(n)
    await until(() => stream.queue.size === 1, 'full')
    await turn()
    expect(source.now.taken).toBe(2)
    expect(await take(stream, 10)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    await stream.stop()
  })

  it('fails the stream when its queue was ended by somebody else', async () => {
    const queue = new BoundedQueue<unknown>({ overflow: 'drop-oldest' })
    const { stream, source } = await running({ queue })
    queue.end()
    source.now.give(1)
    await until(() => stream.state === 'failed', 'failed')
    expect(stream.error).toMatchObject({ code: 'ERR_STREAM_ENDED' })
    await rejection(stream.stop())
  })
})

describe('connections', () => {
  it('are told, change the state, and are counted', async () => {
    const { stream, source } = await running()
    const events = stream.events()
    source.now.lose('a')
    await until(() => stream.state === 'reconnecting', 'reconnecting')
    await stream.update({ add: ['b'] })
    expect(stream.state).toBe('reconnecting')
    source.now.find('a')
    await until(() => stream.state === 'running', 'running')
    expect(stream.stats.reconnects).toBe(1)
    await stream.stop()
    const told = (await drain(events)).map((e: StreamEvent) => (e.type === 'state' ? e.to : e.type))
    expect(told).toEqual([
      ...['disconnected', 'reconnecting', 'updating', 'reconnecting', 'connected', 'running'],
      ...['stopping', 'stopped'],
    ])
  })

  it('of a member that was removed are of no concern', async () => {
    const { stream, source } = made()
    await stream.start(['a', 'b'])
    source.now.lose('b')
    await until(() => stream.state === 'reconnecting', 'reconnecting')
    await stream.update({ remove: ['b'] })
    expect(stream.state).toBe('running')
    await stream.stop()
  })
})

describe('bad input', () => {
  it.each<[string, () => unknown]>([
    ['no source', () => new ManagedStream(undefined as never)],
    ['an unknown option', () => new ManagedStream(new FakeSource(), { handlers: 1 } as never)],
    ['a handler that is not a function', () => new ManagedStream(new FakeSource(), { handler: 1 } as never)],
    ['a bad queue', () => new ManagedStream(new FakeSource(), { queue: { max: 0 } })],
    ['an unknown onStop', () => new ManagedStream(new FakeSource(), { onStop: 'keep' } as never)],
  ])('%s is refused by the constructor', (_what, make) => {
    expect(thrown(make)).toMatchObject({ code: 'ERR_STREAM_ARGUMENT' })
  })

  it('of a start opens nothing and leaves the stream idle', async () => {
    const { stream, source } = made()
    for (const options of [{ timeout: 0 }, { timeOut: 5 }, { onError: 'log' }, 5]) {
      expect(await rejection(stream.start(['a'], options as never))).toMatchObject({
        code: 'ERR_STREAM_ARGUMENT',
      })
    }
    expect([stream.state, source.opened.length]).toEqual(['idle', 0])
  })

  it('of an update changes nothing', async () => {
    const { stream, source } = await running()
    for (const to of [{ added: ['b'] }, { add: 'b' }, 'b', 5]) {
      expect(await rejection(stream.update(to as never))).toMatchObject({ code: 'ERR_STREAM_ARGUMENT' })
    }
    expect(await rejection(stream.update(['b'], { rollBack: true } as never))).toMatchObject({
      code: 'ERR_STREAM_ARGUMENT',
    })
    expect([stream.state, source.now.changes]).toEqual(['running', []])
    await stream.stop()
  })

  it('is add for a specification that is not a list', async () => {
    const stream = new ManagedStream(new FakeSource() as unknown as Source<{ rate: number }, unknown>)
    await stream.start({ rate: 1 })
    expect(await rejection(stream.update({ add: ['b'] } as never))).toMatchObject({
      code: 'ERR_STREAM_ARGUMENT',
    })
    await stream.update({ rate: 2 })
    expect(stream.spec).toEqual({ rate: 2 })
    await stream.stop()
  })

  it('is a source that gives what is not an array', async () => {
    async function* items(): AsyncGenerator<never> {
      await turn()
      yield 'text' as never
    }
    const open = {
      items: items(),
      change: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }
    const stream = new ManagedStream<string[], never>({ open: () => Promise.resolve(open) })
    await stream.start([])
    expect((await rejection(drain(stream))).message).toMatch(/gives arrays of items, not "text"/)
    await rejection(stream.stop())
  })
})
