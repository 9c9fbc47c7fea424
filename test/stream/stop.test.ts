// How a ManagedStream ends, over a source under full control.
import { describe, expect, it } from 'vitest'
import { deferred, drain, rejection, turn, until } from '../unit/fixtures.js'

import { made, running } from './running.js'

describe('a stop', () => {
  it('leaves the queue to be read, and takes it with discard', async () => {
    for (const onStop of ['drain', 'discard'] as const) {
      const { stream, source } = await running({ onStop })
      source.now.give(1, 2)
      await until(() => stream.queue.size === 2, 'queued')
      await stream.stop()
      expect(await drain(stream)).toEqual(onStop === 'drain' ? [1, 2] : [])
      expect(stream.stats).toMatchObject({ received: 2, dropped: onStop === 'drain' ? 0 : 2 })
    }
  })

  it('ends with a full queue and no reader, and accounts for every item', async () => {
    const { stream, source } = await running({ queue: { max: 2 } })
    source.now.give(1, 2, 3, 4, 5)
    await until(() => stream.queue.size === 2, 'full')
    await stream.stop()
    expect(stream.stats).toMatchObject({ received: 5, delivered: 0, queued: 2, dropped: 3 })
    expect(await drain(stream)).toEqual([1, 2])
  })

  it('ends with a handler that never returns', async () => {
    const { stream, source } = await running({ handler: () => new Promise(() => undefined) })
    source.now.give(1)
    await until(() => stream.stats.received === 1, 'handling')
    await stream.stop()
    expect([stream.state, source.now.closed]).toEqual(['stopped', true])
  })

  it('waits for the handler that runs, and calls it no more', async () => {
    const gate = deferred<string>()
    let calls = 0
    const { stream, source } = await running({
      handler: () => {
        calls++
        return gate.promise
      },
    })
    source.now.give(1, 2, 3)
    await until(() => calls === 1, 'handling')
    const stopped = stream.stop()
    source.now.give(4)
    gate.resolve('out')
    await stopped
    await turn()
    expect([calls, await drain(stream)]).toEqual([1, ['out']])
  })

  it('tells of the handler that fails meanwhile', async () => {
    const gate = deferred<string>()
    const { stream, source, errors } = await running({ handler: () => gate.promise })
    source.now.give(1)
    await until(() => stream.stats.received === 1, 'handling')
    const stopped = rejection(stream.stop())
    gate.reject(new Error('late failure'))
    expect((await stopped).message).toBe('late failure')
    expect([stream.state, errors.length]).toEqual(['failed', 1])
  })

  it('tells when the source cannot be closed', async () => {
    const { stream, source } = await running()
    source.auto = false
    const stopped = rejection(stream.stop())
    source.waiting.fail(new Error('stuck'))
    expect((await stopped).message).toBe('stuck')
    expect(stream.state).toBe('failed')
  })

  it('ends when the source never closes', async () => {
    const { stream, source } = await running()
    source.auto = false
    expect(await rejection(stream.stop())).toMatchObject({ code: 'ERR_STREAM_TIMEOUT' })
    await stream.stop()
  })

  it('can be called again, and at once by several', async () => {
    const { stream, source } = await running()
    source.now.end(new Error('broken'))
    await until(() => stream.state === 'failed', 'failed')
    const stops = await Promise.allSettled([stream.stop(), stream.stop(), stream.stop()])
    expect(stops.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
    await stream.stop()
  })

  it('ends a stream that was never started', async () => {
    const { stream } = made()
    await stream.stop()
    expect(stream.state).toBe('stopped')
    expect(await drain(stream)).toEqual([])
  })

  it('is what await using does; an error that an iteration threw is not thrown again', async () => {
    const { stream, source } = await running()
    source.now.end(new Error('broken'))
    expect((await rejection(drain(stream))).message).toBe('broken')
    await stream[Symbol.asyncDispose]()
    const other = await running()
    other.source.now.end(new Error('broken'))
    await until(() => other.stream.state === 'failed', 'failed')
    expect((await rejection(other.stream[Symbol.asyncDispose]())).message).toBe('broken')
  })
})
