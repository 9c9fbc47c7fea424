import { afterEach, describe, expect, it, vi } from 'vitest'
import { pipe, SinkError, type Sample, type Series, type Sink, type WriteResult } from 'node-pvxs/telemetry'
import { rejection, turn } from '../unit/fixtures.js'

const series: Series = { id: 'x', type: 'float64' }
const sample = (i: number): Sample => ({ series, time: BigInt(i), value: i, severity: 0 })
const run = (n: number, from = 0): Sample[] => Array.from({ length: n }, (_, i) => sample(from + i))

/** A sink that does with each batch what it is told to, and notes what it got. */
class Scripted implements Sink {
  readonly batches: number[][] = []
  running = 0
  most = 0
  readonly act: (batch: readonly Sample[], n: number) => Promise<WriteResult> | WriteResult
  constructor(act: Scripted['act']) {
    this.act = act
  }
  async write(batch: readonly Sample[]): Promise<WriteResult> {
    this.most = Math.max(this.most, ++this.running)
    this.batches.push(batch.map(({ value }) => value as number))
    try {
      return await this.act(batch, this.batches.length)
    } finally {
      this.running--
    }
  }
  close(): Promise<void> {
    return Promise.resolve()
  }
}
const fine = (batch: readonly Sample[]): WriteResult => ({ written: batch.length, rejected: [] })
const away = (retryAfter?: number) => new SinkError('away', { code: 'ERR_AWAY', retryable: true, retryAfter })
const quick = { min: 1, max: 2, jitter: 0 }

afterEach(() => vi.useRealTimers())

describe('pipe', () => {
  it('takes samples in batches, and resolves with the counts', async () => {
    async function* updates() {
      await turn()
      yield run(3)
      yield []
      yield run(2, 3)
    }
    const sink = new Scripted(fine)
    expect(await pipe(updates(), sink)).toMatchObject({ pushed: 5, written: 5 })
    expect(sink.batches.flat()).toEqual([0, 1, 2, 3, 4])
  })

  it('ends at an abort with what was taken delivered, even when no update comes any more', async () => {
    const stop = new AbortController()
    const reason = new Error('enough')
    async function* updates() {
      yield run(3)
      await new Promise(() => undefined)
      yield []
    }
    const sink = new Scripted(fine)
    const piped = pipe(updates(), sink, { signal: stop.signal, linger: 50_000 })
    setTimeout(() => stop.abort(reason), 20)
    expect(await rejection(piped)).toBe(reason)
    expect(sink.batches).toEqual([[0, 1, 2]])
  })

  it('gives up after timeout when the sink is away at an abort', async () => {
    async function* updates() {
      yield run(3)
      await new Promise(() => undefined)
      yield []
    }
    const sink = new Scripted(() => {
      throw away()
    })
    const piped = pipe(updates(), sink, {
      signal: AbortSignal.timeout(20),
      timeout: 50,
      linger: 0,
      retry: quick,
    })
    expect(await rejection(piped)).toMatchObject({ name: 'TimeoutError' })
  })

  it('delivers what came before the updates threw', async () => {
    const oops = new Error('the source broke')
    async function* updates() {
      await turn()
      yield run(2)
      throw oops
    }
    const sink = new Scripted(fine)
    expect(await rejection(pipe(updates(), sink))).toBe(oops)
    expect(sink.batches).toEqual([[0, 1]])
  })
})
