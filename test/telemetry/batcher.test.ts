import { afterEach, describe, expect, it, vi } from 'vitest'
import fc from 'fast-check'
import {
  Batcher,
  sampleFault,
  SinkError,
  type BatcherOptions,
  type BatcherStats,
  type Sample,
  type Sink,
  type WriteResult,
} from 'node-pvxs/telemetry'
import { deferred, rejection, thrown, turn, until } from '../unit/fixtures.js'
import { away, fine, quick, run, sample, Scripted } from './scripted.js'

function balanced({ pushed, written, rejected, dropped, buffered }: BatcherStats): void {
  expect(pushed).toBe(written + rejected + dropped + buffered)
}

afterEach(() => vi.useRealTimers())

describe('a Batcher', () => {
  it.each<[string, BatcherOptions]>([
    ['without limits', {}],
    ['that counts bytes', { maxBytes: 1000 }],
  ])('%s lets the sink refuse what is not a sample, and its neighbours go on', async (_, options) => {
    const good: Sample[] = []
    const sink: Sink = {
      write: (batch) => {
        const bad = batch.flatMap((s, index) =>
          sampleFault(s) === undefined ? [] : [{ index, reason: 'bad' }],
        )
        good.push(...batch.filter((s) => sampleFault(s) === undefined))
        return Promise.resolve({ written: batch.length - bad.length, rejected: bad })
      },
      close: () => Promise.resolve(),
    }
    const batcher = new Batcher(sink, options)
    const wrong = [null, 5, {}, { series: null }, { series: {}, value: {} }] as never[]
    await batcher.push([sample(1), ...wrong, sample(2)])
    await batcher.close()
    expect(batcher.stats).toMatchObject({ pushed: 7, written: 2, rejected: 5, buffered: 0 })
    expect(good).toEqual([sample(1), sample(2)])
  })

  it.each([[undefined], [null], [{}], [{ written: 1, rejected: 5 }]])(
    'rejects what a sink answers with %o, and says so',
    async (answer) => {
      const reasons: string[] = []
      const sink = new Scripted(() => answer as never)
      const batcher = new Batcher(sink, { onRejected: (_, reason) => reasons.push(reason) })
      await batcher.push(run(2))
      await batcher.close()
      expect(batcher.stats).toMatchObject({ pushed: 2, rejected: 2 })
      expect(reasons).toEqual([expect.stringContaining('the sink gave') as string])
    },
  )

  it('delivers at size, in order, one write at a time', async () => {
    const sink = new Scripted(async (batch) => {
      await turn()
      return fine(batch)
    })
    const batcher = new Batcher(sink, { maxItems: 3 })
    for (const s of run(10)) void batcher.push([s])
    await batcher.close()
    expect(sink.batches).toEqual([[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]])
    expect(sink.most).toBe(1)
    expect(batcher.stats).toEqual({
      pushed: 10,
      written: 10,
      rejected: 0,
      dropped: 0,
      retried: 0,
      buffered: 0,
      spooled: 0,
    })
  })

  it('delivers by bytes, and one sample that is larger still goes', async () => {
    const sink = new Scripted(fine)
    const text = (length: number, i: number): Sample => ({
      ...sample(i),
      series: { id: 'x', type: 'string' },
      value: 'x'.repeat(length),
    })
    const batcher = new Batcher(sink, { maxBytes: 1000 })
    await batcher.push([text(300, 0), text(300, 1), text(300, 2), text(5000, 3), text(10, 4)])
    await batcher.close()
    expect(sink.batches.map((batch) => batch.length)).toEqual([2, 1, 1, 1])
  })

  it('lingers from the first sample of a batch', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const sink = new Scripted(fine)
    const batcher = new Batcher(sink, { linger: 100 })
    await batcher.push([sample(0)])
    await vi.advanceTimersByTimeAsync(60)
    await batcher.push([sample(1)])
    await vi.advanceTimersByTimeAsync(39)
    expect(sink.batches).toEqual([])
    await vi.advanceTimersByTimeAsync(2)
    expect(sink.batches).toEqual([[0, 1]])
    await batcher.close()
  })

  it('makes push wait while it is full', async () => {
    const gate = deferred()
    const sink = new Scripted(async (batch) => {
      await gate.promise
      return fine(batch)
    })
    const batcher = new Batcher(sink, { maxItems: 2, maxBuffered: 4 })
    await batcher.push(run(3))
    let room = false
    const waiting = batcher.push([sample(3)]).then(() => (room = true))
    await turn()
    expect(room).toBe(false)
    gate.resolve()
    await waiting
    await batcher.close()
    expect(batcher.stats.written).toBe(4)
  })

  it('drops the oldest and counts them', async () => {
    const gate = deferred()
    const sink = new Scripted(async (batch) => {
      await gate.promise
      return fine(batch)
    })
    const batcher = new Batcher(sink, { maxItems: 1, maxBuffered: 3, overflow: 'drop-oldest' })
    for (const s of run(10)) {
      await batcher.push([s])
      balanced(batcher.stats)
      expect(batcher.stats.buffered).toBeLessThanOrEqual(3)
    }
    gate.resolve()
    await batcher.close()
    expect(sink.batches.flat()).toEqual([0, 8, 9])
    expect(batcher.stats).toMatchObject({ pushed: 10, written: 3, dropped: 7, buffered: 0 })
  })

  it('drops what waits to be tried again first', async () => {
    let gone = true
    const sink = new Scripted((batch) => {
      if (gone) throw away()
      return fine(batch)
    })
    const batcher = new Batcher(sink, {
      maxItems: 5,
      maxBuffered: 10,
      overflow: 'drop-oldest',
      retry: { min: 30, max: 30, jitter: 0 },
    })
    await batcher.push(run(5))
    await until(() => batcher.stats.retried > 0, 'a first failure')
    for (const s of run(15, 5)) await batcher.push([s])
    expect(batcher.stats).toMatchObject({ buffered: 10, dropped: 10 })
    gone = false
    await batcher.close()
    expect(batcher.stats).toMatchObject({ pushed: 20, written: 10, dropped: 10 })
    expect(new Set(sink.batches.slice(-2).flat())).toEqual(new Set(run(10, 10).map(({ value }) => value)))
  })

  it('tries again what is retryable, with waits that double, and retryAfter when it is longer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const times: number[] = []
    const sink = new Scripted((batch, n) => {
      times.push(performance.now())
      if (n <= 4) throw away(n === 4 ? 5000 : undefined)
      return fine(batch)
    })
    const errors: Error[] = []
    const batcher = new Batcher(sink, {
      linger: 0,
      retry: { min: 100, max: 300, jitter: 0 },
      onError: (e) => errors.push(e),
    })
    await batcher.push([sample(0)])
    await vi.advanceTimersByTimeAsync(10_000)
    const waits = times.slice(1).map((time, i) => Math.round(time - (times[i] as number)))
    expect(waits).toEqual([100, 200, 300, 5000])
    expect(batcher.stats).toMatchObject({ written: 1, retried: 4 })
    expect(errors).toHaveLength(4)
    await batcher.close()
  })

  it('halves what is too large, in order', async () => {
    const sink = new Scripted((batch) => {
      if (batch.length > 2) throw new SinkError('too large', { code: 'ERR_LARGE', split: true })
      return fine(batch)
    })
    const batcher = new Batcher(sink, { maxItems: 8 })
    await batcher.push(run(8))
    await batcher.close()
    expect(sink.batches.filter((b) => b.length <= 2)).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
      [6, 7],
    ])
    const one = new Batcher(
      new Scripted(() => {
        throw new SinkError('too large', { code: 'E', split: true })
      }),
    )
    await one.push([sample(0)])
    await one.close()
    expect(one.stats).toMatchObject({ rejected: 1, written: 0 })
  })

  it('tells of refusals once per reason of a batch, with their samples', async () => {
    const sink = new Scripted((batch) => ({
      written: batch.length - 3,
      rejected: [
        { index: 0, reason: 'old' },
        { index: 2, reason: 'bad' },
        { index: 3, reason: 'old' },
      ],
    }))
    const told: [unknown[], string][] = []
    const batcher = new Batcher(sink, {
      maxItems: 5,
      onRejected: (s, reason) => told.push([s.map(({ value }) => value), reason]),
    })
    await batcher.push(run(5))
    await batcher.close()
    expect(told).toEqual([
      [[0, 3], 'old'],
      [[2], 'bad'],
    ])
    expect(batcher.stats).toMatchObject({ pushed: 5, written: 2, rejected: 3 })
  })

  it.each<[string, () => never]>([
    [
      'a permanent refusal',
      () => {
        throw new SinkError('never', { code: 'ERR_NEVER' })
      },
    ],
    [
      'attempts that are used up',
      () => {
        throw away()
      },
    ],
    [
      'any other exception',
      () => {
        throw new TypeError('a fault')
      },
    ],
    [
      'what is not an error',
      () => {
        throw 'text' as unknown as Error
      },
    ],
  ])('rejects the batch after %s', async (_, act) => {
    const rejected: string[] = []
    const errors: Error[] = []
    const batcher = new Batcher(new Scripted(act), {
      retry: { ...quick, attempts: 3 },
      onRejected: (s, reason) => rejected.push(`${s.length} ${reason}`),
      onError: (error) => errors.push(error),
    })
    await batcher.push(run(2))
    await batcher.close()
    expect(rejected).toHaveLength(1)
    expect(errors.length).toBeGreaterThanOrEqual(1)
    expect(batcher.stats).toMatchObject({ pushed: 2, rejected: 2, buffered: 0, lastError: errors.at(-1) })
  })

  it.each([undefined, {}, { written: 1 }, { written: 1, rejected: [{ index: 7, reason: 'x' }] }])(
    'takes %o for a fault of the sink',
    async (result) => {
      const batcher = new Batcher(new Scripted(() => result as unknown as WriteResult))
      await batcher.push(run(2))
      await batcher.close()
      expect(batcher.stats).toMatchObject({ rejected: 2, written: 0 })
    },
  )

  it('flushes what was pushed before; a signal ends the waiting only', async () => {
    const gate = deferred()
    const sink = new Scripted(async (batch) => {
      await gate.promise
      return fine(batch)
    })
    const batcher = new Batcher(sink, { linger: 100_000 })
    await batcher.push(run(3))
    const reason = new Error('enough')
    const stop = new AbortController()
    const given = batcher.flush({ signal: stop.signal })
    const flushed = batcher.flush()
    stop.abort(reason)
    expect(await rejection(given)).toBe(reason)
    expect(sink.batches).toEqual([[0, 1, 2]])
    gate.resolve()
    await flushed
    expect(batcher.stats.written).toBe(3)
    await batcher.close()
  })

  it('refuses pushes after close, and closes twice', async () => {
    const batcher = new Batcher(new Scripted(fine))
    await Promise.all([batcher.close(), batcher.close()])
    expect(await rejection(batcher.push([sample(0)]))).toMatchObject({ code: 'ERR_PVA_CLOSED' })
  })

  it('goes on when a callback throws, which surfaces', async () => {
    const surfaced: unknown[] = []
    const before = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', (error) => surfaced.push(error))
    try {
      const oops = new Error('a callback')
      const sink = new Scripted((batch) => ({
        written: batch.length - 1,
        rejected: [{ index: 0, reason: 'x' }],
      }))
      const batcher = new Batcher(sink, {
        maxItems: 2,
        onRejected: () => {
          throw oops
        },
      })
      await batcher.push(run(4))
      await batcher.close()
      await turn()
      expect(surfaced).toEqual([oops, oops])
      expect(batcher.stats).toMatchObject({ written: 2, rejected: 2 })
    } finally {
      process.removeAllListeners('uncaughtException')
      for (const listener of before) process.on('uncaughtException', listener)
    }
  })

  it('balances at every turn, whatever the sink does, and loses nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('fine', 'away', 'split', 'reject', 'never'), { maxLength: 12 }),
        fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 1, maxLength: 10 }),
        fc.constantFrom<'block' | 'drop-oldest'>('block', 'drop-oldest'),
        async (script, pushes, overflow) => {
          const arrived: number[] = []
          const sink = new Scripted((batch, n) => {
            balanced(batcher.stats)
            const act = script[n - 1]
            if (act === 'away') throw away()
            if (act === 'split') throw new SinkError('large', { code: 'E', split: true })
            if (act === 'never') throw new SinkError('never', { code: 'E' })
            const bad = act === 'reject' ? [{ index: batch.length - 1, reason: 'bad' }] : []
            arrived.push(...batch.slice(0, batch.length - bad.length).map(({ value }) => value as number))
            return { written: batch.length - bad.length, rejected: bad }
          })
          const batcher = new Batcher(sink, {
            maxItems: 3,
            maxBuffered: 6,
            overflow,
            linger: 0,
            retry: quick,
          })
          let next = 0
          for (const n of pushes) {
            await batcher.push(run(n, next))
            next += n
            balanced(batcher.stats)
          }
          await batcher.close()
          const { stats } = batcher
          balanced(stats)
          expect(stats).toMatchObject({ pushed: next, buffered: 0, written: arrived.length })
          expect(arrived).toEqual([...arrived].sort((a, b) => a - b))
          expect(sink.most).toBeLessThanOrEqual(1)
        },
      ),
      { numRuns: 100 },
    )
  })

  it.each([
    [{ maxItems: 0 }, /maxItems/],
    [{ linger: -1 }, /linger/],
    [{ maxBuffered: 1.5 }, /maxBuffered/],
    [{ overflow: 'drop' }, /overflow/],
    [{ retry: { min: 5, max: 1 } }, /retry\.min/],
    [{ retry: { jitter: 2 } }, /retry\.jitter/],
    [{ retry: { attempts: 0 } }, /retry\.attempts/],
    [{ retry: 5 }, /retry/],
    [{ spool: 'folder' }, /spool/],
    [{ onRejected: 1 }, /onRejected/],
    [{ lingers: 1 }, /lingers/],
  ])('refuses the options %o', (options, complaint) => {
    expect(thrown(() => new Batcher(new Scripted(fine), options as never)).message).toMatch(complaint)
    expect(thrown(() => new Batcher({} as Sink)).message).toMatch(/sink/)
  })
})
