// Updates of a ManagedStream and their rollback, over a source under full control.
import { describe, expect, it } from 'vitest'
import { ManagedStream } from 'node-pvxs/stream'
import { rejection, take, until } from '../unit/fixtures.js'
import { FakeSource } from './fake-source.js'

import { made, running, STATE } from './running.js'

describe('an update', () => {
  it('changes the source and the spec', async () => {
    const { stream, source } = await running()
    await stream.update({ add: ['b', 'c'], remove: ['a', 'x'] })
    expect([stream.spec, source.now.spec]).toEqual([
      ['b', 'c'],
      ['b', 'c'],
    ])
    expect(source.now.changes[0]).toMatchObject({ delta: { add: ['b', 'c'], remove: ['a'] } })
    await stream.update(['d'])
    expect([stream.spec, stream.stats.updates]).toEqual([['d'], 2])
    await stream.stop()
  })

  it('is rolled back when it fails, and the stream goes on', async () => {
    const { stream, source, errors } = await running()
    source.auto = false
    const updated = stream.update({ add: ['b'] })
    expect(stream.state).toBe('updating')
    const cause = new Error('no b')
    source.waiting.fail(cause)
    const error = await rejection(updated)
    expect(error).toMatchObject({ code: 'ERR_STREAM_ROLLBACK', failed: [{ id: 'b', error: cause }], cause })
    source.now.give(1)
    expect(await take(stream, 1)).toEqual([1])
    expect([stream.state, stream.spec, stream.stats.rollbacks, errors]).toEqual(['running', ['a'], 1, []])
    source.auto = true
    await stream.stop()
  })

  it('fails the stream without rollback', async () => {
    const { stream, source, errors } = await running()
    source.auto = false
    const updated = stream.update({ add: ['b'] }, { rollback: false })
    source.waiting.fail(new Error('no b'))
    source.auto = true
    expect(await rejection(updated)).toMatchObject({ code: 'ERR_STREAM_UPDATE', failed: [{ id: 'b' }] })
    expect([stream.state, errors.length, source.now.closed]).toEqual(['failed', 1, true])
    await rejection(stream.stop())
  })

  it('is not called a rollback when the rollback fails', async () => {
    const source = new FakeSource({ auto: false, heeds: false })
    const stream = new ManagedStream(source)
    const started = stream.start(['a'])
    source.waiting.succeed()
    await started
    const updated = rejection(stream.update({ add: ['b'] }, { timeout: 20 }))
    await until(() => source.calls[0]?.signal?.aborted === true, 'given up')
    source.waiting.succeed() // too late: it has b now
    await until(() => source.calls.length === 1, 'the way back')
    expect(source.waiting).toMatchObject({ what: 'change', spec: ['a'] })
    source.waiting.fail(new Error('cannot go back'))
    await until(() => source.calls[0]?.what === 'close', 'closing')
    source.waiting.succeed()
    expect(await updated).toMatchObject({ code: 'ERR_STREAM_UPDATE', cause: { code: 'ERR_STREAM_TIMEOUT' } })
    expect(stream.state).toBe('failed')
  })

  it('that succeeds too late is undone', async () => {
    const source = new FakeSource({ auto: false, heeds: false })
    const stream = new ManagedStream(source)
    const started = stream.start(['a'])
    source.waiting.succeed()
    await started
    const updated = rejection(stream.update({ add: ['b'] }, { timeout: 20 }))
    await until(() => source.calls[0]?.signal?.aborted === true, 'given up')
    source.auto = true
    source.waiting.succeed()
    expect(await updated).toMatchObject({ code: 'ERR_STREAM_ROLLBACK' })
    expect([stream.state, stream.spec, source.now.spec]).toEqual(['running', ['a'], ['a']])
    await stream.stop()
  })

  it('that never settles fails the stream: nobody knows what it has opened', async () => {
    const source = new FakeSource({ heeds: false })
    const stream = new ManagedStream(source)
    await stream.start(['a'])
    source.auto = false
    const updated = rejection(stream.update({ add: ['b'] }, { timeout: 20 }))
    await until(() => source.calls.length === 1, 'changing')
    source.auto = true
    expect(await updated).toMatchObject({ code: 'ERR_STREAM_UPDATE' })
    expect([stream.state, source.now.closed]).toEqual(['failed', true])
  })

  it('is given up by its signal, with its reason, and the stream goes on', async () => {
    const { stream, source } = await running()
    source.auto = false
    const abort = new AbortController()
    const updated = stream.update({ add: ['b'] }, { signal: abort.signal, rollback: false })
    abort.abort(new Error('enough'))
    expect((await rejection(updated)).message).toBe('enough')
    expect([stream.state, stream.spec]).toEqual(['running', ['a']])
    source.auto = true
    await stream.stop()
  })

  it('is refused before the start, during another, and after the end', async () => {
    const { stream, source } = made()
    expect(await rejection(stream.update(['b']))).toMatchObject(STATE)
    await stream.start(['a'])
    source.auto = false
    const first = stream.update(['b'])
    expect(await rejection(stream.update(['c']))).toMatchObject(STATE)
    source.waiting.succeed()
    await first
    source.auto = true
    await stream.stop()
    expect(await rejection(stream.update(['b']))).toMatchObject(STATE)
  })

  it('gives way to a stop', async () => {
    const { stream, source } = await running()
    source.auto = false
    const updated = rejection(stream.update(['b']))
    source.auto = true
    await stream.stop()
    expect(await updated).toMatchObject(STATE)
    expect([stream.state, stream.spec, source.now.closed]).toEqual(['stopped', ['a'], true])
  })

  it('rejects when the stream fails meanwhile', async () => {
    const { stream, source } = await running()
    source.auto = false
    const updated = rejection(stream.update(['b']))
    source.auto = true
    source.now.end(new Error('broken'))
    expect(await updated).toMatchObject({ code: 'ERR_STREAM_UPDATE', cause: { message: 'broken' } })
    await rejection(stream.stop())
  })

  it('keeps what is queued', async () => {
    const { stream, source } = await running()
    source.now.give(1, 2)
    await until(() => stream.queue.size === 2, 'queued')
    await stream.update(['b'])
    source.now.give(3)
    expect(await take(stream, 3)).toEqual([1, 2, 3])
    await stream.stop()
  })
})
